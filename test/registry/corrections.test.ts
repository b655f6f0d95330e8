import Database from 'better-sqlite3'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
const by = { actor: 'anna', nowMs: now + 60_000 }

/** Horses with three sightings each, every sighting with a look and its vector. */
function setUp(t: Test, horses = 2) {
  const file = `${t.testdir()}/barnbox.db`
  const registry = openRegistry(file, silentLog)
  const raw = new Database(file)
  t.teardown(() => {
    raw.close()
    registry[Symbol.dispose]()
  })
  raw.prepare(`INSERT INTO embedders (id, name, dim) VALUES ('m@1', 'm', 4)`).run()
  const look = (horseId: HorseId, trackletId: TrackletId, atMs: number) => {
    const crop = Buffer.from('jpeg')
    const { lastInsertRowid: id } = raw
      .prepare('INSERT INTO looks (horse_id, crop, quality, taken_ms, tracklet_id) VALUES (?, ?, 1, ?, ?)')
      .run(horseId, crop, atMs, trackletId)
    raw
      .prepare(
        `INSERT INTO vectors (horse_id, look_id, model, dim, vector, quality, taken_ms) VALUES (?, ?, 'm@1', 4, ?, 1, ?)`,
      )
      .run(horseId, id, Buffer.from(new Float32Array([1, 0, 0, 0]).buffer), atMs)
  }
  const see = (horseId: HorseId | null, atMs: number) => {
    const [id, trackletId] = [mintId<SightingId>(), mintId<TrackletId>()]
    const decision = { score: 0.9, secondScore: 0.4, threshold: 0.75, margin: 0.05, model: 'm@1' }
    const one = { id, streamId: yard, trackletId, horseId, fromMs: atMs, toMs: atMs + 1000, detections: 5 }
    const kind = horseId === null ? 'unknown' : 'matched'
    registry.sightings.save([{ ...one, addedDetections: 5, decision: { kind, ...decision } }])
    if (horseId !== null) look(horseId, trackletId, atMs)
    return { ...one, decision: { kind, ...decision } } as const
  }
  const ids = Array.from({ length: horses }, () => {
    return registry.horses.create({ streamId: yard, seenMs: now, confidence: 0.5 }).id
  })
  const sightings = ids.map((id, n) => [0, 1, 2].map((m) => see(id, now + n * 10_000 + m * 3000).id))
  /** Everything that corrections may touch, as it stands, without the counters of change. */
  const state = () => ({
    horses: raw
      .prepare(
        `SELECT id, total_detections, last_seen_ms, merged_into, deleted_ms IS NULL AS alive FROM horses
         WHERE deleted_ms IS NULL OR id IN (SELECT value FROM json_each(?)) ORDER BY id`,
      )
      .all(JSON.stringify(ids)),
    sightings: raw.prepare('SELECT id, horse_id, decision, corrected_by FROM sightings ORDER BY id').all(),
    looks: raw.prepare('SELECT id, horse_id, withdrawn_by FROM looks ORDER BY id').all(),
    vectors: raw.prepare('SELECT id, horse_id FROM vectors ORDER BY id').all(),
  })
  const count = (sql: string, ...args: unknown[]) =>
    raw
      .prepare(sql)
      .pluck()
      .get(...args) as number
  return { registry, raw, ids: ids as [HorseId, HorseId], sightings, see, state, count }
}

t.test('a reassigned sighting goes with its looks, vectors and counts', async (t) => {
  const { registry, ids, sightings, count } = setUp(t)
  const [a, b] = ids
  const id = sightings[0]?.[2] as SightingId
  const { correction, told } = registry.corrections.reassign(id, b, by)
  t.match(correction, { kind: 'reassign', horseId: a, otherId: b, actor: 'anna', undoneMs: null })
  t.match(told, [{ horseId: b }])
  t.match(registry.sightings.get(id), { horseId: b, decision: { kind: 'corrected' } })
  t.match(
    [registry.horses.get(a), registry.horses.get(b)],
    [{ totalDetections: 10, lastSeenMs: now + 4000 }, { totalDetections: 20 }],
  )
  t.equal(count('SELECT count(*) FROM looks WHERE horse_id = ?', b), 4)
  t.equal(count('SELECT count(*) FROM vectors WHERE horse_id = ?', b), 4)
  t.throws(() => registry.corrections.reassign(id, b, by), { code: 'BAD_REQUEST' })
})

