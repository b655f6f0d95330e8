/**
 * The tables `alerts` and `snoozes`: what was not as it should be. An alert and the messages that tell of it are one transaction, so
 * that nothing is said that was not so, and nothing that was so goes unsaid.
 */
import { BarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import { subjectKey } from '../lib/subject-key.ts'
import type { Alert, AlertKind, AlertSubject, Edge, Severity } from '../presence-types.ts'
import type { AlertId, By, HorseId, StallId, StreamId } from '../types.ts'
import type { Db } from './database.ts'
import type { Outbox } from './outbox.ts'

export interface NewAlert extends AlertSubject {
  readonly kind: AlertKind
  readonly severity: Severity
  readonly detail: string | null
  /** JPEG, at most 200 kB. */
  readonly picture?: Uint8Array | undefined
}

export interface Alerts {
  /** Those that are so now, the newest first. */
  open(): Alert[]
  /** The newest first: those opened before a time, at most so many. */
  list(page: { readonly beforeMs?: number | undefined; readonly limit: number }): Alert[]
  get(id: AlertId): Alert | undefined
  picture(id: AlertId): Uint8Array | undefined
  /** Opens one and tells these ways out; where it is open already, that one as it is, and nobody is told. */
  raise(alert: NewAlert, sinks: readonly string[], nowMs: number): Alert
  /** Tells its beginning to those of these ways out that were not told; undefined where there are none, or it is over. */
  spread(id: AlertId, sinks: readonly string[]): Alert | undefined
  /** It is so no longer: told to whoever was told, or is to be, that it is so. Undefined where it was closed already. */
  clear(id: AlertId, nowMs: number): Alert | undefined
  /** Nobody has acknowledged it: it is told again. Undefined where there is nothing to tell any more. */
  escalate(id: AlertId, sinks: readonly string[], nowMs: number): Alert | undefined
  /** Somebody looks after it. Throws `NOT_FOUND`, as the next two. */
  acknowledge(id: AlertId, by: By): Alert
  /** Nothing is raised of this kind about this subject before a time. It is acknowledged with it. */
  snooze(id: AlertId, untilMs: number, by: By): Alert
  judge(id: AlertId, verdict: 'useful' | 'not_useful' | null): Alert
  /** Until when nothing is to be raised; null where nobody said so. */
  snoozedUntil(kind: AlertKind, subject: AlertSubject, nowMs: number): number | null
  /** When anybody had a message of it last; null where nobody had one. */
  toldMs(id: AlertId): number | null
  /** How many that people called not useful were opened since then, and how many at all. */
  counts(sinceMs: number): { readonly notUseful: number; readonly all: number }
  /** Lets go of closed ones from before a time, with their messages; answers how many. */
  forget(beforeMs: number): number
}

interface Row {
  id: string
  kind: string
  severity: string
  stream_id: string | null
  stall_id: string | null
  horse_id: string | null
  part: string | null
  opened_ms: number
  closed_ms: number | null
  detail: string | null
  acknowledged_ms: number | null
  acknowledged_by: string | null
  verdict: string | null
  escalations: number
  has_picture: 0 | 1
}

const columns = `id, kind, severity, stream_id, stall_id, horse_id, part, opened_ms, closed_ms, detail, acknowledged_ms,
  acknowledged_by, verdict, escalations, picture IS NOT NULL AS has_picture`

function prepareAll(db: Db) {
  return {
    open: db.prepare<[], Row>(`SELECT ${columns} FROM alerts WHERE closed_ms IS NULL ORDER BY id DESC`),
    list: db.prepare<[number, number], Row>(
      `SELECT ${columns} FROM alerts WHERE opened_ms < ? ORDER BY opened_ms DESC, id DESC LIMIT ?`,
    ),
    get: db.prepare<[string], Row>(`SELECT ${columns} FROM alerts WHERE id = ?`),
    picture: db.prepare<[string], Uint8Array | null>('SELECT picture FROM alerts WHERE id = ?').pluck(),
    insert: db.prepare(
      `INSERT INTO alerts (id, kind, severity, stream_id, stall_id, horse_id, part, opened_ms, detail, picture)
       VALUES (@id, @kind, @severity, @streamId, @stallId, @horseId, @part, @openedMs, @detail, @picture)`,
    ),
    close: db.prepare('UPDATE alerts SET closed_ms = max(?, opened_ms) WHERE id = ? AND closed_ms IS NULL'),
    escalate: db.prepare(
      'UPDATE alerts SET escalations = escalations + 1 WHERE id = ? AND closed_ms IS NULL AND acknowledged_ms IS NULL',
    ),
    acknowledge: db.prepare(
      'UPDATE alerts SET acknowledged_ms = ?, acknowledged_by = ? WHERE id = ? AND acknowledged_ms IS NULL',
    ),
    judge: db.prepare('UPDATE alerts SET verdict = ? WHERE id = ?'),
    snooze: db.prepare(
      `INSERT INTO snoozes (subject, until_ms, actor) VALUES (?, ?, ?)
       ON CONFLICT (subject) DO UPDATE SET until_ms = excluded.until_ms, actor = excluded.actor`,
    ),
    snoozed: db
      .prepare<[string, number], number>('SELECT until_ms FROM snoozes WHERE subject = ? AND until_ms > ?')
      .pluck(),
    snoozes: db.prepare<[string], number>('SELECT until_ms FROM snoozes WHERE subject = ?').pluck(),
    counts: db.prepare<[number], { notUseful: number; all: number }>(
      `SELECT count(*) AS "all", count(*) FILTER (WHERE verdict = 'not_useful') AS notUseful
       FROM alerts WHERE opened_ms >= ?`,
    ),
    forget: db.prepare('DELETE FROM alerts WHERE closed_ms < ?'),
    forgetSnoozes: db.prepare('DELETE FROM snoozes WHERE until_ms < ?'),
  }
}

/** Reading, as others are told. */
function openReading(sql: ReturnType<typeof prepareAll>) {
  const tell = (row: Row): Alert => {
    const subject = {
      streamId: row.stream_id as StreamId | null,
      stallId: row.stall_id as StallId | null,
      horseId: row.horse_id as HorseId | null,
      part: row.part,
    }
    const kind = row.kind as AlertKind
    return {
      ...{ id: row.id as AlertId, kind, severity: row.severity as Severity, ...subject },
      ...{ openedMs: row.opened_ms, closedMs: row.closed_ms, detail: row.detail },
      hasPicture: row.has_picture === 1,
      ...{ acknowledgedMs: row.acknowledged_ms, acknowledgedBy: row.acknowledged_by },
      snoozedUntilMs: sql.snoozes.get(subjectKey(kind, subject)) ?? null,
      verdict: row.verdict as Alert['verdict'],
      escalations: row.escalations,
    }
  }
  const mustGet = (id: AlertId): Alert => {
    const row = sql.get.get(id)
    if (!row) throw new BarnboxError('NOT_FOUND', 'There is no such alert.')
    return tell(row)
  }
  const openOf = (kind: AlertKind, subject: AlertSubject): Alert | undefined => {
    const key = subjectKey(kind, subject)
    return sql.open
      .all()
      .map(tell)
      .find((one) => subjectKey(one.kind, one) === key)
  }
  return { tell, mustGet, openOf }
}

/** What is written with the messages that tell it. */
function openEdges(
  db: Db,
  sql: ReturnType<typeof prepareAll>,
  { mustGet, openOf }: ReturnType<typeof openReading>,
  outbox: Pick<Outbox, 'put' | 'told'>,
) {
  const post = (id: AlertId, edge: Edge, sinks: readonly string[], occurredMs: number): Alert => {
    const alert = mustGet(id)
    for (const sink of sinks) outbox.put({ sink, alertId: id, edge, severity: alert.severity, occurredMs })
    return alert
  }
  const raise = db.transaction((given: NewAlert, sinks: readonly string[], nowMs: number): Alert => {
    const same = openOf(given.kind, given)
    if (same) return same
    const { kind, severity, streamId, stallId, horseId, part, detail, picture = null } = given
    const id = mintId<AlertId>()
    sql.insert.run({ id, kind, severity, streamId, stallId, horseId, part, detail, picture, openedMs: nowMs })
    return post(id, 'raised', sinks, nowMs)
  })
  const untold = (id: AlertId, sinks: readonly string[]) => {
    const told = new Set(outbox.told(id).map(({ sink }) => sink))
    return sinks.filter((sink) => !told.has(sink))
  }
  const spread = db.transaction((id: AlertId, sinks: readonly string[]) => {
    const { openedMs, closedMs } = mustGet(id)
    return closedMs === null ? post(id, 'raised', untold(id, sinks), openedMs) : undefined
  })
  const clear = db.transaction((id: AlertId, nowMs: number) => {
    if (sql.close.run(nowMs, id).changes === 0) return undefined
    const told = outbox.told(id).filter(({ isDropped }) => !isDropped)
    return post(
      id,
      'cleared',
      told.map(({ sink }) => sink),
      nowMs,
    )
  })
  const escalate = db.transaction((id: AlertId, sinks: readonly string[], nowMs: number) =>
    sql.escalate.run(id).changes > 0 ? post(id, 'escalated', sinks, nowMs) : undefined,
  )
  return {
    ...{ raise: raise.immediate, clear: clear.immediate, escalate: escalate.immediate },
    // It is asked once a second: only where there is something to write, a transaction is.
    spread: (id: AlertId, sinks: readonly string[]) =>
      untold(id, sinks).length > 0 ? spread.immediate(id, sinks) : undefined,
  }
}

export function openAlerts(db: Db, outbox: Pick<Outbox, 'put' | 'told' | 'toldMs'>): Alerts {
  const sql = prepareAll(db)
  const reading = openReading(sql)
  const { tell, mustGet } = reading
  const acknowledge = (id: AlertId, { actor, nowMs }: By): Alert => {
    mustGet(id)
    sql.acknowledge.run(nowMs, actor, id)
    return mustGet(id)
  }
  const snooze = db.transaction((id: AlertId, untilMs: number, by: By): Alert => {
    const alert = acknowledge(id, by)
    sql.snooze.run(subjectKey(alert.kind, alert), untilMs, by.actor)
    return mustGet(id)
  })
  return {
    ...openEdges(db, sql, reading, outbox),
    open: () => sql.open.all().map(tell),
    list: ({ beforeMs = Number.MAX_SAFE_INTEGER, limit }) => sql.list.all(beforeMs, limit).map(tell),
    get(id) {
      const row = sql.get.get(id)
      return row && tell(row)
    },
    picture: (id) => sql.picture.get(id) ?? undefined,
    acknowledge,
    snooze: (id, untilMs, by) => snooze.immediate(id, untilMs, by),
    judge(id, verdict) {
      sql.judge.run(verdict, id)
      return mustGet(id)
    },
    snoozedUntil: (kind, subject, nowMs) => sql.snoozed.get(subjectKey(kind, subject), nowMs) ?? null,
    toldMs: outbox.toldMs,
    counts: (sinceMs) => sql.counts.get(sinceMs) ?? { notUseful: 0, all: 0 },
    forget(beforeMs) {
      sql.forgetSnoozes.run(beforeMs)
      return sql.forget.run(beforeMs).changes
    },
  }
}
