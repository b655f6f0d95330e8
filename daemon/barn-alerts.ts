/**
 * What is not as it should be in this barn, and who is told: the rules' view of all rooms, the ways out, and what people do about an
 * alert.
 */
import { statfs } from 'node:fs/promises'
import { commandSink, type RunProgram } from './alerts/command.ts'
import { type Delivering, type Sink, startDelivery } from './alerts/deliver.ts'
import { startAlerts } from './alerts/desk.ts'
import { isWithin, wallClock } from './alerts/hours.ts'
import { isPushSink } from './alerts/push.ts'
import { rules, type Situation } from './alerts/rules.ts'
import { wantedRules } from './alerts/settings.ts'
import { webhookSink } from './alerts/webhook.ts'
import { type BarnPresence, type PresenceParts, watchStalls } from './barn-presence.ts'
import { openPush } from './barn-push.ts'
import { openWishes } from './barn-wishes.ts'
import type { AlertsConfig } from './config/alerts.ts'
import type { AlertBook, AlertSettingsDesk, PushDesk } from './http/deps.ts'
import { repeat } from './lib/abort.ts'
import { runChild } from './lib/child.ts'
import { type Heat, readHeat } from './lib/heat.ts'
import type { Log } from './lib/log.ts'
import type { Alert, AlertSubject } from './presence-types.ts'
import type { Registry } from './registry/registry.ts'
import type { Fault } from './system-types.ts'
import type { StreamId } from './types.ts'

interface Parts extends PresenceParts {
  readonly registry: Registry
  /** Whether a camera is to be watched. */
  readonly isOn: (id: StreamId) => boolean
  readonly faults: () => readonly Fault[]
  readonly picture: (id: StreamId) => Promise<Uint8Array | undefined>
  readonly stateDir: string
  /** How hot the machine is; as Linux says it when absent. */
  readonly heat?: () => Promise<Heat | undefined>
  /** Of webhooks, by their name. */
  readonly secrets: ReadonlyMap<string, string>
  /** Ways out that other rooms have. */
  readonly sinks: readonly Sink[]
  /** Whether anything is told at all; what is so is seen on the page all the same. */
  readonly isTelling: () => boolean
  /** Whether anybody is told of what is about this. */
  readonly isToldOf: (about: AlertSubject) => boolean
  readonly log: Log
}

const dayMs = 24 * 3600_000
const weekDays = 7
/** Closed alerts are kept so long. */
const keptMs = 90 * dayMs

export function watchOver(
  config: AlertsConfig,
  parts: Parts,
  signal: AbortSignal,
): {
  readonly presence: BarnPresence
  readonly book: AlertBook
  readonly push: PushDesk
  readonly settings: AlertSettingsDesk
} & AsyncDisposable {
  const { registry, facts, clock, log } = parts
  const own = new AsyncDisposableStack()
  const ending = new AbortController()
  own.defer(() => ending.abort())
  const until = AbortSignal.any([signal, ending.signal])
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  let delivering: Delivering | undefined
  const wishing = openWishes(config, { settings: registry.settings, cameras: parts.cameras, log })
  const presence = watchStalls(parts, { asksForPostures: () => asksForPostures(wishing.config()) }, until)
  const push = openPush(config.push, { ...parts, zone, changed: () => delivering?.wake() }, until)
  const fixed = waysOut(config, parts)
  const sinks = () => [...fixed, ...push.sinks()]
  const wall = wallClock(zone)
  const troubles = watchTroubles(parts, until)
  const situation = (): Situation => ({
    nowMs: clock.utcMs(),
    cameras: parts.cameras().filter(({ id }) => parts.isOn(id)),
    troubles: troubles(),
    stalls: presence.views(),
    persons: presence.persons,
    isNight: isWithin(wishing.config().night, wall(clock.utcMs())),
    postures: presence.postures(),
  })
  const tell = ({ id }: Alert) => facts.publish('alert-changed', { alertId: id })
  const told = (alert: Alert) => {
    tell(alert)
    return alert
  }
  if (config.enabled) {
    const { outbox, alerts } = registry
    const expireMs = config.expire_hours * 3600_000
    delivering = own.use(startDelivery(sinks, { outbox, alert: alerts.get, expireMs, clock, log }, until))
    const raised = (alert: Alert) => {
      delivering?.wake()
      tell(alert)
    }
    const deps = {
      ...{ rows: alerts, situation, wall, picture: parts.picture, tell: raised, clock, log },
      sinks: (about: AlertSubject) => (parts.isToldOf(about) ? sinks() : []),
    }
    own.use(startAlerts(wishing.config, deps, until))
    void repeat(dayMs, () => letGo(alerts, parts), until)
  }
  const { alerts, outbox } = registry
  return {
    presence,
    book: {
      ...alerts,
      isOff: !config.enabled,
      isPaused: () => !parts.isTelling(),
      acknowledge: (id, by) => told(alerts.acknowledge(id, by)),
      snooze: (id, untilMs, by) => told(alerts.snooze(id, untilMs, by)),
      judge: (id, verdict) => told(alerts.judge(id, verdict)),
      week() {
        const counts = alerts.counts(clock.utcMs() - weekDays * dayMs)
        const stalls = presence.views().filter(({ stall }) => stall.kind === 'stall').length
        return { ...counts, perStallNight: stalls === 0 ? null : counts.notUseful / (stalls * weekDays) }
      },
      ways: () => waysOf(sinks(), outbox),
    },
    push: push.desk,
    settings: wishing.desk,
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}

function letGo(alerts: Pick<Registry['alerts'], 'forget'>, { clock, log }: Parts): void {
  try {
    alerts.forget(clock.utcMs() - keptMs)
  } catch (error) {
    log.error({ err: error }, 'old alerts could not be let go of; tomorrow again')
  }
}

/** How each way out stands; who has which telephone is nobody else's affair, so all of them are one. */
function waysOf(sinks: readonly Sink[], outbox: Registry['outbox']): ReturnType<AlertBook['ways']> {
  const rows = sinks.map(({ name, trouble }) => {
    const figures = outbox.figures(name)
    return { name, figures: { ...figures, lastError: figures.lastError ?? trouble?.() ?? null } }
  })
  const [pushed, others] = [
    rows.filter(({ name }) => isPushSink(name)),
    rows.filter(({ name }) => !isPushSink(name)),
  ]
  if (pushed.length === 0) return others
  const sum = (of: 'waiting' | 'dropped') => pushed.reduce((all, { figures }) => all + figures[of], 0)
  const lastError = pushed.find(({ figures }) => figures.lastError !== null)?.figures.lastError ?? null
  return [
    ...others,
    { name: 'push', figures: { waiting: sum('waiting'), dropped: sum('dropped'), lastError } },
  ]
}

/** Whether a rule is on that asks how horses lie or stand. */
export const asksForPostures = (config: AlertsConfig): boolean =>
  config.enabled && wantedRules(rules, config).some(({ isExperimental }) => isExperimental)

/** Runs programs with nothing of the daemon's own surroundings: credentials may be among them. */
export const programs =
  (log: Log): RunProgram =>
  async (path, variables, signal) => {
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...variables }
    const end = await runChild({ command: path, args: [], env, log, onStdout: () => {} }, signal)
    return end.reason === 'exited' ? end.code : null
  }

