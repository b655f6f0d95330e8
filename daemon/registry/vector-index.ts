/**
 * Vector search inside SQLite, by one of two extensions, in an attached in-memory database built from the `vectors`
 * rows: it is derived, never saved, and losing it loses nothing.
 */
import type { RegistryConfig } from '../config/schema.ts'
import type { Log } from '../lib/log.ts'
import type { HorseId, ModelKind, StreamId } from '../types.ts'
import type { Db } from './database.ts'
import { buildVecIndex } from './vec-index.ts'
import type { StoredVector } from './vectors.ts'
import { buildVssIndex } from './vss-index.ts'

export interface Neighbour {
  readonly vectorId: number
  readonly horseId: HorseId
  /** Cosine, -1 to 1. */
  readonly similarity: number
}

export interface VectorIndex {
  readonly engine: Engine
  /**
   * The `k` stored vectors of a stream nearest to `vector`, nearest first; `k` is 1 to 4,096.
   * Throws `VECTOR_KIND` for a vector of another length or not of length 1.
   */
  search(streamId: StreamId, vector: Float32Array, k: number): Neighbour[]
  /** Within a transaction it takes part in it, but may be found only after its end. */
  add(vector: StoredVector): void
  remove(vectorId: number): void
  readonly size: number
}

export type IndexChoice = RegistryConfig['vector_index']
export type Engine = Exclude<IndexChoice, 'none'>

/**
 * The index wished for, in place of an earlier one. Where sqlite-vss cannot be used it is sqlite-vec, and null where neither can (the log says
 * why) or none is wished for: matching needs no index.
 */
export function openVectorIndex(
  db: Db,
  wish: IndexChoice,
  kind: ModelKind,
  vectors: readonly StoredVector[],
  log: Log,
): VectorIndex | null {
  if (wish === 'none') return null
  const earlier = db.prepare(`SELECT 1 FROM pragma_database_list WHERE name = 'derived'`).get()
  if (earlier) db.exec('DETACH derived')
  // Larger pages than SQLite's own: the blobs of thousands of vectors are built a quarter faster.
  db.exec(`ATTACH ':memory:' AS derived; PRAGMA derived.page_size = 16384`)
  if (wish === 'sqlite-vss') {
    try {
      return buildVssIndex(db, kind, vectors)
    } catch (error) {
      log.warn({ err: error }, 'sqlite-vss cannot be used; sqlite-vec is the search index instead')
    }
  }
  try {
    return buildVecIndex(db, kind, vectors)
  } catch (error) {
    log.warn({ err: error }, 'sqlite-vec cannot be used; matching goes on without the search index')
    return null
  }
}
