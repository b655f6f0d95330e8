import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import t from 'tap'
import { createTally, timed } from '../../daemon/pipeline/tally.ts'
import { registryFile } from '../../daemon/registry/registry.ts'
import { axis, yard } from '../identity/vectors.ts'
import { start } from './world.ts'
import { fakeEyes, frameAt, left, right, shown, startMs } from './yard.ts'

const newFile = () => registryFile(mkdtempSync(join(tmpdir(), 'barnbox-pipeline-')))
const A = { box: left, vector: axis(0) }

t.test('frames are worked off one by one, given back, and told of', async (t) => {
  const world = start(t, newFile())
  await world.show([A], 15)
  t.equal(world.pipeline.analysed, 15)
  t.same(world.camera.released, world.camera.given)
  t.equal(world.analysed.length, 15)
  t.ok(shown(world.analysed.at(-1))[0])
  t.same(world.changes, ['new 1'])
})

t.test('sightings are stored each second while they last, and at the end', async (t) => {
  const world = start(t, newFile())
  await world.show([A], 15)
  const [horse] = world.registry.horses.findByStreamId(yard)
  if (!horse) throw new Error('a horse was expected')
  await wait(1300)
  t.match(world.registry.sightings.findByHorseId(horse.id, 5), [{ detections: 15 }])
  t.match(world.seen, [{ streamId: yard, horses: [{ id: horse.id, totalDetections: 15 }] }])
  const told = world.seen.length
  await wait(1200)
  t.equal(world.seen.length, told, 'nothing seen, nothing told')
  await world.show([A], 4)
  const { registry } = world
  const stopped = world.stop()
  let last: unknown
  // The registry closes right after the last save.
  registry.sightings.save = ((save) => (updates) => {
    last = updates
    save(updates)
  })(registry.sightings.save) as typeof registry.sightings.save
  await stopped
  t.match(last, [{ horseId: horse.id, detections: 19, addedDetections: 4 }])
})

t.test('L26: one bad frame spoils itself only', async (t) => {
  const world = start(t, newFile())
  const broken = new Set([2, 3, 9])
  world.eyes.onAsk = (name, { seq }) => {
    if (name === 'detect' && broken.has(seq)) throw new Error('cannot be decoded')
  }
  await world.show([A], 15)
  t.equal(world.pipeline.analysed, 12)
  t.same(world.camera.released.length, 15, 'a frame is given back whatever happens')
  t.same(
    world.lines.map(({ level, message }) => `${level}: ${message}`),
    [
      'error: a frame was not analysed',
      'info: frames are analysed again',
      'error: a frame was not analysed',
      'info: frames are analysed again',
    ],
    'said at the first and when it is over, not for each',
  )
  t.same(world.changes, ['new 1'])
})

t.test('regression 9: without an embedder all are tracked, nobody is named, the known stay', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A], 15)
  const [known] = before.registry.horses.findByStreamId(yard)
  await before.stop()
  const world = start(t, file, { embedder: null })
  // So answers vision without an embedder: no box has a look.
  await world.show([{ box: left, vector: undefined }], 15)
  t.equal(world.pipeline.analysed, 15)
  t.same(shown(world.analysed.at(-1)), [null])
  const tracklets = new Set(world.analysed.flatMap(({ boxes }) => boxes.map(({ trackletId }) => trackletId)))
  t.equal(tracklets.size, 1, 'one tracklet all along')
  t.same(world.changes, [])
  t.same(world.lines, [])
  t.match(world.registry.horses.findByStreamId(yard), [{ id: known?.id, totalDetections: 15 }])
})

t.test('while nothing can be written, sightings wait and nobody is told', async (t) => {
  const file = newFile()
  const world = start(t, file)
  await world.show([A], 15)
  await wait(1000)
  const [before] = world.registry.horses.findByStreamId(yard)
  const told = world.seen.length
  const other = new Database(file)
  other.exec('BEGIN EXCLUSIVE')
  await world.show([A], 5)
  await wait(2500)
  t.equal(world.lines.filter(({ code }) => code === 'DB_WRITE').length, 1, 'said once')
  t.match(world.registry.fault, /cannot be written/)
  t.equal(world.seen.length, told)
  other.exec('ROLLBACK')
  other.close()
  await wait(1500)
  t.equal(world.registry.fault, null)
  t.equal(world.registry.horses.findByStreamId(yard)[0]?.totalDetections, (before?.totalDetections ?? 0) + 5)
})

