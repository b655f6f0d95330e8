/**
 * From findings to alerts (pure): what has been so for long enough is raised once, and ends when it has not been so for long enough.
 * A finding that flickers is one alert, and one that nobody can judge any more neither begins nor ends.
 */
import { subjectKey } from '../lib/subject-key.ts'
import type { Alert, AlertKind, AlertSubject, Severity } from '../presence-types.ts'
import type { AlertId } from '../types.ts'
import type { Finding, Rule } from './rules.ts'

/** What a rule found, as it is to be raised: the same object until it is answered. */
export interface Raised extends Finding {
  readonly kind: AlertKind
  readonly severity: Severity
  /** Since when it should be an alert. */
  readonly atMs: number
}

export interface Cleared {
  readonly id: AlertId
  /** Since when it should be none any more. */
  readonly atMs: number
}

/** In the order in which it came to be. What is not answered is asked again by the next step, also where it is over by then. */
export interface Step {
  readonly raise: readonly Raised[]
  readonly clear: readonly Cleared[]
}

export interface Ledger {
  /** Takes what each rule found now; `at` is a clock that never goes back. */
  step(found: ReadonlyMap<Rule, readonly Finding[]>, atMs: number): Step
  /** It is an alert now. */
  raised(alert: Alert): void
  /** It is not to be raised (snoozed): it is found anew. */
  refused(raised: Raised): void
  /** It is an alert no more. */
  cleared(cleared: Cleared): void
}

interface Entry {
  /** As it is wanted now: people change its times. */
  rule: Rule
  readonly finding: Finding
  sinceMs: number
  /** When it was last so, or could not be told. */
  lastMs: number
  /** When it was last surely so. */
  clearlyMs: number
  alertId: AlertId | null
  /** It is to be raised, and that is not answered yet. */
  due: Raised | null
}

/** A gap shorter than this does not break what must be so for long. */
const gapMs = 5000

/** `open`: alerts that were open at the start; they end as others do. */
export function createLedger(rules: readonly Rule[], open: readonly Alert[], atMs: number): Ledger {
  const entries = new Map<string, Entry>()
  /** Until when it is not raised again. */
  const cooling = new Map<string, number>()
  for (const alert of open) {
    const rule = rules.find(({ kind }) => kind === alert.kind)
    const finding: Finding = { ...subjectOf(alert), detail: alert.detail }
    const entry = { finding, sinceMs: atMs, lastMs: atMs, clearlyMs: atMs, alertId: alert.id, due: null }
    // A rule that is switched off by now lets go of what it raised.
    entries.set(subjectKey(alert.kind, alert), { ...entry, rule: rule ?? { ...gone, kind: alert.kind } })
  }
  const note = (rule: Rule, finding: Finding, nowMs: number) => {
    const key = subjectKey(rule.kind, finding)
    const entry = entries.get(key)
    if (!entry && finding.isUnclear) return
    const begun = {
      rule,
      finding,
      sinceMs: nowMs,
      lastMs: nowMs,
      clearlyMs: nowMs,
      alertId: null,
      due: null,
    }
    const noted = entry ?? begun
    noted.rule = rule
    noted.lastMs = nowMs
    if (!finding.isUnclear) noted.clearlyMs = nowMs
    entries.set(key, noted)
  }
  return {
    step(found, nowMs) {
      for (const [rule, findings] of found) {
        const unclear = findings.filter(({ isUnclear }) => isUnclear)
        for (const finding of findings) note(rule, finding, nowMs)
        // A stall of which nothing is clear keeps what is open of it, whichever horse that is about; one of which a horse is not, that horse's.
        for (const entry of entries.values())
          if (entry.rule.kind === rule.kind && unclear.some((one) => isAbout(one, entry.finding)))
            entry.lastMs = nowMs
      }
      const raise: Raised[] = []
      const clear: Cleared[] = []
      for (const [key, entry] of entries) {
        const { alertId, rule } = entry
        const isMissing = nowMs - entry.lastMs > (alertId === null ? gapMs : rule.clearAfterMs)
        if (alertId !== null) {
          if (isMissing) clear.push({ id: alertId, atMs: entry.lastMs + rule.clearAfterMs })
        } else if (entry.due) raise.push(entry.due)
        else if (isMissing) entries.delete(key)
        else if (isDue(entry, nowMs) && (cooling.get(key) ?? nowMs) <= nowMs) {
          cooling.delete(key)
          const { kind, severity } = rule
          entry.due = { ...entry.finding, kind, severity, atMs: nowMs }
          raise.push(entry.due)
        }
      }
      const inOrder = (one: { atMs: number }, other: { atMs: number }) => one.atMs - other.atMs
      return { raise: raise.sort(inOrder), clear: clear.sort(inOrder) }
    },
    raised(alert) {
      const entry = entries.get(subjectKey(alert.kind, alert))
      if (entry) Object.assign(entry, { alertId: alert.id, due: null })
    },
    refused(raised) {
      const entry = entries.get(subjectKey(raised.kind, raised))
      if (entry) entry.due = null
    },
    cleared({ id, atMs }) {
      for (const [key, { alertId, rule }] of entries) {
        if (alertId !== id) continue
        entries.delete(key)
        cooling.set(key, atMs + rule.coolDownMs)
      }
    },
  }
}

/** What cannot be told at this moment is not raised at this moment. */
const isDue = ({ rule, sinceMs, clearlyMs }: Entry, nowMs: number) =>
  clearlyMs === nowMs && nowMs - sinceMs >= rule.afterMs

const gone = { severity: 'info', afterMs: 0, clearAfterMs: 0, coolDownMs: 0, find: () => [] } as const

const subjectOf = ({ streamId, stallId, horseId, part }: AlertSubject): AlertSubject => ({
  ...{ streamId, stallId, horseId, part },
})

/** Whether a finding is about the stall of another, or about just the same. */
function isAbout(one: Finding, other: Finding): boolean {
  if (one.stallId !== null)
    return one.stallId === other.stallId && (one.horseId === null || one.horseId === other.horseId)
  return one.streamId === other.streamId && one.horseId === other.horseId && one.part === other.part
}
