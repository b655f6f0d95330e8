/**
 * Vector search inside SQLite (sqlite-vec), in an attached in-memory database built from the `vectors` rows:
 * it is derived, never saved, and losing it loses nothing.
 */
import * as sqliteVec from 'sqlite-vec'
import type { HorseId, ModelKind, StreamId } from '../types.ts'
import type { Db } from './database.ts'
import { type StoredVector, toBlob } from './vectors.ts'

export interface Neighbour {
  readonly vectorId: number
  readonly horseId: HorseId
  /** Cosine, -1 to 1. */
  readonly similarity: number
}

export interface VectorIndex {
  /** The `k` stored vectors of a stream nearest to `vector`, nearest first. */
  search(streamId: StreamId, vector: Float32Array, k: number): Neighbour[]
  add(vector: StoredVector): void
  remove(vectorId: number): void
  readonly size: number
}

/** Builds the index of one model. Throws what SQLite throws when the extension cannot be loaded. */
export function buildVectorIndex(db: Db, kind: ModelKind, vectors: readonly StoredVector[]): VectorIndex {
  sqliteVec.load(db)
  db.exec(`ATTACH ':memory:' AS derived`)
  db.exec(
    `CREATE VIRTUAL TABLE derived.vector_index USING vec0(
       stream_id TEXT partition key, vector float[${kind.dim}] distance_metric=cosine, +horse_id TEXT)`,
  )
  const insert = db.prepare(
    'INSERT INTO derived.vector_index (rowid, stream_id, vector, horse_id) VALUES (?, ?, ?, ?)',
  )
  const remove = db.prepare('DELETE FROM derived.vector_index WHERE rowid = ?')
  const nearest = db.prepare<[Buffer, string, number], { rowid: number; horse_id: string; distance: number }>(
    `SELECT rowid, horse_id, distance FROM derived.vector_index
     WHERE vector MATCH ? AND stream_id = ? AND k = ? ORDER BY distance`,
  )
  let size = 0
  const add = (one: StoredVector) => {
    // vec0 takes only 64-bit integers as rowid; better-sqlite3 binds a plain number as a float.
    insert.run(BigInt(one.id), one.streamId, toBlob(one.vector), one.horseId)
    size++
  }
  db.transaction(() => vectors.forEach(add))()
  return {
    search: (streamId, vector, k) =>
      nearest.all(toBlob(vector), streamId, k).map((row) => ({
        vectorId: row.rowid,
        horseId: row.horse_id as HorseId,
        similarity: 1 - row.distance,
      })),
    add,
    remove(vectorId) {
      size -= remove.run(BigInt(vectorId)).changes
    },
    get size() {
      return size
    },
  }
}
