/**
 * A real PostgreSQL on a free port, as an ordinary user: it refuses to be run by root.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { as, give } from './ordinary-user.ts'
import { freePort } from './ports.ts'

const [bin] = globSync('/usr/lib/postgresql/*/bin')
  .filter((folder) => existsSync(join(folder, 'initdb')))
  .sort()
  .reverse()

/** Why there is no server to test with, or false. */
export const noPostgres: string | false =
  bin === undefined ? 'no PostgreSQL installed (apt-get install postgresql-15)' : false

export interface Postgres extends AsyncDisposable {
  readonly port: number
  /** Of a new, empty database. */
  fresh(): Promise<string>
  start(): Promise<void>
  /** As a power cut. */
  kill(): Promise<void>
  stop(): Promise<void>
  /** Runs a script with psql, as the superuser. */
  script(url: string, file: URL, variables?: Readonly<Record<string, string>>): void
  /** Asks as the superuser, of a database. */
  ask<R extends Record<string, unknown>>(url: string, sql: string, values?: unknown[]): Promise<R[]>
}

const environment = () => ({ ...process.env, NODE_OPTIONS: undefined, LC_ALL: 'C.UTF-8', TZ: 'UTC' })

export interface Options {
  /** More lines of postgresql.conf, and files beside it. */
  readonly lines?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  /** pg_hba.conf: everybody is let in when absent. */
  readonly rules?: readonly string[]
  /** Takes the data of a server that is running: a standby of it. */
  readonly standbyOf?: number
}

export async function createPostgres({
  lines = [],
  files = {},
  rules,
  standbyOf,
}: Options = {}): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-postgres-'))
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  for (const path of [folder, data]) give(path)
  const port = await freePort()
  const run = (name: string, args: readonly string[]) => {
    const done = spawnSync(join(bin ?? '', name), args, { ...as, cwd: folder, env: environment() })
    if (done.status !== 0) throw new Error(`${name}: ${done.stderr}`)
  }
  if (standbyOf === undefined)
    run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8'])
  else
    run('pg_basebackup', [
      '-h',
      '127.0.0.1',
      '-p',
      String(standbyOf),
      '-U',
      'postgres',
      '-D',
      data,
      '-R',
      '-X',
      'stream',
    ])
  const put = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(data, name), text, { mode })
    give(join(data, name))
  }
  for (const [name, text] of Object.entries(files)) put(name, text)
  const everybody = ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust']
  put('pg_hba.conf', `${(rules ?? everybody).join('\n')}\n`)
  // What is committed is on the disk where a server is killed: the system itself goes on.
  const settings = [
    ...['fsync = off', 'full_page_writes = off', 'shared_buffers = 32MB', 'max_connections = 40'],
    ...[
      `port = ${port}`,
      "listen_addresses = '127.0.0.1'",
      "unix_socket_directories = ''",
      'autovacuum_naptime = 5',
    ],
    ...lines,
  ]
  put('barnbox.conf', `${settings.join('\n')}\n`)
  let child: ChildProcess | undefined
  // A test that fails before its end leaves no server behind.
  process.on('exit', () => child?.kill('SIGQUIT'))
  let count = 0
  const ask = async <R extends Record<string, unknown>>(url: string, sql: string, values: unknown[] = []) => {
    const client = new pg.Client({ connectionString: url.replace('://', '://postgres@') })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<R>(sql, values)).rows
    } finally {
      await client.end()
    }
  }
  const urlOf = (database: string) => `postgres://127.0.0.1:${port}/${database}`
  const end = async (signal: NodeJS.Signals) => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const over = once(running, 'exit')
    if (signal === 'SIGKILL' && running.pid !== undefined) {
      // Its own children first notice that it is gone: nobody may attach to their memory before.
      process.kill(-running.pid, 'SIGKILL')
    } else running.kill(signal)
    await over
  }
  const start = async () => {
    const config = join(data, 'barnbox.conf')
    child = spawn(
      join(bin ?? '', 'postgres'),
      ['-D', data, '-c', `config_file=${config}`, '-c', `hba_file=${join(data, 'pg_hba.conf')}`],
      {
        ...as,
        ...{
          cwd: folder,
          env: environment(),
          stdio: process.env['BARNBOX_TEST_LOG'] ? 'inherit' : 'ignore',
          detached: true,
        },
      },
    )
    for (let tries = 0; ; tries++) {
      try {
        await ask(urlOf('postgres'), 'SELECT 1')
        return
      } catch (error) {
        const isThere = (error as { code?: string }).code?.startsWith('28')
        if (isThere) return
        if (tries > 300 || child.exitCode !== null) throw new Error(`PostgreSQL does not start: ${error}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
  await start()
  return {
    port,
    start,
    ask,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGINT'),
    script(url, file, variables = {}) {
      const set = Object.entries(variables).flatMap(([name, value]) => ['-v', `${name}=${value}`])
      run('psql', ['-X', '-q', url.replace('://', '://postgres@'), ...set, '-f', fileURLToPath(file)])
    },
    async fresh() {
      const name = `farm_${++count}`
      await ask(urlOf('postgres'), `CREATE DATABASE ${name}`)
      return urlOf(name)
    },
    async [Symbol.asyncDispose]() {
      await end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
