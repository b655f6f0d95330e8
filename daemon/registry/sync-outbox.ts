/**
 * The table `sync_outbox`: what is yet to be told the central database. Triggers fill it, in the transaction of what is told.
 */
import type { SyncKind } from '../sync-types.ts'
import type { Db } from './database.ts'
import type { Settings } from './settings.ts'

/** A row that was changed, as of its number: changed again it has another one. */
export interface Mark {
  readonly seq: number
  readonly rowId: string
}

export interface SyncOutbox {
  /** From now on changes are noted, and all that there is is told anew; the sightings since `sinceMs` as they are filled in. */
  begin(sinceMs: number): void
  /** Fills in some more of the sightings that there were at the beginning, over restarts too. Answers whether there are more. */
  fill(): boolean
  /** Nothing is noted any more, and what was is forgotten. */
  end(): void
  /** Whether changes are noted. */
  isOn(): boolean
  /** The number of a kind's newest; 0 where there is none. */
  last(kind: SyncKind): number
  /** The oldest of a kind after a number, and up to one. Of sightings those that have ended: nothing was added since `beforeMs`. */
  next(kind: SyncKind, most: number, beforeMs: number, after?: number, upTo?: number): Mark[]
  /** They are told, as they were when they were read. */
  done(marks: readonly Mark[]): void
  waiting(): number
  /** Runs `work` while only what this box makes of it is noted, or nothing. */
  noting<T>(mode: 'own' | 'off', work: () => T): T
}

const marksKey = 'sync_marks'
const fillKey = 'sync_fill'
/** Sightings at a time: ten milliseconds, so that cameras go on. There may be millions. */
const mostFilled = 2000

/** Sightings that are yet to be filled in, by their ids: a backup numbers rows anew. */
interface Fill {
  readonly sinceMs: number
  readonly after: string
  readonly upTo: string
}

/** What is left to be filled in, noted in the transaction of what is. */
function openFilling(db: Db, settings: Settings) {
  const newest = db.prepare<[], string>(`SELECT coalesce(max(id), '') FROM sightings`).pluck()
  const further = db
    .prepare<[string, string, number], string>(
      'SELECT id FROM sightings WHERE id > ? AND id <= ? ORDER BY id LIMIT 1 OFFSET ?',
    )
    .pluck()
  // One that was changed meanwhile is noted already.
  const insert = db.prepare<[string, string, number]>(
    `INSERT OR IGNORE INTO sync_outbox (kind, row_id)
     SELECT 'sighting', id FROM sightings WHERE id > ? AND id <= ? AND to_ms >= ? ORDER BY id`,
  )
  const keep = (left: Fill | null) => settings.set(fillKey, JSON.stringify(left))
  return {
    begin: (sinceMs: number) => keep({ sinceMs, after: '', upTo: newest.get() ?? '' }),
    goOn(): boolean {
      const noted: Fill | null = JSON.parse(settings.get(fillKey) ?? 'null')
      if (!noted) return false
      // Rows were noted by their numbers once: then all come again.
      const left = typeof noted.upTo === 'string' ? noted : { ...noted, after: '', upTo: newest.get() ?? '' }
      const { sinceMs, after, upTo } = left
      const to = further.get(after, upTo, mostFilled - 1) ?? upTo
      insert.run(after, to, sinceMs)
      keep(to < upTo ? { ...left, after: to } : null)
      return to < upTo
    },
    end: () => keep(null),
  }
}

export function openSyncOutbox(db: Db, settings: Settings): SyncOutbox {
  const last = db
    .prepare<[string], number>('SELECT coalesce(max(seq), 0) FROM sync_outbox WHERE kind = ?')
    .pluck()
  const next = db.prepare<[string, number, number, number], Mark>(
    'SELECT seq, row_id AS rowId FROM sync_outbox WHERE kind = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
  )
  // One that is gone has nothing to wait for.
  const nextSightings = db.prepare<[number, number, number, number], Mark>(
    `SELECT o.seq, o.row_id AS rowId FROM sync_outbox o LEFT JOIN sightings s ON s.id = o.row_id
     WHERE o.kind = 'sighting' AND (s.id IS NULL OR s.to_ms < ?) AND o.seq > ? AND o.seq <= ? ORDER BY o.seq LIMIT ?`,
  )
  const done = db.prepare('DELETE FROM sync_outbox WHERE seq IN (SELECT value FROM json_each(?))')
  const waiting = db.prepare<[], number>('SELECT count(*) FROM sync_outbox').pluck()
  const clear = db.prepare('DELETE FROM sync_outbox')
  const fill = [
    `SELECT 'horse', id FROM horses ORDER BY first_detected_ms, id`,
    `SELECT 'seen', id FROM horses WHERE stream_id NOT IN (SELECT id FROM other_streams)
       OR id IN (SELECT horse_id FROM sightings) ORDER BY id`,
    `SELECT 'correction', id FROM corrections ORDER BY stamp`,
    `SELECT 'look', CAST(id AS TEXT) FROM looks WHERE horse_id IS NOT NULL AND id NOT IN (SELECT look_id FROM other_looks) ORDER BY id`,
  ].map((rows) => db.prepare(`INSERT INTO sync_outbox (kind, row_id) ${rows}`))
  const filling = openFilling(db, settings)
  return {
    begin: (sinceMs) =>
      db
        .transaction(() => {
          clear.run()
          for (const rows of fill) rows.run()
          filling.begin(sinceMs)
          settings.set(marksKey, 'all')
        })
        .immediate(),
    fill: () => db.transaction(filling.goOn).immediate(),
    end: () =>
      db
        .transaction(() => {
          settings.set(marksKey, 'off')
          filling.end()
          clear.run()
        })
        .immediate(),
    isOn: () => settings.get(marksKey) === 'all',
    last: (kind) => last.get(kind) ?? 0,
    next: (kind, most, beforeMs, after = 0, upTo = Number.MAX_SAFE_INTEGER) =>
      kind === 'sighting'
        ? nextSightings.all(beforeMs, after, upTo, most)
        : next.all(kind, after, upTo, most),
    done: (marks) => void done.run(JSON.stringify(marks.map(({ seq }) => seq))),
    waiting: () => waiting.get() ?? 0,
    noting(mode, work) {
      const before = settings.get(marksKey) ?? 'off'
      if (before === 'off') return work()
      settings.set(marksKey, mode)
      try {
        return work()
      } finally {
        settings.set(marksKey, before)
      }
    },
  }
}
