/**
 * Two cameras that know their horses together, and two that do not.
 */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { horseState } from '../../daemon/mqtt/payloads.ts'
import { axis, like } from '../identity/vectors.ts'
import { aisle, openBarn, paddock } from './barn.ts'
import { left, onlyHorse, right, shown } from './yard.ts'

const fileOf = (t: Test) => join(t.testdir(), 'barnbox.db')
const thunder = { box: left, vector: axis(0) }
const storm = { box: right, vector: axis(1) }

t.test('in scope barn a horse that goes from camera to camera stays itself', async (t) => {
  const file = fileOf(t)
  const barn = openBarn(t, file)
  const id = onlyHorse((await barn.show({ [aisle]: [thunder], [paddock]: [] }, 4)).get(aisle))
  await barn.show({ [aisle]: [], [paddock]: [] }, 3)
  const there = await barn.show({ [aisle]: [], [paddock]: [thunder] }, 4)
  t.equal(onlyHorse(there.get(paddock)), id)
  await barn.stop()

  const again = openBarn(t, file, { laterMs: 60_000 })
  const [horse, ...more] = again.registry.horses.all()
  t.same(more, [], 'one horse')
  t.match(horse, { id, number: 1, streamId: aisle, lastStreamId: paddock, trackingId: 'aisle_horse_001' })
  t.ok((horse?.totalDetections ?? 0) > 20, 'counted at both')
  t.match(again.registry.sightings.findByHorseId(id, 9), [{ streamId: paddock }, { streamId: aisle }])
  t.match(again.registry.tracks.places(paddock), [{ horseId: id }])
  t.same(again.registry.tracks.places(aisle), [])
  t.match(
    JSON.parse(horse ? horseState(horse, { stall: undefined, posture: undefined, alerts: [] }) : '{}'),
    { camera: paddock },
  )
  t.same(
    again.registry.horses.findByStreamId(paddock).map((one) => one.id),
    [],
  )
  t.same(
    again.registry.horses.findHomeOrSeen(paddock).map((one) => one.id),
    [id],
  )
  t.same(
    again.registry.horses.findHomeOrSeen(aisle).map((one) => one.id),
    [id],
  )
  t.equal(onlyHorse((await again.show({ [paddock]: [thunder] }, 3)).get(paddock)), id, 'also after a restart')
})

t.test('who listens hears of a horse on the stream where it was seen', async (t) => {
  const barn = openBarn(t, fileOf(t))
  const id = onlyHorse((await barn.show({ [aisle]: [thunder] }, 4)).get(aisle))
  barn.pass(60)
  await barn.show({ [paddock]: [thunder] }, 4)
  await barn.stop()
  const heard = barn.seen.flatMap(({ streamId, horses }) =>
    horses.map((one) => [streamId, one.id, one.lastStreamId]),
  )
  t.same(heard.at(-1), [paddock, id, paddock])
  t.ok(heard.every(([streamId], at) => at === 0 || streamId === paddock || heard[at - 1]?.[0] === aisle))
  t.match(
    barn.changes.filter(({ change }) => change === 'new'),
    [{ horse: { id, streamId: aisle } }],
    'it is new once',
  )
})

t.test('in scope stream each camera has horses and numbers of its own', async (t) => {
  const barn = openBarn(t, fileOf(t), { scope: 'stream' })
  const both = await barn.show({ [aisle]: [thunder], [paddock]: [thunder] }, 4)
  const [one, other] = [onlyHorse(both.get(aisle)), onlyHorse(both.get(paddock))]
  t.not(one, other)
  t.match(barn.registry.horses.get(one), { number: 1, streamId: aisle })
  t.match(barn.registry.horses.get(other), { number: 1, streamId: paddock })
})

t.test('a look knows its camera, a vector its horse’s home', async (t) => {
  const file = fileOf(t)
  const barn = openBarn(t, file)
  const id = onlyHorse((await barn.show({ [aisle]: [thunder] }, 4)).get(aisle))
  barn.pass(60)
  // From its other side.
  await barn.show({ [paddock]: [{ box: left, vector: like(0, 0.93) }] }, 9)
  const { vectors } = barn.registry.vectors.all({ id: 'made-up@1', dim: 16 })
  t.ok(vectors.every((one) => one.horseId === id && one.streamId === aisle))
  t.same(new Set(vectors.map(({ camera }) => camera)), new Set([aisle, paddock]))
})