t.test('what the box goes on to think does not move a corrected sighting back', async (t) => {
  const { registry, ids, see } = setUp(t)
  const [a, b] = ids
  const going = see(a, now + 50_000)
  registry.corrections.reassign(going.id, b, by)
  registry.sightings.save([{ ...going, toMs: now + 60_000, detections: 9, addedDetections: 4 }])
  t.match(registry.sightings.get(going.id), { horseId: b, detections: 9, decision: { kind: 'corrected' } })
  t.equal(registry.horses.get(b)?.totalDetections, 24, 'and it counts for the right one')
})

t.test('"not this horse" takes its looks out of the horse and keeps them as a known negative', async (t) => {
  const { registry, ids, sightings, count } = setUp(t)
  const id = sightings[0]?.[0] as SightingId
  const { correction } = registry.corrections.notThisHorse(id, by)
  t.match(registry.sightings.get(id), { horseId: null, decision: { kind: 'corrected' } })
  t.equal(
    count('SELECT count(*) FROM looks WHERE withdrawn_by = ? AND horse_id = ?', correction.id, ids[0]),
    1,
  )
  t.throws(() => registry.corrections.notThisHorse(id, by), { code: 'BAD_REQUEST' })
  t.match(registry.corrections.incorrect(id, by), { correction: { kind: 'incorrect', horseId: null } })
  t.throws(() => registry.corrections.incorrect(id, by), { code: 'BAD_REQUEST' }, 'once')
})

t.test('merged, the old id answers for the other horse, and keeps its number', async (t) => {
  const { registry, ids, count } = setUp(t, 3)
  const [a, b, c] = ids as unknown as [HorseId, HorseId, HorseId]
  registry.corrections.merge(a, b, by)
  t.match(registry.horses.get(a), { id: b, totalDetections: 30 })
  t.equal(registry.horses.findByStreamId(yard).length, 2)
  registry.corrections.merge(b, c, by)
  t.match(registry.horses.get(a), { id: c, totalDetections: 45 }, 'through two aliases')
  t.throws(() => registry.corrections.merge(a, c, by), { code: 'BAD_REQUEST' }, 'no circle')
  t.equal(registry.horses.create({ streamId: yard, seenMs: now, confidence: 0 }).number, 4)
  registry.horses.addSeen({
    horseId: a,
    streamId: yard,
    lastSeenMs: now + 90_000,
    detections: 1,
    confidence: 1,
  })
  t.match(registry.horses.get(c), { totalDetections: 46, lastSeenMs: now + 90_000 })
  t.equal(count('SELECT count(*) FROM vectors WHERE horse_id = ?', c), 9)
})

t.test('a horse is split by its sightings', async (t) => {
  const { registry, ids, sightings } = setUp(t)
  const [a] = ids
  const some = (sightings[0] as SightingId[]).slice(1)
  const { correction } = registry.corrections.split(a, some, by)
  const fresh = registry.horses.get(correction.otherId as HorseId)
  t.match(fresh, { number: 3, totalDetections: 10, standing: 'horse', firstDetectedMs: now + 3000 })
  t.equal(registry.horses.get(a)?.totalDetections, 5)
  t.throws(
    () => registry.corrections.split(a, some, by),
    { code: 'BAD_REQUEST' },
    'they are no longer its own',
  )
  t.throws(() => registry.corrections.split(a, [], by), { code: 'BAD_REQUEST' })
  registry.corrections.undo(correction.id, by)
  t.equal(registry.horses.get(correction.otherId as HorseId), undefined)
  t.equal(registry.horses.get(a)?.totalDetections, 15)
})

t.test('what a later correction moved again is not undone under it', async (t) => {
  const { registry, ids, sightings, state } = setUp(t)
  const before = state()
  const id = sightings[0]?.[0] as SightingId
  const first = registry.corrections.reassign(id, ids[1], by).correction
  const second = registry.corrections.notThisHorse(id, by).correction
  t.throws(() => registry.corrections.undo(first.id, by), { code: 'STALE' })
  registry.corrections.undo(second.id, by)
  t.throws(() => registry.corrections.undo(second.id, by), { code: 'STALE' }, 'once only')
  registry.corrections.undo(first.id, by)
  t.same(state(), before)
})

