/**
 * The crops behind the vectors: they come and go together, older databases get theirs from the avatars.
 */
import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { type Db, openDatabase } from '../../daemon/registry/database.ts'
import { largestCropBytes } from '../../daemon/registry/looks.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import type { EmbedderKind, HorseId, StreamId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
const kind: EmbedderKind = { id: 'one@1', dim: 4, name: 'one', preprocess: { width: 192 }, licence: 'MIT' }
const other: EmbedderKind = { id: 'two@7', dim: 2, name: 'two', preprocess: null, licence: null }

const newFile = () => registryFile(mkdtempSync(join(tmpdir(), 'barnbox-looks-')))
const newHorse = (registry: Registry, streamId = yard) =>
  registry.horses.create({ streamId, seenMs: now, confidence: 0.5 }).id
const axis = (at: number) => Float32Array.from({ length: 4 }, (_, i) => (i === at ? 1 : 0))
const looksOf = (file: string) => {
  const raw = new Database(file)
  const rows = raw.prepare('SELECT id, horse_id, crop FROM looks ORDER BY id').all()
  raw.close()
  return rows as { id: number; horse_id: string; crop: Buffer }[]
}
const newLook = (horseId: HorseId, at: number) => ({
  ...{ horseId, vector: axis(at), jpeg: Uint8Array.of(0xff, 0xd8, at), quality: at, takenMs: now },
})

t.test('a vector has its look, and goes with it, whoever else has looked at it', async (t) => {
  const file = newFile()
  using registry = openRegistry(file, silentLog)
  const { crops, vectors, embedders } = registry
  const horse = newHorse(registry)
  const looks = registry.openLooks(kind)
  const first = looks.add(yard, newLook(horse, 0))
  looks.add(yard, newLook(horse, 1))
  embedders.note(other)
  t.same(crops.missing(other.id), [1, 2])
  t.type(vectors.add(other, 1, Float32Array.of(1, 0)), 'number')
  t.equal(vectors.add(other, 1, Float32Array.of(0, 1)), undefined, 'one vector of each embedder')
  t.same(crops.missing(other.id), [2])
  t.same(crops.missing(kind.id), [])
  looks.add(yard, newLook(horse, 2), first)
  t.same(vectors.all(other).vectors, [], 'the other embedder’s went with the look')
  t.same(
    looksOf(file).map(({ id, crop }) => [id, crop.at(-1)]),
    [
      [2, 1],
      [3, 2],
    ],
  )
  t.equal(vectors.add(other, 1, Float32Array.of(1, 0)), undefined, 'it came too late')
  t.equal(crops.get(1), undefined)
  t.match(crops.get(3), { lookId: 3, horseId: horse, streamId: yard, quality: 2 })
  t.throws(() => vectors.add(other, 2, Float32Array.of(2, 0)), { code: 'VECTOR_KIND' })
  t.throws(() => vectors.add({ id: 'never noted@1', dim: 2 }, 2, Float32Array.of(1, 0)), { code: 'DB_WRITE' })
})

t.test('the number of a look is never given twice', async (t) => {
  const file = newFile()
  using registry = openRegistry(file, silentLog)
  const looks = registry.openLooks(kind)
  const horse = newHorse(registry)
  looks.add(yard, newLook(horse, 0), looks.add(yard, newLook(horse, 1)))
  t.same(
    looksOf(file).map(({ id }) => id),
    [2],
  )
})

t.test('a look is stored whole or not at all', async (t) => {
  const file = newFile()
  using registry = openRegistry(file, silentLog)
  const looks = registry.openLooks(kind)
  const horse = newHorse(registry)
  const kept = looks.add(yard, newLook(horse, 0))
  const jpeg = new Uint8Array(largestCropBytes + 1)
  t.throws(() => looks.add(yard, { ...newLook(horse, 1), jpeg }, kept), { code: 'SQLITE_CONSTRAINT_CHECK' })
  t.throws(() => looks.add(yard, { ...newLook(horse, 1), jpeg: new Uint8Array(0) }, kept))
  t.throws(() => looks.add(yard, { ...newLook(horse, 1), vector: axis(9) }, kept), { code: 'VECTOR_KIND' })
  t.same([looksOf(file).length, registry.vectors.all(kind).vectors.length], [1, 1])
  looks.add(yard, { ...newLook(horse, 1), jpeg: jpeg.subarray(1) })
  t.equal(registry.crops.count(), 2)
})

t.test('every horse’s first look comes before any second; samples are of all horses', async (t) => {
  using registry = openRegistry(newFile(), silentLog)
  const looks = registry.openLooks(kind)
  const [a, b] = [newHorse(registry), newHorse(registry)]
  for (const [horse, at] of [
    [a, 0],
    [a, 1],
    [a, 2],
    [b, 3],
  ] as const) {
    looks.add(yard, newLook(horse, at))
  }
  t.same(registry.crops.missing('none@1'), [1, 4, 2, 3])
  const sampled = registry.crops.sample(3).map((jpeg) => jpeg.at(-1))
  t.same(sampled, [2, 3, 1], 'the newest of each, then the next')
  registry.horses.remove(a, now)
  t.same(registry.crops.missing('none@1'), [4], 'a deleted horse’s are not looked at again')
  t.same([registry.crops.get(1), registry.crops.count(), registry.crops.sample(9).length], [undefined, 1, 1])
})

