/**
 * A copy of the registry's file while others write to it, and whether a file is such a copy. Reads for minutes from a slow card: not
 * for the daemon's main thread.
 */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { type Db, migrate, migrationNames, migrationsFolder, versionOf } from './database.ts'

/** How many rows there are of what cannot be made again. */
export interface Counts {
  readonly horses: number
  readonly sightings: number
  readonly looks: number
}

export interface CopyView {
  /** The number of its newest migration. */
  readonly version: number
  readonly counts: Counts
  /** Who may log in, and horses that have a name, those seen last first: by these people know whose it is. */
  readonly people: readonly string[]
  readonly named: readonly string[]
}

/** So many names are enough to know a barn by. */
const mostNamed = 12

const counted = ['horses', 'sightings', 'looks'] as const

/**
 * Writes what is stored at one moment into a new file, and looks whether that can be read and is all. Throws `DB_BROKEN` and
 * `BACKUP_FAILED`.
 */
export function copyDatabase(file: string, into: string): CopyView {
  const before = copy(file, into)
  const after = openToRead(file, (db) => countsOf(db))
  const view = examineCopy(into)
  for (const table of counted) {
    const [least, most] = [before[table], after[table]].sort((a, b) => a - b) as [number, number]
    const there = view.counts[table]
    if (there < least || there > most)
      throw new BarnboxError('BACKUP_FAILED', `the copy has ${there} ${table}, and there are ${least}`)
  }
  return view
}

function copy(file: string, into: string): Counts {
  const db = openPlain(file)
  try {
    const before = countsOf(db)
    db.prepare('VACUUM INTO ?').run(into)
    const fd = openSync(into, 'r')
    fsyncSync(fd)
    closeSync(fd)
    return before
  } catch (cause) {
    throw (
      broken(file, cause) ??
      new BarnboxError('BACKUP_FAILED', `cannot write ${into}: ${wordsOf(cause)}`, { cause })
    )
  } finally {
    db.close()
  }
}

/**
 * What a copy holds, every page of it read. Throws `BACKUP_REFUSED` where it is damaged, or any table, index, view or trigger
 * is another than this program makes; `DB_TOO_NEW` where a newer one made it.
 */
export function examineCopy(file: string): CopyView {
  try {
    return openToRead(file, (db) => {
      const version = versionOf(db)
      const known = migrationNames(migrationsFolder).length
      if (version > known) throw new BarnboxError('DB_TOO_NEW', `${file} was written by a newer barnbox`)
      if (version < 1 || schemaOf(db) !== schemaAt(version))
        throw refused(file, 'it is no registry of barnbox')
      const damage = db.pragma('quick_check(1)', { simple: true })
      if (damage !== 'ok') throw refused(file, String(damage))
      return { version, counts: countsOf(db), ...namesOf(db) }
    })
  } catch (error) {
    if (error instanceof BarnboxError) throw error
    throw refused(file, wordsOf(error), error)
  }
}

const refused = (file: string, why: string, cause?: unknown) =>
  new BarnboxError('BACKUP_REFUSED', `${file} cannot be restored: ${why}`, { context: { file }, cause })

const wordsOf = (error: unknown) => asBarnboxError(error).message

function broken(file: string, cause: unknown): BarnboxError | undefined {
  if (!(cause instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(cause.code)))
    return undefined
  return new BarnboxError('DB_BROKEN', `${file} is damaged: ${cause.message}`, { context: { file }, cause })
}

function openPlain(file: string): Db {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  // What stands in a file from elsewhere must not run.
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
  db.pragma('busy_timeout = 5000')
  return db
}

function openToRead<T>(file: string, work: (db: Db) => T): T {
  const db = openPlain(file)
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/** A file of an older barnbox has not all tables. */
const has = (db: Db, table: string) =>
  db.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(table) !== undefined

function countsOf(db: Db): Counts {
  const count = (table: string) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
  const [horses = 0, sightings = 0, looks = 0] = counted.map((table) => {
    // Tombstones and aliases are rows, and no horses.
    if (table === 'horses' && has(db, 'living')) return count('living')
    return has(db, table) ? count(table) : 0
  })
  return { horses, sightings, looks }
}

function namesOf(db: Db): Pick<CopyView, 'people' | 'named'> {
  const names = (sql: string) => db.prepare<[], string>(sql).pluck().all()
  const people = has(db, 'users') ? names('SELECT name FROM users ORDER BY name') : []
  const there = has(db, 'living') ? 'living' : 'horses WHERE deleted_ms IS NULL'
  const named = names(
    `SELECT name FROM (SELECT name, last_seen_ms FROM ${there}) WHERE name IS NOT NULL ORDER BY last_seen_ms DESC LIMIT ${mostNamed}`,
  )
  return { people, named }
}

/** All that is declared, as text. */
export function schemaOf(db: Db): string {
  const rows = db
    .prepare<[], [string, string, string, string]>(
      `SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name`,
    )
    .raw()
    .all()
  return JSON.stringify(rows)
}

/** As this program makes it up to a migration. */
export function schemaAt(version: number): string {
  const db = new Database(':memory:')
  try {
    migrate(db, ':memory:', migrationsFolder, version)
    return schemaOf(db)
  } finally {
    db.close()
  }
}
