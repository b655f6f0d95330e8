/**
 * The vector index by sqlite-vec: one virtual table, a partition a stream.
 */
import * as sqliteVec from 'sqlite-vec'
import type { HorseId, ModelKind } from '../types.ts'
import type { Db } from './database.ts'
import type { VectorIndex } from './vector-index.ts'
import { checkVector, type StoredVector, toBlob } from './vectors.ts'

/** Builds it. Throws what SQLite throws when the extension cannot be loaded. */
export function buildVecIndex(db: Db, kind: ModelKind, vectors: readonly StoredVector[]): VectorIndex {
  sqliteVec.load(db)
  db.exec(
    `CREATE VIRTUAL TABLE derived.vec_index USING vec0(
       stream_id TEXT partition key, vector float[${kind.dim}] distance_metric=cosine, +horse_id TEXT)`,
  )
  const insert = db.prepare(
    'INSERT INTO derived.vec_index (rowid, stream_id, vector, horse_id) VALUES (?, ?, ?, ?)',
  )
  const remove = db.prepare('DELETE FROM derived.vec_index WHERE rowid = ?')
  const count = db.prepare<[], number>('SELECT count(*) FROM derived.vec_index').pluck()
  const nearest = db.prepare<[Buffer, string, number], { rowid: number; horse_id: string; distance: number }>(
    `SELECT rowid, horse_id, distance FROM derived.vec_index
     WHERE vector MATCH ? AND stream_id = ? AND k = ? ORDER BY distance`,
  )
  const add = (one: StoredVector) => {
    // vec0 takes only 64-bit integers as rowid; better-sqlite3 binds a plain number as a float.
    insert.run(BigInt(one.id), one.streamId, toBlob(one.vector), one.horseId)
  }
  db.transaction(() => vectors.forEach(add))()
  return {
    engine: 'sqlite-vec',
    search(streamId, vector, k) {
      checkVector(kind, vector)
      return nearest.all(toBlob(vector), streamId, k).map((row) => ({
        vectorId: row.rowid,
        horseId: row.horse_id as HorseId,
        similarity: 1 - row.distance,
      }))
    },
    add,
    remove: (vectorId) => void remove.run(BigInt(vectorId)),
    get size() {
      return count.get() ?? 0
    },
  }
}
