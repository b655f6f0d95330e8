/**
 * Pictures of a made-up stable for the motion gate: boards, straw, a horse; under any light, with a sensor's noise.
 */
import type { Frame } from '../../daemon/types.ts'
import { frameAt, startMs } from './yard.ts'

export const [width, height] = [640, 360]

/** Where a horse stands and how it holds itself, in pixels; nothing for an empty stable. */
export interface Pose {
  readonly x: number
  /** How far its head is up, and its tail to the side. */
  readonly head?: number
  readonly tail?: number
}

/** Same luma for the same picture, wherever it is asked: a hash of the place as texture. */
function straw(x: number, y: number): number {
  let hash = Math.imul(x >> 1, 374_761_393) + Math.imul(y >> 1, 668_265_263)
  hash = Math.imul(hash ^ (hash >>> 13), 1_274_126_177)
  return ((hash ^ (hash >>> 16)) & 31) - 16
}

function background(x: number, y: number): number {
  if (y > 260) return 95 + straw(x, y)
  const board = x % 40 < 3 ? -30 : 0
  return 120 + board + 12 * Math.sin(x / 23 + y / 90) + straw(x, y) / 4
}

const isIn = (x: number, y: number, cx: number, cy: number, rx: number, ry: number) =>
  ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1

/** A dark horse of 200 x 170 pixels: body, legs, a head at the left, a tail at the right. */
function horse(x: number, y: number, { x: at, head = 0, tail = 0 }: Pose): number | undefined {
  const isLeg = y > 200 && y < 290 && [40, 60, 130, 150].some((leg) => Math.abs(x - at - leg) < 6)
  const isBody = isIn(x, y, at + 95, 190, 75, 38) || isLeg
  const isHead = isIn(x, y, at + 15, 150 - head, 18, 28) || isIn(x, y, at + 32, 170 - head / 2, 20, 22)
  const isTail = y > 170 && y < 250 && Math.abs(x - at - 172 - (tail * (y - 170)) / 80) < 6
  return isBody || isHead || isTail ? 55 + straw(x - at, y) / 3 + (isHead ? 15 : 0) : undefined
}

/** The luma of a stable with a horse, or without, before light and noise. */
export function paintStable(pose?: Pose): Float32Array {
  const luma = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) luma[y * width + x] = (pose && horse(x, y, pose)) ?? background(x, y)
  }
  return luma
}

/** What a light makes of a level at a place. Levels are 16 to 235, as video has them. */
export type Light = (level: number, x: number, y: number) => number

export const daylight: Light = (level) => level

/** Takes a picture: light, then noise of this standard deviation, then the sensor's limits. `random` gives 0-1. */
export function take(
  luma: Float32Array,
  light: Light = daylight,
  noise = 0,
  random = Math.random,
): Uint8Array {
  const pixels = new Uint8Array(new SharedArrayBuffer(width * height * 1.5)).fill(128)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      // The sum of three even variables is near enough to a bell.
      const shake = noise === 0 ? 0 : 2 * noise * (random() + random() + random() - 1.5)
      pixels[at] = Math.min(235, Math.max(16, Math.round(light(luma[at] ?? 0, x, y) + shake)))
    }
  }
  return pixels
}

export function frameOf(pixels: Uint8Array, seq: number, monoMs: number): Frame {
  return { ...frameAt(seq, startMs + monoMs, monoMs, width, height), pixels }
}

/** A generator of numbers from 0 to 1 that is the same at each run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