t.test('L14: a deleted horse comes back with an undo, and by nothing else', async (t) => {
  const { registry, ids, sightings } = setUp(t)
  const [a] = ids
  const { correction } = registry.corrections.remove(a, by)
  t.equal(registry.horses.get(a), undefined)
  registry.horses.addSeen({
    horseId: a,
    streamId: yard,
    lastSeenMs: now + 90_000,
    detections: 1,
    confidence: 1,
  })
  t.equal(registry.horses.get(a), undefined)
  const other = sightings[1]?.[0] as SightingId
  t.throws(() => registry.corrections.reassign(other, a, by), { code: 'NOT_FOUND' })
  registry.corrections.undo(correction.id, by)
  t.match(registry.horses.get(a), { id: a })
})

/** What the pipeline stores of a horse as it saw it, whatever people have said meanwhile. */
function lateSighting(horseId: HorseId) {
  const decision = { kind: 'matched', score: 0.9, secondScore: 0.4, threshold: 0.75, margin: 0.05 } as const
  const [id, trackletId] = [mintId<SightingId>(), mintId<TrackletId>()]
  const seen = { id, streamId: yard, trackletId, horseId, fromMs: now + 50_000, toMs: now + 70_000 }
  return { ...seen, detections: 7, addedDetections: 7, decision: { ...decision, model: 'm@1' } }
}

t.test('a sighting that is stored after a merge is of the horse that is left', async (t) => {
  const { registry, ids } = setUp(t)
  const [a, b] = ids
  registry.corrections.merge(a, b, by)
  const before = registry.horses.get(b)?.totalDetections ?? 0
  const late = lateSighting(a)
  t.same(registry.sightings.save([late]), [])
  t.match(registry.sightings.get(late.id), { horseId: b })
  t.equal(registry.sightings.findByHorseId(b, 1)[0]?.id, late.id)
  t.equal(registry.horses.get(b)?.totalDetections, before + 7)
})

t.test('a horse whose deletion is taken back has what was seen of it meanwhile', async (t) => {
  const { registry, ids } = setUp(t)
  const [a] = ids
  const before = registry.horses.get(a)?.totalDetections ?? 0
  const { correction } = registry.corrections.remove(a, by)
  registry.sightings.save([lateSighting(a)])
  t.equal(registry.horses.get(a), undefined)
  registry.corrections.undo(correction.id, by)
  t.match(registry.horses.get(a), { totalDetections: before + 7, lastSeenMs: now + 70_000 })
})

t.test('L18: any corrections, undone in reverse, leave everything as it was', async (t) => {
  const step = fc.record({
    kind: fc.constantFrom('reassign', 'newHorse', 'incorrect', 'notThisHorse', 'merge', 'split', 'remove'),
    one: fc.nat(2),
    other: fc.nat(2),
    sighting: fc.nat(2),
  })
  let run = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      t.test(`run ${run++}`, async (t) => {
        const { registry, ids, sightings, state } = setUp(t, 3)
        const all = ids as unknown as HorseId[]
        const before = state()
        const done = []
        for (const { kind, one, other, sighting } of steps) {
          const [horse, rival] = [all[one] as HorseId, all[other] as HorseId]
          const seen = sightings[one]?.[sighting] as SightingId
          const { corrections } = registry
          try {
            if (kind === 'reassign') done.push(corrections.reassign(seen, rival, by))
            else if (kind === 'merge') done.push(corrections.merge(horse, rival, by))
            else if (kind === 'split') done.push(corrections.split(horse, [seen], by))
            else if (kind === 'remove') done.push(corrections.remove(horse, by))
            else done.push(corrections[kind as 'newHorse' | 'incorrect' | 'notThisHorse'](seen, by))
          } catch (error) {
            t.match(error, { code: /BAD_REQUEST|NOT_FOUND/ })
          }
        }
        for (const { correction } of done.reverse()) registry.corrections.undo(correction.id, by)
        t.same(state(), before)
      })
    }),
    { numRuns: 30 },
  )
})

