/**
 * What sightings were decided from, as stored with them; and the looks of nobody that are kept for them.
 */
import Database from 'better-sqlite3'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { SightingUpdate } from '../../daemon/registry/sightings.ts'
import { type Judged, mostKept, surplus } from '../../daemon/registry/whys.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
const by = { actor: 'anna', nowMs: now + 600_000 }
const kind = { id: 'm@1', dim: 4, name: 'm', preprocess: null, licence: null }
const axis = (n: number) => Float32Array.from([0, 1, 2, 3], (at) => (at === n ? 1 : 0))
const jpeg = (n: number) => Uint8Array.of(0xff, 0xd8, n, 0xff, 0xd9)

function setUp(t: Test) {
  const file = `${t.testdir()}/barnbox.db`
  const registry = openRegistry(file, silentLog)
  const raw = new Database(file)
  t.teardown(() => {
    raw.close()
    registry[Symbol.dispose]()
  })
  const looks = registry.openLooks(kind)
  const horse = (n: number) => {
    const { id } = registry.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 })
    const vector = looks.add(yard, { horseId: id, vector: axis(n), jpeg: jpeg(n), quality: 1, takenMs: now })
    return { id, vector }
  }
  const judged = (atMs: number, more: Partial<Judged['reasons']> = {}, vector = axis(0)): Judged => ({
    kind,
    look: { vector, crop: jpeg(100), sharpness: 7 },
    takenMs: atMs,
    reasons: { looks: 3, best: null, second: null, nearest: [], ofSecond: null, ...more },
  })
  const update = (horseId: HorseId | null, atMs: number, ...looked: Judged[]): SightingUpdate => {
    const ids = { id: mintId<SightingId>(), trackletId: mintId<TrackletId>(), streamId: yard, horseId }
    const decided = { score: 0.9, secondScore: 0.4, threshold: 0.75, margin: 0.05, model: 'm@1' }
    const decision = { kind: horseId === null ? 'unknown' : 'matched', ...decided } as const
    const counted = { detections: 5, addedDetections: 5 }
    return { ...ids, fromMs: atMs, toMs: atMs + 1000, ...counted, decision, judged: looked }
  }
  const save = (one: SightingUpdate) => {
    t.same(registry.sightings.save([one]), [])
    return one.id
  }
  const rows = (sql: string, ...args: unknown[]) => raw.prepare(sql).all(...args)
  const ofNobody = () => rows('SELECT id FROM looks WHERE horse_id IS NULL').length
  const vectorsOf = (id: HorseId) => registry.vectors.all(kind).vectors.filter((one) => one.horseId === id)
  return { registry, looks, raw, horse, judged, update, save, rows, ofNobody, vectorsOf }
}

t.test('what was decided from is stored with the sighting, as of then', async (t) => {
  const { registry, horse, judged, update, save, looks } = setUp(t)
  const [a, b] = [horse(0), horse(1)]
  const nearest = [
    { id: a.vector, horseId: a.id, similarity: 0.97 },
    { id: b.vector, horseId: b.id, similarity: 0.3 },
  ]
  const best = { horseId: a.id, probability: 0.93 }
  const id = save(update(a.id, now, judged(now + 500, { looks: 12, best, nearest })))
  const why = registry.whys.get(id)
  const lookOf = (vector: number) => registry.vectors.lookOf(vector)
  t.match(why, {
    atMs: now + 500,
    looks: 12,
    best,
    second: null,
    nearest: [
      { lookId: lookOf(a.vector), horseId: a.id, takenMs: now, similarity: 0.97 },
      { lookId: lookOf(b.vector), horseId: b.id, takenMs: now, similarity: 0.3 },
    ],
    ofSecond: null,
  })
  t.same(registry.crops.picture(why?.lookId ?? 0), Buffer.from(jpeg(100)))
  t.equal(registry.sightings.get(id)?.lookId, why?.lookId)
  t.equal(registry.sightings.findByHorseId(a.id, 1)[0]?.lookId, why?.lookId)
  // Let go of, for a better one.
  looks.add(
    yard,
    { horseId: a.id, vector: axis(2), jpeg: jpeg(2), quality: 1, takenMs: now + 9000 },
    a.vector,
  )
  t.match(registry.whys.get(id)?.nearest[0], { lookId: null, takenMs: now, similarity: 0.97 })
  registry.horses.remove(b.id, now)
  t.equal(registry.whys.get(id)?.nearest[1]?.lookId, null, 'nor is a deleted horse shown')
  t.equal(registry.whys.get(mintId<SightingId>()), undefined)
})

t.test('looks of nobody are never matched against, counted, or waited for', async (t) => {
  const { registry, judged, update, save, ofNobody } = setUp(t)
  save(update(null, now, judged(now)))
  t.equal(ofNobody(), 1)
  t.same(registry.vectors.all(kind).vectors, [])
  t.equal(registry.crops.count(), 0)
  t.same(registry.crops.missing('other@1'), [])
  t.equal(registry.openLooks(kind).index?.size, 0)
})

