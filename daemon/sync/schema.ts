/**
 * Brings the schema `barnbox` of the central database to this program's, with many boxes of different versions about: numbered steps,
 * one box at a time, and nothing is touched that a newer one has left.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { BarnboxError } from '../lib/errors.ts'
import type { SyncServer } from '../sync-types.ts'
import type { Connection } from './connection.ts'

// From source the folder lies beside this file; build.ts puts it beside the bundle.
const folder = new URL('./schema/', import.meta.url)
/** Any number, as long as it is always the same. */
const lockNumber = 0x6261726e
const leastVersion = 130_000

const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')

export const steps = () =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-[a-z-]+\.sql$/.test(name))
    .sort()

/** Throws `SYNC_SCHEMA_NEWER`, and `SYNC_SCHEMA` where this role may not do what has to be done. */
export async function bringUp(connection: Connection): Promise<SyncServer> {
  const [server] = await connection.query<{ number: number; version: string; standby: boolean }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
       pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS standby`,
  )
  if (!server || server.number < leastVersion)
    throw new BarnboxError('SYNC_FAILED', `PostgreSQL 13 or newer is needed, this is ${server?.version}`)
  if (server.standby) throw new BarnboxError('SYNC_READ_ONLY', 'this server takes no writes: it is a standby')
  const known = steps()
  if ((await versionOf(connection, known.length)) < known.length) await climb(connection, known)
  const extras = await extrasOf(connection)
  return {
    version: server.version,
    ...((await extend(connection, extras)) ? await extrasOf(connection) : extras),
  }
}

/** What only some servers have may come later than the schema. Whether anything was done; a role that may not leaves it to another. */
async function extend(connection: Connection, has: Omit<SyncServer, 'version'>): Promise<boolean> {
  const installed = await extensions(connection)
  const lacking = [
    ...(installed.has('vector') && !has.hasVectors ? ['vector.sql'] : []),
    ...(installed.has('timescaledb') && !has.hasHypertables ? ['timescale.sql'] : []),
  ]
  if (lacking.length === 0) return false
  const [row] = await connection.query(
    `SELECT pg_has_role(nspowner, 'USAGE') AS "isOwner" FROM pg_namespace WHERE nspname = 'barnbox'`,
  )
  if (row?.['isOwner'] !== true) return false
  for (const name of lacking)
    await connection.within(async () => {
      await connection.query('SELECT pg_advisory_xact_lock($1)', [lockNumber])
      await connection.atLength(read(name))
    })
  return true
}

async function versionOf(connection: Connection, known: number): Promise<number> {
  const [there] = await connection.query(`SELECT to_regclass('barnbox.migrations') IS NOT NULL AS "isThere",
    coalesce(has_schema_privilege(to_regnamespace('barnbox'), 'USAGE'), true) AS "isOurs"`)
  if (there?.['isOurs'] === false)
    throw new BarnboxError('SYNC_REFUSED', 'this role may not use the schema barnbox: see role.sql')
  if (there?.['isThere'] !== true) return 0
  const [row] = await connection.query<{ version: number }>(
    'SELECT coalesce(max(number), 0) AS version FROM barnbox.migrations',
  )
  const version = row?.version ?? 0
  if (version > known)
    throw new BarnboxError(
      'SYNC_SCHEMA_NEWER',
      `the schema is of version ${version}, this barnbox knows ${known}`,
    )
  return version
}

/** All that is missing, in one transaction: a box that dies in the midst of it leaves what was there. */
async function climb(connection: Connection, known: readonly string[]): Promise<void> {
  try {
    await connection.within(async () => {
      await connection.query('SELECT pg_advisory_xact_lock($1)', [lockNumber])
      await connection.query('CREATE SCHEMA IF NOT EXISTS barnbox')
      await connection.query(`CREATE TABLE IF NOT EXISTS barnbox.migrations (number integer PRIMARY KEY, name text NOT NULL,
        made_at timestamptz NOT NULL DEFAULT clock_timestamp())`)
      // Another box may have done it while this one waited.
      const version = await versionOf(connection, known.length)
      for (const [index, name] of known.entries()) {
        if (index < version) continue
        await connection.atLength(read(name))
        await connection.query('INSERT INTO barnbox.migrations (number, name) VALUES ($1, $2)', [
          index + 1,
          name,
        ])
      }
    })
  } catch (error) {
    if (error instanceof BarnboxError && error.context['state'] === '42501')
      throw new BarnboxError('SYNC_SCHEMA', `this role may not make or change the schema: ${error.message}`)
    throw error
  }
}

async function extensions(connection: Connection): Promise<Set<string>> {
  const rows = await connection.query<{ name: string }>(
    `SELECT extname AS name FROM pg_extension WHERE extname IN ('vector', 'timescaledb')`,
  )
  return new Set(rows.map(({ name }) => name))
}

async function extrasOf(connection: Connection): Promise<Omit<SyncServer, 'version'>> {
  const [vectors] = await connection.query(
    `SELECT count(*) > 0 AS "isThere" FROM pg_attribute
     WHERE attrelid = 'barnbox.vectors'::regclass AND attname = 'embedding' AND NOT attisdropped`,
  )
  // A function of timescale.sql: what TimescaleDB itself would be asked for is not there without it.
  const [hyper] = await connection.query(`SELECT to_regproc('barnbox.now_ms') IS NOT NULL AS "isThere"`)
  return { hasVectors: vectors?.['isThere'] === true, hasHypertables: hyper?.['isThere'] === true }
}

/** Who this is there, and whether row-level security means nothing to it. */
export async function roleOf(connection: Connection): Promise<{ role: string; isOwner: boolean }> {
  const [row] = await connection.query<{ role: string; isOwner: boolean }>(
    `SELECT session_user AS role, rolsuper OR pg_has_role(nspowner, 'USAGE') AS "isOwner"
     FROM pg_roles, pg_namespace WHERE rolname = session_user AND nspname = 'barnbox'`,
  )
  return row ?? { role: '', isOwner: false }
}

/**
 * Sees to it that this role speaks for the farm: one that may says so itself. Throws `SYNC_REFUSED` for one that speaks for another
 * farm or box, or for none.
 */
export async function joinFarm(connection: Connection, farm: string, box: string): Promise<void> {
  const [mine] = await connection.query<{
    farm: string | null
    box: string | null
    mayJoin: boolean
    role: string
  }>(
    `SELECT barnbox.my_farm() AS farm, barnbox.my_box() AS box, session_user AS role,
       has_table_privilege('barnbox.members', 'INSERT') AS "mayJoin"`,
  )
  if (!mine) return
  if (mine.farm === null && mine.mayJoin) {
    await connection.query(
      'INSERT INTO barnbox.members (role, farm) VALUES (session_user, $1) ON CONFLICT DO NOTHING',
      [farm],
    )
    return
  }
  if (mine.farm !== farm) {
    const whose = mine.farm === null ? 'no farm' : `the farm ${mine.farm}`
    throw new BarnboxError(
      'SYNC_REFUSED',
      `the role ${mine.role} speaks for ${whose}, the config says ${farm}`,
    )
  }
  if (mine.box !== null && mine.box !== box)
    throw new BarnboxError(
      'SYNC_REFUSED',
      `the role ${mine.role} speaks for the box ${mine.box}, this is ${box}`,
    )
}
