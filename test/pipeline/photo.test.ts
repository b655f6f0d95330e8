/**
 * Photos that people enrol horses by: whose they are, what is kept, and that nothing is kept twice.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createEnrol, type PhotoSight } from '../../daemon/barn-enrol.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { horseIn, mostPhotos } from '../../daemon/pipeline/photo.ts'
import { type ScopeChoice, scopes } from '../../daemon/pipeline/scope.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { StoredVector } from '../../daemon/registry/vectors.ts'
import type { Box, Detection, EmbedderKind, Facts, StreamId } from '../../daemon/types.ts'
import { axis, cropOf, like, yard } from '../identity/vectors.ts'
import { start } from './world.ts'
import { kind, left, right, shown } from './yard.ts'

const scopeOf = scopes('stream')
const nowMs = Date.UTC(2026, 10, 22)
const by = { actor: 'Anna', nowMs }
const at = (x: number, y: number, width: number, height: number): Box => [x, y, x + width, y + height]
const horse = (box: Box, score = 0.8): Detection => ({ box, score, kind: 'horse', label: 'horse' })
const refusal = (message: RegExp) => ({ code: 'PHOTO_REFUSED', message })

t.test('the one horse, or the largest one, is meant', async (t) => {
  const large = horse(at(0, 0, 400, 300))
  const small = horse(at(500, 0, 200, 150), 0.99)
  const rider: Detection = { ...horse(at(0, 0, 900, 900)), kind: 'person', label: 'person' }
  t.equal(horseIn([small, rider, large]), large)
  const again = horse(at(10, 10, 350, 280), 0.4)
  t.equal(horseIn([again, large]), large, 'a second box of the same animal is no rival')
  t.throws(() => horseIn([rider]), refusal(/no horse/))
  t.throws(
    () => horseIn([large, horse(at(500, 0, 400, 280))]),
    refusal(/2 horses are of about the same size/),
  )
  t.throws(() => horseIn([horse(at(0, 0, 300, 80))]), refusal(/too small: 300x80/))
  const boxes = fc.array(fc.tuple(fc.double(), fc.double(), fc.double(), fc.double()), { maxLength: 6 })
  fc.assert(
    fc.property(boxes, (some) => {
      try {
        const [x1, y1, x2, y2] = horseIn(some.map((box) => horse(box))).box
        return Math.min(x2 - x1, y2 - y1) >= 96
      } catch (thrown) {
        return (thrown as { code?: string }).code === 'PHOTO_REFUSED'
      }
    }),
  )
})

/** A box whose photos show what their first bytes name. */
function setUp(t: Test, scope: ScopeChoice = 'stream') {
  const registry = openRegistry(':memory:', silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  const shows = new Map<number, { vector: Float32Array; score?: number }>()
  const told: Facts['horse-changed'][] = []
  const learnt: StoredVector[] = []
  const visionOf = (embedder: EmbedderKind | null): PhotoSight['vision'] => ({
    embedder,
    embedderFault: embedder ? null : 'there is none',
    photo: async ([which = 0]) => ({ format: 'rgb24', width: which, height: 1, pixels: new Uint8Array(0) }),
    detect: async ({ width }) => {
      const shown = shows.get(width)
      return shown ? [horse(at(0, 0, 300, 200), shown.score)] : []
    },
    embed: async ({ width }) => {
      const vector = shows.get(width)?.vector ?? axis(0)
      return [{ vector, sharpness: 50, crop: cropOf(vector) }]
    },
    thumbnail: async ({ width }) => Uint8Array.of(0xff, 0xd8, width),
  })
  const box = {
    sight: { vision: visionOf(kind), learn: (vector: StoredVector) => void learnt.push(vector) } as
      | PhotoSight
      | undefined,
  }
  const enrol = createEnrol({
    sight: () => box.sight,
    registry,
    scopeOf: scopes(scope),
    tell: (fact) => void told.push(fact),
  })
  const give = (which: number, name: string, streamId: StreamId = yard) =>
    enrol(Uint8Array.of(which), { streamId, name, by })
  return { registry, shows, told, learnt, box, visionOf, give }
}

t.test('a name nobody has becomes a horse that a person confirmed', async (t) => {
  const { registry, shows, told, learnt, give } = setUp(t)
  shows.set(1, { vector: axis(1) })
  const { outcome, isNew, horse } = await give(1, 'Thunder')
  t.match({ outcome, isNew }, { outcome: 'kept', isNew: true })
  t.match(horse, { name: 'Thunder', number: 1, standing: 'horse', hasAvatar: true, totalDetections: 0 })
  t.equal(horse.officialMs, nowMs)
  t.match(registry.vectors.all(kind).vectors, [{ horseId: horse.id, isAnchor: true, quality: 50 }])
  t.match(
    learnt,
    [{ horseId: horse.id, streamId: yard, isAnchor: true }],
    'the live gallery knows it at once',
  )
  t.match(told, [{ change: 'new', horse: { id: horse.id } }])
  t.equal(registry.crops.count(), 1)
  t.equal(registry.edits.of(horse.id).size, 2, 'name and residence are edits of a person')
})

t.test('enrolled again there is no twin, and no photo twice', async (t) => {
  const { registry, shows, told, give } = setUp(t)
  shows.set(1, { vector: axis(1) })
  shows.set(2, { vector: like(1, 0.8, 2), score: 0.9 })
  shows.set(3, { vector: like(1, 0.99, 3), score: 0.1 })
  const first = await give(1, 'Élan')
  t.match(await give(1, 'Élan'), { outcome: 'known', isNew: false, horse: { id: first.horse.id } })
  t.match(await give(2, 'E\u0301LAN'), { outcome: 'kept', hasNewAvatar: true, horse: { id: first.horse.id } })
  t.match(await give(3, 'élan'), { outcome: 'alike', hasNewAvatar: false })
  t.equal(registry.horses.findByStreamId(yard).length, 1)
  t.equal(registry.crops.count(), 2)
  t.same(registry.horses.avatar(first.horse.id)?.at(-1), 2, 'the best photo is the avatar')
  t.same(
    told.map(({ change }) => change),
    ['new', 'avatar'],
  )
  const elsewhere = await give(1, 'Élan', 'stable' as StreamId)
  t.match(elsewhere, { outcome: 'kept', isNew: true }, 'another camera’s horses are others')
})

t.test('in scope barn a name is one horse, at whichever camera it is enrolled', async (t) => {
  const { registry, shows, give } = setUp(t, 'barn')
  const stable = 'stable' as StreamId
  shows.set(1, { vector: axis(1) })
  shows.set(2, { vector: like(1, 0.8, 2) })
  const first = await give(1, 'Thunder')
  t.match(await give(1, 'thunder', stable), { outcome: 'known', horse: { id: first.horse.id } })
  t.match(await give(2, 'Thunder', stable), { outcome: 'kept', isNew: false, horse: { id: first.horse.id } })
  await t.rejects(give(1, 'Storm', stable), refusal(/of Thunder already/))
  t.equal(registry.horses.all().length, 1)
  const { vectors } = registry.vectors.all(kind)
  t.match(vectors, [{ streamId: yard }, { streamId: yard }])
  t.ok(
    vectors.every(({ camera }) => camera === null),
    'a photo is no camera’s',
  )
})

t.test('two at once are one after the other', async (t) => {
  const { registry, shows, give } = setUp(t)
  shows.set(1, { vector: axis(1) })
  const both = await Promise.all([give(1, 'Thunder'), give(1, 'Thunder'), give(9, 'Ghost').catch(() => null)])
  t.same(
    both.map((one) => one?.outcome),
    ['kept', 'known', undefined],
  )
  t.equal(registry.horses.findByStreamId(yard).length, 1, 'a photo of nothing makes no horse')
})

t.test('a photo of another horse, and a name of two, are refused', async (t) => {
  const { registry, shows, give } = setUp(t)
  shows.set(1, { vector: axis(1) })
  shows.set(2, { vector: axis(2) })
  const { horse } = await give(1, 'Thunder')
  await t.rejects(give(1, 'Storm'), refusal(/is of Thunder already/))
  registry.horses.updateHorseDetails((await give(2, 'Storm')).horse.id, { name: 'thunder' }, by)
  await t.rejects(give(2, 'Thunder'), refusal(/2 horses are called Thunder/))
  registry.horses.remove(horse.id, nowMs)
  t.match(await give(1, 'Rain'), { isNew: true }, 'a deleted horse holds no photo')
})

t.test('photos leave room for what the cameras show', async (t) => {
  const { registry, shows, give } = setUp(t)
  for (let n = 0; n <= mostPhotos; n++) shows.set(n, { vector: axis(n) })
  const outcomes: string[] = []
  for (let n = 0; n <= mostPhotos; n++) outcomes.push((await give(n, 'Thunder')).outcome)
  t.same(outcomes, [...Array(mostPhotos).fill('kept'), 'enough'])
  t.equal(registry.crops.count(), mostPhotos)
})

t.test('without eyes nothing is taken; with other eyes the new ones look', async (t) => {
  const { registry, shows, learnt, box, visionOf, give } = setUp(t)
  shows.set(1, { vector: axis(1) })
  const other: EmbedderKind = { ...kind, id: 'other@1' }
  const before = box.sight
  box.sight = undefined
  await t.rejects(give(1, 'Thunder'), { code: 'MODEL_MISSING' })
  box.sight = { vision: visionOf(null), learn: () => {} }
  await t.rejects(give(1, 'Thunder'), { code: 'MODEL_MISSING', message: /there is none/ })
  if (!before) return
  const after: PhotoSight = { ...before, vision: visionOf(other) }
  box.sight = {
    ...before,
    vision: {
      ...before.vision,
      async embed() {
        // Exchanged in the middle of a look, whose models are closed under it.
        box.sight = after
        throw new Error('vision has been stopped')
      },
    },
  }
  t.match(await give(1, 'Thunder'), { outcome: 'kept' })
  t.equal(registry.vectors.all(other).vectors.length, 1)
  t.equal(registry.vectors.all(kind).vectors.length, 0)
  t.equal(learnt.length, 1)
  const restless = createEnrol({
    sight: () => ({ ...after, vision: visionOf(other) }),
    registry,
    scopeOf,
    tell: () => {},
  })
  const again = restless(Uint8Array.of(2), { streamId: yard, name: 'Thunder', by })
  await t.rejects(again, { code: 'MODEL_MISSING', message: /again and again/ }, 'it does not try for ever')
})

t.test('a camera knows an enrolled horse from its first looks on, and after a restart', async (t) => {
  const file = registryFile(mkdtempSync(join(tmpdir(), 'barnbox-photo-')))
  const world = start(t, file)
  await world.show([{ box: left, vector: axis(0) }], 15)
  const { registry, pipeline } = world
  const sight: PhotoSight = {
    learn: pipeline.learn,
    vision: {
      ...{ embedder: kind, embedderFault: null },
      photo: async () => ({ format: 'rgb24', width: 1, height: 1, pixels: new Uint8Array(3) }),
      detect: async () => [horse(at(0, 0, 300, 200))],
      embed: async () => [{ vector: axis(3), sharpness: 50, crop: cropOf(axis(3)) }],
      thumbnail: async () => Uint8Array.of(0xff, 0xd8),
    },
  }
  const enrol = createEnrol({ sight: () => sight, registry, scopeOf, tell: () => {} })
  const { horse: thunder } = await enrol(Uint8Array.of(1), { streamId: yard, name: 'Thunder', by })
  const seen = { box: right, vector: like(3, 0.9) }
  await world.show([seen], 15)
  t.same(shown(world.analysed.at(-1)), [thunder.id])
  t.same(world.changes, ['new 1', 'avatar 2'], 'nobody else is founded')
  await world.stop()
  const after = start(t, file, { laterMs: 3_600_000 })
  await after.show([seen], 15)
  t.same(shown(after.analysed.at(-1)), [thunder.id])
  t.same(after.changes, [])
})
