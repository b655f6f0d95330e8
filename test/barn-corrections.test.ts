import t, { type Test } from 'tap'
import { toldCorrections } from '../daemon/barn-corrections.ts'
import { createBus } from '../daemon/lib/bus.ts'
import { mintId } from '../daemon/lib/ids.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { openRegistry } from '../daemon/registry/registry.ts'
import type {
  CorrectionId,
  Facts,
  HorseId,
  ScopeId,
  SightingId,
  StreamId,
  TrackletId,
} from '../daemon/types.ts'

const now = Date.UTC(2026, 10, 22)
const yard = 'yard' as StreamId
const by = { actor: 'anna', nowMs: now + 60_000 }

/** Thunder, seen in one tracklet, and what is told of corrections. */
function setUp(t: Test) {
  const registry = openRegistry(`${t.testdir()}/barnbox.db`, silentLog)
  const facts = createBus<Facts>(silentLog)
  const told: unknown[] = []
  const signal = new AbortController().signal
  facts.on('corrected', ({ correction }) => told.push(correction.kind), signal)
  facts.on('horse-gone', ({ horseId, into }) => told.push({ horseId, into }), signal)
  t.teardown(() => registry[Symbol.dispose]())
  const desk = toldCorrections(registry, facts, () => yard as string as ScopeId)
  const horse = (name: string | null, fromMs: number) => {
    const { id } = registry.horses.create({ streamId: yard, seenMs: fromMs, confidence: 0.5 })
    if (name !== null) registry.horses.updateHorseDetails(id, { name }, by)
    return id
  }
  const see = (horseId: HorseId, trackletId: TrackletId, kind: 'matched' | 'created', fromMs: number) => {
    const id = mintId<SightingId>()
    const decision = { kind, score: 0.9, secondScore: 0.4, threshold: 0.75, margin: 0.05, model: null }
    const times = { fromMs, toMs: fromMs + 1000, detections: 5, addedDetections: 5 }
    registry.sightings.save([{ id, streamId: yard, trackletId, horseId, ...times, decision }])
    return id
  }
  const thunder = horse('Thunder', now)
  const trackletId = mintId<TrackletId>()
  const sighting = see(thunder, trackletId, 'matched', now)
  /** Before anything that the tests find at `now + 2000`. */
  const correct = () => desk.notThisHorse(sighting, { ...by, nowMs: now + 1500 }).correction.id
  const kind = { id: 'm@1', name: 'm', dim: 4, preprocess: null, licence: null }
  registry.embedders.note(kind as never)
  registry.embedders.use(kind.id)
  const look = (horseId: HorseId, ...vector: number[]) => {
    const lookId = registry.crops.add({ horseId, jpeg: Buffer.from('jpeg'), quality: 1, takenMs: now })
    registry.vectors.add(kind, lookId, new Float32Array(vector))
  }
  look(thunder, 1, 0, 0, 0)
  return { registry, desk, told, thunder, trackletId, horse, see, correct, look }
}

t.test('who was made a new horse meanwhile is the old one again, once that is undone', async (t) => {
  const { registry, desk, told, thunder, trackletId, horse, see, correct } = setUp(t)
  const wrong = correct()
  const founded = horse(null, now + 2000)
  const meanwhile = see(founded, trackletId, 'created', now + 2000)
  told.length = 0
  const { correction } = desk.undo(wrong, by)
  t.match(correction, { id: wrong, undoneMs: by.nowMs })
  t.equal(registry.sightings.get(meanwhile)?.horseId, thunder)
  t.equal(registry.horses.get(founded)?.id, thunder, 'its name leads to the old one')
  t.same(told, ['not-this-horse', 'merge', { horseId: founded, into: thunder }])
  t.match(desk.list(1), [{ kind: 'merge', actor: 'anna' }])
  desk.undo(desk.list(1)[0]?.id as CorrectionId, by)
  t.equal(registry.horses.get(founded)?.id, founded, 'and that can be undone')
})

