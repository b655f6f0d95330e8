import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createBell } from '../../daemon/lib/bell.ts'
import { createBus } from '../../daemon/lib/bus.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { type FrameSource, type Pipeline, startPipeline } from '../../daemon/pipeline/pipeline.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import type { Analysed, EmbedderKind, Facts, Frame } from '../../daemon/types.ts'
import { axis, yard } from '../identity/vectors.ts'
import { type FakeEyes, fakeEyes, frameAt, kind, left, rules, type Scene, shown, startMs } from './yard.ts'

/** A camera that shows what it is told: one slot, the newest frame wins. */
interface FakeCamera extends FrameSource {
  readonly given: number[]
  readonly released: number[]
  put(frame: Frame): void
}

function fakeCamera(): FakeCamera {
  let slot: Frame | undefined
  const [given, released]: [number[], number[]] = [[], []]
  return {
    given,
    released,
    put(frame) {
      slot = frame
    },
    take() {
      const frame = slot
      slot = undefined
      if (frame) given.push(frame.seq)
      return frame
    },
    release: ({ seq }) => void released.push(seq),
  }
}

interface World {
  readonly eyes: FakeEyes
  readonly camera: FakeCamera
  readonly registry: Registry
  readonly pipeline: Pipeline
  readonly analysed: Analysed[]
  readonly seen: Facts['horses-seen'][]
  readonly changes: string[]
  readonly lines: { level: string; code?: unknown; message: string }[]
  /** Shows a scene in so many frames, 200 ms apart by their stamps, each worked off before the next. */
  show(scene: Scene, frames: number): Promise<void>
  stop(): Promise<void>
}

function start(t: Test, file: string, embedder: EmbedderKind | null = kind): World {
  const eyes = fakeEyes()
  const camera = fakeCamera()
  const registry = openRegistry(file, silentLog)
  const stop = new AbortController()
  const lines: World['lines'] = []
  const say = (level: string) => (fields: { code?: unknown }, message: string) =>
    void lines.push({ level, code: fields.code, message })
  const log = { ...silentLog, error: say('error'), info: say('info') }
  const facts = createBus<Facts>(log)
  const [analysed, seen, changes]: [Analysed[], World['seen'], string[]] = [[], [], []]
  facts.on('frame-analysed', (one) => analysed.push(one), stop.signal)
  // These come after the stop as well.
  const always = new AbortController().signal
  facts.on('horses-seen', (one) => seen.push(one), always)
  facts.on('horse-changed', ({ change, horse }) => changes.push(`${change} ${horse.number}`), always)
  let nowMs = 0
  const clock = { utcMs: () => startMs + nowMs, monoMs: () => nowMs }
  const deps = { eyes: () => eyes, embedder, registry, facts, clock, log }
  const pipeline = startPipeline(rules, deps, stop.signal)
  const bell = createBell()
  pipeline.watch(yard, camera, bell)
  let seq = 0
  let stopped: Promise<void> | undefined
  const end = (): Promise<void> => {
    stop.abort()
    stopped ??= Promise.resolve(pipeline[Symbol.asyncDispose]()).then(() => registry[Symbol.dispose]())
    return stopped
  }
  t.teardown(end)
  return {
    ...{ eyes, camera, registry, pipeline, analysed, seen, changes, lines },
    async show(scene, frames) {
      for (let n = 0; n < frames; n++) {
        nowMs += 200
        eyes.scenes.set(++seq, scene)
        camera.put(frameAt(seq, startMs + nowMs, nowMs))
        bell.ring()
        const giveUpMs = performance.now() + 5000
        while (camera.released.at(-1) !== seq && performance.now() < giveUpMs) await wait(1)
      }
    },
    stop: end,
  }
}

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

t.test('one bad frame spoils itself only', async (t) => {
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

t.test('without an embedder animals are tracked, nobody is named, and the known horses stay', async (t) => {
  const file = newFile()
  const before = start(t, file)
  await before.show([A], 15)
  const [known] = before.registry.horses.findByStreamId(yard)
  await before.stop()
  const world = start(t, file, null)
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

t.test('after a restart the same horse is the same, and the numbers go on', async (t) => {
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
