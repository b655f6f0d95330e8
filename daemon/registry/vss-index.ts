/**
 * The vector index by sqlite-vss: FAISS (exhaustive, exact) inside SQLite, for x86 machines. It has no filter, so each
 * stream has a table of its own; and it writes a whole table's index anew at the end of each transaction.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { HorseId, ModelKind, StreamId } from '../types.ts'
import type { Db } from './database.ts'
import type { VectorIndex } from './vector-index.ts'
import { checkVector, type StoredVector, toBlob } from './vectors.ts'

/**
 * Rows of one transaction while it is built. Within one the time grows with their square, for each insert copies
 * all before it; each transaction copies the index so far. Measured on 12,000 vectors: 256 to 1,024 are alike.
 */
const rowsAtOnce = 512

/** Builds it. Throws when the extension cannot be loaded, or would not run on this processor. */
export function buildVssIndex(db: Db, kind: ModelKind, vectors: readonly StoredVector[]): VectorIndex {
  loadVss(db)
  db.exec(
    `CREATE TABLE derived.vss_rows (id INTEGER PRIMARY KEY, stream_id TEXT NOT NULL, horse_id TEXT NOT NULL);
     CREATE INDEX derived.vss_rows_by_stream ON vss_rows (stream_id)`,
  )
  const rows = {
    insert: db.prepare('INSERT INTO derived.vss_rows (id, stream_id, horse_id) VALUES (?, ?, ?)'),
    remove: db
      .prepare<[number], StreamId>('DELETE FROM derived.vss_rows WHERE id = ? RETURNING stream_id')
      .pluck(),
    hasStream: db.prepare('SELECT 1 FROM derived.vss_rows WHERE stream_id = ? LIMIT 1').pluck(),
    count: db.prepare<[], number>('SELECT count(*) FROM derived.vss_rows').pluck(),
  }
  const tables = new Map<StreamId, Table>()
  const tableOf = (streamId: StreamId): Table => {
    const table = tables.get(streamId) ?? prepareTable(db, streamId)
    tables.set(streamId, table)
    return table
  }
  const add = ({ id, streamId, horseId, vector }: StoredVector) => {
    // Each time: a transaction that is rolled back takes the table it made with it.
    db.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS ${nameOf(streamId)} USING vss0(vector(${kind.dim}))`)
    tableOf(streamId).insert.run(id, unitBlob(vector))
    rows.insert.run(id, streamId, horseId)
  }
  const addAll = db.transaction((some: readonly StoredVector[]) => some.forEach(add))
  for (const ofStream of Map.groupBy(vectors, ({ streamId }) => streamId).values()) {
    for (let from = 0; from < ofStream.length; from += rowsAtOnce) {
      addAll(ofStream.slice(from, from + rowsAtOnce))
    }
  }
  return {
    engine: 'sqlite-vss',
    search(streamId, vector, k) {
      checkVector(kind, vector)
      if (rows.hasStream.get(streamId) === undefined) return []
      return tableOf(streamId)
        .nearest.all(unitBlob(vector), k)
        .map((row) => ({
          vectorId: row.rowid,
          horseId: row.horse_id as HorseId,
          // FAISS gives the square of the distance between the two unit vectors.
          similarity: 1 - row.distance / 2,
        }))
    },
    add,
    remove: db.transaction((vectorId: number) => {
      const streamId = rows.remove.get(vectorId)
      if (streamId !== undefined) tableOf(streamId).remove.run(vectorId)
    }),
    get size() {
      return rows.count.get() ?? 0
    },
  }
}

type Table = ReturnType<typeof prepareTable>

/** Beside each table lie its `..._index` and `..._data`: the ending keeps those of one stream from being another's. */
function nameOf(streamId: StreamId): string {
  return `derived."${streamId.replaceAll('"', '""')}.vss"`
}

function prepareTable(db: Db, streamId: StreamId) {
  const name = nameOf(streamId)
  return {
    insert: db.prepare(`INSERT INTO ${name} (rowid, vector) VALUES (?, ?)`),
    remove: db.prepare(`DELETE FROM ${name} WHERE rowid = ?`),
    nearest: db.prepare<[Buffer, number], { rowid: number; horse_id: string; distance: number }>(
      `SELECT found.rowid, horse_id, distance
       FROM (SELECT rowid, distance FROM ${name} WHERE vss_search(vector, ?) LIMIT ?) found
       JOIN derived.vss_rows ON id = found.rowid ORDER BY distance`,
    ),
  }
}

/** Stored vectors are of length 1 within a tolerance; the distance between two tells their angle only when exactly so. */
function unitBlob(vector: Float32Array): Buffer {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return toBlob(vector.map((value) => value / length))
}

function loadVss(db: Db): void {
  // Its FAISS uses AVX2 unasked: without it the process would die at the first search.
  if (!/\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8'))) {
    throw new Error('sqlite-vss needs an x86 processor with AVX2')
  }
  // An optional package: imported only when it is wished for.
  const sqliteVss = createRequire(import.meta.url)('sqlite-vss') as { load(db: Db): void }
  // libgomp reads this when it is loaded. With threads of its own it would be unloaded under them when the database
  // is closed, and the process would die of it.
  const before = process.env['OMP_NUM_THREADS']
  process.env['OMP_NUM_THREADS'] = '1'
  try {
    sqliteVss.load(db)
  } finally {
    if (before === undefined) delete process.env['OMP_NUM_THREADS']
    else process.env['OMP_NUM_THREADS'] = before
  }
}