t.test('a sighting of nobody keeps four looks over its time, another one the last', async (t) => {
  const { registry, horse, judged, update, save, rows } = setUp(t)
  const a = horse(0)
  const one = update(null, now)
  const times = () =>
    (
      rows('SELECT taken_ms AS ms FROM looks WHERE sighting_id = ? ORDER BY id', one.id) as { ms: number }[]
    ).map(({ ms }) => (ms - now) / 1000)
  save(one)
  for (let second = 0; second <= 60; second += 2) save({ ...one, judged: [judged(now + second * 1000)] })
  const kept = times()
  t.equal(kept.length, mostKept)
  t.match([kept[0], kept.at(-1)], [0, 60])
  const known = { ...one, horseId: a.id, decision: { ...one.decision, kind: 'matched' } } as const
  save({ ...known, judged: [judged(now + 61_000)] })
  t.same(times(), [61], 'what it was known by')
  t.equal(registry.whys.get(one.id)?.atMs, now + 61_000)
})

t.test('of looks at any times those that stay are spread over them, the newest among them', async (t) => {
  const times = fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(times, (gaps) => {
      let kept: { id: number; atMs: number }[] = []
      let atMs = 0
      for (const [id, gap] of gaps.entries()) {
        atMs += gap
        kept.push({ id, atMs })
        const gone = surplus(kept, mostKept)
        kept = kept.filter((one) => !gone.includes(one.id))
      }
      t.equal(kept.length, Math.min(mostKept, gaps.length))
      t.match([kept[0], kept.at(-1)], [{ id: 0 }, { id: gaps.length - 1 }])
      return true
    }),
    { numRuns: 50 },
  )
  // Where they come ever later, as the pipeline has them, none of the four is beside another.
  let kept: { id: number; atMs: number }[] = []
  for (let [id, atMs] = [0, 0]; atMs < 3_600_000; id++, atMs += Math.max(2000, atMs / 3)) {
    kept.push({ id, atMs })
    const gone = surplus(kept, mostKept)
    kept = kept.filter((one) => !gone.includes(one.id))
    const gaps = kept.slice(1).map((one, at) => one.atMs - (kept[at]?.atMs ?? 0))
    if (kept.length === mostKept) t.ok(Math.min(...gaps) >= atMs / 8, `${gaps}`)
  }
})

t.test('given to a horse by a person, they teach it for good; undone, they are nobody’s again', async (t) => {
  const { registry, horse, judged, update, save, ofNobody, vectorsOf, rows } = setUp(t)
  const a = horse(0)
  const id = save(update(null, now, judged(now, {}, axis(2)), judged(now + 5000, {}, axis(3))))
  const before = rows('SELECT id, horse_id, anchor FROM looks ORDER BY id')
  for (const give of ['reassign', 'newHorse'] as const) {
    const { correction } =
      give === 'reassign'
        ? registry.corrections.reassign(id, a.id, by)
        : registry.corrections.newHorse(id, by)
    const to = correction.otherId as HorseId
    t.same(
      vectorsOf(to).map(({ vector, isAnchor }) => [...vector, isAnchor]),
      [...(give === 'reassign' ? [[...axis(0), false]] : []), [...axis(2), true], [...axis(3), true]],
      give,
    )
    t.equal(ofNobody(), 0)
    t.ok(registry.sightings.get(id)?.lookId, 'and are shown as before')
    registry.corrections.undo(correction.id, by)
    t.same(rows('SELECT id, horse_id, anchor FROM looks ORDER BY id'), before)
    t.equal(vectorsOf(to).length, give === 'reassign' ? 1 : 0)
  }
})

t.test('corrected once more, they go along; taken from the horse, they no longer teach', async (t) => {
  const { registry, horse, judged, update, save, vectorsOf } = setUp(t)
  const [a, b] = [horse(0), horse(1)]
  const id = save(update(null, now, judged(now, {}, axis(2))))
  registry.corrections.reassign(id, a.id, by)
  registry.corrections.reassign(id, b.id, by)
  t.match([vectorsOf(a.id).length, vectorsOf(b.id).length], [1, 2])
  registry.corrections.notThisHorse(id, by)
  t.match([vectorsOf(a.id).length, vectorsOf(b.id).length], [1, 1])
})

