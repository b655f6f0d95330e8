/**
 * What config and page want, laid over the rules (pure): what is looked for, when it is as planned, and when it is told.
 */
import type { AlertsConfig } from '../config/alerts.ts'
import { type Alert, type Severity, severities } from '../presence-types.ts'
import type { StreamId } from '../types.ts'
import { isWithin, type WallTime } from './hours.ts'
import type { Finding, Rule, Situation } from './rules.ts'

const second = 1000

/** Every rule as the config wants it, and whether it is on. */
export function rulesAsWanted(
  rules: readonly Rule[],
  { rules: wishes }: Pick<AlertsConfig, 'rules'>,
): (Rule & { readonly isOn: boolean })[] {
  return rules.map((rule) => {
    const wish = wishes[rule.kind]
    return {
      ...rule,
      isOn: wish?.enabled ?? rule.isExperimental !== true,
      severity: wish?.severity ?? rule.severity,
      afterMs: wish?.after_seconds === undefined ? rule.afterMs : wish.after_seconds * second,
      coolDownMs: wish?.cool_down_seconds === undefined ? rule.coolDownMs : wish.cool_down_seconds * second,
    }
  })
}

/** The rules that are on. */
export function wantedRules(rules: readonly Rule[], config: Pick<AlertsConfig, 'rules'>): Rule[] {
  return rulesAsWanted(rules, config).filter(({ isOn }) => isOn)
}

/** What the rules find, but for what is as planned at this time. */
export function findAll(
  rules: readonly Rule[],
  situation: Situation,
  { schedules }: AlertsConfig,
  now: WallTime,
): Map<Rule, Finding[]> {
  const going = schedules.filter((schedule) => isWithin(schedule, now))
  const isPlanned = ({ kind }: Rule, { streamId }: Finding) =>
    going.some(
      ({ silences, cameras }) =>
        silences.includes(kind) && (cameras === undefined || isAmong(streamId, cameras)),
    )
  return new Map(
    rules.map((rule) => [rule, rule.find(situation).filter((finding) => !isPlanned(rule, finding))]),
  )
}

const isAmong = (streamId: StreamId | null, cameras: readonly string[]) =>
  streamId !== null && cameras.includes(streamId)

/** Who is told of something so severe at this time; `mqtt` is for machines and has all. */
export function sinksFor(
  severity: Severity,
  sinks: readonly { readonly name: string; readonly least: Severity }[],
  { quiet_hours: quiet }: AlertsConfig,
  now: WallTime,
): string[] {
  const isQuiet = quiet !== undefined && isWithin(quiet, now) && isBelow(severity, quiet.least)
  return sinks
    .filter(({ name, least }) => !isBelow(severity, least) && (name === 'mqtt' || !isQuiet))
    .map(({ name }) => name)
}

const isBelow = (severity: Severity, least: Severity) =>
  severities.indexOf(severity) < severities.indexOf(least)

/** Whether a critical alert that nobody looks after is due to be told again: so long after it was told last. */
export function isDueToEscalate(
  { severity, acknowledgedMs, closedMs, escalations }: Alert,
  toldMs: number | null,
  { escalate_minutes: minutes }: AlertsConfig,
  nowMs: number,
): boolean {
  if (severity !== 'critical' || acknowledgedMs !== null || closedMs !== null) return false
  const wait = minutes[escalations]
  return wait !== undefined && toldMs !== null && nowMs >= toldMs + wait * 60 * second
}