t.test('L15: after a restart the same horse is the same, and the numbers go on', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A], 15)
  const [id] = shown(before.analysed.at(-1))
  await before.stop()
  const after = start(t, file)
  await after.show([A, { box: [800, 200, 1100, 450], vector: axis(1) }], 20)
  const [same, other] = shown(after.analysed.at(-1))
  t.ok(id)
  t.equal(same, id)
  t.same(after.changes, ['new 2'])
  t.equal(after.registry.horses.get(other ?? ('' as never))?.number, 2)
})

t.test('a snapshot of a watched stream; none of an unknown one', async (t) => {
  const world = start(t, newFile())
  const [first] = await Promise.all([world.pipeline.snapshot(yard), world.show([A], 2)])
  t.match(first, { analysed: { streamId: yard, boxes: [{ box: left }] } })
  const none = world.pipeline.snapshot('nowhere' as typeof yard)
  void world.stop()
  t.equal(await none, undefined)
})

t.test('a stop in the middle of a frame ends it without an alarm', async (t) => {
  const world = start(t, newFile())
  world.eyes.onAsk = () => {
    void world.stop()
    throw new Error('vision has been stopped')
  }
  await world.show([A], 1)
  await world.stop()
  t.same(world.lines, [])
  t.same(world.camera.released, [1])
})

t.test('what is done is counted', async (t) => {
  const world = start(t, newFile())
  await world.show([A], 15)
  t.equal(world.tally.stages.detect.asked, 15)
  t.equal(world.tally.stages.embed.asked, world.eyes.counts.embed)
  t.equal(world.tally.tracklets.get(yard), 1)
  t.same(world.tally.sightings, { matched: 0, created: 0, unknown: 0 }, 'it goes on')
  await world.show([], 15)
  t.equal(world.tally.tracklets.get(yard), 0)
  t.same(world.tally.sightings, { matched: 0, created: 1, unknown: 0 })
  await world.show([A], 10)
  await world.show([], 15)
  t.same(world.tally.sightings, { matched: 1, created: 1, unknown: 0 })
  await world.show([{ box: left, vector: undefined }], 2)
  await world.show([], 15)
  t.same(world.tally.sightings, { matched: 1, created: 1, unknown: 0 }, 'a flicker is no sighting')
  await world.show([{ box: left, vector: undefined }], 5)
  await world.show([], 15)
  t.same(world.tally.sightings, { matched: 1, created: 1, unknown: 1 })
  await world.show([A], 10)
  await world.stop()
  t.same(world.tally.sightings, { matched: 2, created: 1, unknown: 1 }, 'a stop ends what goes on')
  t.equal(world.tally.tracklets.size, 0)
})

t.test('the time of an answer counts, that of a failed one too', async (t) => {
  let nowMs = 0
  const tally = createTally()
  const eyes = timed(fakeEyes(), tally, { monoMs: () => nowMs })
  const picture = frameAt(1, startMs, 0)
  const slow = fakeEyes()
  slow.detect = async () => {
    nowMs += 250
    throw new Error('no')
  }
  await t.rejects(timed(slow, tally, { monoMs: () => nowMs }).detect(picture), { message: 'no' })
  t.same(tally.stages.detect, { asked: 1, inferences: 1, failed: 1, seconds: 0.25 })
  t.same(await eyes.detect(picture), [])
  t.equal(tally.stages.detect.asked, 2)
  await eyes.embed(picture, [left, right], [false, false])
  t.match(tally.stages.embed, { asked: 1, inferences: 2 })
  t.same(await eyes.jpeg(picture), Uint8Array.from([0xff, 0xd8]), 'the rest is as it was')
})
