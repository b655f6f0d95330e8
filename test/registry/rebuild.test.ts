/** A registry that a disk has spoilt is rebuilt at the start, of what can be read and the newest backup. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { makeBackup } from '../../daemon/backup/folder.ts'
import { lastRebuild, openWhole } from '../../daemon/barn-rebuild.ts'
import { configSchema } from '../../daemon/config/schema.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { copyDatabase } from '../../daemon/registry/copy.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { spoil } from '../support/spoil.ts'

const nowMs = Date.UTC(2026, 10, 28)
const yard = 'yard' as StreamId
const wish = configSchema.parse({ registry: { vector_index: 'none' } })
const deps = { log: silentLog, utcMs: () => nowMs }

/** 400 horses, which fill several pages; two people. */
function populated(t: Test): { stateDir: string; file: string; ids: string[]; boxId: string } {
  const stateDir = t.testdir({ backups: {} })
  const file = registryFile(stateDir)
  using registry = openRegistry(file, silentLog)
  const ids = Array.from(
    { length: 400 },
    () => registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 }).id,
  )
  registry.users.add({ name: 'ann', role: 'admin', passwordHash: 'x'.repeat(60) }, nowMs)
  registry.users.add({ name: 'bob', role: 'viewer', passwordHash: 'x'.repeat(60) }, nowMs)
  return { stateDir, file, ids, boxId: registry.boxId }
}

async function backedUp(stateDir: string, file: string): Promise<void> {
  await makeBackup(join(stateDir, 'backups'), nowMs - 3600_000, { version: 'test' }, [], (into) => {
    const { version, counts } = copyDatabase(file, into)
    return { version, counts: { ...counts } }
  })
}

/** How many of the horses are there, by their ids. */
function known(registry: ReturnType<typeof openWhole>['registry'], ids: readonly string[]): number {
  const there = new Set<string>(registry.horses.findByStreamId(yard).map(({ id }) => id))
  return ids.filter((id) => there.has(id)).length
}

t.test('a damaged table: what cannot be read comes from the backup, what is newer stays', async (t) => {
  const { stateDir, file, ids, boxId } = populated(t)
  await backedUp(stateDir, file)
  {
    using registry = openRegistry(file, silentLog)
    ids.push(registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 }).id)
    for (const { id, name } of registry.users.all()) if (name === 'bob') registry.users.remove(id)
  }
  spoil(file, 'horses')
  const { registry, rebuilt } = openWhole(stateDir, wish, deps)
  using _open = registry
  t.equal(known(registry, ids), 401)
  t.same(
    registry.users.all().map(({ name }) => name),
    ['ann'],
    'who was removed does not come back with the backup',
  )
  t.equal(registry.boxId, boxId)
  t.match(rebuilt, /of horses what came after the backup of 2026-11-27T23:00:00.000Z may be lost/)
  t.equal(
    registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 }).number,
    402,
    'no number twice',
  )
  const report = lastRebuild(stateDir)
  t.match(
    report?.tables.find(({ table }) => table === 'horses'),
    { isWhole: false },
  )
  t.ok(existsSync(join(report?.aside ?? '', 'barnbox.db')), 'the damaged file is kept')
})

t.test('a damaged index costs nothing', async (t) => {
  const { stateDir, file, ids } = populated(t)
  spoil(file, 'horses_by_stream', 0)
  const { registry, rebuilt } = openWhole(stateDir, wish, deps)
  using _open = registry
  t.equal(known(registry, ids), 400)
  t.match(rebuilt, /nothing is lost/)
})

t.test('without a backup: all but one page', async (t) => {
  const { stateDir, file, ids } = populated(t)
  spoil(file, 'horses', 2)
  const { registry, rebuilt } = openWhole(stateDir, wish, deps)
  using _open = registry
  const left = known(registry, ids)
  t.ok(left > 350 && left < 400, `${left} horses`)
  t.match(rebuilt, /what could not be read of horses is lost, for there is no backup/)
  t.same(new Database(file, { readonly: true }).pragma('foreign_key_check'), [])
})

t.test('the camera table lost: its horses stay', async (t) => {
  const { stateDir, file, ids } = populated(t)
  spoil(file, 'streams', 0)
  const { registry } = openWhole(stateDir, wish, deps)
  using _open = registry
  t.equal(known(registry, ids), 400)
  t.equal(registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 }).number, 401)
})

t.test('noise all over: the backup; and without one a registry that can be written to', async (t) => {
  const { stateDir, file, ids } = populated(t)
  await backedUp(stateDir, file)
  const { length } = readFileSync(file)
  writeFileSync(file, Buffer.alloc(length, 0x5a))
  {
    const { registry, rebuilt } = openWhole(stateDir, wish, deps)
    using _open = registry
    t.equal(known(registry, ids), 400)
    t.match(rebuilt, /^0 rows were read and [1-9]\d* came from the backup/)
  }
  writeFileSync(file, Buffer.alloc(length, 0x5a))
  renameSync(join(stateDir, 'backups'), join(stateDir, 'elsewhere'))
  const { registry } = openWhole(stateDir, wish, { ...deps, utcMs: () => nowMs + 1000 })
  using _open = registry
  t.equal(registry.horses.create({ streamId: yard, seenMs: nowMs, confidence: 1 }).number, 1)
  t.equal(readdirSync(stateDir).filter((name) => name.startsWith('damaged-')).length, 2)
})

t.test('a damaged backup is passed over for the one before', async (t) => {
  const { stateDir, file, ids } = populated(t)
  await backedUp(stateDir, file)
  const newest = join(stateDir, 'backups/2026-11-28T000000Z')
  cpSync(join(stateDir, 'backups/2026-11-27T230000Z'), newest, { recursive: true })
  writeFileSync(join(newest, 'barnbox.db'), 'noise')
  writeFileSync(file, 'noise')
  const { registry } = openWhole(stateDir, wish, deps)
  using _open = registry
  t.equal(known(registry, ids), 400)
  t.match(lastRebuild(stateDir)?.backup, '2026-11-27T23')
})

t.test('a power cut in the midst of the exchange', async (t) => {
  const { stateDir, file, ids } = populated(t)
  renameSync(file, `${file}.rebuilt`)
  writeFileSync(`${file}-wal`, 'of the damaged one')
  const { registry } = openWhole(stateDir, wish, deps)
  using _open = registry
  t.equal(known(registry, ids), 400)
})

t.test('a newer registry is not damaged', async (t) => {
  const { stateDir, file } = populated(t)
  const db = new Database(file)
  db.pragma('user_version = 9999')
  db.close()
  t.throws(() => openWhole(stateDir, wish, deps), { code: 'DB_TOO_NEW' })
  t.notOk(lastRebuild(stateDir))
})
