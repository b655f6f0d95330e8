import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import t from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { horseColor } from '../../daemon/registry/colors.ts'
import { inspectDatabase, lockState, openDatabase } from '../../daemon/registry/database.ts'
import { trackingId } from '../../daemon/registry/horse-rows.ts'
import { lockFile, openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import type { SightingUpdate } from '../../daemon/registry/sightings.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
const kind = { id: 'test@1', dim: 4, name: 'test', preprocess: { width: 192 }, licence: 'MIT' }
const jpeg = Uint8Array.of(0xff, 0xd8)

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'barnbox-registry-'))
}

function newFile(): string {
  return registryFile(folder())
}

function newHorse(registry: Registry, streamId = yard, seenMs = now) {
  return registry.horses.create({ streamId, seenMs, confidence: 0.5 })
}

function sighting(horseId: HorseId | null, more: Partial<SightingUpdate> = {}): SightingUpdate {
  return {
    id: mintId<SightingId>(),
    streamId: yard,
    trackletId: mintId<TrackletId>(),
    horseId,
    fromMs: now,
    toMs: now + 1000,
    detections: 5,
    addedDetections: 5,
    decision: {
      kind: horseId ? 'matched' : 'unknown',
      score: 0.9,
      secondScore: 0.4,
      threshold: 0.75,
      margin: 0.05,
      model: 'test@1',
    },
    ...more,
  }
}

t.test('L3: numbers grow per stream and are never reused', async (t) => {
  using registry = openRegistry(newFile(), silentLog)
  const first = newHorse(registry)
  const second = newHorse(registry)
  t.same([first.number, second.number], [1, 2])
  t.equal(newHorse(registry, 'other' as StreamId).number, 1)
  t.ok(registry.horses.remove(second.id, now))
  t.notOk(registry.horses.remove(second.id, now), 'idempotent')
  t.equal(registry.horses.get(second.id), undefined)
  t.equal(newHorse(registry).number, 3)
  t.same(
    registry.horses.findByStreamId(yard).map((horse) => horse.number),
    [1, 3],
  )
})

t.test(
  'an avatar is kept if it is better, refused above 102,400 bytes by the code and by the table',
  async (t) => {
    const file = newFile()
    using registry = openRegistry(file, silentLog)
    const { id } = newHorse(registry)
    const picture = (bytes: number) => new Uint8Array(bytes)
    t.ok(registry.horses.updateAvatar(id, { jpeg: picture(102_400), score: 10, takenMs: now + 7 }))
    t.notOk(registry.horses.updateAvatar(id, { jpeg: picture(5), score: 9, takenMs: now }), 'a worse one')
    t.equal(registry.horses.avatar(id)?.length, 102_400)
    t.equal(registry.horses.get(id)?.avatarMs, now + 7)
    t.ok(registry.horses.updateAvatar(id, { jpeg: picture(7), score: 11 }))
    t.equal(registry.horses.avatar(id)?.length, 7)
    t.equal(registry.horses.get(id)?.avatarMs, null, 'of a photo nobody knows')
    t.throws(() => registry.horses.updateAvatar(id, { jpeg: picture(102_401), score: 99 }), {
      code: 'AVATAR_TOO_LARGE',
    })
    const tooLarge = { jpeg: picture(102_401), score: 1 }
    t.throws(() => registry.horses.create({ streamId: yard, seenMs: now, confidence: 0, avatar: tooLarge }), {
      code: 'AVATAR_TOO_LARGE',
    })
    const raw = new Database(file)
    t.throws(() => raw.prepare('UPDATE horses SET avatar = zeroblob(102401)').run(), {
      code: 'SQLITE_CONSTRAINT_CHECK',
    })
    raw.close()
  },
)

t.test('details: null clears, absent stays, history is kept, versions grow', async (t) => {
  const file = newFile()
  using registry = openRegistry(file, silentLog)
  const { id, version } = newHorse(registry)
  const named = registry.horses.updateHorseDetails(
    id,
    { name: 'Thunder', notes: 'kicks' },
    { actor: null, nowMs: now },
  )
  t.match(named, { name: 'Thunder', notes: 'kicks', version: version + 1 })
  t.equal(
    registry.horses.updateHorseDetails(id, { name: 'Thunder' }, { actor: null, nowMs: now }).version,
    named.version,
    'no change',
  )
  t.match(registry.horses.updateHorseDetails(id, { name: null }, { actor: null, nowMs: now }), {
    name: null,
    notes: 'kicks',
  })
  t.throws(() => registry.horses.updateHorseDetails(mintId(), { name: 'x' }, { actor: null, nowMs: now }), {
    code: 'NOT_FOUND',
  })
  const raw = new Database(file)
  t.same(raw.prepare('SELECT name FROM horse_names ORDER BY id').pluck().all(), ['Thunder', null])
  raw.close()
})

