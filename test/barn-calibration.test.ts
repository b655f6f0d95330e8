/**
 * What cosines mean in a barn, from what is stored there; and what is suggested by it.
 */
import t from 'tap'
import { createCalibration } from '../daemon/barn-calibration.ts'
import { createSuggestions } from '../daemon/barn-suggest.ts'
import { fewestPairs, isotonicFrom } from '../daemon/identity/calibration.ts'
import { mintId } from '../daemon/lib/ids.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { overlapOf, type ScopeChoice, scopes } from '../daemon/pipeline/scope.ts'
import { openRegistry } from '../daemon/registry/registry.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const minute = 61_000
const by = { actor: 'anna', nowMs: now }
const [yard, paddock] = ['yard', 'paddock'] as unknown as [StreamId, StreamId]
const dim = 64
const kind = { id: 'm@1', dim, name: 'm', preprocess: null, licence: null }
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)

/** As the barn asks, at an hour that stands unless `clock` goes. */
function setting(scope: ScopeChoice = 'stream', clock = { monoMs: () => 0 }) {
  return { scopeOf: scopes(scope), overlap: overlapOf([]), clock }
}

/** A unit vector at this cosine to the first axis, the rest along another. */
function at(cosine: number, along = 1): Float32Array {
  const vector = new Float32Array(dim)
  vector[0] = cosine
  vector[along] = Math.sqrt(1 - cosine * cosine)
  return vector
}

function setUp(scope: ScopeChoice = 'stream') {
  const registry = openRegistry(':memory:', silentLog)
  const looks = registry.openLooks(kind)
  registry.embedders.note(kind)
  registry.embedders.use(kind.id)
  let nowMs = 0
  const clock = { monoMs: () => nowMs }
  const make = (streamId = yard) => registry.horses.create({ streamId, seenMs: now, confidence: 1 }).id
  const look = (horseId: HorseId, vector: Float32Array, trackletId: TrackletId, takenMs: number) =>
    looks.add(yard, { horseId, vector, trackletId, takenMs, jpeg, quality: 1 })
  const see = (horseId: HorseId, fromMs: number, trackletId = mintId<TrackletId>(), streamId = yard) => {
    const decision = {
      kind: 'matched',
      score: 1,
      secondScore: null,
      threshold: 0.7,
      margin: 2,
      model: 'm@1',
    } as const
    const ids = { id: mintId<SightingId>(), trackletId, streamId, horseId }
    const seen = { fromMs, toMs: fromMs + minute, detections: 5, addedDetections: 5, decision }
    registry.sightings.save([{ ...ids, ...seen }])
    return ids.id
  }
  /** A horse of one tracklet: two looks a minute apart, alike. */
  const seenTwice = (n: number, vector = at(0.3, 1 + (n % 50)), tilt = 0.01 * (n % 9)) => {
    const [id, trackletId] = [make(), mintId<TrackletId>()]
    const other = vector.map((value, i) => (i === dim - 1 ? tilt : value * Math.sqrt(1 - tilt * tilt)))
    look(id, vector, trackletId, now + n * 10 * minute)
    look(id, other, trackletId, now + n * 10 * minute + minute)
    return id
  }
  const calibration = createCalibration(registry, setting(scope, clock))
  return {
    ...{ registry, looks, make, look, see, seenTwice },
    calibration,
    suggest: createSuggestions(registry, { ...setting(scope), calibration }),
    pass: (hours: number) => {
      nowMs += hours * 3600 * 1000
    },
    [Symbol.dispose]: () => registry[Symbol.dispose](),
  }
}

t.test('nothing is known at first, and nothing at all without an embedder', async (t) => {
  using empty = openRegistry(':memory:', silentLog)
  t.equal(createCalibration(empty, setting())(), null)
  using barn = setUp()
  t.match(barn.calibration(), { method: 'none', same: 0, different: 0, ece: null, probability: null })
})

t.test(
  'free pairs: one tracklet, and horses seen at the same time; it is worked out once an hour',
  async (t) => {
    using barn = setUp()
    const ids = Array.from({ length: fewestPairs }, (_, n) => barn.seenTwice(n))
    t.match(barn.calibration(), { method: 'none', same: fewestPairs, different: 0 })
    for (let n = 0; n + 1 < ids.length; n += 2) {
      barn.see(ids[n] as HorseId, now + n * 10 * minute)
      barn.see(ids[n + 1] as HorseId, now + n * 10 * minute + 1000)
    }
    t.match(barn.calibration(), { different: 0 }, 'as it was')
    barn.pass(1.1)
    const found = barn.calibration()
    // Ten pairs of horses, two looks of each.
    t.match(found, { method: 'logistic', same: fewestPairs, different: 20 })
    t.ok((found?.probability?.(0.99) ?? 0) > 0.9 && (found?.probability?.(0.09) ?? 1) < 0.1)
    t.ok((found?.ece ?? 1) < 0.2)
  },
)

