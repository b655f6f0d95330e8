/**
 * What keeping a look's pixels costs: the crop of one box of a camera's frame, beside the look itself and the avatar of
 * the same box, in turns, in one run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Picture } from '../../daemon/types.ts'
import { openEmbedder } from '../../daemon/vision/embedder.ts'
import { encodeCrop, encodeThumbnail } from '../../daemon/vision/jpeg.ts'
import { resolveModel } from '../../daemon/vision/resolve.ts'

export const name = 'crop'

const rounds = 40
const warmUp = 5
const rect = { x1: 300, y1: 160, x2: 780, y2: 520 }

/** Times are medians in ms of a box of 480 x 360 pixels in a 720p frame; `bytes` are of its crop. */
export async function run(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-bench-'))
  await using embedder = await openEmbedder(resolveModel(folder, 'appearance-mnv3'), 1)
  const frame = texture(1280, 720)
  const work = {
    crop_ms: () => encodeCrop(frame, rect),
    look_ms: () => embedder.embed(frame, rect),
    avatar_ms: () => encodeThumbnail(frame, [rect.x1, rect.y1, rect.x2, rect.y2]),
  }
  const times = new Map(Object.keys(work).map((what): [string, number[]] => [what, []]))
  for (let round = 0; round < rounds + warmUp; round++) {
    for (const [what, once] of Object.entries(work)) {
      const startedMs = performance.now()
      await once()
      if (round >= warmUp) times.get(what)?.push(performance.now() - startedMs)
    }
  }
  rmSync(folder, { recursive: true })
  const figures = Object.fromEntries([...times].map(([what, all]) => [what, median(all)]))
  const share = (figures['crop_ms'] ?? 0) / (figures['look_ms'] ?? 1)
  return { ...figures, crop_share: share, bytes: (await work.crop_ms()).length }
}

/** Waves of many lengths: as much detail as a coat in daylight has. */
function texture(width: number, height: number): Picture {
  const pixels = new Uint8Array(width * height * 1.5).fill(128)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const waves = [3, 7, 19, 53].map(
        (length) => Math.sin((x + y * 0.7) / length) * Math.cos((y - x * 0.3) / length),
      )
      pixels[y * width + x] = 126 + 25 * waves.reduce((sum, one) => sum + one, 0)
    }
  }
  return { format: 'nv12', width, height, pixels }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