t.test('so is one of another tracklet that looks like it', async (t) => {
  const { registry, desk, thunder, horse, see, correct, look } = setUp(t)
  const wrong = correct()
  const founded = horse(null, now + 2000)
  look(founded, 0, 1, 0, 0)
  look(founded, 0.96, 0.28, 0, 0)
  see(founded, mintId<TrackletId>(), 'created', now + 2000)
  desk.undo(wrong, by)
  t.equal(registry.horses.get(founded)?.id, thunder)
})

t.test('another horse is not drawn in', async (t) => {
  for (const [what, make] of Object.entries({
    'one that a person has named': ({ horse, see, trackletId }) =>
      see(horse('Lena', now + 2000), trackletId, 'created', now + 2000),
    'one of another tracklet that has no look': ({ horse, see }) =>
      see(horse(null, now + 2000), mintId<TrackletId>(), 'created', now + 2000),
    'one of another tracklet that looks otherwise': ({ horse, see, look }) => {
      const other = horse(null, now + 2000)
      look(other, 0.8, 0.6, 0, 0)
      return see(other, mintId<TrackletId>(), 'created', now + 2000)
    },
    'one that was known before': ({ horse, see, trackletId }) =>
      see(horse(null, now - 9000), trackletId, 'matched', now + 2000),
    'one that the tracklet founded before': ({ horse, see, trackletId }) =>
      see(horse(null, now - 9000), trackletId, 'created', now - 9000),
  } satisfies Record<string, (set: ReturnType<typeof setUp>) => SightingId>)) {
    await t.test(what, async (t) => {
      const set = setUp(t)
      const wrong = set.correct()
      const other = make(set)
      set.desk.undo(wrong, by)
      t.not(set.registry.sightings.get(other)?.horseId, set.thunder)
      t.match(set.desk.list(2), [{ kind: 'not-this-horse' }])
      t.equal(set.desk.list(2).length, 1)
    })
  }
})

t.test('a horse of which nothing is left goes with the last of it, and comes back', async (t) => {
  for (const kind of ['incorrect', 'notThisHorse', 'reassign', 'split'] as const) {
    const { registry, desk, told, thunder, horse, see } = setUp(t)
    const bucket = horse(null, now + 2000)
    const seen = [0, 1].map((n) => see(bucket, mintId<TrackletId>(), 'created', now + 2000 + n))
    const [first = '' as SightingId, last = '' as SightingId] = seen
    told.length = 0
    desk.incorrect(first, by)
    t.equal(registry.horses.get(bucket)?.id, bucket, 'there is another sighting')
    const made = {
      incorrect: () => desk.incorrect(last, by),
      notThisHorse: () => desk.notThisHorse(last, by),
      reassign: () => desk.reassign(last, thunder, by),
      split: () => desk.split(bucket, [last], by),
    }[kind]()
    t.not(made.correction.kind, 'delete', 'what was asked for is the answer')
    t.equal(registry.horses.get(bucket), undefined, kind)
    t.strictSame(told.slice(-2), ['delete', { horseId: bucket, into: null }])
    desk.undo(made.correction.id, by)
    t.match(registry.horses.get(bucket), { id: bucket, totalDetections: 5 })
    t.equal(registry.sightings.get(last)?.horseId, bucket)
  }
})

t.test('one that people know stays, empty as it is', async (t) => {
  const { registry, desk, told, thunder, trackletId, see, horse } = setUp(t)
  const lena = horse('Lena', now)
  desk.incorrect(see(lena, trackletId, 'matched', now + 3000), by)
  t.equal(registry.horses.get(lena)?.id, lena)
  const together = desk.together((all) => [
    all.incorrect(see(thunder, trackletId, 'matched', now + 9000), by),
  ])
  t.equal(together.length, 1)
  t.notOk(told.includes('delete'))
})
