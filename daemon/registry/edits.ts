/**
 * The tables `edits` and `stall_edits`: who edited each field of a horse, or of a stall, last, and when by a clock that all
 * boxes share.
 */
import type { HybridClock, Stamp } from '../lib/hlc.ts'
import type { HorseId, StallId } from '../types.ts'
import type { Db } from './database.ts'

export interface Edits<Id extends string = HorseId> {
  /** Stamps fields that a person has just changed. */
  note(id: Id, fields: readonly string[], actor: string | null): void
  /** The stamp of each field that was ever edited. */
  of(id: Id): ReadonlyMap<string, Stamp>
}

/** The newest stamp that this registry holds: where its clock goes on. */
export function lastStamp(db: Db): Stamp | undefined {
  const newest = `SELECT max(stamp) FROM (SELECT stamp FROM edits UNION ALL SELECT stamp FROM stall_edits
    UNION ALL SELECT stamp FROM corrections)`
  return db.prepare<[], Stamp | null>(newest).pluck().get() ?? undefined
}

export const openEdits = (db: Db, clock: HybridClock) => openStamps<HorseId>(db, clock, 'edits', 'horse_id')

export const openStallEdits = (db: Db, clock: HybridClock) =>
  openStamps<StallId>(db, clock, 'stall_edits', 'stall_id')

function openStamps<Id extends string>(db: Db, clock: HybridClock, table: string, key: string): Edits<Id> {
  const upsert = db.prepare(
    `INSERT INTO ${table} (${key}, field, stamp, actor) VALUES (?, ?, ?, ?)
     ON CONFLICT (${key}, field) DO UPDATE SET stamp = excluded.stamp, actor = excluded.actor`,
  )
  const select = db.prepare<[string], { field: string; stamp: Stamp }>(
    `SELECT field, stamp FROM ${table} WHERE ${key} = ?`,
  )
  return {
    note(id, fields, actor) {
      const stamp = clock.next()
      for (const field of fields) upsert.run(id, field, stamp, actor)
    },
    of: (id) => new Map(select.all(id).map(({ field, stamp }) => [field, stamp])),
  }
}
