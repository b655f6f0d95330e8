/**
 * Everything that may come between a box and the central database: each is said for what it is, and nothing is lost.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { Server } from '../../daemon/sync/connection.ts'
import { type Syncing, startSync } from '../../daemon/sync/sync.ts'
import type { StreamId } from '../../daemon/types.ts'
import { createAuthority } from '../support/certificates.ts'
import { owner } from '../support/ordinary-user.ts'
import { createPostgres, noPostgres } from '../support/postgres.ts'
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.ts'
import { createWire } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { openCentral, partsOf } from './central.ts'
import { type Box, found, openBox, seeded } from './programs.ts'

const yard = 'yard' as StreamId
const random = seeded(3)
const farm = 'sunnyside'

const begin = (t: Test, box: Box, server: Server, more: Parameters<typeof partsOf>[1] = {}): Syncing => {
  const ending = new AbortController()
  const syncing = startSync(
    {
      ...partsOf(box, { farm, ...more }),
      server,
      everyMs: 50,
      log: silentLog,
      random: () => 0,
      answerWithinMs: 1500,
    },
    ending.signal,
  )
  t.teardown(async () => {
    ending.abort()
    await syncing[Symbol.asyncDispose]()
    box[Symbol.dispose]()
  })
  return syncing
}

const fresh = (name: string) => openBox(name, { ms: systemClock.utcMs() - 60_000 })
const name = (box: Box, word: string) => {
  const horse = found(box, yard, random)
  box.registry.horses.updateHorseDetails(horse, { name: word }, { actor: null, nowMs: box.nowMs() })
}

if (noPostgres) t.plan(0, noPostgres)
else {
  const authority = createAuthority()
  const here = authority.issue('127.0.0.1', 2)
  const postgres = await createPostgres({
    lines: [
      'ssl = on',
      "ssl_cert_file = 'server.pem'",
      "ssl_key_file = 'server.key'",
      'wal_level = replica',
      'max_wal_senders = 4',
    ],
    files: { 'server.pem': here.cert, 'server.key': here.key },
    rules: [
      'host all postgres 127.0.0.1/32 trust',
      'host replication all 127.0.0.1/32 trust',
      'host all all 127.0.0.1/32 scram-sha-256',
    ],
  })
  t.teardown(() => postgres[Symbol.asyncDispose]())
  const central = await openCentral(postgres)
  const { url } = central
  const role = central.role(farm)
  await postgres.ask(url, `ALTER ROLE ${role} PASSWORD 'oats'`)
  const names = async () =>
    (await postgres.ask<{ name: string }>(url, 'SELECT name FROM barnbox.horses WHERE name IS NOT NULL')).map(
      (row) => row.name,
    )
  const server = (more: Partial<Server> = {}): Server => ({
    url,
    username: role,
    password: 'oats',
    tls: 'off',
    ...more,
  })
  const at = (port: number) => url.replace(/:\d+\//, `:${port}/`)
  const stands = (syncing: Syncing, code: string) =>
    until(() => syncing.view().fault?.code === code, `${code}, not ${JSON.stringify(syncing.view().fault)}`)
  const inStep = (syncing: Syncing) =>
    until(() => syncing.view().state === 'in-step' && syncing.view().waiting === 0, 'in step')
  const arrives = (word: string) => until(async () => (await names()).includes(word), `${word} is there`)

  t.test('a cut line, and one that is dead without a word', async (t) => {
    const wire = await createWire(postgres.port)
    t.teardown(() => wire[Symbol.asyncDispose]())
    const box = fresh('cut')
    const syncing = begin(t, box, server({ url: at(wire.port) }))
    await inStep(syncing)
    wire.cut()
    name(box, 'Cut')
    await stands(syncing, 'SYNC_UNREACHABLE')
    t.ok(syncing.view().waiting > 0)
    wire.mend()
    await arrives('Cut')
    await inStep(syncing)
    wire.freeze()
    name(box, 'Frozen')
    await stands(syncing, 'SYNC_UNREACHABLE')
    await arrives('Frozen')
    await inStep(syncing)
    wire.swallow()
    name(box, 'Swallowed')
    await stands(syncing, 'SYNC_UNREACHABLE')
    await arrives('Swallowed')
    await inStep(syncing)
    t.equal((await names()).filter((word) => word === 'Swallowed').length, 1, 'told twice, there once')
  })

  t.test('a server that is stopped, and one that is killed', async (t) => {
    const box = fresh('stopped')
    const syncing = begin(t, box, server())
    await inStep(syncing)
    await postgres.stop()
    name(box, 'Stopped')
    await stands(syncing, 'SYNC_UNREACHABLE')
    await postgres.start()
    await arrives('Stopped')
    await inStep(syncing)
    await postgres.kill()
    name(box, 'Killed')
    await stands(syncing, 'SYNC_UNREACHABLE')
    await postgres.start()
    await arrives('Killed')
    await inStep(syncing)
  })

  t.test('a server that is killed before, within and after a commit has it all, once', async (t) => {
    const box = fresh('killed')
    const { sync } = box.registry
    const killed: string[] = []
    let fatal: string | undefined
    const die = async (when: string) => {
      if (fatal !== when) return
      fatal = undefined
      await postgres.kill()
      await postgres.start()
      killed.push(when)
    }
    const horses: typeof sync.rows.horses = (ids) => {
      void die('before')
      return sync.rows.horses(ids)
    }
    const done: typeof sync.outbox.done = (marks) => {
      void die('after')
      sync.outbox.done(marks)
    }
    const book = { ...sync, rows: { ...sync.rows, horses }, outbox: { ...sync.outbox, done } }
    const syncing = begin(t, box, server(), { book })
    await inStep(syncing)
    for (const when of ['before', 'after']) {
      fatal = when
      name(box, `Killed ${when}`)
      await until(() => killed.includes(when), `killed ${when}`)
      await arrives(`Killed ${when}`)
      await inStep(syncing)
    }
    // Within: the transaction stands still at its last statement, as somebody holds the row.
    const holding = new pg.Client({ connectionString: url.replace('://', '://postgres@') })
    holding.on('error', () => {})
    await holding.connect()
    await holding.query('BEGIN; LOCK TABLE barnbox.boxes IN ACCESS EXCLUSIVE MODE')
    name(box, 'Killed within')
    const waits = `SELECT 1 FROM pg_stat_activity WHERE usename = '${role}' AND wait_event_type = 'Lock'`
    await until(async () => (await postgres.ask(url, waits)).length > 0, 'it is within')
    await postgres.kill()
    await postgres.start()
    await arrives('Killed within')
    await inStep(syncing)
    const told = (await names()).filter((word) => word.startsWith('Killed '))
    t.same(told.sort(), ['Killed after', 'Killed before', 'Killed within'], 'nothing lost, nothing doubled')
  })

  t.test('a standby is told nothing, until it is the one that writes', async (t) => {
    const standby = await createPostgres({
      standbyOf: postgres.port,
      rules: ['host all all 127.0.0.1/32 trust'],
    })
    t.teardown(() => standby[Symbol.asyncDispose]())
    const box = fresh('standby')
    name(box, 'Standby')
    const syncing = begin(t, box, server({ url: at(standby.port) }))
    await stands(syncing, 'SYNC_READ_ONLY')
    t.ok(syncing.view().waiting > 0)
    await standby.ask(at(standby.port), 'SELECT pg_promote()')
    await inStep(syncing)
    const rows = await standby.ask(at(standby.port), `SELECT name FROM barnbox.horses WHERE name = 'Standby'`)
    t.equal(rows.length, 1)
  })

  t.test('a server that writes no more in the midst of it', async (t) => {
    const box = fresh('read-only')
    const syncing = begin(t, box, server())
    await inStep(syncing)
    await postgres.ask(url, `ALTER ROLE ${role} SET default_transaction_read_only = on`)
    await postgres.ask(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`,
    )
    name(box, 'Read only')
    await stands(syncing, 'SYNC_READ_ONLY')
    await postgres.ask(url, `ALTER ROLE ${role} RESET default_transaction_read_only`)
    await arrives('Read only')
    await inStep(syncing)
  })

  const disk = mountSmallDisk(16, owner)
  t.teardown(() => disk?.[Symbol.dispose]())
  const noDisk = disk ? false : noSmallDisk
  t.test('a server whose disk is really full', { skip: noDisk }, async (t) => {
    if (!disk) return
    const small = await openCentral(postgres)
    const database = new URL(small.url).pathname.slice(1)
    await postgres.ask(url, `CREATE TABLESPACE small LOCATION '${disk.folder}'`)
    await postgres.ask(url, `ALTER DATABASE ${database} SET TABLESPACE small`)
    const username = small.role(farm)
    await postgres.ask(url, `ALTER ROLE ${username} PASSWORD 'oats'`)
    const box = fresh('full-disk')
    const syncing = begin(t, box, server({ url: small.url, username }))
    await inStep(syncing)
    disk.fill()
    const jpeg = Uint8Array.from({ length: 60_000 }, () => Math.floor(random() * 256))
    const horses = Array.from({ length: 8 }, (_, n) => {
      const avatar = { jpeg: jpeg.with(9, n), score: 1 }
      const horse = { streamId: yard, seenMs: box.nowMs(), confidence: 0.9, avatar }
      return box.registry.horses.create(horse).id
    })
    const edit = { actor: null, nowMs: box.nowMs() }
    for (const id of horses) box.registry.horses.updateHorseDetails(id, { notes: 'x'.repeat(500) }, edit)
    await stands(syncing, 'SYNC_FULL')
    t.match(syncing.view().fault?.detail, /No space left on device/, 'in the server’s own words')
    t.ok(syncing.view().waiting > 0)
    disk.clear()
    await inStep(syncing)
    const [rows] = await postgres.ask(
      small.url,
      `SELECT (SELECT count(*)::int FROM barnbox.horses) AS horses, (SELECT count(*)::int FROM barnbox.blobs) AS blobs,
         (SELECT count(*)::int FROM barnbox.horses WHERE length(notes) = 500) AS edited`,
    )
    t.strictSame(rows, { horses: 8, blobs: 8, edited: 8 }, 'nothing is lost, nothing doubled')
    await syncing[Symbol.asyncDispose]()
    await postgres.ask(url, `DROP DATABASE ${database} WITH (FORCE)`)
    await postgres.ask(url, 'DROP TABLESPACE small')
  })

  t.test('a server without room', async (t) => {
    const box = fresh('full')
    const syncing = begin(t, box, server())
    await inStep(syncing)
    // The server's own answer, by its own code, also where no file system may be mounted to be filled.
    await postgres.ask(
      url,
      `CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
    )
    await postgres.ask(
      url,
      `CREATE TRIGGER full_disk BEFORE INSERT ON barnbox.horses EXECUTE FUNCTION public.full_disk()`,
    )
    name(box, 'Full')
    await stands(syncing, 'SYNC_FULL')
    t.ok(syncing.view().waiting > 0)
    await postgres.ask(url, 'DROP TRIGGER full_disk ON barnbox.horses')
    await arrives('Full')
    await inStep(syncing)
  })

  t.test('a box that cannot store what it hears is not taken for a server that is away', async (t) => {
    const box = fresh('own-disk')
    const { sync } = box.registry
    let isFull = true
    const apply: typeof sync.apply = (...page) => {
      if (isFull) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
      return sync.apply(...page)
    }
    const syncing = begin(t, box, server(), { book: { ...sync, apply } })
    await stands(syncing, 'DB_WRITE')
    isFull = false
    await inStep(syncing)
    t.ok(box.registry.horses.all().length > 0, 'it has heard all')
  })

  t.test('a schema that is newer than the box', async (t) => {
    const box = fresh('newer')
    await postgres.ask(url, `INSERT INTO barnbox.migrations (number, name) VALUES (99, 'of tomorrow')`)
    name(box, 'Newer')
    const syncing = begin(t, box, server())
    await stands(syncing, 'SYNC_SCHEMA_NEWER')
    t.ok(box.registry.sync.outbox.waiting() > 0)
    await postgres.ask(url, 'DELETE FROM barnbox.migrations WHERE number = 99')
    await arrives('Newer')
  })

  t.test('a wrong password, a role that is not there, a database that is not there', async (t) => {
    const box = fresh('password')
    name(box, 'Password')
    const syncing = begin(t, box, server({ password: 'hay' }))
    await stands(syncing, 'SYNC_REFUSED')
    await stands(begin(t, fresh('nobody'), server({ username: 'nobody' })), 'SYNC_REFUSED')
    await stands(
      begin(t, fresh('nowhere'), server({ url: `${url}_x`, username: 'postgres' })),
      'SYNC_REFUSED',
    )
    await inStep(begin(t, box, server()))
    await arrives('Password')
  })

  t.test(
    'certificates: one that is in order; expired, of another host, of nobody known, and none at all',
    async (t) => {
      const folder = (await postgres.ask<{ setting: string }>(url, 'SHOW data_directory'))[0] as unknown as {
        data_directory: string
      }
      const show = async ({ cert, key }: { cert: string; key: string }) => {
        writeFileSync(join(folder.data_directory, 'server.pem'), cert)
        writeFileSync(join(folder.data_directory, 'server.key'), key)
        await postgres.ask(url, 'SELECT pg_reload_conf()')
      }
      const by = (more: Partial<Server> = {}) => server({ tls: 'verify', ca: authority.cert, ...more })
      const box = fresh('certificate')
      const syncing = begin(t, box, by())
      await inStep(syncing)
      await show(authority.issue('127.0.0.1', -1))
      await postgres.ask(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`,
      )
      name(box, 'Expired')
      await stands(syncing, 'SYNC_CERTIFICATE')
      await show(authority.issue('elsewhere.example', 2))
      const elsewhere = begin(t, fresh('elsewhere'), by())
      await stands(elsewhere, 'SYNC_CERTIFICATE')
      await until(
        () => /altnames|not in the cert/.test(elsewhere.view().fault?.detail ?? ''),
        'it says which host',
      )
      await show(here)
      await stands(begin(t, fresh('unknown'), by({ ca: undefined })), 'SYNC_CERTIFICATE')
      await arrives('Expired')
      await inStep(syncing)
      const plain = await createPostgres()
      t.teardown(() => plain[Symbol.asyncDispose]())
      await stands(
        begin(t, fresh('plain'), by({ url: at(plain.port).replace(/[^/]*$/, 'postgres') })),
        'SYNC_CERTIFICATE',
      )
    },
  )
}