t.test('corrections are listed, the newest first, for a horse or for all', async (t) => {
  const { registry, ids, sightings } = setUp(t, 3)
  const [a, b, c] = ids as readonly HorseId[] as [HorseId, HorseId, HorseId]
  registry.corrections.reassign(sightings[0]?.[0] as SightingId, b, by)
  registry.corrections.notThisHorse(sightings[2]?.[0] as SightingId, by)
  t.match(registry.corrections.list(10), [{ kind: 'not-this-horse' }, { kind: 'reassign' }])
  t.match(registry.corrections.list(10, a), [{ kind: 'reassign' }])
  t.equal(registry.corrections.list(1).length, 1)
  t.same(registry.corrections.list(10, undefined, by.nowMs), [], 'before a time')
  const later = { ...by, nowMs: by.nowMs + 1 }
  registry.corrections.merge(a, b, later)
  const kinds = (id: HorseId) => registry.corrections.list(10, id).map(({ kind }) => kind)
  t.same(kinds(b), ['merge', 'reassign'], 'what was said of the one that it took in is its own')
  registry.corrections.merge(b, c, later)
  t.same(kinds(c), ['merge', 'merge', 'not-this-horse', 'reassign'])
  t.match(registry.corrections.list(10, undefined, later.nowMs), [{ kind: 'not-this-horse' }, {}])
})

t.test('what a person set right after a merge outlives that it is made anew', async (t) => {
  const { registry, ids, sightings, see, count } = setUp(t, 5)
  const [b, c, d, e, f] = [...ids] as HorseId[] as [HorseId, HorseId, HorseId, HorseId, HorseId]
  const { corrections } = registry
  const [moved, withdrawn] = sightings[0] as [SightingId, SightingId]
  const sightingsOf = (id: HorseId) => count('SELECT count(*) FROM sightings WHERE horse_id = ?', id)
  const looksOf = (id: HorseId) =>
    count('SELECT count(*) FROM looks WHERE horse_id = ? AND withdrawn_by IS NULL', id)
  const merge = corrections.merge(b, c, by).correction
  const reassign = corrections.reassign(moved, d, by).correction
  const denial = corrections.notThisHorse(withdrawn, by).correction
  const ofDenial = () => count('SELECT count(*) FROM looks WHERE withdrawn_by = ?', denial.id)
  t.equal(ofDenial(), 1)
  // A look of a frame that was on its way: it is found at the next undo of anything.
  see(b, now + 70_000)
  t.equal(looksOf(b), 1)
  const other = corrections.merge(e, f, by).correction
  corrections.undo(other.id, by)
  t.equal(looksOf(b), 0, 'it is the horse’s that it is now')
  t.equal(sightingsOf(c), 3 + 1 + 1)
  t.equal(ofDenial(), 1, 'it teaches nobody')
  t.throws(() => corrections.undo(merge.id, by), { code: 'STALE' })
  corrections.undo(denial.id, by)
  corrections.undo(reassign.id, by)
  corrections.undo(merge.id, by)
  t.same([sightingsOf(b), looksOf(b)], [3, 4])
  t.same([sightingsOf(c), looksOf(c)], [4, 3], 'the sighting of that frame was this one’s')
  t.same([registry.horses.get(b)?.totalDetections, registry.horses.get(c)?.totalDetections], [15, 20])
})

t.test('what goes back to a horse that is another one’s name by now goes to that one', async (t) => {
  const { registry, ids, sightings, count } = setUp(t, 3)
  const [b, c, d] = [...ids] as HorseId[] as [HorseId, HorseId, HorseId]
  const { corrections } = registry
  const reassign = corrections.reassign(sightings[0]?.[0] as SightingId, d, by).correction
  corrections.merge(b, c, by)
  corrections.undo(reassign.id, by)
  t.equal(count('SELECT count(*) FROM sightings WHERE horse_id = ?', b), 0)
  t.equal(count('SELECT count(*) FROM sightings WHERE horse_id = ?', c), 6)
  t.equal(count('SELECT count(*) FROM looks WHERE horse_id = ?', c), 6)
})
