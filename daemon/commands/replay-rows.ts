/**
 * Two outcomes side by side (pure): what each horse was named for, and what would have been told, as it is now and as it is asked for.
 */
import type { StreamId } from '../types.ts'
import type { Outcome } from './replay-run.ts'

/** Minutes, to a tenth; null where there is nothing of it. */
export interface HorseRow {
  readonly horse: string
  readonly name: string
  readonly isNew: boolean
  readonly now: number | null
  readonly asked: number | null
}

/** From when to when, UTC ms; `toMs` null while it goes on at the end. */
export interface ToldSpan {
  readonly fromMs: number
  readonly toMs: number | null
}

export interface AlertRow {
  readonly kind: string
  readonly severity: string
  readonly camera: StreamId | null
  readonly stall: string | null
  readonly horse: string | null
  readonly now: ToldSpan | null
  readonly asked: ToldSpan | null
}

export interface ReplayRows {
  readonly horses: readonly HorseRow[]
  readonly unknown: { readonly now: number; readonly asked: number }
  readonly alerts: readonly AlertRow[]
}

const minutes = (seconds: number) => Math.round(seconds / 6) / 10

export function rowsOf(now: Outcome, asked: Outcome): ReplayRows {
  return {
    horses: horseRows(now, asked),
    unknown: { now: minutes(now.unknownSeconds), asked: minutes(asked.unknownSeconds) },
    alerts: alertRows(now, asked),
  }
}

function horseRows(now: Outcome, asked: Outcome): HorseRow[] {
  // What is new in one run is not what has the same number in the other: it is held against it all the same, by where it was founded.
  const ids = new Map([...now.horses, ...asked.horses].map((one) => [one.trackingId, one]))
  const of = ({ horses }: Outcome, id: string) => {
    const found = horses.find(({ trackingId }) => trackingId === id)
    return found ? minutes(found.seconds) : null
  }
  return [...ids]
    .map(([horse, { name, isNew }]) => ({ horse, name, isNew, now: of(now, horse), asked: of(asked, horse) }))
    .sort((a, b) => Number(a.isNew) - Number(b.isNew) || (a.horse < b.horse ? -1 : 1))
}

type Told = Outcome['alerts'][number]

const aboutOf = ({ kind, streamId, stall, horse, part }: Told) =>
  [kind, streamId, stall, horse, part].join('|')

const overlaps = (a: Told, b: Told) =>
  a.openedMs <= (b.closedMs ?? Number.POSITIVE_INFINITY) &&
  b.openedMs <= (a.closedMs ?? Number.POSITIVE_INFINITY)

/** Alerts about the same thing at the same time are one row. */
function alertRows(now: Outcome, asked: Outcome): AlertRow[] {
  const left = new Set(asked.alerts)
  const rows: [Told, AlertRow][] = now.alerts.map((one) => {
    const other = [...left].find((other) => aboutOf(other) === aboutOf(one) && overlaps(one, other))
    if (other) left.delete(other)
    return [one, rowOf(one, spanOf(one), other ? spanOf(other) : null)]
  })
  for (const one of left) rows.push([one, rowOf(one, null, spanOf(one))])
  return rows
    .sort(([a], [b]) => a.openedMs - b.openedMs || (aboutOf(a) < aboutOf(b) ? -1 : 1))
    .map(([, row]) => row)
}

const spanOf = ({ openedMs, closedMs }: Told): ToldSpan => ({ fromMs: openedMs, toMs: closedMs })

const rowOf = (
  { kind, severity, streamId, stall, horse }: Told,
  now: ToldSpan | null,
  asked: ToldSpan | null,
): AlertRow => ({ kind, severity, camera: streamId, stall, horse, now, asked })
