/**
 * A disk that has spoilt one page of a database.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import Database from 'better-sqlite3'

/** Spoils the nth leaf of a table or index. */
export function spoil(file: string, name: string, place = 1): void {
  const db = new Database(file)
  db.pragma('wal_checkpoint(TRUNCATE)')
  const offsets = db
    .prepare<[string], number>(
      "SELECT pgoffset FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno",
    )
    .pluck()
    .all(name)
  db.close()
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, offsets[Math.min(place, offsets.length - 1)])
  closeSync(handle)
}
