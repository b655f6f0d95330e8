/**
 * What the load says of itself, a line a fact: each is said only after SQLite has said that it is stored.
 */
import type { Db } from '../../../daemon/registry/database.ts'

export type Fact =
  /** Where it is: a kill is aimed at these. With `picture` a horse or its better avatar is about to be stored. */
  | { readonly at: 'opening' | 'open' | 'picture' | 'closing' }
  /** The box made a horse. */
  | { readonly born: Row }
  /** A person begins to change these, or, with null, lets go of whatever is old. */
  | { readonly about: readonly string[] | null }
  /** That is done, and so they stand. */
  | { readonly done: readonly Row[] }
  /** A frame was analysed, and these horses were in it; its sightings are stored within a second. */
  | { readonly stream: string; readonly utcMs: number; readonly seen: readonly string[] }
  /** Sightings were stored: so many detections had each horse then. */
  | { readonly counted: readonly (readonly [id: string, detections: number])[] }

/** A horse, or a correction: what nobody but a person changes of it. */
export interface Row {
  readonly id: string
  readonly [column: string]: unknown
}

const horses =
  'SELECT id, stream_id, number, name, notes, merged_into, deleted_ms, revision, official_ms FROM horses'
const corrections = 'SELECT id, kind, horse_id, other_id, undone_ms FROM corrections'

/** These rows as they are stored, or all. */
export function readRows(db: Db, ids?: readonly string[]): Row[] {
  const some = ids ? ' WHERE id IN (SELECT value FROM json_each(?))' : ''
  const given = ids ? [JSON.stringify(ids)] : []
  return [horses, corrections].flatMap((sql) => db.prepare<unknown[], Row>(sql + some).all(...given))
}