t.test('told apart by people: two names, two residents, a merge undone, a look taken away', async (t) => {
  for (const how of ['names', 'residents', 'undone', 'taken'] as const) {
    using barn = setUp()
    const { registry } = barn
    const [one, other] = [barn.seenTwice(0), barn.seenTwice(1)] as const
    t.match(createCalibration(registry, setting())(), { same: 2, different: 0 })
    if (how === 'names')
      for (const [at, id] of [one, other].entries())
        registry.horses.updateHorseDetails(id, { name: `n${at}` }, by)
    if (how === 'residents') for (const id of [one, other]) registry.horses.setOfficial(id, true, by)
    if (how === 'undone')
      registry.corrections.undo(registry.corrections.merge(one, other, by).correction.id, by)
    if (how === 'taken') {
      const trackletId = mintId<TrackletId>()
      barn.look(one, at(0.1), trackletId, now)
      registry.corrections.notThisHorse(barn.see(one, now, trackletId), by)
    }
    t.match(barn.calibration(), { same: 2, different: 2 }, how)
  }
})

t.test('many pairs make it isotonic; vectors of another embedder are not compared', async (t) => {
  using barn = setUp()
  const { registry } = barn
  const ids = Array.from({ length: isotonicFrom }, (_, n) => barn.seenTwice(n))
  for (const [n, id] of ids.slice(0, 25).entries())
    registry.horses.updateHorseDetails(id, { name: `n${n}` }, by)
  t.match(barn.calibration(), { method: 'isotonic', same: isotonicFrom, different: 500 })
  registry.embedders.note({ ...kind, id: 'other@1' })
  registry.embedders.use('other@1')
  t.match(barn.calibration(), { method: 'none', same: 0, different: 0 }, 'another embedder, at once')
})

t.test(
  'merges are suggested by what cosines mean here, and by the cosine itself as long as that is not known',
  async (t) => {
    using barn = setUp()
    // Looks of one animal are seldom above 0.8 here, and those of two are below 0.2.
    const twins = [barn.make(), barn.make()] as const
    for (const [at, id] of twins.entries())
      for (const side of [60, 61, 62]) {
        const vector = new Float32Array(dim)
        vector[side] = 1
        vector[dim - 1] = at * 0.75
        const length = Math.hypot(...vector)
        barn.look(
          id,
          vector.map((value) => value / length),
          mintId<TrackletId>(),
          now,
        )
      }
    t.same(barn.suggest(yard), [], 'a cosine of 0.8 is not enough')
    for (let n = 0; n < 40; n++) {
      const id = barn.seenTwice(n, at(0.4, 1 + n), 0.6 + 0.002 * n)
      barn.registry.horses.updateHorseDetails(id, { name: `n${n}` }, by)
    }
    barn.pass(2)
    t.match(barn.calibration(), { method: 'logistic', same: 40 })
    const [found] = barn
      .suggest(yard)
      .filter(({ horse, into }) => [horse.id, into.id].every((id) => twins.includes(id)))
    t.ok(found && found.probability >= 0.9, JSON.stringify(barn.calibration()?.probability?.(0.8)))
  },
)

t.test('known together, they are compared without what is their cameras', async (t) => {
  using barn = setUp('barn')
  const { registry, looks } = barn
  // What a camera adds is more than what is a horse's: as they are, two at one camera are more alike than one at both.
  const lookAt = (camera: StreamId, own: number) => {
    const vector = new Float32Array(dim)
    vector[own] = 0.6
    vector[camera === yard ? 62 : 63] = 0.8
    return vector
  }
  const meet = (n: number, home: StreamId) => {
    const horseId = barn.make(home)
    for (const camera of [yard, paddock]) {
      const trackletId = mintId<TrackletId>()
      const seen = { trackletId, camera, takenMs: now, isAnchor: true }
      looks.add(home, { horseId, vector: lookAt(camera, n), jpeg, quality: 1, ...seen })
    }
    return horseId
  }
  const ids = Array.from({ length: 24 }, (_, n) => meet(n, n % 2 === 0 ? yard : paddock))
  t.match(createCalibration(registry, setting('barn'))(), { method: 'none', same: 24, different: 0 })
  // At one time before two cameras: two looks of each.
  for (let n = 0; n < ids.length; n += 2) {
    barn.see(ids[n] as HorseId, now + 2 * n * minute)
    barn.see(ids[n + 1] as HorseId, now + 2 * n * minute, mintId<TrackletId>(), paddock)
  }
  t.match(createCalibration(registry, setting('stream'))(), { same: 24, different: 0 })
  const found = barn.calibration()
  t.match(found, { method: 'logistic', same: 24, different: 24 })
  t.ok((found?.probability?.(1) ?? 0) > 0.9 && (found?.probability?.(0.3) ?? 1) < 0.1)
})
