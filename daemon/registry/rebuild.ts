/**
 * A registry out of a damaged one: what of it can be read, and what a backup has of the rest. Whole tables are taken from the damaged file as
 * they are, so that nobody who was removed comes back; only where a table cannot be read to its end the backup's rows fill it.
 */
import { copyFileSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { BarnboxError } from '../lib/errors.ts'
import { schemaAt, schemaOf } from './copy.ts'
import { type Db, migrate, migrationNames, migrationsFolder, versionOf } from './database.ts'

export interface RebuiltTable {
  readonly table: string
  /** Rows of the damaged file, and rows that only the backup has. */
  readonly read: number
  readonly fromBackup: number
  /** Whether it could be read to its end. */
  readonly isWhole: boolean
}

export interface Rebuilt {
  readonly tables: readonly RebuiltTable[]
  /** Rows that named others which are lost, and went with them. */
  readonly orphans: number
}

/** Writes it into a new file. The backup, where there is one, was examined before. Throws what SQLite throws where the disk does not take it. */
export function rebuildDatabase(damaged: string, backup: string | undefined, into: string): Rebuilt {
  const half = `${into}.backup`
  for (const file of [into, half]) rmSync(file, { force: true })
  const old = openDamaged(damaged)
  const spare = backup === undefined ? undefined : openSpare(backup, half)
  const db = new Database(into)
  try {
    const known = migrationNames(migrationsFolder).length
    const version = old?.version ?? (spare ? versionOf(spare) : known)
    migrate(db, into, migrationsFolder, version)
    if (spare && versionOf(spare) < version) migrate(spare, half, migrationsFolder, version)
    // One of a newer program cannot fill this.
    const usable = spare && versionOf(spare) === version ? spare : undefined
    db.pragma('foreign_keys = OFF')
    const tables = db.transaction(() => tablesOf(db).map((table) => fill(db, table, old?.db, usable)))()
    const orphans = db.transaction(() => tidy(db))()
    if (db.pragma('quick_check(1)', { simple: true }) !== 'ok')
      throw new BarnboxError('DB_BROKEN', `${into} cannot be written whole`)
    return { tables, orphans }
  } finally {
    db.close()
    spare?.close()
    old?.db.close()
    for (const end of ['', '-wal', '-shm']) rmSync(`${half}${end}`, { force: true })
  }
}

/** Undefined where it is no database of ours any more. */
function openDamaged(file: string): { readonly db: Db; readonly version: number } | undefined {
  let db: Db | undefined
  try {
    db = new Database(file, { readonly: true, fileMustExist: true })
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    const version = versionOf(db)
    const known = migrationNames(migrationsFolder).length
    if (version >= 1 && version <= known && schemaOf(db) === schemaAt(version)) return { db, version }
  } catch {
    // What cannot even be opened holds nothing that can be read.
  }
  db?.close()
  return undefined
}

function openSpare(backup: string, half: string): Db {
  copyFileSync(backup, half)
  return new Database(half)
}

const tablesOf = (db: Db): string[] =>
  db
    .prepare<[], string>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .pluck()
    .all()

function fill(db: Db, table: string, old: Db | undefined, spare: Db | undefined): RebuiltTable {
  const add = adder(db, table)
  const found = old ? readBothWays(old, table, add) : { read: 0, isWhole: false }
  const fromBackup = found.isWhole || !spare ? 0 : readOn(spare, table, '', add).read
  return { table, ...found, fromBackup }
}

/** Adds a row where it fits and is not there; answers whether it was. */
function adder(db: Db, table: string): (row: unknown[]) => number {
  const places = db
    .prepare(`SELECT * FROM ${table}`)
    .columns()
    .map(() => '?')
  const insert = db.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${places.join(', ')})`)
  return (row) => {
    try {
      return insert.run(row).changes
    } catch (error) {
      // A value of another type: what a damaged page may still be read as.
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')) return 0
      throw error
    }
  }
}

/** From the beginning to the first damage, then from the end to the last one. */
function readBothWays(old: Db, table: string, add: (row: unknown[]) => number) {
  const there = readOn(old, table, '', add)
  if (there.isWhole) return there
  const back = readOn(old, table, 'DESC', add)
  return { read: there.read + back.read, isWhole: false }
}

function readOn(from: Db, table: string, way: '' | 'DESC', add: (row: unknown[]) => number) {
  let read = 0
  try {
    const key = keyOf(from, table)
      .map((column) => `${column} ${way}`)
      .join(', ')
    // Whole numbers as they are: beyond 2^53 a number would be another.
    const rows = from.prepare<[], unknown[]>(`SELECT * FROM ${table} ORDER BY ${key}`).raw().safeIntegers()
    for (const row of rows.iterate()) read += add(row)
    return { read, isWhole: true }
  } catch (error) {
    if (error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(error.code))
      return { read, isWhole: false }
    throw error
  }
}

/** What the table itself is sorted by, so that no index is read, which may be damaged too. */
function keyOf(db: Db, table: string): string[] {
  const isRowid =
    db.prepare<[], number>(`SELECT wr FROM pragma_table_list WHERE name = '${table}'`).pluck().get() === 0
  if (isRowid) return ['rowid']
  return db
    .prepare<[], string>(`SELECT name FROM pragma_table_info('${table}') WHERE pk > 0 ORDER BY pk`)
    .pluck()
    .all()
}

/** Cameras that horses name are there, numbers are not given twice, and what names something lost goes. Answers how much. */
function tidy(db: Db): number {
  db.exec(`INSERT OR IGNORE INTO streams (id, created_ms) SELECT stream_id, min(first_detected_ms) FROM horses GROUP BY stream_id;
    UPDATE streams SET next_number = max(next_number,
      1 + coalesce((SELECT max(number) FROM horses h WHERE h.stream_id = streams.id), 0))`)
  let orphans = 0
  for (;;) {
    const broken = db
      .prepare<[], [string, number | null]>('SELECT "table", rowid FROM pragma_foreign_key_check')
      .raw()
      .all()
    if (broken.length === 0) return orphans
    const before = orphans
    for (const [table, rowid] of broken)
      if (rowid !== null) orphans += db.prepare(`DELETE FROM ${table} WHERE rowid = ?`).run(rowid).changes
    for (const table of new Set(broken.filter(([, rowid]) => rowid === null).map(([name]) => name)))
      orphans += dropOrphans(db, table)
    if (orphans === before)
      throw new BarnboxError('DB_BROKEN', 'rows that name lost ones cannot be taken out')
  }
}

/** Of a table without row numbers: whatever names a row that is not there. */
function dropOrphans(db: Db, table: string): number {
  const links = db
    .prepare<[], { table: string; from: string; to: string | null }>(
      `SELECT "table", "from", "to" FROM pragma_foreign_key_list('${table}')`,
    )
    .all()
  return links.reduce((sum, { table: parent, from, to }) => {
    const column = to ?? keyOf(db, parent)[0] ?? 'rowid'
    const drop = `DELETE FROM ${table} WHERE ${from} IS NOT NULL AND ${from} NOT IN (SELECT ${column} FROM ${parent})`
    return sum + db.prepare(drop).run().changes
  }, 0)
}