t.test('a horse is confirmed by a name, or by being made official', async (t) => {
  using registry = openRegistry(newFile(), silentLog)
  const { horses } = registry
  const [named, official] = [newHorse(registry).id, newHorse(registry).id]
  const by = { actor: 'Anna', nowMs: now }
  t.same([named, official].map(horses.isConfirmed), [false, false])
  horses.updateHorseDetails(named, { name: 'Thunder' }, by)
  horses.setOfficial(official, true, by)
  t.same([named, official].map(horses.isConfirmed), [true, true])
  horses.updateHorseDetails(named, { name: null }, by)
  horses.setOfficial(official, false, by)
  t.same([named, official].map(horses.isConfirmed), [false, false])
  t.equal(horses.isConfirmed(mintId<HorseId>()), false)
})

t.test('a sighting is one row while it lasts and adds to its horse', async (t) => {
  using registry = openRegistry(newFile(), silentLog)
  const { id } = newHorse(registry)
  const first = sighting(id)
  registry.sightings.save([first])
  registry.sightings.save([{ ...first, toMs: now + 2000, detections: 9, addedDetections: 4 }, sighting(null)])
  t.match(registry.horses.get(id), { lastSeenMs: now + 2000, totalDetections: 9, confidence: 0.9 })
  const rows = registry.sightings.findByHorseId(id, 10)
  t.equal(rows.length, 1)
  t.match(rows[0], {
    toMs: now + 2000,
    detections: 9,
    decision: { kind: 'matched', secondScore: 0.4, model: 'test@1' },
  })
  const contradictory = sighting(id, { decision: { ...first.decision, kind: 'unknown' } })
  const neverSet = sighting(id, { fromMs: 0 })
  t.same(
    registry.sightings.save([contradictory, neverSet]),
    [contradictory, neverSet],
    'refused rows are answered',
  )
  t.equal(registry.horses.get(id)?.totalDetections, 9, 'and leave nothing')
  const good = sighting(id)
  t.same(registry.sightings.save([neverSet, good]), [neverSet], 'the others are stored')
  t.equal(registry.horses.get(id)?.totalDetections, 14)
})

t.test('L12: vectors outlive a restart; kinds never meet; wrong ones are refused', async (t) => {
  const file = newFile()
  let id: HorseId
  {
    using registry = openRegistry(file, silentLog)
    id = newHorse(registry).id
    const looks = registry.openLooks(kind)
    const add = (vector: number[]) =>
      looks.add(yard, { horseId: id, vector: Float32Array.from(vector), jpeg, quality: 1, takenMs: now })
    const first = add([1, 0, 0, 0])
    add([0, 1, 0, 0])
    add([0, 0, 1, 0])
    t.equal(looks.index?.size, 3)
    const other = Float32Array.from([0, 0, 0, 1])
    looks.add(yard, { horseId: id, vector: other, jpeg, quality: 1, takenMs: now }, first)
    t.equal(looks.index?.size, 3, 'one in place of another')
    for (const bad of [
      [1, 0, 0],
      [2, 0, 0, 0],
      [Number.NaN, 0, 0, 1],
      [0, 0, 0, 0],
    ]) {
      t.throws(() => add(bad), { code: 'VECTOR_KIND' })
    }
  }
  using registry = openRegistry(file, silentLog)
  const looks = registry.openLooks(kind)
  t.equal(looks.stored.length, 3)
  t.same([...(looks.stored[2]?.vector ?? [])], [0, 0, 0, 1])
  t.equal(looks.stored[0]?.horseId, id)
  t.equal(registry.vectors.all({ id: 'other@1', dim: 4 }).vectors.length, 0)
  registry.horses.remove(id, now)
  t.equal(registry.vectors.all(kind).vectors.length, 0, 'a deleted horse is not matched')
})

t.test('regression 8: a damaged vector is left out and counted', async (t) => {
  const file = newFile()
  {
    using registry = openRegistry(file, silentLog)
    const { id } = newHorse(registry)
    const vector = Float32Array.from([1, 0, 0, 0])
    registry.openLooks(kind).add(yard, { horseId: id, vector, jpeg, quality: 1, takenMs: now })
  }
  const raw = new Database(file)
  raw.prepare('UPDATE vectors SET vector = zeroblob(16)').run()
  raw.close()
  using registry = openRegistry(file, silentLog)
  t.match(registry.vectors.all(kind), { vectors: [], refused: 1 })
})