t.test('the look that a known sighting was judged by teaches only where none of its own does', async (t) => {
  const { registry, looks, horse, judged, update, save, vectorsOf } = setUp(t)
  const [a, b] = [horse(0), horse(1)]
  const untaught = save(update(a.id, now, judged(now, {}, axis(2))))
  registry.corrections.reassign(untaught, b.id, by)
  t.same([vectorsOf(a.id).length, vectorsOf(b.id).length], [1, 2])
  const one = update(a.id, now + 60_000, judged(now + 60_000, {}, axis(3)))
  const look = { horseId: a.id, trackletId: one.trackletId, vector: axis(2), jpeg: jpeg(1), quality: 1 }
  looks.add(yard, { ...look, takenMs: now + 60_000 })
  registry.corrections.reassign(save(one), b.id, by)
  t.same([vectorsOf(a.id).length, vectorsOf(b.id).length], [1, 3], 'its own look went, the other did not')
  t.equal(
    registry.corrections.notThisHorse(save(update(a.id, now, judged(now))), by).correction.otherId,
    null,
  )
})

t.test('what the box thinks after a correction does not take the place of why', async (t) => {
  const { registry, horse, judged, update, save } = setUp(t)
  const a = horse(0)
  const one = update(null, now, judged(now))
  registry.corrections.reassign(save(one), a.id, by)
  save({ ...one, detections: 9, judged: [judged(now + 5000)] })
  t.equal(registry.whys.get(one.id)?.atMs, now)
})

t.test('what the table would refuse costs the picture at most', async (t) => {
  const { registry, judged, update, save, rows } = setUp(t)
  const bad = judged(now, {}, Float32Array.of(2, 0, 0, 0))
  const broken = save(update(null, now, bad))
  t.ok(registry.whys.get(broken)?.lookId, 'shown, and never compared')
  t.same(rows('SELECT 1 FROM vectors'), [])
  const huge = { ...judged(now), look: { vector: axis(0), sharpness: 7, crop: new Uint8Array(65_537) } }
  t.match(registry.whys.get(save(update(null, now, huge))), { lookId: null, looks: 3 })
})

const dayMs = 24 * 3600 * 1000
const keep = { days: 90, provisionalDays: 7, nobodysDays: 14 }

t.test('looks of nobody are let go of after some days, and beyond so many sightings', async (t) => {
  const { registry, horse, judged, update, save, ofNobody, rows } = setUp(t)
  const a = horse(0)
  const later = now + 20 * dayMs
  const old = save(update(null, now, judged(now), judged(now + 5000)))
  for (let n = 0; n < 60; n++) {
    save(update(null, later + n, judged(later + n)))
    save(update(a.id, later + n, judged(later + n)))
  }
  registry.corrections.reassign(save(update(null, now, judged(now))), a.id, by)
  t.equal(registry.cleanUp(keep, later).looks, 2 + 10)
  t.equal(ofNobody(), 110)
  t.equal(registry.whys.get(old)?.lookId, null, 'the words are left')
  t.match(registry.whys.get(old), { looks: 3 })
  t.equal(rows('SELECT 1 FROM looks WHERE anchor = 1').length, 1, 'what a person gave a horse stays')
  const unknown = registry.sightings.unknowns(yard, 100)
  t.same(
    unknown.map(({ lookId }) => lookId !== null),
    [...Array(50).fill(true), ...Array(11).fill(false)],
    'the newest keep theirs',
  )
  t.equal(registry.cleanUp(keep, later).looks, 0)
})

t.test('what was kept for a sighting goes with it, and what it gave a horse stays', async (t) => {
  const { registry, horse, judged, update, save, ofNobody, vectorsOf, rows } = setUp(t)
  const a = horse(0)
  registry.horses.setOfficial(a.id, true, by)
  save(update(null, now, judged(now)))
  registry.corrections.reassign(save(update(null, now, judged(now, {}, axis(2)))), a.id, by)
  const { sightings, looks } = registry.cleanUp({ ...keep, nobodysDays: 1000 }, now + 100 * dayMs)
  t.same([sightings, looks, ofNobody()], [2, 1, 0])
  t.same(rows('SELECT 1 FROM whys'), [])
  t.equal(vectorsOf(a.id).length, 2)
})

t.test('where none came along, the look of the same tracklet and horse before it is shown', async (t) => {
  const { registry, horse, judged, update, save, ofNobody } = setUp(t)
  const [a, b] = [horse(0), horse(1)]
  const first = update(a.id, now, judged(now))
  const lookId = registry.sightings.get(save(first))?.lookId
  const words = (atMs: number) => ({ ...judged(atMs, { looks: 9 }), look: null })
  const next = (horseId: HorseId | null, atMs: number) => {
    return save({ ...update(horseId, atMs, words(atMs)), trackletId: first.trackletId })
  }
  const again = next(a.id, now + 5000)
  t.match(registry.whys.get(again), { lookId, looks: 9, atMs: now + 5000 })
  t.equal(registry.sightings.get(again)?.lookId, lookId)
  t.equal(ofNobody(), 1)
  t.match(registry.whys.get(next(b.id, now + 9000)), { lookId: null }, 'never another horse’s')
  t.match(registry.whys.get(save(update(a.id, now, words(now)))), { lookId: null }, 'nor another tracklet’s')
})
