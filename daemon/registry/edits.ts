/**
 * The table `edits`: which box edited each field of a horse last, and when by a clock that all boxes share.
 */
import type { HybridClock, Stamp } from '../lib/hlc.ts'
import type { HorseId } from '../types.ts'
import type { Db } from './database.ts'

export interface Edits {
  /** Stamps fields that a person has just changed. */
  note(horseId: HorseId, fields: readonly string[], actor: string | null): void
  /** The stamp of each field of a horse that was ever edited. */
  of(horseId: HorseId): ReadonlyMap<string, Stamp>
}

/** The newest stamp that this registry holds: where its clock goes on. */
export function lastStamp(db: Db): Stamp | undefined {
  const newest = 'SELECT max(stamp) FROM (SELECT stamp FROM edits UNION ALL SELECT stamp FROM corrections)'
  return db.prepare<[], Stamp | null>(newest).pluck().get() ?? undefined
}

export function openEdits(db: Db, clock: HybridClock): Edits {
  const upsert = db.prepare(
    `INSERT INTO edits (horse_id, field, stamp, actor) VALUES (?, ?, ?, ?)
     ON CONFLICT (horse_id, field) DO UPDATE SET stamp = excluded.stamp, actor = excluded.actor`,
  )
  const select = db.prepare<[string], { field: string; stamp: Stamp }>(
    'SELECT field, stamp FROM edits WHERE horse_id = ?',
  )
  return {
    note(horseId, fields, actor) {
      const stamp = clock.next()
      for (const field of fields) upsert.run(horseId, field, stamp, actor)
    },
    of: (horseId) => new Map(select.all(horseId).map(({ field, stamp }) => [field, stamp])),
  }
}
