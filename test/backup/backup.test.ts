/** A backup of a box that goes on, and a new box made of it; and what is refused. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { listBackups, readBackup } from '../../daemon/backup/folder.ts'
import { backUp, fetchBackup, lastBackup, restore } from '../../daemon/commands/backup.ts'
import { loadConfig } from '../../daemon/config/load.ts'
import { findExecutable } from '../../daemon/lib/executable.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { lockState } from '../../daemon/registry/database.ts'
import { lockFile, openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { until } from '../support/until.ts'

const yard = 'yard' as StreamId
const nowMs = Date.UTC(2026, 10, 28, 2)
const signal = new AbortController().signal

/** One after the other within a test, each gone after it. */
function newFolder(t: Test, ...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-backup-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const name of names) mkdirSync(join(folder, name))
  return folder
}

/** A box with a horse that has a name, a camera of the page and a secret; its registry stays open, as the daemon has it. */
function box(t: Test, more: object = {}) {
  const folder = newFolder(t, 'etc', 'state', 'disk')
  const [stateDir, file] = [join(folder, 'state'), join(folder, 'etc/barnbox.yaml')]
  const registry = openRegistry(registryFile(stateDir), silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const { id } = registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 })
  const backup = { folder: join(folder, 'disk/backups'), ...more }
  writeFileSync(file, JSON.stringify({ http: { token_file: 'http.token' }, backup }))
  writeFileSync(join(folder, 'etc/http.token'), 'a-token-of-this-box')
  writeFileSync(join(folder, 'etc/restic.password'), 'sesame')
  writeFileSync(join(stateDir, 'cameras.json'), '{"cameras": []}')
  const said: string[] = []
  const place = (atMs = nowMs) => ({
    stateDir,
    loaded: loadConfig(file, {}, stateDir),
    version: 'test',
    utcMs: () => atMs,
    say: (text: string) => void said.push(text),
  })
  const newest = () => join(backup.folder, listBackups(backup.folder).at(-1)?.name ?? 'none')
  return { folder, stateDir, file, registry, horse: id, place, said, newest, backups: backup.folder }
}

/** An empty box beside it. */
function newBox(t: Test) {
  const folder = newFolder(t, 'etc')
  const stateDir = join(folder, 'state')
  const said: string[] = []
  const configFile = join(folder, 'etc/barnbox.yaml')
  const place = { stateDir, configFile, utcMs: () => nowMs, say: (text: string) => void said.push(text) }
  return { ...place, folder, place, said }
}

t.test('a box goes on while it is copied, and a new one knows its horses', async (t) => {
  const old = box(t)
  await backUp(old.place(), signal)
  old.registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 })
  t.match(old.said.join('\n'), /1 horses.*read again and whole/)
  t.match(lastBackup(old.stateDir), { isWell: true, atMs: nowMs })
  t.equal(statSync(old.newest()).mode & 0o777, 0o700)
  t.match(Object.keys((await readBackup(old.newest())).files), [
    'barnbox.db',
    'barnbox.yaml',
    'cameras.json',
    'secrets/http.token',
  ])

  const fresh = newBox(t)
  await restore(old.newest(), fresh.place)
  using registry = openRegistry(registryFile(fresh.stateDir), silentLog)
  t.equal(registry.boxId, old.registry.boxId)
  t.ok(registry.horses.get(old.horse))
  t.equal(loadConfig(fresh.configFile, {}, fresh.stateDir).secrets.httpToken, 'a-token-of-this-box')
  t.equal(statSync(join(fresh.folder, 'etc/http.token')).mode & 0o777, 0o600)
})

t.test('the backup before an update outlives the first one after it', async (t) => {
  const { place, newest, backups } = box(t)
  await backUp(place(), signal)
  const before = newest()
  // As the program before the newest migration has made it.
  const manifest = JSON.parse(readFileSync(join(before, 'manifest.json'), 'utf8'))
  writeFileSync(join(before, 'manifest.json'), JSON.stringify({ ...manifest, schema: manifest.schema - 1 }))
  await backUp(place(nowMs + 3600_000), signal)
  await backUp(place(nowMs + 2 * 3600_000), signal)
  t.same(readdirSync(backups), ['2026-11-28T020000Z', '2026-11-28T040000Z'])
})

t.test('what a restore takes the place of is set aside; a box that runs is left alone', async (t) => {
  const old = box(t)
  await backUp(old.place(), signal)
  const other = newBox(t)
  mkdirSync(other.stateDir)
  openRegistry(registryFile(other.stateDir), silentLog)[Symbol.dispose]()
  const place = { ...other.place, configFile: undefined }
  {
    using _running = lockState(lockFile(other.stateDir))
    await t.rejects(restore(old.newest(), place), { code: 'STATE_IN_USE' })
  }
  await restore(old.newest(), place)
  t.ok(existsSync(join(other.stateDir, 'before-restore-2026-11-28T020000Z/barnbox.db')))
  t.notOk(existsSync(other.configFile), 'config and secrets only where they are asked for')
  t.match(other.said.join('\n'), /was there before lies in/)
})

