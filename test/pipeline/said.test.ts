/** What a person says of an animal that is still in view holds while it is: the box begins anew with the rows, and the looks say the same as before. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import type { By, HorseId, SightingId } from '../../daemon/types.ts'
import { axis, like } from '../identity/vectors.ts'
import { start, type World } from './world.ts'
import { kind, left, onlyHorse, right, type Scene, shown, startMs } from './yard.ts'

const thunder = { box: left, vector: axis(0) }
/** So alike that looks alone take it for Thunder. */
const double = { box: left, vector: like(0, 0.88) }
const storm = { box: right, vector: axis(1) }
/** As long as 50 frames, and the moment until the box sees again. */
const [lifeMs, gapMs] = [10_000, 300]

/** A box that is started anew again and again, as a correction does. */
function newBox(t: Test) {
  const file = registryFile(mkdtempSync(join(tmpdir(), 'barnbox-said-')))
  let lives = 0
  const nowMs = () => startMs + lives * (lifeMs + gapMs)
  return {
    /** Shows a scene for ten seconds; answers the world, which has stopped. */
    async live(scene: Scene): Promise<World> {
      const world = start(t, file, { laterMs: lives * (lifeMs + gapMs) })
      await world.show(scene, lifeMs / 200)
      await world.stop()
      lives++
      return world
    },
    /** What is said between two lives. */
    say<T>(work: (registry: Registry, by: By) => T): T {
      using registry = openRegistry(file, silentLog)
      return work(registry, { actor: 'Anna', nowMs: nowMs() })
    },
    /** Longer than what goes on over a restart. */
    rest() {
      lives += 10
    },
  }
}

type Lived = ReturnType<typeof newBox>

const everShown = ({ analysed }: World) => new Set(analysed.flatMap(shown))
const trackletOf = ({ analysed }: World, at: number) => analysed.at(at)?.boxes[0]?.trackletId
const looksOf = (registry: Registry, id: HorseId) =>
  registry.vectors.all(kind).vectors.filter(({ horseId }) => horseId === id).length
const newestOf = (registry: Registry, id: HorseId) =>
  registry.sightings.findByHorseId(id, 1)[0]?.id as SightingId

/** Thunder is known; his double stands there now, and is taken for him. */
async function withDouble(box: Lived): Promise<{ id: HorseId; before: World }> {
  const id = onlyHorse((await box.live([thunder])).analysed.at(-1))
  box.rest()
  const before = await box.live([double])
  return { id, before }
}

t.test('not this horse: it is nobody, or somebody new, and teaches him nothing', async (t) => {
  const box = newBox(t)
  const { id, before } = await withDouble(box)
  t.equal(onlyHorse(before.analysed.at(-1)), id, 'by its looks alone it is he')
  const looks = box.say((registry, by) => {
    registry.corrections.notThisHorse(newestOf(registry, id), by)
    return looksOf(registry, id)
  })
  for (let n = 0; n < 2; n++) {
    const after = await box.live([double])
    t.equal(trackletOf(after, 0), trackletOf(before, -1), 'the same animal, unbroken')
    t.notOk(everShown(after).has(id))
    t.equal(
      box.say((registry) => looksOf(registry, id)),
      looks,
    )
  }
  box.rest()
  t.equal(onlyHorse((await box.live([thunder])).analysed.at(-1)), id, 'he is known as before')
})

t.test('another horse: it is that one from the first picture on, in one sighting', async (t) => {
  const box = newBox(t)
  const other = onlyHorse((await box.live([storm])).analysed.at(-1))
  box.rest()
  const { id, before } = await withDouble(box)
  const sighting = box.say((registry, by) => {
    const newest = newestOf(registry, id)
    registry.corrections.reassign(newest, other, by)
    return newest
  })
  for (const lives of [1, 2]) {
    const after = await box.live([double])
    t.equal(trackletOf(after, 0), trackletOf(before, -1))
    t.same([...everShown(after)], [other])
    const stored = box.say((registry) => registry.sightings.get(sighting))
    t.match(stored, { horseId: other, detections: 50 * (lives + 1), decision: { kind: 'corrected' } })
  }
})

t.test('no horse: it founds nobody while it stays, and what was made of it goes', async (t) => {
  const box = newBox(t)
  const bucket = [{ box: left, vector: axis(3) }]
  const before = await box.live(bucket)
  const id = onlyHorse(before.analysed.at(-1))
  const sighting = box.say((registry, by) => {
    const newest = newestOf(registry, id)
    registry.corrections.incorrect(newest, by)
    return newest
  })
  for (let n = 0; n < 2; n++) {
    const after = await box.live(bucket)
    t.same([...everShown(after)], [null])
    t.same(after.changes, [])
  }
  const stored = box.say((registry) => registry.sightings.get(sighting))
  t.match(stored, { horseId: null, detections: 150 })
})

t.test('once it has gone, or the word was taken back, looks say who it is', async (t) => {
  const box = newBox(t)
  const { id } = await withDouble(box)
  const said = box.say((registry, by) => registry.corrections.notThisHorse(newestOf(registry, id), by))
  box.rest()
  t.ok(everShown(await box.live([double])).has(id), 'it is another tracklet')
  box.say((registry, by) => registry.corrections.notThisHorse(newestOf(registry, id), by))
  const corrections = box.say((registry) => registry.corrections.list(9))
  box.say((registry, by) => {
    for (const { id: one } of corrections) registry.corrections.undo(one, by)
  })
  t.equal(corrections.at(-1)?.id, said.correction.id)
  t.ok(everShown(await box.live([double])).has(id))
})

t.test('what was said of an animal before it was another one says nothing of that', async (t) => {
  const box = newBox(t)
  const other = onlyHorse((await box.live([storm])).analysed.at(-1))
  box.rest()
  const { id } = await withDouble(box)
  box.say((registry, by) => registry.corrections.reassign(newestOf(registry, id), other, by))
  // Somebody quite different, with a jump that the tracker is not sure of.
  const moved = { box: [190, 215, 500, 460] as const, vector: axis(5) }
  const after = await box.live([moved])
  t.notOk(shown(after.analysed.at(-1)).includes(other))
})
