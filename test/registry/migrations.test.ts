/**
 * Databases as the registry of each schema version wrote them (`scripts/store-schema.ts`), opened by today's.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { inspectDatabase, openDatabase } from '../../daemon/registry/database.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { HorseId, StreamId } from '../../daemon/types.ts'

type Row = Readonly<Record<string, unknown>>

const schemas = new URL('./schemas/', import.meta.url)
const migrations = new URL('../../daemon/registry/migrations/', import.meta.url)
const known = readdirSync(migrations).filter((name) => name.endsWith('.sql')).length
const versions = readdirSync(schemas)
  .map((name) => Number(name.split('.')[0]))
  .sort((a, b) => a - b)
const models = ['stored@1', 'stored@2']

/** A stored database as a file of its own. */
function stored(t: Test, version: number): string {
  const file = join(t.testdir(), 'barnbox.db')
  writeFileSync(file, gunzipSync(readFileSync(new URL(`${version}.db.gz`, schemas))))
  return file
}

function reading<T>(file: string, read: (db: Database.Database) => T): T {
  const db = new Database(file, { readonly: true })
  try {
    return read(db)
  } finally {
    db.close()
  }
}

const tablesOf = (db: Database.Database) =>
  db
    .prepare<[], string>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'`)
    .pluck()
    .all()

const allRows = (file: string): Map<string, Row[]> =>
  reading(
    file,
    (db) => new Map(tablesOf(db).map((name) => [name, db.prepare<[], Row>(`SELECT * FROM ${name}`).all()])),
  )

const schemaOf = (db: Database.Database) => ({
  version: db.pragma('user_version', { simple: true }),
  things: db.prepare<[], Row>('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name').all(),
  columns: tablesOf(db)
    .sort()
    .map((name) => db.prepare('SELECT * FROM pragma_table_xinfo(?)').all(name)),
})

/** Whether a row of today has all that an old one had. */
const holds = (now: Row, before: Row) =>
  Object.entries(before).every(([column, value]) =>
    Buffer.isBuffer(value) ? value.equals(now[column] as Buffer) : value === now[column],
  )

for (const version of versions) {
  t.test(
    `a stored database of schema ${version} becomes what a fresh one is, and keeps every row`,
    async (t) => {
      const file = stored(t, version)
      t.equal(inspectDatabase(file).version, version)
      const before = allRows(file)
      for (const name of ['horses', 'horse_names', 'vectors', 'sightings', 'settings', 'streams'])
        t.ok(before.get(name)?.length, `it has ${name}`)

      openDatabase(file).close()
      const fresh = openDatabase(':memory:')
      t.same(reading(file, schemaOf), schemaOf(fresh))
      fresh.close()
      t.equal(
        reading(file, (db) => db.pragma('integrity_check', { simple: true })),
        'ok',
      )
      t.same(
        reading(file, (db) => db.pragma('foreign_key_check')),
        [],
      )
      const after = allRows(file)
      for (const [name, rows] of before) {
        const lost = rows.filter((row) => !after.get(name)?.some((now) => holds(now, row)))
        t.same(lost, [], `every row of ${name} is there as it was`)
      }
      for (const name of ['horses', 'sightings', 'vectors', 'users'])
        t.equal(after.get(name)?.length ?? 0, before.get(name)?.length ?? 0, `no ${name} were added`)
    },
  )

  t.test(`the repositories tell what schema ${version} held`, async (t) => {
    const file = stored(t, version)
    const rows = allRows(file)
    const of = (name: string) => rows.get(name) ?? []
    const living = of('horses').filter((row) => row['deleted_ms'] === null && !row['merged_into'])
    using registry = openRegistry(file, silentLog)
    const horses = of('streams').flatMap(({ id }) => registry.horses.findByStreamId(id as StreamId))
    t.equal(horses.length, living.length)
    t.ok(horses.length >= 5)
    for (const row of living) {
      const id = row['id'] as HorseId
      t.match(registry.horses.get(id), {
        id,
        streamId: row['stream_id'],
        number: row['number'],
        name: row['name'],
        notes: row['notes'],
        color: row['color'],
        firstDetectedMs: row['first_detected_ms'],
        lastSeenMs: row['last_seen_ms'],
        totalDetections: row['total_detections'],
        standing: row['standing'] ?? 'horse',
        officialMs: row['official_ms'] ?? null,
      })
      t.same(registry.horses.avatar(id), row['avatar'] ?? undefined)
      const names = of('horse_names').filter((one) => one['horse_id'] === id)
      t.same(
        registry.horses.names(id).map(({ name }) => name),
        names.map(({ name }) => name).reverse(),
      )
      const seen = of('sightings').filter((one) => one['horse_id'] === id)
      t.same(
        new Set(registry.sightings.findByHorseId(id, 100).map((one) => one.id as string)),
        new Set(seen.map((one) => one['id'])),
      )
    }
    t.ok(
      horses.some(({ name }) => name === 'Donner 🐴 \u202eٱ'),
      'a name that is hard to keep',
    )
    t.match(
      registry.users.all().map(({ name, role }) => ({ name, role })),
      of('users').map(({ name, role }) => ({ name, role })),
    )
    t.equal(registry.boxId, of('settings').find(({ key }) => key === 'box_id')?.['value'])
  })

  t.test(`what horses are known by is what schema ${version} held`, async (t) => {
    const file = stored(t, version)
    const rows = allRows(file)
    const alive = new Set(
      (rows.get('horses') ?? []).filter((row) => row['deleted_ms'] === null).map(({ id }) => id),
    )
    const withdrawn = new Set(
      (rows.get('looks') ?? []).filter((row) => row['withdrawn_by']).map(({ id }) => id),
    )
    using registry = openRegistry(file, silentLog)
    for (const id of models) {
      const due = (rows.get('vectors') ?? []).filter(
        (row) => row['model'] === id && alive.has(row['horse_id']) && !withdrawn.has(row['look_id']),
      )
      const dim = id === 'stored@1' ? 8 : 16
      const { vectors, refused } = registry.vectors.all({ id, dim })
      t.equal(refused, 0)
      t.same(
        vectors.map((one) => [
          one.id,
          one.horseId,
          Buffer.from(one.vector.buffer, one.vector.byteOffset, dim * 4),
        ]),
        due.map((row) => [row['id'], row['horse_id'], row['vector']]),
      )
      if (id === 'stored@2') t.ok(due.length >= 15)
    }
    t.equal(registry.embedders.inUse()?.id, 'stored@2')
    t.same(registry.crops.inspect(0, 1000).broken, [], 'every crop is a JPEG')
    t.ok(registry.crops.count() >= 5)
  })
}