t.test('a horse that stands before one camera is not before another', async (t) => {
  const barn = openBarn(t, fileOf(t))
  const id = onlyHorse((await barn.show({ [aisle]: [thunder] }, 4)).get(aisle))
  // Much like it, and not it: that one is there all the time.
  const alike = { box: right, vector: like(0, 0.95) }
  const both = await barn.show({ [aisle]: [thunder], [paddock]: [alike] }, 6)
  t.same(shown(both.get(aisle)), [id])
  t.same(
    shown(both.get(paddock)),
    [null],
    'nobody is made of it either, as long as it is more like that horse than like none',
  )
  // When it has gone, nothing speaks against it.
  const then = await barn.show({ [aisle]: [], [paddock]: [alike] }, 4)
  t.same(shown(then.get(paddock)), [id])
})

t.test('a camera that gives no pictures holds nobody', async (t) => {
  const barn = openBarn(t, fileOf(t))
  const id = onlyHorse((await barn.show({ [aisle]: [thunder] }, 4)).get(aisle))
  barn.pass(3)
  const early = await barn.show({ [paddock]: [thunder] }, 2)
  t.same(shown(early.get(paddock)), [null], 'it was there just now')
  const late = await barn.show({ [paddock]: [thunder] }, 4)
  t.same(shown(late.get(paddock)), [id])
})

t.test('two cameras that overlap may both show it', async (t) => {
  const barn = openBarn(t, fileOf(t), { overlaps: [paddock] })
  const id = onlyHorse((await barn.show({ [aisle]: [thunder], [paddock]: [] }, 4)).get(aisle))
  const both = await barn.show({ [aisle]: [thunder], [paddock]: [thunder] }, 4)
  t.same(shown(both.get(aisle)), [id])
  t.same(shown(both.get(paddock)), [id])
})

t.test('strangers at two cameras are two horses', async (t) => {
  const barn = openBarn(t, fileOf(t))
  const both = await barn.show({ [aisle]: [thunder], [paddock]: [storm] }, 5)
  const ids = [onlyHorse(both.get(aisle)), onlyHorse(both.get(paddock))]
  t.not(ids[0], ids[1])
  t.match(
    barn.registry.horses
      .all()
      .map(({ number, streamId }) => [streamId, number])
      .sort(),
    [
      [aisle, 1],
      [paddock, 1],
    ],
  )
})

t.test('a populated registry changes its scope, and back, and nothing is lost', async (t) => {
  const file = fileOf(t)
  const parts = openBarn(t, file, { scope: 'stream' })
  const a = onlyHorse((await parts.show({ [aisle]: [thunder] }, 4)).get(aisle))
  parts.pass(60)
  const b = onlyHorse((await parts.show({ [paddock]: [storm] }, 4)).get(paddock))
  await parts.stop()

  const whole = openBarn(t, file, { laterMs: 600_000 })
  const before = whole.registry.vectors.all({ id: 'made-up@1', dim: 16 }).vectors.length
  t.same(shown((await whole.show({ [paddock]: [thunder] }, 3)).get(paddock)), [a])
  whole.pass(60)
  t.same(shown((await whole.show({ [aisle]: [storm] }, 3)).get(aisle)), [b])
  t.equal(whole.registry.horses.all().length, 2)
  await whole.stop()

  const again = openBarn(t, file, { scope: 'stream', laterMs: 1_200_000 })
  t.equal(again.registry.horses.all().length, 2)
  t.ok(again.registry.vectors.all({ id: 'made-up@1', dim: 16 }).vectors.length >= before)
  const apart = await again.show({ [aisle]: [thunder], [paddock]: [storm] }, 3)
  t.same(shown(apart.get(aisle)), [a], 'each is known at home')
  t.same(shown(apart.get(paddock)), [b])
  again.pass(60)
  t.not(onlyHorse((await again.show({ [aisle]: [storm] }, 4)).get(aisle)), b, 'and only there')
})
