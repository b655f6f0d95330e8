/**
 * The table `deliveries`: what is to be told, to each way out at least once and in its order. Whoever tells it says when the other
 * side had it; a crash between leaves the row waiting.
 */
import { mintId } from '../lib/ids.ts'
import type { Edge, Severity } from '../presence-types.ts'
import type { AlertId, Brand } from '../types.ts'
import type { Db } from './database.ts'

export type DeliveryId = Brand<string, 'DeliveryId'>

export interface NewDelivery {
  readonly sink: string
  readonly alertId: AlertId
  readonly edge: Edge
  readonly severity: Severity
  readonly occurredMs: number
}

export interface Delivery extends NewDelivery {
  /** What a receiver knows a message by that comes twice. */
  readonly id: DeliveryId
  /** Tries that failed. */
  readonly attempts: number
}

export interface OutboxFigures {
  readonly waiting: number
  /** Of those that are kept. */
  readonly dropped: number
  readonly lastError: string | null
}

export interface Outbox {
  /** Within the transaction of what it tells. */
  put(delivery: NewDelivery): void
  /** The oldest that waits, or null: also where it is not its time yet, for nothing overtakes it. */
  next(sink: string, nowMs: number): Delivery | null
  /** UTC ms from which the oldest may be tried again; null where none waits. */
  nextTryMs(sink: string): number | null
  sent(id: DeliveryId, nowMs: number): void
  failed(id: DeliveryId, nextTryMs: number, error: string): void
  /** The other side will never take it. */
  giveUp(id: DeliveryId, nowMs: number, error: string): void
  /** The ways out that its beginning was handed to; `isDropped`: it was given up there. */
  told(alertId: AlertId): { readonly sink: string; readonly isDropped: boolean }[]
  /** When anybody had a message of an alert last; null where nobody had one. */
  toldMs(alertId: AlertId): number | null
  figures(sink: string): OutboxFigures
  /**
   * Gives up what has waited since before a time, and of more than `most` waiting the least severe, the oldest first; forgets what was
   * sent before a time of alerts that are over. Answers how many were given up.
   */
  trim(limits: { waitingBeforeMs: number; sentBeforeMs: number; most: number }, nowMs: number): number
  /** Gives up what waits for ways out that there are no more. */
  only(sinks: readonly string[], nowMs: number): number
}

interface Row {
  id: string
  sink: string
  alert_id: string
  edge: string
  severity: string
  occurred_ms: number
  attempts: number
  next_try_ms: number
}

const waiting = 'sent_ms IS NULL AND dropped_ms IS NULL'
const errorLength = 300

const fromRow = (row: Row): Delivery => ({
  id: row.id as DeliveryId,
  sink: row.sink,
  alertId: row.alert_id as AlertId,
  edge: row.edge as Edge,
  severity: row.severity as Severity,
  occurredMs: row.occurred_ms,
  attempts: row.attempts,
})

export function openOutbox(db: Db): Outbox {
  const insert = db.prepare(
    `INSERT INTO deliveries (id, sink, alert_id, edge, severity, occurred_ms)
     VALUES (@id, @sink, @alertId, @edge, @severity, @occurredMs)`,
  )
  const oldest = db.prepare<[string], Row>(
    `SELECT * FROM deliveries WHERE sink = ? AND ${waiting} ORDER BY seq LIMIT 1`,
  )
  const markSent = db.prepare(
    'UPDATE deliveries SET sent_ms = ?, attempts = attempts + 1, last_error = NULL WHERE id = ?',
  )
  const markFailed = db.prepare(
    'UPDATE deliveries SET attempts = attempts + 1, next_try_ms = ?, last_error = ? WHERE id = ?',
  )
  const drop = db.prepare('UPDATE deliveries SET dropped_ms = ?, last_error = ? WHERE id = ?')
  const count = db.prepare<[string], { waiting: number; dropped: number }>(
    `SELECT count(*) FILTER (WHERE ${waiting}) AS waiting, count(dropped_ms) AS dropped FROM deliveries WHERE sink = ?`,
  )
  const lastError = db
    .prepare<[string], string>(
      `SELECT last_error FROM deliveries WHERE sink = ? AND ${waiting} AND last_error IS NOT NULL ORDER BY seq LIMIT 1`,
    )
    .pluck()
  const lastSent = db
    .prepare<[string], number | null>('SELECT max(sent_ms) FROM deliveries WHERE alert_id = ?')
    .pluck()
  const begun = db.prepare<[string], { sink: string; dropped_ms: number | null }>(
    "SELECT sink, dropped_ms FROM deliveries WHERE alert_id = ? AND edge = 'raised' ORDER BY seq",
  )
  const dropOld = db.prepare(
    `UPDATE deliveries SET dropped_ms = @now, last_error = 'it waited too long' WHERE ${waiting} AND occurred_ms < @before`,
  )
  const dropMany = db.prepare(
    `UPDATE deliveries SET dropped_ms = @now, last_error = 'too many waited' WHERE id IN (
       SELECT id FROM deliveries WHERE ${waiting}
       ORDER BY CASE severity WHEN 'info' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, seq
       LIMIT max(0, (SELECT count(*) FROM deliveries WHERE ${waiting}) - @most))`,
  )
  // While an alert is open its messages say who knows of it.
  const forget = db.prepare(
    `DELETE FROM deliveries WHERE coalesce(sent_ms, dropped_ms) < ?
       AND alert_id NOT IN (SELECT id FROM alerts WHERE closed_ms IS NULL)`,
  )
  const dropOthers = db.prepare(
    `UPDATE deliveries SET dropped_ms = @now, last_error = 'this way out is no more'
     WHERE ${waiting} AND sink NOT IN (SELECT value FROM json_each(@sinks))`,
  )
  const trim = db.transaction((limits: Parameters<Outbox['trim']>[0], nowMs: number) => {
    forget.run(limits.sentBeforeMs)
    const old = dropOld.run({ now: nowMs, before: limits.waitingBeforeMs }).changes
    return old + dropMany.run({ now: nowMs, most: limits.most }).changes
  })
  return {
    put: (delivery) => void insert.run({ ...delivery, id: mintId<DeliveryId>() }),
    next(sink, nowMs) {
      const row = oldest.get(sink)
      return row && row.next_try_ms <= nowMs ? fromRow(row) : null
    },
    nextTryMs: (sink) => oldest.get(sink)?.next_try_ms ?? null,
    sent: (id, nowMs) => void markSent.run(nowMs, id),
    failed: (id, nextTryMs, error) => void markFailed.run(nextTryMs, error.slice(0, errorLength), id),
    giveUp: (id, nowMs, error) => void drop.run(nowMs, error.slice(0, errorLength), id),
    told: (alertId) =>
      begun.all(alertId).map(({ sink, dropped_ms: droppedMs }) => ({ sink, isDropped: droppedMs !== null })),
    toldMs: (alertId) => lastSent.get(alertId) ?? null,
    figures: (sink) => ({
      ...(count.get(sink) ?? { waiting: 0, dropped: 0 }),
      lastError: lastError.get(sink) ?? null,
    }),
    trim: (limits, nowMs) => trim.immediate(limits, nowMs),
    only: (sinks, nowMs) => dropOthers.run({ now: nowMs, sinks: JSON.stringify(sinks) }).changes,
  }
}
