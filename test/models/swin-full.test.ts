/**
 * A file as large as MegaDescriptor-T's: a Swin-T in the old layout beside a trainer's matrix, 204 MB. The conversion
 * has a process of its own, so that its time and memory can be told.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as ort from 'onnxruntime-node'
import t from 'tap'
import { swinVariants } from '../../models/convert/swin-file.ts'
import type { SwinShape } from '../../models/convert/swin-weights.ts'
import {
  dict,
  oldLayout,
  pickle,
  randomTensors,
  savedTensor,
  stateDict,
  storagesOf,
  torchFile,
} from './swin-files.ts'

const mostSeconds = 60
const mostMb = 1500

function writeFullSize(file: string): void {
  const tensors = oldLayout(randomTensors(swinVariants['swin-t-224'] as SwinShape))
  const identities = [30_700, 768]
  const count = 30_700 * 768
  const saved = dict([
    ['model', stateDict(tensors)],
    ['objective', dict([['weight', savedTensor({ key: 'objective', shape: identities, count })]])],
  ])
  const objective = ['data/objective', new Uint8Array(count * 4)] as const
  writeFileSync(file, torchFile(pickle(saved), [...storagesOf(tensors), objective]))
}

t.test('it is converted in time and memory, loads, and answers with unit length', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-swin-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'pytorch_model.bin')
  const onnx = path.join(folder, 'swin.onnx')
  writeFullSize(file)
  t.ok(statSync(file).size > 204e6)
  const script = fileURLToPath(new URL('fixtures/convert.ts', import.meta.url))
  const output = await new Promise<string>((resolve) => {
    const command = ['-u', 'NODE_OPTIONS', process.execPath, script, file, onnx]
    execFile('env', command, (error, stdout, stderr) => resolve(error ? stderr : stdout))
  })
  const { kind, size, ms, rssMb } = JSON.parse(output)
  t.comment(`${ms} ms, ${rssMb} MB`)
  t.strictSame(kind, {
    variant: 'swin-t-224',
    dim: 768,
    input: 224,
    tensors: 171,
    parameters: 27_519_354,
    layout: 'old',
    preprocess: 'imagenet',
    precision: 'float32',
  })
  t.equal(statSync(onnx).size, size)
  t.ok(ms < mostSeconds * 1000, `${ms} ms`)
  t.ok(rssMb < mostMb, `${rssMb} MB`)
  const session = await ort.InferenceSession.create(onnx, { intraOpNumThreads: 1 })
  const pixels = Uint8Array.from({ length: 150_528 }, (_, i) => (i * 7 + (i >> 9)) & 255)
  const { embedding } = await session.run({ pixels: new ort.Tensor('uint8', pixels, [1, 224, 224, 3]) })
  await session.release()
  const values = embedding?.data as Float32Array
  t.equal(values.length, 768)
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  t.ok(Math.abs(length - 1) < 1e-5, `length ${length}`)
})