t.test('night after night: kept by age; what was cut short is swept away', async (t) => {
  const old = box(t, { daily: 2, weekly: 0, monthly: 0 })
  for (const day of [0, 1, 2]) {
    await backUp(old.place(nowMs + day * 86_400_000), signal)
    mkdirSync(join(old.backups, '.half-of-a-power-cut'))
  }
  await backUp(old.place(nowMs + 3 * 86_400_000), signal)
  t.same(readdirSync(old.backups).sort(), ['2026-11-30T020000Z', '2026-12-01T020000Z'])
})

t.test('a disk that is not there, and a registry that is damaged, are said and noted', async (t) => {
  const old = box(t)
  rmSync(join(old.folder, 'disk'), { recursive: true })
  await t.rejects(backUp(old.place(), signal), { code: 'BACKUP_FAILED', message: /is its disk there/ })
  t.match(lastBackup(old.stateDir), { isWell: false, detail: /is its disk there/ })
  t.notOk(existsSync(join(old.folder, 'disk')), 'nothing is written where a disk should be')

  const broken = box(t)
  await backUp(broken.place(), signal)
  broken.registry[Symbol.dispose]()
  writeFileSync(registryFile(broken.stateDir), Buffer.alloc(40_000, 0xa5))
  await t.rejects(backUp(broken.place(nowMs + 86_400_000), signal), { code: 'DB_BROKEN' })
  t.same(readdirSync(broken.backups), ['2026-11-28T020000Z'], 'the one before stays, and no half of another')
})

t.test('what is no backup of ours is refused, and nothing is touched', async (t) => {
  const old = box(t)
  await backUp(old.place(), signal)
  const whole = old.newest()
  const manifest = JSON.parse(readFileSync(join(whole, 'manifest.json'), 'utf8'))
  const rewrite = (folder: string, more: object) =>
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifest, ...more }))
  const sql = (folder: string, text: string) => {
    const db = new Database(join(folder, 'barnbox.db'))
    db.exec(text)
    db.close()
  }
  const named = (name: string) => (folder: string) =>
    rewrite(folder, { files: { ...manifest.files, [name]: manifest.files['barnbox.yaml'] } })
  const spoilt: Record<string, (folder: string) => void> = {
    'no manifest': (folder) => rmSync(join(folder, 'manifest.json')),
    'a manifest that is no JSON': (folder) => appendFileSync(join(folder, 'manifest.json'), '}'),
    'a file is missing': (folder) => rmSync(join(folder, 'barnbox.yaml')),
    'a file is longer': (folder) => appendFileSync(join(folder, 'barnbox.yaml'), ' '),
    'a bit is another': (folder) => {
      const bytes = readFileSync(join(folder, 'barnbox.db'))
      bytes[5000] = (bytes[5000] ?? 0) ^ 1
      writeFileSync(join(folder, 'barnbox.db'), bytes)
    },
    'a name that leads out': named('../barnbox.yaml'),
    'a name from the root': named('/etc/passwd'),
    'a name that leads out by a folder that is allowed': named('secrets/../../x'),
    'a name of another file of the state': named('setup-pin'),
    'a link instead of a file': (folder) => {
      renameSync(join(folder, 'barnbox.yaml'), join(folder, '..', 'elsewhere'))
      symlinkSync('../elsewhere', join(folder, 'barnbox.yaml'))
    },
    'a link instead of the folder': (folder) => {
      renameSync(join(folder, 'secrets'), join(folder, '..', 'secrets-elsewhere'))
      symlinkSync('../secrets-elsewhere', join(folder, 'secrets'))
    },
    'a write-ahead log beside it': (folder) => writeFileSync(join(folder, 'barnbox.db-wal'), 'x'),
  }
  const victim = newBox(t)
  const place = { ...victim.place }
  for (const [what, spoil] of Object.entries(spoilt)) {
    const folder = join(newFolder(t, 'in'), 'in/backup')
    cpSync(whole, folder, { recursive: true })
    spoil(folder)
    await t.rejects(restore(folder, place), { code: 'BACKUP_REFUSED' }, what)
  }
  // Whole by its manifest, and yet another schema: what stands in it must not run in the daemon.
  for (const [what, text, code] of [
    ['a trigger', 'CREATE TRIGGER x AFTER INSERT ON horses BEGIN DELETE FROM users; END', 'BACKUP_REFUSED'],
    [
      'a view in the place of a table',
      'DROP TABLE snoozes; CREATE VIEW snoozes AS SELECT 1',
      'BACKUP_REFUSED',
    ],
    ['a table is missing', 'DROP TABLE deliveries', 'BACKUP_REFUSED'],
    ['a newer schema', 'PRAGMA user_version = 9999', 'DB_TOO_NEW'],
    ['no schema', 'PRAGMA user_version = 0', 'BACKUP_REFUSED'],
  ] as const) {
    const folder = join(newFolder(t, 'in'), 'in/backup')
    cpSync(whole, folder, { recursive: true })
    sql(folder, text)
    const bytes = readFileSync(join(folder, 'barnbox.db'))
    const sha256 = (await import('node:crypto')).hash('sha256', bytes)
    rewrite(folder, { files: { ...manifest.files, 'barnbox.db': { bytes: bytes.length, sha256 } } })
    await t.rejects(restore(folder, place), { code }, what)
  }
  t.same(
    readdirSync(victim.stateDir).filter((name) => !name.startsWith('barnbox.lock')),
    [],
  )
  t.notOk(existsSync(victim.configFile))
})

