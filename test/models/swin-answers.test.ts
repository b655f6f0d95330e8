/**
 * What a converted Swin answers: against torchvision's recorded features, and against a slow computation in float64.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as ort from 'onnxruntime-node'
import t, { type Test } from 'tap'
import type { Normalise } from '../../models/convert/swin.ts'
import { type ConvertedSwin, convertSwin, convertSwinFile } from '../../models/convert/swin-file.ts'
import { inputSide, type SwinShape } from '../../models/convert/swin-weights.ts'
import { sharedFolder } from './shared.ts'
import { asWeights, randomTensors, seeded, smallest } from './swin-files.ts'
import { slowSwin } from './swin-oracle.ts'

const folder = path.join(sharedFolder, 'fixtures', 'swin')
const skip = existsSync(folder) ? false : `no Swin fixtures in ${sharedFolder}`

type Answer = Readonly<Record<'embedding' | 'feature', Float32Array>>

async function ask(swin: ConvertedSwin, pixels: Uint8Array, pictures = 1): Promise<Answer> {
  const session = await ort.InferenceSession.create(Buffer.concat([...swin.chunks()]), {
    intraOpNumThreads: 1,
  })
  const dims = [pictures, swin.kind.input, swin.kind.input, 3]
  const { embedding, feature } = await session.run({ pixels: new ort.Tensor('uint8', pixels, dims) })
  await session.release()
  return { embedding: embedding?.data as Float32Array, feature: feature?.data as Float32Array }
}

type Row = Float32Array | Float64Array | readonly number[]
const dot = (a: Row, b: Row) => [...a].reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
const cosine = (a: Row, b: Row) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
const farthest = (a: Row, b: Row) => Math.max(...[...a].map((value, i) => Math.abs(value - (b[i] ?? 0))))

/** Counts and compares; both must be of one length. */
function same(t: Test, ours: Row, theirs: Row, most: number) {
  t.equal(ours.length, theirs.length)
  t.ok(farthest(ours, theirs) <= most, `${farthest(ours, theirs)} apart`)
  t.ok(cosine(ours, theirs) > 0.999999, `cosine ${cosine(ours, theirs)}`)
}

t.test("both layouts give torchvision's features, with both normalisations", { skip }, async (t) => {
  const expected = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8'))
  const pixels = new Uint8Array(readFileSync(path.join(folder, 'input.rgb')))
  for (const [file, layout] of [
    ['new.safetensors', 'new'],
    ['old.bin', 'old'],
  ] as const) {
    for (const normalise of ['imagenet', 'half'] as const satisfies Normalise[]) {
      const swin = convertSwinFile(path.join(folder, file), { normalise, int8: false })
      t.match(swin.kind, { layout, preprocess: normalise, precision: 'float32', dim: 128, input: 224 })
      t.equal(swin.kind.variant, 'swin-16x2.2.2.2-224')
      const { feature, embedding } = await ask(swin, pixels)
      same(t, feature, expected[`feature_${normalise}`], 1e-4)
      t.ok(Math.abs(dot(embedding, embedding) - 1) < 1e-5)
      t.ok(cosine(embedding, feature) > 0.999999)
    }
  }
})

t.test('in whole numbers the answer is nearly the same', { skip }, async (t) => {
  const pixels = new Uint8Array(readFileSync(path.join(folder, 'input.rgb')))
  const embed = async (int8: boolean) => {
    const swin = convertSwinFile(path.join(folder, 'old.bin'), { normalise: 'imagenet', int8 })
    t.equal(swin.kind.precision, int8 ? 'int8' : 'float32')
    return (await ask(swin, pixels)).embedding
  }
  const likeness = cosine(await embed(false), await embed(true))
  t.comment(`int8 to fp32: cosine ${likeness.toFixed(6)}`)
  t.ok(likeness > 0.99)
})

const noise = (side: number, pictures: number) => {
  const random = seeded(5)
  return Uint8Array.from({ length: pictures * side * side * 3 }, () => Math.floor(random() * 256))
}

const wide: SwinShape = { embed: 6, depths: [2, 2, 1, 2], heads: [1, 2, 3, 4], window: 12 }

for (const [what, shape] of Object.entries({ 'windows of 7': smallest, 'windows of 12': wide })) {
  t.test(`${what}: as the slow computation has it`, async (t) => {
    const tensors = randomTensors(shape, 3)
    const side = inputSide(shape)
    const pixels = noise(side, 1)
    const swin = convertSwin(asWeights(shape, tensors), { normalise: 'imagenet', int8: false })
    t.equal(swin.kind.input, side)
    const { feature } = await ask(swin, pixels)
    same(t, feature, slowSwin(shape, tensors, pixels), 1e-4)
  })
}

t.test('pictures given together are answered like alone', async (t) => {
  const weights = asWeights(smallest, randomTensors(smallest))
  const pixels = noise(224, 3)
  const swin = convertSwin(weights, { normalise: 'imagenet', int8: false })
  const { feature } = await ask(swin, pixels, 3)
  for (let i = 0; i < 3; i++) {
    const alone = await ask(swin, pixels.subarray(i * 150528, (i + 1) * 150528))
    same(t, feature.subarray(i * 32, (i + 1) * 32), alone.feature, 1e-5)
  }
})