t.test('there is a stored database of every schema before the newest', async (t) => {
  const due = Array.from({ length: known - 1 }, (_, index) => index + 1)
  t.same(
    due.filter((version) => !versions.includes(version)),
    [],
    'scripts/store-schema.ts stores one of the last commit without the newest migration',
  )
})

/** Every file of a folder, but for SQLite's shared memory, which is nobody's data and is made anew. */
const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter((one) => one.isFile() && !one.name.endsWith('-shm'))
      .map(({ name }) => [name, readFileSync(join(folder, name))] as const)
      .filter(([name, bytes]) => !(name.endsWith('-wal') && bytes.length === 0)),
  )

/** A database that the next barnbox wrote; `killed` leaves its write-ahead log as a killed one does. */
function newer(t: Test, end: 'wal' | 'delete' | 'killed'): string {
  const file = stored(t, versions.at(-1) ?? 0)
  const db = new Database(file)
  db.pragma(`journal_mode = ${end === 'delete' ? 'delete' : 'wal'}`)
  db.exec('ALTER TABLE horses ADD COLUMN mood TEXT')
  db.pragma(`user_version = ${known + 1}`)
  const left = join(dirname(file), 'left')
  mkdirSync(left)
  if (end !== 'killed') db.close()
  // With a connection open nothing is folded in yet: a copy is what a kill leaves.
  for (const name of Object.keys(contents(dirname(file))))
    copyFileSync(join(dirname(file), name), join(left, name))
  db.close()
  return join(left, 'barnbox.db')
}

for (const end of ['wal', 'delete', 'killed'] as const) {
  t.test(`a database of a newer barnbox (${end}) is refused and not touched`, async (t) => {
    const file = newer(t, end)
    const before = contents(dirname(file))
    t.equal('barnbox.db-wal' in before, end === 'killed')
    t.throws(() => openRegistry(file, silentLog), { code: 'DB_TOO_NEW', kind: 'data' })
    const after = contents(dirname(file))
    t.same(Object.keys(after), Object.keys(before), 'the same files')
    for (const [name, bytes] of Object.entries(before))
      t.ok(after[name]?.equals(bytes), `${name} byte for byte`)
  })
}
