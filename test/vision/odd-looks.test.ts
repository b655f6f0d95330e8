/**
 * An embedder that goes wrong on some pictures only: that look is left out and told, the others of the frame go on.
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import type { Eyes } from '../../daemon/pipeline/stream.ts'
import { createTally, timed } from '../../daemon/pipeline/tally.ts'
import type { Box } from '../../daemon/types.ts'
import { startVision } from '../../daemon/vision/vision.ts'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'
import { newFolder } from '../models/onnx-files.ts'
import { paint, toNv12 } from './nv12.ts'

/** Two numbers for grey, three for what is bright, none for what is dark. */
function oddEmbedder(): string {
  const onnx = createOnnxGraph('odd')
  const pixels = onnx.node('Cast', [onnx.input('pixels', 'uint8', ['n', 32, 32, 3])], { to: 1 })
  const mean = onnx.node('ReduceMean', [pixels], { keepdims: 0 })
  const bright = onnx.node('Cast', [onnx.node('Greater', [mean, onnx.floats([180], [])])], { to: 7 })
  const end = onnx.node('Reshape', [onnx.node('Add', [bright, onnx.ints([2], [])]), onnx.ints([1])])
  const some = onnx.node('Slice', [onnx.floats([3, 4, 12], [1, 3]), onnx.ints([0]), end, onnx.ints([1])])
  const root = onnx.node('Sqrt', [onnx.node('Sub', [mean, onnx.floats([60], [])])])
  onnx.output('embedding', onnx.node('Mul', [some, root]), 'float32', [1, 'd'])
  const file = path.join(newFolder(), 'odd.onnx')
  writeFileSync(file, onnx.encode({}))
  return file
}

t.test('a vector of another length, or of no numbers, spoils its own look only', async (t) => {
  const stateDir = newFolder()
  const told: { text: string; err: Error }[] = []
  const error = ({ err }: { err?: Error }, text: string) => void told.push({ text, err: err as Error })
  const log: Log = { ...silentLog, error }
  const config = { detector: 'centernet-mnv3', embedder: oddEmbedder(), threshold: 0.25, threads: 1 }
  await using vision = await startVision({ ...config, provider: 'cpu', workers: 1 }, { stateDir, log })
  t.equal(vision.embedder?.dim, 2)
  const level = (x: number) => (x < 64 ? 120 : x < 128 ? 230 : x < 192 ? 30 : 140)
  const picture = toNv12(paint(256, 64, (x) => [level(x), level(x), level(x)]))
  const boxes: Box[] = [0, 64, 128, 192].map((x) => [x + 8, 8, x + 56, 56])
  const tally = createTally()
  const eyes = timed(vision.eyes('yard'), tally, { monoMs: () => 0 })
  const looks = await eyes.embed(picture, boxes, [true, true, true, true])
  t.same(
    looks.map((look) => look?.vector.length),
    [2, undefined, undefined, 2],
  )
  t.match(tally.stages.embed, { asked: 1, inferences: 4, failed: 2 })
  const err = { code: 'VECTOR_KIND', message: /3 numbers, not 2/ }
  t.match(told, [{ text: 'a look failed', err }], 'those that follow at once are not told again')
  t.equal(vision.embedderFault, null, 'two are no broken embedder')
  const nobody = { ...eyes, embed: () => Promise.reject(new Error('no')) }
  await t.rejects(timed<Eyes>(nobody, tally, { monoMs: () => 0 }).embed(picture, boxes, []))
  t.equal(tally.stages.embed.failed, 6)
})
