/**
 * When alerts are raised and told, as the config says and as an admin has changed it on the page. The config is the default and is
 * never written; what differs is state.
 */
import { rules as allRules } from './alerts/rules.ts'
import { rulesAsWanted } from './alerts/settings.ts'
import { type AlertsConfig, type AlertWishes, alertWishes } from './config/alerts.ts'
import type { AlertSettings, AlertSettingsDesk } from './http/deps.ts'
import { BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import { alertKinds } from './presence-types.ts'
import type { Settings } from './registry/settings.ts'
import type { By, CameraView } from './types.ts'

export interface Wishing {
  /** The config with what is wished; another object where something has changed. */
  readonly config: () => AlertsConfig
  readonly desk: AlertSettingsDesk
}

interface Kept {
  readonly version: number
  readonly wishes: AlertWishes
  readonly changedMs: number | null
  readonly changedBy: string | null
}

const key = 'alert_wishes'
const none: Kept = { version: 0, wishes: {}, changedMs: null, changedBy: null }

export function openWishes(
  config: AlertsConfig,
  { settings, cameras, log }: { settings: Settings; cameras: () => readonly CameraView[]; log: Log },
): Wishing {
  let kept = readKept(settings, log)
  let now = laidOver(config, kept.wishes)
  const tell = (): AlertSettings => ({
    ...{ version: kept.version, changedMs: kept.changedMs, changedBy: kept.changedBy },
    isAsInConfig: Object.keys(kept.wishes).length === 0,
    ...{ night: now.night, quietHours: now.quiet_hours ?? null, schedules: now.schedules },
    rules: rulesAsWanted(allRules, now).map(
      ({ kind, isOn, severity, afterMs, coolDownMs, isExperimental }) => ({
        ...{ kind, isOn, severity, afterMs, coolDownMs, isExperimental: isExperimental === true },
      }),
    ),
  })
  return {
    config: () => now,
    desk: {
      get: tell,
      put(given: AlertWishes, version: number, { actor, nowMs }: By) {
        if (version !== kept.version)
          throw new BarnboxError('STALE', 'Somebody else has changed it in the meantime.')
        refuseStrangers(given, cameras())
        const wishes = differing(config, given)
        const next = { version: version + 1, wishes, changedMs: nowMs, changedBy: actor }
        settings.set(key, JSON.stringify(next))
        kept = next
        now = laidOver(config, wishes)
        return tell()
      },
    },
  }
}

/** The config's alerts as the page has changed them, for who only reads. */
export function alertsAsWished(
  config: AlertsConfig,
  settings: Pick<Settings, 'get'>,
  log: Log,
): AlertsConfig {
  return laidOver(config, readKept(settings, log).wishes)
}

/** What the page has changed, but where these alerts differ from the config's: there somebody asks for something else. */
export function alertsAsAsked(asked: AlertsConfig, config: AlertsConfig, wished: AlertsConfig): AlertsConfig {
  const all = { ...wished, ...changedOf(asked, config) }
  const rules = alertKinds.map((kind) => {
    const changed = changedOf(asked.rules[kind] ?? {}, config.rules[kind] ?? {})
    return [kind, { ...wished.rules[kind], ...changed }]
  })
  return { ...all, rules: Object.fromEntries(rules) }
}

/** The fields that another config has otherwise; one that it has no more is undefined. */
function changedOf<T extends object>(one: T, config: T): Partial<T> {
  const fields = Object.keys({ ...config, ...one }) as (keyof T)[]
  return Object.fromEntries(
    fields.filter((field) => !isSame(one[field], config[field])).map((field) => [field, one[field]]),
  ) as Partial<T>
}

function readKept(settings: Pick<Settings, 'get'>, log: Log): Kept {
  const text = settings.get(key)
  if (text === undefined) return none
  try {
    const { version, wishes, changedMs, changedBy } = JSON.parse(text) as Kept
    return { version, wishes: alertWishes.parse(wishes), changedMs, changedBy }
  } catch (error) {
    log.warn({ err: error }, 'what was changed about alerts cannot be read; the config counts')
    return none
  }
}

function laidOver(config: AlertsConfig, wishes: AlertWishes): AlertsConfig {
  const { quiet_hours: configured, ...rest } = config
  const quiet = wishes.quiet_hours === undefined ? configured : (wishes.quiet_hours ?? undefined)
  return {
    ...rest,
    night: wishes.night ?? config.night,
    schedules: wishes.schedules ?? config.schedules,
    rules: Object.fromEntries(
      alertKinds.map((kind) => [kind, { ...config.rules[kind], ...wishes.rules?.[kind] }]),
    ),
    ...(quiet && { quiet_hours: quiet }),
  }
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** What is wished as the config has it is no wish: it follows the config when that is changed. */
function differing(config: AlertsConfig, wishes: AlertWishes): AlertWishes {
  const [usual, wanted] = [config, laidOver(config, wishes)].map((one) => rulesAsWanted(allRules, one))
  const changed = (wanted ?? []).filter((rule, at) => !isSame(rule, usual?.[at])).map(({ kind }) => kind)
  const rules = Object.fromEntries(changed.map((kind) => [kind, wishes.rules?.[kind]]))
  const { night, quiet_hours: quiet, schedules } = wishes
  return {
    ...(night && !isSame(night, config.night) && { night }),
    ...(quiet !== undefined && !isSame(quiet, config.quiet_hours ?? null) && { quiet_hours: quiet }),
    ...(schedules && !isSame(schedules, config.schedules) && { schedules }),
    ...(changed.length > 0 && { rules }),
  }
}

/** Schedules name cameras that there are, as the config's must. */
function refuseStrangers({ schedules = [] }: AlertWishes, cameras: readonly CameraView[]): void {
  const known = new Set<string>(cameras.map(({ id }) => id))
  const strange = schedules.flatMap(({ cameras: named = [] }) => named).find((id) => !known.has(id))
  if (strange === undefined) return
  throw new BarnboxError('BAD_REQUEST', `schedules: there is no camera ${strange}`, {
    context: { refusals: ['schedules wrong'] },
  })
}