t.test('embedders are noted with what tells them apart; one is in use', async (t) => {
  const file = newFile()
  {
    using registry = openRegistry(file, silentLog)
    t.equal(registry.embedders.inUse(), undefined)
    registry.embedders.note(kind)
    registry.embedders.note(other)
    registry.embedders.use(kind.id)
    registry.embedders.note({ ...kind, name: 'moved' })
  }
  using registry = openRegistry(file, silentLog)
  t.same(registry.embedders.inUse(), { ...kind, name: 'moved' })
  t.same(registry.embedders.get(other.id), other)
})

t.test('horses that one embedder knows and another does not are counted', async (t) => {
  using registry = openRegistry(newFile(), silentLog)
  const looks = registry.openLooks(kind)
  const [a, b, gone] = [newHorse(registry), newHorse(registry), newHorse(registry)]
  for (const horse of [a, b, gone]) looks.add(yard, newLook(horse, 0))
  registry.horses.remove(gone, now)
  registry.embedders.note(other)
  registry.vectors.add(other, 1, Float32Array.of(1, 0))
  t.equal(registry.vectors.onlyKnownBy(kind.id, other.id), 1)
})

/** Only the first migration: a database as the first version left it. */
function schemaOne(): URL {
  const folder = join(mkdtempSync(join(tmpdir(), 'barnbox-schema-')), 'migrations')
  mkdirSync(folder)
  const name = '0001-registry.sql'
  copyFileSync(new URL(`../../daemon/registry/migrations/${name}`, import.meta.url), join(folder, name))
  return pathToFileURL(`${folder}/`)
}

function addVector(db: Db, horse: string, model: string, vector: readonly number[]): void {
  db.prepare(
    'INSERT INTO vectors (horse_id, model, dim, vector, quality, taken_ms) VALUES (?, ?, ?, ?, 1, ?)',
  ).run(horse, model, vector.length, Buffer.from(Float32Array.from(vector).buffer), now)
}

const schema = (db: Db) =>
  db.prepare('SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name').all()

t.test('an empty database of the first schema becomes what a fresh one is', async (t) => {
  const file = newFile()
  openDatabase(file, schemaOne()).close()
  const migrated = openDatabase(file)
  const fresh = openDatabase(':memory:')
  t.same(schema(migrated), schema(fresh))
  t.equal(migrated.prepare('SELECT count(*) FROM looks').pluck().get(), 0)
  migrated.close()
  fresh.close()
})

t.test(
  'horses of the first schema keep what they are known by, and get a look from the avatar',
  async (t) => {
    const file = newFile()
    const old = openDatabase(file, schemaOne())
    old.prepare(`INSERT INTO streams (id, created_ms) VALUES ('yard', ?)`).run(now)
    let number = 0
    const born = (bytes: number | null) => {
      const id = mintId<HorseId>()
      old
        .prepare(
          `INSERT INTO horses (id, stream_id, number, color, first_detected_ms, last_seen_ms, avatar)
           VALUES (?, 'yard', ?, '#00FF00', ?, ?, ?)`,
        )
        .run(id, ++number, now, now, bytes === null ? null : Buffer.alloc(bytes, 7))
      return id
    }
    const [known, faceless, huge, empty, deleted] = [born(9), born(null), born(65_537), born(9), born(9)]
    for (const horse of [known, faceless, huge, deleted]) {
      addVector(old, horse, 'earlier@1', [0, 1])
      addVector(old, horse, 'appearance-mnv3@1', [1, 0, 0])
      addVector(old, horse, 'appearance-mnv3@1', [0, 1, 0])
    }
    old.prepare('UPDATE horses SET deleted_ms = ? WHERE id = ?').run(now, deleted)
    old.close()

    using registry = openRegistry(file, silentLog)
    t.match(
      looksOf(file),
      [{ horse_id: known, crop: Buffer.alloc(9, 7) }],
      'no look of a horse without a picture, without a vector, or deleted',
    )
    t.ok(registry.horses.get(empty))
    const before = { id: 'appearance-mnv3@1', dim: 3 }
    const { vectors, refused } = registry.vectors.all(before)
    t.same([vectors.length, refused], [6, 0], 'three horses, two vectors each; ids as they were')
    t.same(
      vectors.map(({ id }) => id),
      [2, 3, 5, 6, 8, 9],
    )
    t.same(
      vectors.map(({ id }) => registry.vectors.lookOf(id)),
      [1, null, null, null, null, null],
      'it stands for the founding vector',
    )
    t.same(registry.crops.missing(before.id), [], 'so the embedder from before has nothing to look at again')
    t.same(registry.crops.missing('earlier@1'), [])
    t.same(registry.crops.missing('new@1'), [1])
    t.same(registry.embedders.inUse(), {
      ...before,
      name: 'appearance-mnv3',
      preprocess: null,
      licence: null,
    })
    const looks = registry.openLooks({ ...kind, ...before, name: 'appearance-mnv3' })
    const vector = Float32Array.of(0, 0, 1)
    looks.add(yard, { ...newLook(known, 0), vector }, 3)
    t.same(registry.embedders.inUse()?.preprocess, { width: 192 }, 'known once it is used')
    t.equal(registry.vectors.all(before).vectors.length, 6, 'one without a look is let go of too')
    const raw = new Database(file)
    t.same(raw.pragma('foreign_key_check'), [])
    raw.close()
  },
)