function waysOut({ webhooks, command }: AlertsConfig, { secrets, sinks, log }: Parts): Sink[] {
  return [
    ...sinks,
    ...webhooks.map(({ name, url, least }) => webhookSink({ name, url, least, secret: secrets.get(name) })),
    ...(command ? [commandSink(command.path, command.least, programs(log))] : []),
  ]
}

const troublesMs = 10_000
/** With less room the registry cannot be sure to be written. */
const leastFreeBytes = 500e6
/** Nearer to its limit the machine is about to slow down or go off. */
const leastMarginCelsius = 8
/** A clock that jumps so far between two looks was set. */
const jumpMs = 60_000
const clockTroubleMs = 10 * 60_000

/** What of the box is not well: parts that cannot work, a disk that is nearly full, heat, a clock that jumped. */
function watchTroubles(
  { faults, stateDir, clock, heat: askHeat = readHeat }: Parts,
  signal: AbortSignal,
): () => Situation['troubles'] {
  let freeBytes = Number.POSITIVE_INFINITY
  let heat: Heat | undefined
  let last = { utcMs: clock.utcMs(), monoMs: clock.monoMs() }
  let jumped: { readonly byMs: number; readonly monoMs: number } | undefined
  const lookAtClock = () => {
    const now = { utcMs: clock.utcMs(), monoMs: clock.monoMs() }
    const byMs = now.utcMs - last.utcMs - (now.monoMs - last.monoMs)
    if (Math.abs(byMs) > jumpMs) jumped = { byMs, monoMs: now.monoMs }
    last = now
  }
  const lookAtDisk = async () => {
    const { bavail, bsize } = await statfs(stateDir)
    freeBytes = bavail * bsize
  }
  const feel = async () => {
    heat = await askHeat()
  }
  void repeat(troublesMs, lookAtClock, signal)
  // A disk that cannot be asked is the registry's fault, which is among the others.
  void repeat(troublesMs, () => lookAtDisk().catch(() => {}), signal)
  void repeat(troublesMs, feel, signal)
  return () => {
    const found: { part: string; detail: string }[] = faults().map(({ part, detail }) => ({
      part,
      detail: detail.slice(0, 300) || 'It cannot work.',
    }))
    if (freeBytes < leastFreeBytes)
      found.push({ part: 'disk', detail: `${Math.round(freeBytes / 1e6)} MB are free.` })
    if (heat && heat.marginCelsius < leastMarginCelsius)
      found.push({ part: 'heat', detail: `${heat.zone} is at ${Math.round(heat.celsius)} °C.` })
    if (jumped && clock.monoMs() - jumped.monoMs < clockTroubleMs)
      found.push({ part: 'clock', detail: `The clock jumped by ${Math.round(jumped.byMs / 1000)} s.` })
    return found
  }
}
