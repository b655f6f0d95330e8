/**
 * A stable that needs no camera and no model: animals come and go before eyes that know how each of them looks. Ten
 * times as fast as life by the monotonic clock, so that a second holds births, lessons, better pictures and losses.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bell, createBell } from '../../../daemon/lib/bell.ts'
import type { FrameSource } from '../../../daemon/pipeline/frames.ts'
import type { PipelineDeps } from '../../../daemon/pipeline/pipeline.ts'
import type { Box, Clock, Frame, StreamId } from '../../../daemon/types.ts'
import type { Random } from '../../simulator/random.ts'

export const kind = { id: 'load@1', dim: 32, name: 'load', preprocess: null, licence: null }
export const streams = ['yard', 'stall', 'box-3'] as unknown as readonly StreamId[]
/** A horse is born of so many looks, all of them since its tracklet was last in doubt. */
export const looksToCreate = 3
const faster = 10
const frameEveryMs = 5

export const clock: Clock = { utcMs: () => Date.now(), monoMs: () => performance.now() * faster }

/** Which animals a picture shows, by its pixels: they are all that a frame keeps on its way. */
export type Scenes = WeakMap<Uint8Array, readonly Animal[]>

interface Animal {
  readonly box: Box
  readonly look: Float32Array
  readonly score: number
}

/** The JPEGs of a folder: all that is ever stored as a picture. */
export function readPictures(folder: string): Uint8Array[] {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)))
}

/** A vector near the animal's own. */
export function lookOf(animal: number, random: Random): Float32Array {
  const own = Float32Array.from({ length: kind.dim }, (_, i) => Math.sin((animal + 1) * (i + 1) * 12.9898))
  const raw = own.map((value) => value + 0.12 * random.normal())
  const norm = Math.hypot(...raw)
  return raw.map((value) => value / norm)
}

const places: readonly Box[] = [
  [40, 180, 360, 480],
  [460, 200, 780, 500],
  [880, 190, 1220, 510],
]

/** One to three animals, each in a place of its own; now and then one that was never there. */
function nextScene(known: number, random: Random): Animal[] {
  const count = 1 + random.below(3)
  const animals = random.shuffled(Array.from({ length: Math.max(3, known) }, (_, n) => n)).slice(0, count)
  return animals.map((animal, place) => {
    const [x1, y1, x2, y2] = places[place] as Box
    const box: Box = [x1 + random.below(30), y1, x2 - random.below(60), y2 - random.below(60)]
    return { box, look: lookOf(animal, random), score: random.between(0.5, 0.95) }
  })
}

export interface Stall {
  readonly source: FrameSource
  readonly bell: Bell
}

/** A camera before the stable: a frame is there every few milliseconds, if the last one was taken. */
export function openStall(stream: StreamId, scenes: Scenes, random: Random, signal: AbortSignal): Stall {
  const bell = createBell()
  let [seq, known, untilMs] = [0, 4, 0]
  let scene: Animal[] = []
  let slot: Frame | undefined
  const timer = setInterval(() => {
    const nowMs = performance.now()
    if (nowMs > untilMs) {
      untilMs = nowMs + random.between(150, 350)
      if (random.chance(0.8)) known++
      scene = nextScene(known, random)
    }
    const stamps = { seq: ++seq, utcMs: clock.utcMs(), monoMs: clock.monoMs() }
    slot = { stream, ...stamps, format: 'nv12', width: 1280, height: 720, pixels: new Uint8Array(0) }
    scenes.set(slot.pixels, scene)
    bell.ring()
  }, frameEveryMs)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  const take = () => {
    const frame = slot
    slot = undefined
    return frame
  }
  return { bell, source: { take, release: () => {} } }
}

/** Eyes that see the scene of a frame, and give a true JPEG for each picture of it. */
export function openEyes(
  scenes: Scenes,
  pictures: readonly Uint8Array[],
  random: Random,
  onAvatar: () => void,
): ReturnType<PipelineDeps['eyes']> {
  const picture = async () => random.pick(pictures)
  return {
    detect: async ({ pixels }) =>
      (scenes.get(pixels) ?? []).map(({ box, score }) => ({ box, score, kind: 'horse', label: 'horse' })),
    async embed({ pixels }, boxes, wanted) {
      return boxes.map((box, index) => {
        const animal = (scenes.get(pixels) ?? []).find((one) => one.box === box)
        const crop = wanted[index] && { crop: random.pick(pictures) }
        return animal && { vector: animal.look, sharpness: random.between(10, 100), ...crop }
      })
    },
    crop: picture,
    async thumbnail() {
      onAvatar()
      return random.pick(pictures)
    },
    jpeg: picture,
  }
}
