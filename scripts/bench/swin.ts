/**
 * One picture through a Swin-T with random weights, on one thread: 32-bit floats beside whole numbers of 8 bits, in
 * turns, in one run. Times do not depend on the weights.
 */
import { performance } from 'node:perf_hooks'
import * as ort from 'onnxruntime-node'
import { convertSwin, swinVariants } from '../../models/convert/swin-file.ts'
import type { SwinShape } from '../../models/convert/swin-weights.ts'
import { asWeights, randomTensors } from '../../test/models/swin-files.ts'

export const name = 'swin'

const rounds = 15

/** Times are medians in ms of one picture; `embedding_cosine` is between the two answers. */
export async function run(): Promise<Record<string, number>> {
  const shape = swinVariants['swin-t-224'] as SwinShape
  const weights = asWeights(shape, randomTensors(shape))
  const open = async (int8: boolean) => {
    const { chunks } = convertSwin(weights, { normalise: 'imagenet', int8 })
    return ort.InferenceSession.create(Buffer.concat([...chunks()]), { intraOpNumThreads: 1 })
  }
  const sessions = { fp32_ms: await open(false), int8_ms: await open(true) }
  const pixels = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => (i * 7 + (i >> 9)) & 255)
  const input = { pixels: new ort.Tensor('uint8', pixels, [1, 224, 224, 3]) }
  const times = new Map(Object.keys(sessions).map((what): [string, number[]] => [what, []]))
  const answers: Float32Array[] = []
  for (let round = 0; round < rounds + 2; round++) {
    for (const [what, session] of Object.entries(sessions)) {
      const startedMs = performance.now()
      const { embedding } = await session.run(input)
      // The first rounds warm caches.
      if (round >= 2) times.get(what)?.push(performance.now() - startedMs)
      else answers.push(embedding?.data as Float32Array)
    }
  }
  for (const session of Object.values(sessions)) await session.release()
  const [fp32 = [], int8 = []] = answers
  const figures = Object.fromEntries([...times].map(([what, all]) => [what, median(all)]))
  const speedup = (figures['fp32_ms'] ?? 0) / (figures['int8_ms'] ?? 1)
  const cosine = [...fp32].reduce((sum, value, i) => sum + value * (int8[i] ?? 0), 0)
  return { ...figures, int8_speedup: speedup, embedding_cosine: cosine }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