t.test('stored horses survive; the box keeps its id; a newer or broken file is refused', async (t) => {
  const file = newFile()
  let boxId: string
  {
    using registry = openRegistry(file, silentLog)
    boxId = registry.boxId
    t.match(boxId, /^[0-9a-f]{12}$/)
    newHorse(registry)
  }
  {
    using registry = openRegistry(file, silentLog)
    t.equal(registry.boxId, boxId)
    t.equal(registry.horses.findByStreamId(yard).length, 1)
  }
  const raw = new Database(file)
  raw.pragma('user_version = 999')
  raw.close()
  t.throws(() => openRegistry(file, silentLog), { code: 'DB_TOO_NEW' })
  const broken = newFile()
  writeFileSync(broken, 'this is not a database, but long enough to look at'.repeat(50))
  t.throws(() => openRegistry(broken, silentLog), { code: 'DB_BROKEN' })
  const notAFolder = join(folder(), 'a-file')
  writeFileSync(notAFolder, '')
  t.throws(() => openRegistry(registryFile(notAFolder), silentLog), { code: 'STATE_DIR' })
})

t.test('L13: migrations: a populated older database becomes what a fresh one is', async (t) => {
  const steps = folder()
  const first = readFileSync(
    new URL('../../daemon/registry/migrations/0001-registry.sql', import.meta.url),
    'utf8',
  )
  writeFileSync(join(steps, '0001-registry.sql'), first)
  const url = pathToFileURL(`${steps}/`)
  const file = newFile()
  const old = openDatabase(file, url)
  old.exec(`INSERT INTO streams (id, created_ms) VALUES ('yard', ${now})`)
  old.exec(`INSERT INTO horses (id, stream_id, number, color, first_detected_ms, last_seen_ms)
    VALUES ('${mintId()}', 'yard', 1, '#00FF00', ${now}, ${now})`)
  old.close()
  writeFileSync(join(steps, '0002-mark.sql'), 'ALTER TABLE horses ADD COLUMN mark TEXT;')
  const schema = (db: Database.Database) =>
    db.prepare(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name`).pluck().all()
  const migrated = openDatabase(file, url)
  const fresh = openDatabase(':memory:', url)
  t.same(schema(migrated), schema(fresh))
  t.equal(migrated.prepare('SELECT count(*) FROM horses').pluck().get(), 1)
  migrated.close()
  fresh.close()
  writeFileSync(join(steps, '0003-bad.sql'), 'CREATE TABLE half (x); SELECT nonsense;')
  t.throws(() => openDatabase(file, url))
  const after = new Database(file)
  t.equal(after.pragma('user_version', { simple: true }), 2, 'a failed step leaves nothing behind')
  t.notOk(after.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'half'`).get())
  after.close()
})

t.test('a stream query uses the index', async (t) => {
  const db = openDatabase(':memory:')
  const plan = db
    .prepare('EXPLAIN QUERY PLAN SELECT id FROM horses WHERE stream_id = ? ORDER BY last_seen_ms DESC')
    .all('x')
  t.match(JSON.stringify(plan), /horses_by_stream/)
  db.close()
})

t.test('tracking ids and colours', async (t) => {
  t.equal(trackingId('north-aisle' as StreamId, 7), 'north_aisle_horse_007')
  const longest = trackingId('x'.repeat(32) as StreamId, 999_999_999)
  t.ok(longest.length <= 50)
  for (let number = 1; number <= 500; number++) {
    const color = horseColor(number)
    t.match(color, /^#[0-9A-F]{6}$/)
    const light = [1, 3, 5]
      .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    const luminance = 0.2126 * (light[0] ?? 0) + 0.7152 * (light[1] ?? 0) + 0.0722 * (light[2] ?? 0)
    if (1.05 / (luminance + 0.05) < 4.5) t.fail(`white is not readable on ${color}`)
  }
})

t.test('a state folder has one daemon', async (t) => {
  const file = lockFile(folder())
  {
    using _held = lockState(file)
    t.throws(() => lockState(file), { code: 'STATE_IN_USE', kind: 'config' })
  }
  using _again = lockState(file)
  t.pass('free again once let go')
})

t.test('a look from outside neither migrates nor writes', async (t) => {
  const file = newFile()
  openRegistry(file, silentLog)[Symbol.dispose]()
  const raw = new Database(file)
  raw.pragma('user_version = 0')
  raw.close()
  const { known } = inspectDatabase(file)
  t.same(inspectDatabase(file), { version: 0, known, users: 0 })
  t.ok(known >= 1)
  t.throws(() => inspectDatabase(newFile()), 'a missing file is not made')
})
