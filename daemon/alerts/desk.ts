/**
 * Looks once a second whether all is as it should be, and sees to it that what is not becomes a row with its messages. Levels and edges
 * are told on the bus only when they are rows.
 */
import type { AlertsConfig } from '../config/alerts.ts'
import { repeat } from '../lib/abort.ts'
import type { Log } from '../lib/log.ts'
import type { Alert, AlertKind, AlertSubject, Edge, Severity } from '../presence-types.ts'
import type { AlertId, Clock, StreamId } from '../types.ts'
import type { WallTime } from './hours.ts'
import { createLedger, type Ledger, type Raised } from './ledger.ts'
import { rules as allRules, type Rule, type Situation } from './rules.ts'
import { findAll, isDueToEscalate, sinksFor, wantedRules } from './settings.ts'

/** What is needed of the table. */
interface Rows {
  open(): Alert[]
  raise(alert: Raised & { picture?: Uint8Array | undefined }, sinks: readonly string[], nowMs: number): Alert
  clear(id: AlertId, sinks: readonly string[], nowMs: number): Alert | undefined
  escalate(id: AlertId, sinks: readonly string[], nowMs: number): Alert | undefined
  snoozedUntil(kind: AlertKind, subject: AlertSubject, nowMs: number): number | null
}

export interface DeskDeps {
  readonly rows: Rows
  readonly situation: () => Situation
  readonly wall: (utcMs: number) => WallTime
  readonly sinks: readonly { readonly name: string; readonly least: Severity }[]
  /** The camera's newest picture, JPEG; undefined where there is none. */
  readonly picture: (streamId: StreamId) => Promise<Uint8Array | undefined>
  /** It is a row now. */
  readonly tell: (alert: Alert, edge: Edge) => void
  readonly clock: Clock
  readonly log: Log
}

const everyMs = 1000
const pictureWithinMs = 3000
/** The table takes no larger one. */
const largestPicture = 204_800

/** `config`: as it is now; another object where something in it has changed. */
export function startAlerts(
  config: () => AlertsConfig,
  deps: DeskDeps,
  signal: AbortSignal,
): AsyncDisposable {
  const own = new AbortController()
  const until = AbortSignal.any([own.signal, signal])
  let wanted: { readonly config: AlertsConfig; readonly rules: readonly Rule[] } | undefined
  const asWanted = () => {
    const now = config()
    if (wanted?.config !== now) wanted = { config: now, rules: wantedRules(allRules, now) }
    return wanted
  }
  const ledger = createLedger(allRules, deps.rows.open(), deps.clock.monoMs())
  let isFailing = false
  const running = repeat(
    everyMs,
    async () => {
      try {
        await look({ ...asWanted(), ledger, deps })
        isFailing = false
      } catch (error) {
        if (!isFailing) deps.log.error({ err: error }, 'alerts could not be looked after')
        isFailing = true
      }
    },
    until,
  )
  return {
    async [Symbol.asyncDispose]() {
      own.abort()
      await running
    },
  }
}

interface Round {
  readonly config: AlertsConfig
  readonly rules: readonly Rule[]
  readonly ledger: Ledger
  readonly deps: DeskDeps
}

/** One round: what begins, what ends, what is told again. */
async function look({ config, rules, ledger, deps }: Round): Promise<void> {
  const { rows, situation, wall, sinks, tell, clock, log } = deps
  const now = situation()
  const time = wall(now.nowMs)
  const told = (severity: Severity) => sinksFor(severity, sinks, config, time)
  const { raise, clear } = ledger.step(findAll(rules, now, config, time), clock.monoMs())
  for (const one of raise) {
    if (rows.snoozedUntil(one.kind, one, now.nowMs) !== null) {
      ledger.refused(one)
      continue
    }
    const picture = one.streamId === null ? undefined : await pictureOf(one.streamId, deps)
    try {
      const alert = rows.raise({ ...one, picture }, told(one.severity), clock.utcMs())
      ledger.raised(alert)
      log.warn({ alert: alert.id, kind: alert.kind, severity: alert.severity }, 'alert')
      tell(alert, 'raised')
    } catch (error) {
      ledger.refused(one)
      throw error
    }
  }
  const open = new Map(rows.open().map((alert) => [alert.id, alert]))
  for (const id of clear) {
    const severity = open.get(id)?.severity ?? 'info'
    const alert = rows.clear(id, told(severity), clock.utcMs())
    open.delete(id)
    if (alert) tell(alert, 'cleared')
  }
  for (const one of open.values()) {
    if (!isDueToEscalate(one, config, now.nowMs)) continue
    const alert = rows.escalate(one.id, told(one.severity), clock.utcMs())
    if (alert) tell(alert, 'escalated')
  }
}

async function pictureOf(streamId: StreamId, { picture }: DeskDeps): Promise<Uint8Array | undefined> {
  const late = new Promise<undefined>((resolve) => {
    AbortSignal.timeout(pictureWithinMs).addEventListener('abort', () => resolve(undefined), { once: true })
  })
  try {
    const jpeg = await Promise.race([picture(streamId), late])
    return jpeg && jpeg.byteLength <= largestPicture ? jpeg : undefined
  } catch {
    // An alert without its picture is still an alert.
    return undefined
  }
}
