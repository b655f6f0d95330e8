/**
 * A pipeline that runs on a camera and eyes made up by the test, into a true registry.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { createBell } from '../../daemon/lib/bell.ts'
import { createBus } from '../../daemon/lib/bus.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { FrameSource } from '../../daemon/pipeline/frames.ts'
import type { MotionRules } from '../../daemon/pipeline/motion-gate.ts'
import { type Pipeline, startPipeline } from '../../daemon/pipeline/pipeline.ts'
import { overlapOf, scopes } from '../../daemon/pipeline/scope.ts'
import { createTally, type Tally } from '../../daemon/pipeline/tally.ts'
import { openRegistry, type Registry } from '../../daemon/registry/registry.ts'
import type { Analysed, EmbedderKind, Facts, Frame, FrameUse } from '../../daemon/types.ts'
import { yard } from '../identity/vectors.ts'
import { frameOf } from './pictures.ts'
import { type FakeEyes, fakeEyes, frameAt, kind, rules, type Scene, startMs } from './yard.ts'

/** A camera that shows what it is told: one slot, the newest frame wins. */
export interface FakeCamera extends FrameSource {
  readonly given: number[]
  readonly released: number[]
  readonly used: FrameUse[]
  put(frame: Frame): void
}

export function fakeCamera(): FakeCamera {
  let slot: Frame | undefined
  const [given, released, used]: [number[], number[], FrameUse[]] = [[], [], []]
  return {
    given,
    released,
    used,
    put(frame) {
      slot = frame
    },
    take() {
      const frame = slot
      slot = undefined
      if (frame) given.push(frame.seq)
      return frame
    },
    release({ seq }, use) {
      released.push(seq)
      used.push(use)
    },
  }
}

export interface World {
  readonly eyes: FakeEyes
  readonly camera: FakeCamera
  readonly registry: Registry
  readonly pipeline: Pipeline
  readonly tally: Tally
  readonly analysed: Analysed[]
  readonly seen: Facts['horses-seen'][]
  readonly changes: string[]
  readonly lines: { level: string; code?: unknown; message: string }[]
  /**
   * Shows a scene in so many frames, 200 ms apart by their stamps, each worked off before the next. They have the
   * pixels of one of the pictures, or none.
   */
  show(scene: Scene, frames: number, pictures?: readonly Uint8Array[]): Promise<void>
  /** Lets time pass without a picture. */
  pass(seconds: number): void
  readonly nowMs: number
  stop(): Promise<void>
}

/**
 * A pipeline on one camera. `motion` is given where the gate matters: by default every frame is looked at. With `laterMs` it
 * starts that much later by the wall clock; the monotonic one begins anew all the same.
 */
export function start(
  t: Test,
  file: string,
  {
    embedder = kind,
    motion = { quietSeconds: 0 },
    laterMs = 0,
  }: { embedder?: EmbedderKind | null; motion?: MotionRules; laterMs?: number } = {},
): World {
  const eyes = fakeEyes()
  const camera = fakeCamera()
  const registry = openRegistry(file, silentLog)
  const stop = new AbortController()
  const lines: World['lines'] = []
  const say = (level: string) => (fields: { code?: unknown }, message: string) =>
    void lines.push({ level, code: fields.code, message })
  const log = { ...silentLog, error: say('error'), warn: say('warn'), info: say('info') }
  const facts = createBus<Facts>(log)
  const [analysed, seen, changes]: [Analysed[], World['seen'], string[]] = [[], [], []]
  facts.on('frame-analysed', (one) => analysed.push(one), stop.signal)
  // These come after the stop as well.
  const always = new AbortController().signal
  facts.on('horses-seen', (one) => seen.push(one), always)
  facts.on('horse-changed', ({ change, horse }) => changes.push(`${change} ${horse.number}`), always)
  let nowMs = 0
  const clock = { utcMs: () => startMs + laterMs + nowMs, monoMs: () => nowMs }
  const tally = createTally()
  const deps = {
    eyes: () => eyes,
    embedder,
    scopeOf: scopes('stream'),
    overlap: overlapOf([]),
    registry,
    facts,
    tally,
    clock,
    log,
  }
  const pipeline = startPipeline(rules, deps, stop.signal)
  const bell = createBell()
  pipeline.watch(yard, camera, bell, motion)
  let seq = 0
  let stopped: Promise<void> | undefined
  const end = (): Promise<void> => {
    stop.abort()
    stopped ??= Promise.resolve(pipeline[Symbol.asyncDispose]()).then(() => registry[Symbol.dispose]())
    return stopped
  }
  t.teardown(end)
  return {
    ...{ eyes, camera, registry, pipeline, tally, analysed, seen, changes, lines },
    get nowMs() {
      return nowMs
    },
    pass(seconds) {
      nowMs += seconds * 1000
    },
    async show(scene, frames, pictures) {
      for (let n = 0; n < frames; n++) {
        nowMs += 200
        eyes.scenes.set(++seq, scene)
        const pixels = pictures?.[seq % pictures.length]
        camera.put(pixels ? frameOf(pixels, seq, nowMs) : frameAt(seq, startMs + laterMs + nowMs, nowMs))
        bell.ring()
        const giveUpMs = performance.now() + 5000
        while (camera.released.at(-1) !== seq && performance.now() < giveUpMs) await wait(1)
      }
    },
    stop: end,
  }
}
