/**
 * Opens the one SQLite file and brings it to this program's schema. The only importer of better-sqlite3.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { BarnboxError } from '../lib/errors.ts'
import type { StallKind } from '../types.ts'

export type Db = Database.Database

// From source the folder lies beside this file; build.ts puts it beside the bundle.
export const migrationsFolder = new URL('./migrations/', import.meta.url)

/**
 * The database of a file (or `:memory:`), whole but for the crops, and migrated. WAL with `synchronous=FULL`: with
 * NORMAL a power cut may take back more than the last second. Throws `STATE_DIR`, `DB_BROKEN`, `DB_TOO_NEW`.
 */
export function openDatabase(file: string, folder: URL = migrationsFolder): Db {
  refuseNewer(file, folder)
  const db = openFile(file)
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    // The wait blocks the whole daemon; the only other writers are short looks from outside.
    db.pragma('busy_timeout = 500')
    const damage = findDamage(db)
    if (damage !== undefined)
      throw new BarnboxError('DB_BROKEN', `${file} is damaged`, { context: { file, damage } })
    migrate(db, file, folder)
    return db
  } catch (error) {
    db.close()
    if (error instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code)) {
      throw new BarnboxError('DB_BROKEN', `${file} is not a usable database`, {
        context: { file },
        cause: error,
      })
    }
    throw error
  }
}

function openFile(file: string): Db {
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
    return new Database(file)
  } catch (cause) {
    throw new BarnboxError('STATE_DIR', `cannot open the database ${file}`, { context: { file }, cause })
  }
}

/**
 * Before anything is written: what a newer barnbox left stays as it is, and so does its write-ahead log, which a
 * connection that may write folds in when it closes.
 */
function refuseNewer(file: string, folder: URL): void {
  if (!existsSync(file)) return
  let version: number
  try {
    const db = new Database(file, { readonly: true })
    try {
      version = versionOf(db)
    } finally {
      db.close()
    }
  } catch {
    // A birth cut short waits for a writer to take it back, and a writer knows better what else is wrong.
    return
  }
  throwIfNewer(file, version, migrationNames(folder).length)
}

function throwIfNewer(file: string, version: number, known: number): void {
  if (version <= known) return
  throw new BarnboxError('DB_TOO_NEW', `${file} was written by a newer barnbox`, {
    context: { file, version, known },
  })
}

export const versionOf = (db: Db) => Number(db.pragma('user_version', { simple: true }))

/**
 * What is wrong with any table but that of the crops, which are most of the file: all of it would be read from a slow card
 * before a horse is known. `looks.ts` says how they are checked.
 */
function findDamage(db: Db): string | undefined {
  return db
    .prepare<[], string>(
      `SELECT quick_check FROM sqlite_master m, pragma_quick_check(m.name)
       WHERE m.type = 'table' AND m.name <> 'looks' AND quick_check <> 'ok'`,
    )
    .pluck()
    .get()
}

export function migrationNames(folder: URL): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
}

/** Forward only, in order, one transaction each; the number of the last one stands in `user_version`. */
export function migrate(db: Db, file: string, folder: URL, upTo = Number.POSITIVE_INFINITY): void {
  const migrations = migrationNames(folder)
  const version = versionOf(db)
  throwIfNewer(file, version, migrations.length)
  migrations.forEach((name, index) => {
    const number = Number(name.slice(0, 4))
    if (number !== index + 1) throw new BarnboxError('INTERNAL', `migration ${name} is out of order`)
    if (number <= version || number > upTo) return
    const sql = readFileSync(new URL(name, folder), 'utf8')
    db.transaction(() => {
      db.exec(sql)
      db.pragma(`user_version = ${number}`)
    }).immediate()
  })
}

/** Whether the database is well and only refuses what was to be written. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')
}

/** Why nothing can be written now. */
export function writeFailure(cause: unknown): BarnboxError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new BarnboxError('DB_WRITE', `the registry cannot be written: ${why}`, { cause })
}

/**
 * Takes a state folder for this process until it ends, however it ends: SQLite's own lock on a file beside the
 * database. Throws `STATE_IN_USE` when another daemon has it.
 */
export function lockState(file: string): Disposable {
  const db = openFile(file)
  try {
    db.pragma('busy_timeout = 0')
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    throw new BarnboxError('STATE_IN_USE', `another barnbox uses ${dirname(file)}`, {
      context: { file },
      cause,
    })
  }
  return { [Symbol.dispose]: () => db.close() }
}

/** Copies a database as it stands into a file that is not there; others may write to it meanwhile. Throws `DB_BROKEN`. */
export function copyDatabase(file: string, to: string): void {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true })
    try {
      db.prepare('VACUUM INTO ?').run(to)
    } finally {
      db.close()
    }
  } catch (cause) {
    throw new BarnboxError('DB_BROKEN', `${file} cannot be copied`, { context: { file }, cause })
  }
}

/** None where the table is not there yet. */
function countUsers(db: Db): number {
  const isThere = db
    .prepare<[], number>("SELECT count(*) FROM sqlite_master WHERE name = 'users'")
    .pluck()
    .get()
  return isThere === 1 ? (db.prepare<[], number>('SELECT count(*) FROM users').pluck().get() ?? 0) : 0
}

/** The stalls on a camera's picture, for a look from outside; none where the database does not tell. */
export function inspectStalls(
  file: string,
  streamId: string,
): { readonly kind: StallKind; readonly name: string; readonly corners: readonly [number, number][] }[] {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    return db
      .prepare<[string], { kind: StallKind; name: string; corners: string }>(
        'SELECT kind, name, corners FROM stalls WHERE stream_id = ? AND deleted_ms IS NULL',
      )
      .all(streamId)
      .map((row) => ({ ...row, corners: JSON.parse(row.corners) as [number, number][] }))
  } catch {
    return []
  } finally {
    db.close()
  }
}

/** What a look from outside may tell of a database: it is neither migrated nor written. */
export function inspectDatabase(
  file: string,
  folder: URL = migrationsFolder,
): { version: number; known: number; users: number } {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const damage = db.pragma('quick_check(1)', { simple: true })
    if (damage !== 'ok')
      throw new BarnboxError('DB_BROKEN', `${file} is damaged: ${damage}`, { context: { file } })
    return {
      version: versionOf(db),
      known: migrationNames(folder).length,
      users: countUsers(db),
    }
  } finally {
    db.close()
  }
}
