/**
 * Horses of one camera that other cameras see: where each was last, and at which camera each look was taken.
 */
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const [aisle, paddock] = ['aisle', 'paddock'] as [StreamId, StreamId]
const kind = { id: 'm@1', dim: 4, name: 'm', preprocess: null, licence: null }
const by = { actor: 'anna', nowMs: now + 60_000 }
const vector = Float32Array.of(1, 0, 0, 0)

function setUp(t: Test) {
  const file = `${t.testdir()}/barnbox.db`
  const registry = openRegistry(file, silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const make = (streamId: StreamId) => registry.horses.create({ streamId, seenMs: now, confidence: 0.5 }).id
  const see = (horseId: HorseId, streamId: StreamId, afterMs: number) => {
    const ids = { id: mintId<SightingId>(), trackletId: mintId<TrackletId>() }
    const basis = { score: 0.9, secondScore: null, threshold: 0.8, margin: 0.05, model: kind.id }
    const times = { fromMs: now + afterMs, toMs: now + afterMs + 1000, detections: 5, addedDetections: 5 }
    const decision = { kind: 'matched' as const, ...basis }
    return registry.sightings.save([{ ...ids, streamId, horseId, ...times, decision }])
  }
  const looks = registry.openLooks(kind)
  const teach = (horseId: HorseId, camera?: StreamId) =>
    looks.add(aisle, { horseId, vector, jpeg: Uint8Array.of(1), quality: 1, takenMs: now, camera })
  const cameras = () => registry.vectors.all(kind).vectors.map(({ camera }) => camera)
  return { file, registry, make, see, teach, cameras }
}

t.test('a horse is where it was seen last, not where it was stored last', async (t) => {
  const { registry, make, see } = setUp(t)
  const id = make(aisle)
  const where = () => registry.horses.get(id)?.lastStreamId
  t.equal(where(), aisle)
  t.same(see(id, paddock, 5000), [], 'a camera without horses of its own')
  t.equal(where(), paddock)
  see(id, aisle, 1000)
  t.equal(where(), paddock, 'a sighting that ended before is stored late')
  see(id, aisle, 9000)
  t.equal(where(), aisle)
  t.match(registry.horses.get(id), { streamId: aisle, totalDetections: 15 })
})

t.test('its place is in the picture of the camera that saw it last', async (t) => {
  const { registry, make } = setUp(t)
  const { tracks } = registry
  const id = make(aisle)
  const place = (streamId: StreamId, atMs: number) =>
    tracks.place(id, [10, 10, 20, 20], { streamId, width: 100, height: 100, atMs })
  place(aisle, now + 1000)
  place(paddock, now + 3000)
  t.match(tracks.places(paddock), [{ horseId: id, atMs: now + 3000 }])
  t.same(tracks.places(aisle), [])
  place(aisle, now + 2000)
  t.same(tracks.places(aisle), [], 'an older picture is stored late')
  place(paddock, now + 2500)
  t.match(tracks.places(paddock), [{ atMs: now + 2500 }], 'a clock that was set back stops nothing')
})

t.test('a look keeps its camera when it goes to another camera’s horse, and back', async (t) => {
  const { file, registry, make, teach, cameras } = setUp(t)
  const [a, b] = [make(aisle), make(paddock)]
  teach(b, paddock)
  teach(b, aisle)
  // One from before cameras were noted, and a photo.
  teach(b)
  teach(b)
  const raw = new Database(file)
  t.teardown(() => raw.close())
  raw.prepare('UPDATE looks SET photo = ? WHERE id = 4').run('f'.repeat(64))
  const as = [paddock, aisle, paddock, null]
  t.same(cameras(), as)
  const { correction } = registry.corrections.merge(b, a, by)
  t.same(cameras(), as)
  t.ok(
    registry.vectors.all(kind).vectors.every(({ horseId, streamId }) => horseId === a && streamId === aisle),
  )
  registry.corrections.undo(correction.id, by)
  t.same(cameras(), as)
  t.same(registry.crops.get(1)?.camera, paddock)
  t.same(registry.crops.get(4)?.camera, null)
})

t.test('the list of a camera is read by its indexes', async (t) => {
  const { file } = setUp(t)
  const raw = new Database(file)
  t.teardown(() => raw.close())
  const plan = raw
    .prepare<[], { detail: string }>(
      `EXPLAIN QUERY PLAN SELECT id FROM living WHERE stream_id = 'a' OR seen_stream_id = 'a' ORDER BY last_seen_ms DESC`,
    )
    .all()
    .map(({ detail }) => detail)
    .join('; ')
  t.match(plan, /horses_by_stream|sqlite_autoindex_horses/)
  t.match(plan, /horses_by_seen/)
})