t.test('whatever a manifest says, nothing outside is read or written', async (t) => {
  const folder = t.testdir({ backup: { 'barnbox.db': 'x' } })
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom('..', 'secrets/..', '/x', 'secrets/.x', '__proto__', 'barnbox.db\0'),
  )
  const file = fc.oneof(fc.anything(), fc.record({ bytes: fc.integer(), sha256: fc.string() }))
  const manifests = fc.oneof(
    fc.json(),
    fc
      .record({
        format: fc.constant(1),
        made: fc.string(),
        version: fc.string(),
        schema: fc.nat(),
        counts: fc.object(),
        files: fc.dictionary(name, file),
      })
      .map((one) => JSON.stringify(one)),
  )
  await fc.assert(
    fc.asyncProperty(manifests, async (text) => {
      writeFileSync(join(folder, 'backup/manifest.json'), text)
      await t.rejects(readBackup(join(folder, 'backup')), { code: 'BACKUP_REFUSED' })
    }),
    { numRuns: 200 },
  )
})

const noRestic = (await findExecutable('restic', process.env['PATH']))
  ? false
  : 'needs restic (apt-get install restic)'

t.test('restic takes it out of the house, encrypted, and brings it back', { skip: noRestic }, async (t) => {
  const store = join(newFolder(t), 'store')
  const old = box(t, { restic: { repository: store, password_file: 'restic.password' } })
  await backUp(old.place(), signal)
  await backUp(old.place(nowMs + 86_400_000), signal)
  t.match(old.said.join('\n'), /Taken to/)
  const into = join(newFolder(t), 'fetched')
  const fetched = await fetchBackup(old.place(), 'latest', into, signal)
  t.match(fetched, /2026-11-29T020000Z$/)
  const fresh = newBox(t)
  await restore(fetched, fresh.place)
  using registry = openRegistry(registryFile(fresh.stateDir), silentLog)
  t.ok(registry.horses.get(old.horse))

  writeFileSync(join(old.folder, 'etc/restic.password'), 'wrong')
  await t.rejects(backUp(old.place(nowMs + 2 * 86_400_000), signal), {
    code: 'BACKUP_FAILED',
    message: /restic/,
  })
  t.equal(listBackups(old.backups).length, 3, 'at home there is one all the same')
})

/** What holds a store: a file that is still being written has another name, and holds nothing. */
const locks = (store: string) =>
  readdirSync(join(store, 'locks')).filter((name) => /^[0-9a-f]{64}$/.test(name))

/** A restic of its own that is at it for minutes: its line is slow. */
async function sending(t: Test, store: string) {
  const much = join(newFolder(t), 'much')
  writeFileSync(much, randomBytes(30_000_000))
  const env = { ...process.env, RESTIC_REPOSITORY: store, RESTIC_PASSWORD: 'sesame' }
  const child = spawn('restic', ['backup', '--limit-upload', '100', '--', much], { env, stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  await until(() => locks(store).length > 0, 'it is locked')
  return child
}

t.test('a power cut while restic sends leaves no lock that stays', { skip: noRestic }, async (t) => {
  const store = join(newFolder(t), 'store')
  const restic = { repository: store, password_file: 'restic.password' }
  const old = box(t, { restic, daily: 1, weekly: 0, monthly: 0 })
  await backUp(old.place(), signal)
  const child = await sending(t, store)
  child.kill('SIGKILL')
  await once(child, 'close')
  t.equal(locks(store).length, 1, 'it stays locked')
  await backUp(old.place(nowMs + 86_400_000), signal)
  t.match(lastBackup(old.stateDir), { isWell: true })
  t.same(locks(store), [])
  t.equal(readdirSync(join(store, 'snapshots')).length, 1, 'the one of the day before was forgotten')
})

t.test('a lock of a restic that lives is respected', { skip: noRestic }, async (t) => {
  const store = join(newFolder(t), 'store')
  const old = box(t, { restic: { repository: store, password_file: 'restic.password' } })
  await backUp(old.place(), signal)
  await sending(t, store)
  await t.rejects(backUp(old.place(nowMs + 86_400_000), signal), { message: /restic forget: .*lock/ })
})
