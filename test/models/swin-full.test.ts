/**
 * A file as large as MegaDescriptor-T's: a Swin-T in the old layout beside a trainer's matrix, 204 MB. The conversion, and
 * then the whole command, have processes of their own, so that their time and memory can be told.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as ort from 'onnxruntime-node'
import sharp from 'sharp'
import t from 'tap'
import { swinVariants } from '../../models/convert/swin-file.ts'
import type { SwinShape } from '../../models/convert/swin-weights.ts'
import { startBox } from '../../scripts/demonstration/box.ts'
import { mainFile } from '../../scripts/testing/program.ts'
import { barnbox, jsonLines, startCommand } from '../commands/cli.ts'
import { bringModels } from '../support/models.ts'
import { until } from '../system/harness.ts'
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
const name = 'megadescriptor-t-224'
t.setTimeout(180_000)

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

const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-swin-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const file = path.join(folder, 'pytorch_model.bin')
writeFullSize(file)

t.test('it is converted in time and memory, loads, and answers with unit length', async (t) => {
  const onnx = path.join(folder, 'swin.onnx')
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
  t.ok(isUnit(values), 'unit length')
})

const isUnit = (values: Iterable<number>) => Math.abs(Math.hypot(...values) - 1) < 1e-5

/** Has a command say at its end how much memory it ever held: its own, whatever started it held. */
function tellsPeak(to: string): string {
  const said = `readFileSync('/proc/self/status', 'utf8')`
  const source = `import { readFileSync, writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(to)}, ${said}))`
  return `data:text/javascript,${encodeURIComponent(source)}`
}

t.test('the command takes it, it looks, and the daemon knows horses by it', async (t) => {
  const stateDir = path.join(folder, 'state')
  await bringModels(stateDir)
  const env = { BARNBOX_STATE_DIR: stateDir }
  const [status, image] = [path.join(folder, 'status'), path.join(folder, 'horse.png')]
  const licence = ['--accept-license', 'CC-BY-NC-4.0']
  const args = [mainFile, 'models', 'import', file, '--as', name, ...licence]
  const imported = startCommand(process.execPath, ['--import', tellsPeak(status), ...args], env)
  t.match(await imported.end, { code: 0, stderr: '' })
  const peakMb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]) / 1024
  t.comment(`${Math.round(peakMb)} MB`)
  t.ok(peakMb < mostMb, `${peakMb} MB`)
  t.match(await barnbox(['models', 'use', name], env), { code: 0 })
  const noise = { width: 300, height: 200, channels: 3, background: 'grey' } as const
  await sharp({ create: { ...noise, noise: { type: 'gaussian', mean: 120, sigma: 40 } } })
    .png()
    .toFile(image)
  const looked = await barnbox(['models', 'embed', image, '--json'], env)
  const [said] = jsonLines(looked) as unknown as { model: string; dim: number; embedding: number[] }[]
  t.match(said, { dim: 768 }, looked.stderr)
  t.ok(said?.model.startsWith(`${name}@`), `${said?.model}`)
  t.equal(said?.embedding.length, 768)
  t.ok(isUnit(said?.embedding ?? []), 'unit length')
  // A camera that does not answer: the models are opened all the same.
  const config = { http: { port: 0 }, cameras: [{ id: 'yard', url: 'rtsp://127.0.0.1:9/none' }] }
  await using box = await startBox({ config, stateDir })
  const embedder = async () =>
    (await box.get<{ models: { embedder: { name: string } | null } }>('/api/v1/system')).models.embedder?.name
  await until('the models are open', async () => (await embedder()) !== undefined, 60_000)
  t.equal(await embedder(), name)
})
