/**
 * What the motion gate costs a frame of 1280x720, beside the difference of all its pixels from another frame's, with which
 * the usual gates begin; in turns, in one run.
 */
import { performance } from 'node:perf_hooks'
import { gridOf } from '../../daemon/pipeline/grid.ts'
import { hasMoved } from '../../daemon/pipeline/structure.ts'
import type { Picture } from '../../daemon/types.ts'

export const name = 'gate'

const [width, height] = [1280, 720]
const rounds = 300
const warmUp = 100

export async function run(): Promise<Record<string, number>> {
  const [one, other] = [picture(1), picture(2)]
  const [before, now] = [gridOf(one), gridOf(other)]
  const work = {
    grid: () => gridOf(other).rows,
    compare: () => hasMoved(before, now),
    difference: () => difference(one.pixels, other.pixels),
  }
  const times = { grid: [] as number[], compare: [] as number[], difference: [] as number[] }
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const who of ['grid', 'compare', 'difference'] as const) {
      const startedMs = performance.now()
      work[who]()
      if (round >= warmUp) times[who].push(performance.now() - startedMs)
    }
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[rounds >> 1] ?? Number.NaN
  const figures = { grid_ms: median(times.grid), compare_ms: median(times.compare) }
  const ours_ms = figures.grid_ms + figures.compare_ms
  const difference_ms = median(times.difference)
  return { ours_ms, ...figures, difference_ms, difference_ratio: difference_ms / ours_ms }
}

function difference(one: Uint8Array, other: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < width * height; at++) sum += Math.abs((one[at] ?? 0) - (other[at] ?? 0))
  return sum
}

/** A picture with texture in shared memory, as a camera's. */
function picture(seed: number): Picture {
  const pixels = new Uint8Array(new SharedArrayBuffer(width * height * 1.5))
  for (let at = 0; at < pixels.length; at++)
    pixels[at] = 90 + 40 * Math.sin(at / 97 + seed) + (Math.imul(at, 7919 + seed) & 31)
  return { format: 'nv12', width, height, pixels }
}
