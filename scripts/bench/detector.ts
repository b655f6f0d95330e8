/**
 * One picture through the detector: ours on one thread, as image file and as camera frame, beside TensorFlow.js on
 * WASM running the original graph, in turns, in one run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Picture } from '../../daemon/types.ts'
import { openEngine } from '../../daemon/vision/engine.ts'
import { bundledGraphFile } from '../../models/convert/convert.ts'
import { detectorSide } from '../../models/convert/layout.ts'
import { loadOriginal, originalOutputs, useWasm } from '../../test/models/tfjs.ts'

export const name = 'detector'

const rounds = 15
const threshold = 0.25

/** Times are medians in ms of one picture; `ratio` is how much faster ours is on the same 512 x 512 picture. */
export async function run(): Promise<Record<string, number>> {
  await useWasm()
  const original = await loadOriginal(bundledGraphFile())
  const stateDir = mkdtempSync(path.join(tmpdir(), 'barnbox-bench-'))
  const setup = { stateDir, detector: 'centernet-mnv3', embedder: 'appearance-mnv3', threshold, threads: 1 }
  await using engine = await openEngine(setup)
  const square = pattern('rgb24', detectorSide, detectorSide)
  const frame = pattern('nv12', 1280, 720)
  const work = {
    ours_rgb512_ms: () => engine.detect(square),
    ours_nv12_720p_ms: () => engine.detect(frame),
    ours_embed_ms: () => engine.embed(frame, [[300, 100, 800, 600]]),
    tfjs_wasm_ms: () => originalOutputs(original, square),
  }
  const times = new Map(Object.keys(work).map((what): [string, number[]] => [what, []]))
  for (let round = 0; round < rounds + 2; round++) {
    for (const [what, once] of Object.entries(work)) {
      const startedMs = performance.now()
      await once()
      // The first rounds load models and warm caches.
      if (round >= 2) times.get(what)?.push(performance.now() - startedMs)
    }
  }
  rmSync(stateDir, { recursive: true })
  const figures = Object.fromEntries([...times].map(([what, all]) => [what, median(all)]))
  return { ...figures, ratio: (figures['tfjs_wasm_ms'] ?? 0) / (figures['ours_rgb512_ms'] ?? 1) }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}

/** The detector takes the same time whatever it sees. */
function pattern(format: Picture['format'], width: number, height: number): Picture {
  const bytes = width * height * (format === 'nv12' ? 1.5 : 3)
  return {
    format,
    width,
    height,
    pixels: Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + (i >> 9)) & 255),
  }
}
