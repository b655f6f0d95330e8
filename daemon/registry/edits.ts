/**
 * The tables `edits` and `stall_edits`: who edited each field of a horse, or of a stall, last, and when by a clock that all
 * boxes share.
 */
import { type HybridClock, type Stamp, stampsFrom } from '../lib/hlc.ts'
import type { HorseId, StallId } from '../types.ts'
import type { Db } from './database.ts'

export interface Edits<Id extends string = HorseId> {
  /** Stamps fields that a person has just changed. */
  note(id: Id, fields: readonly string[], actor: string | null): void
  /** The stamp of each field that was ever edited. */
  of(id: Id): ReadonlyMap<string, Stamp>
}

const stamped = ['edits', 'stall_edits', 'corrections'] as const
const allStamps = `(${stamped.map((table) => `SELECT stamp FROM ${table}`).join(' UNION ALL ')})`

/** The newest stamp that this registry holds: where its clock goes on. */
export function lastStamp(db: Db): Stamp | undefined {
  return db.prepare<[], Stamp | null>(`SELECT max(stamp) FROM ${allStamps}`).pluck().get() ?? undefined
}

/**
 * What a box said while its clock was wrong, later than now: said now instead, in the same order, or nothing that it says could be later
 * for as long as that. Answers how many words that were.
 */
export function openRestamping(db: Db, clock: HybridClock, box: string): (latestMs: number) => number {
  const early = db
    .prepare<{ from: string; box: string }, Stamp>(
      `SELECT DISTINCT stamp FROM ${allStamps}
       WHERE stamp >= @from AND stamp LIKE '%-' || @box ORDER BY stamp`,
    )
    .pluck()
  const others = db
    .prepare<[string], Stamp | null>(`SELECT max(stamp) FROM ${allStamps} WHERE stamp < ?`)
    .pluck()
  const change = stamped.map((table) => db.prepare(`UPDATE ${table} SET stamp = ? WHERE stamp = ?`))
  const restamp = db.transaction((latestMs: number) => {
    const from = stampsFrom(latestMs + 1)
    const said = early.all({ from, box })
    clock.goOnAfter(others.get(from) ?? undefined)
    for (const stamp of said) {
      const now = clock.next()
      for (const one of change) one.run(now, stamp)
    }
    return said.length
  })
  return (latestMs) => (clock.atMs() > latestMs ? restamp.immediate(latestMs) : 0)
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
