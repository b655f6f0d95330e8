/** A backup that is put in place: killed after any step, what is there is wholly the old or wholly the new. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { makeBackup } from '../../daemon/backup/folder.ts'
import {
  backOf,
  beginStaging,
  type ConfigWay,
  confirmStaged,
  endStaging,
  isConfirmed,
  lastRestore,
  putInPlace,
  stagedFolder,
  stepsOf,
} from '../../daemon/backup/staged.ts'

const nowMs = Date.UTC(2026, 10, 28, 2)
const aside = 'before-restore-2026-11-28T020000Z'
const old = {
  'barnbox.db': 'old db',
  'barnbox.db-wal': 'old log',
  'cameras.json': 'old cameras',
  'cameras.json.before': 'older cameras',
  'tls-cert.pem': 'old certificate',
  'restored/barnbox.yaml': 'older config',
  'restored/secrets/a': 'older secret',
  'setup-pin': 'stays',
}
const brought = {
  'barnbox.db': 'new db',
  'barnbox.yaml': 'new config',
  'secrets/b': 'new secret',
  'push-keys.json': 'new keys',
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** All files but how the last one went, by their names. */
function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile() && entry.name !== 'restore.json')
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]),
  )
}

const backups = mkdtempSync(join(tmpdir(), 'barnbox-staged-'))
t.teardown(() => rmSync(backups, { recursive: true, force: true }))
const { 'barnbox.db': database, ...rest } = brought
const parts = Object.entries(rest).map(([name, text]) => ({ name, text }))
const made = await makeBackup(backups, nowMs, { version: 'test' }, parts, (into) => {
  writeFileSync(into, database)
  return { version: 1, counts: {} }
})

/** A box with what it has, and a backup that was confirmed. */
function box(t: Test, config: ConfigWay = 'beneath'): string {
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-staged-'))
  t.teardown(() => rmSync(stateDir, { recursive: true, force: true }))
  write(stateDir, old)
  cpSync(made, beginStaging(stateDir), { recursive: true })
  endStaging(stateDir)
  confirmStaged(stateDir, { atMs: nowMs, config })
  return stateDir
}

const mark = (stateDir: string) =>
  JSON.parse(readFileSync(join(stateDir, 'restore/confirmed.json'), 'utf8')) as Parameters<typeof stepsOf>[1]

const underAside = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${aside}/${name}`, text]))

/** What is there when it is done. */
function whole(config: ConfigWay): Record<string, string> {
  const { 'setup-pin': pin, 'tls-cert.pem': certificate, ...gone } = old
  const { 'barnbox.yaml': yaml, 'secrets/b': secret, ...state } = brought
  const stays = { 'setup-pin': pin, 'tls-cert.pem': certificate }
  const { 'restored/barnbox.yaml': _y, 'restored/secrets/a': _s, ...plain } = gone
  if (config === 'beneath')
    return {
      ...{ ...stays, ...state, ...underAside(gone) },
      ...{ 'restored/barnbox.yaml': yaml, 'restored/secrets/b': secret },
    }
  const layer = { 'restored/barnbox.yaml': _y, 'restored/secrets/a': _s }
  const beside = underAside({ 'of-the-backup/barnbox.yaml': yaml, 'of-the-backup/secrets/b': secret })
  return { ...stays, ...state, ...layer, ...underAside(plain), ...(config === 'aside' && beside) }
}

for (const config of ['beneath', 'aside', 'nowhere'] as const)
  t.test(`the new is there, the old set aside, with the config ${config}`, async (t) => {
    const stateDir = box(t, config)
    t.match(putInPlace(stateDir), { isDone: true, detail: join(stateDir, aside) })
    t.same(filesOf(stateDir), whole(config))
    t.match(lastRestore(stateDir), { isDone: true, atMs: nowMs })
    t.equal(putInPlace(stateDir), undefined, 'once')
    t.same(filesOf(stateDir), whole(config))
  })

t.test('killed after any step: the next start ends what was begun', async (t) => {
  const all = box(t)
  const steps = [...stepsOf(all, mark(all))].length
  t.ok(steps > 8, `${steps} steps`)
  for (let upTo = 0; upTo <= steps; upTo++) {
    const stateDir = box(t)
    const going = stepsOf(stateDir, mark(stateDir))
    for (let n = 0; n < upTo; n++) going.next()
    t.match(putInPlace(stateDir), { isDone: true })
    t.same(filesOf(stateDir), whole('beneath'), `after ${upTo} steps`)
  }
})

t.test('what cannot be put in place leaves the old, also when the way back is cut off', async (t) => {
  // A file stands where a folder would have to be made: late, when the registry is in its place already.
  const barred = (t: Test) => {
    const stateDir = box(t, 'aside')
    write(stateDir, { [`${aside}/of-the-backup`]: 'in the way' })
    return stateDir
  }
  const isOld = (stateDir: string, when: string) => {
    const { [`${aside}/of-the-backup`]: _, ...files } = filesOf(stateDir)
    t.same(files, old, when)
  }
  const stateDir = barred(t)
  t.match(putInPlace(stateDir), { isDone: false, detail: /of-the-backup|EEXIST|ENOTDIR/ })
  isOld(stateDir, 'at once')
  t.match(lastRestore(stateDir), { isDone: false })
  t.equal(putInPlace(stateDir), undefined, 'it is not tried for ever')
  const count = (() => {
    const one = barred(t)
    t.throws(() => [...stepsOf(one, mark(one))])
    return [...backOf(one)].length
  })()
  t.ok(count > 5, `${count} steps back`)
  for (let upTo = 0; upTo <= count; upTo++) {
    const one = barred(t)
    t.throws(() => [...stepsOf(one, mark(one))])
    const going = backOf(one)
    for (let n = 0; n < upTo; n++) going.next()
    t.match(putInPlace(one), { isDone: false })
    isOld(one, `after ${upTo} steps back`)
  }
})

t.test('a staged backup that a disk has cut short is not put in place', async (t) => {
  for (const spoil of [
    (folder: string) => writeFileSync(join(folder, 'barnbox.db'), 'new'),
    (folder: string) => rmSync(join(folder, 'barnbox.db')),
    (folder: string) => rmSync(join(folder, 'manifest.json')),
  ]) {
    const stateDir = box(t)
    spoil(join(stateDir, 'restore/backup'))
    t.match(putInPlace(stateDir), { isDone: false, detail: /not whole any more/ })
    t.same(filesOf(stateDir), old)
  }
})

t.test('what nobody confirmed is swept away by the next start', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-staged-'))
  t.teardown(() => rmSync(stateDir, { recursive: true, force: true }))
  cpSync(made, beginStaging(stateDir), { recursive: true })
  t.equal(stagedFolder(stateDir), undefined)
  t.throws(() => confirmStaged(stateDir, { atMs: nowMs, config: 'beneath' }), { code: 'NOT_FOUND' })
  endStaging(stateDir)
  t.ok(stagedFolder(stateDir))
  t.equal(isConfirmed(stateDir), false)
  t.equal(putInPlace(stateDir), undefined)
  t.same(readdirSync(stateDir), [])
  t.notOk(existsSync(join(stateDir, 'restore')))
})
