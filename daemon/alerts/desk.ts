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
import { type Cleared, createLedger, type Ledger, type Raised } from './ledger.ts'
import { rules as allRules, type Rule, type Situation } from './rules.ts'
import { findAll, isDueToEscalate, sinksFor, wantedRules } from './settings.ts'

/** What is needed of the table. */
interface Rows {
  open(): Alert[]
  raise(alert: Raised & { picture?: Uint8Array | undefined }, sinks: readonly string[], nowMs: number): Alert
  spread(id: AlertId, sinks: readonly string[]): Alert | undefined
  clear(id: AlertId, nowMs: number): Alert | undefined
  escalate(id: AlertId, sinks: readonly string[], nowMs: number): Alert | undefined
  snoozedUntil(kind: AlertKind, subject: AlertSubject, nowMs: number): number | null
  /** When anybody had a message of it last; null where nobody had one. */
  toldMs(id: AlertId): number | null
}

export interface DeskDeps {
  readonly rows: Rows
  readonly situation: () => Situation
  readonly wall: (utcMs: number) => WallTime
  /** The ways out for what is about this. */
  readonly sinks: (about: AlertSubject) => readonly { readonly name: string; readonly least: Severity }[]
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

export interface Desk {
  /** One round: what begins, what ends, what is told again. What of it fails is tried again by the next one; the first failure is thrown. */
  look(): Promise<void>
}

/** `config`: as it is now; another object where something in it has changed. */
export function openDesk(config: () => AlertsConfig, deps: DeskDeps): Desk {
  let wanted: { readonly config: AlertsConfig; readonly rules: readonly Rule[] } | undefined
  const asWanted = () => {
    const now = config()
    if (wanted?.config !== now) wanted = { config: now, rules: wantedRules(allRules, now) }
    return wanted
  }
  const ledger = createLedger(allRules, deps.rows.open(), deps.clock.monoMs())
  const pictures = new WeakMap<Raised, Uint8Array | undefined>()
  return { look: () => look({ ...asWanted(), ledger, pictures, deps }) }
}

export function startAlerts(
  config: () => AlertsConfig,
  deps: DeskDeps,
  signal: AbortSignal,
): AsyncDisposable {
  const own = new AbortController()
  const until = AbortSignal.any([own.signal, signal])
  const desk = openDesk(config, deps)
  let isFailing = false
  const running = repeat(
    everyMs,
    async () => {
      try {
        await desk.look()
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
  /** Of what could not be raised yet: as it was when it came to be. */
  readonly pictures: WeakMap<Raised, Uint8Array | undefined>
  readonly deps: DeskDeps
}

async function look({ config, rules, ledger, pictures, deps }: Round): Promise<void> {
  const { wall, sinks } = deps
  const now = deps.situation()
  const time = wall(now.nowMs)
  const told = (one: Told) => sinksFor(one.severity, sinks(one), config, time)
  const { raise, clear } = ledger.step(findAll(rules, now, config, time), deps.clock.monoMs())
  const hand: Hand = { ledger, pictures, deps, told, config, nowMs: now.nowMs }
  const failures: unknown[] = []
  // Each by itself: a disk that is nearly full takes one and not another.
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      failures.push(error)
    }
  }
  // Pictures are waited for beforehand: what is written then is written in its order.
  await Promise.all(raise.map((one) => takePicture(one, hand).catch((error) => failures.push(error))))
  for (const one of raise) attempt(() => begin(one, hand))
  for (const one of clear) attempt(() => end(one, hand))
  // What is over is not told again, also while that cannot be stored.
  const over = new Set(clear.map(({ id }) => id))
  const open = deps.rows.open().filter(({ id }) => !over.has(id))
  for (const one of open.reverse()) attempt(() => catchUp(one, hand))
  for (const one of open) attempt(() => tellAgain(one, hand))
  if (failures.length > 0) throw failures[0]
}

/** Of what may be told: how severe it is, and what it is about. */
type Told = Pick<Alert, 'severity'> & AlertSubject

/** What a round is done with. */
interface Hand extends Pick<Round, 'ledger' | 'pictures' | 'deps' | 'config'> {
  /** Who is told of something so severe, and about this, now. */
  readonly told: (one: Told) => string[]
  readonly nowMs: number
}

const isSnoozed = (one: Raised, { deps, nowMs }: Hand) =>
  deps.rows.snoozedUntil(one.kind, one, nowMs) !== null

async function takePicture(one: Raised, hand: Hand): Promise<void> {
  const { pictures, deps } = hand
  if (one.streamId === null || pictures.has(one) || isSnoozed(one, hand)) return
  pictures.set(one, await pictureOf(one.streamId, deps))
}

function begin(one: Raised, hand: Hand): void {
  const { ledger, pictures, deps, told } = hand
  const { rows, tell, log } = deps
  if (isSnoozed(one, hand)) {
    ledger.refused(one)
    return
  }
  const alert = rows.raise({ ...one, picture: pictures.get(one) }, told(one), utcOf(one.atMs, deps))
  ledger.raised(alert)
  log.warn({ alert: alert.id, kind: alert.kind, severity: alert.severity }, 'alert')
  tell(alert, 'raised')
}

function end(one: Cleared, { ledger, deps }: Hand): void {
  const alert = deps.rows.clear(one.id, utcOf(one.atMs, deps))
  ledger.cleared(one)
  if (alert) deps.tell(alert, 'cleared')
}

/** What was not told in quiet hours, while telling was paused, or because a way out is new: unless somebody looks after it by now. */
function catchUp(one: Alert, { deps, told }: Hand): void {
  if (one.acknowledgedMs !== null) return
  const alert = deps.rows.spread(one.id, told(one))
  if (alert) deps.tell(alert, 'raised')
}

function tellAgain(one: Alert, { deps, told, config, nowMs }: Hand): void {
  const sinks = told(one)
  if (sinks.length === 0 || !isDueToEscalate(one, deps.rows.toldMs(one.id), config, nowMs)) return
  const alert = deps.rows.escalate(one.id, sinks, deps.clock.utcMs())
  if (alert) deps.tell(alert, 'escalated')
}

/** The ledger goes by the clock that never goes back, rows by that on the wall. */
const utcOf = (monoMs: number, { clock }: DeskDeps) =>
  Math.round(clock.utcMs() - Math.max(0, clock.monoMs() - monoMs))

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
