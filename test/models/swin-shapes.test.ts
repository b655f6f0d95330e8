/**
 * Which Swin a file holds is told by its tensors: sizes, layouts, nesting, types of numbers.
 */
import t from 'tap'
import { convertSwin, describeSwin, swinVariants } from '../../models/convert/swin-file.ts'
import { checkValues, readSwin, type SwinShape, tensorShapes } from '../../models/convert/swin-weights.ts'
import { memorySource, type WeightSource } from '../../models/convert/weight-source.ts'
import {
  checkpoint,
  dict,
  int,
  oldLayout,
  op,
  pickle,
  randomTensors,
  safetensors,
  savedTensor,
  smallest,
  stateDict,
  storagesOf,
  type Tensor,
  text,
  torchFile,
} from './swin-files.ts'

const source = (bytes: Uint8Array) => memorySource('weights', bytes)
const tensors = randomTensors(smallest)

/** Of a file of any size only the header is there. */
function headerOnly(shape: SwinShape, older = false): WeightSource {
  const header: Record<string, object> = {}
  let at = 0
  for (const [key, dims] of tensorShapes(shape)) {
    const bytes = dims.reduce((a, b) => a * b, 4)
    const [, stage] = /^layers\.(\d)\.downsample/.exec(key) ?? []
    const name = older && stage ? key.replace(/\d/, String(Number(stage) - 1)) : key
    header[name] = { dtype: 'F32', shape: dims, data_offsets: [at, at + bytes] }
    at += bytes
  }
  const start = safetensors(new Map(), (all) => Object.assign(all, header))
  return { ...source(start), size: start.length + at }
}

t.test('the published sizes are what their papers say', (t) => {
  const facts = Object.values(swinVariants).map(describeSwin)
  t.strictSame(
    facts.map(({ variant, dim, input, tensors, parameters }) => [variant, dim, input, tensors, parameters]),
    [
      ['swin-t-224', 768, 224, 171, 27_519_354],
      ['swin-s-224', 768, 224, 327, 48_837_258],
      ['swin-b-224', 1024, 224, 327, 86_743_224],
      ['swin-l-224', 1536, 224, 327, 194_995_476],
      ['swin-b-384', 1024, 384, 327, 86_878_584],
      ['swin-l-384', 1536, 384, 327, 195_198_516],
    ],
  )
  t.end()
})

t.test('every size is known by its tensors, in both layouts', (t) => {
  for (const shape of Object.values(swinVariants)) {
    t.strictSame(readSwin(headerOnly(shape)).shape, shape)
    const old = readSwin(headerOnly(shape, true))
    t.strictSame(old.shape, shape)
    t.equal(old.layout, 'old')
    t.strictSame(new Set(old.weights.keys()), new Set(tensorShapes(shape).keys()))
  }
  t.end()
})

/** All values, by the new keys. */
function valuesOf(bytes: Uint8Array) {
  const swin = readSwin(source(bytes))
  checkValues(source(bytes), swin)
  return Object.fromEntries([...swin.weights].map(([key, weight]) => [key, weight.floats()]))
}
const values = Object.fromEntries([...tensors].map(([key, { data }]) => [key, data]))

t.test('flat, nested, old and new files give the same weights', (t) => {
  const old = oldLayout(tensors)
  const buffers = new Map<string, Tensor>([
    ['layers.0.blocks.1.attn_mask', { shape: [1], data: new Float32Array(1) }],
    ['head.weight', { shape: [2, 1], data: new Float32Array(2) }],
  ])
  const more = new Map([...old, ...buffers])
  const index = savedTensor({ key: 'index', shape: [2], count: 2, storageType: 'LongStorage' })
  const indexed = op(stateDict(more), text('layers.0.blocks.0.attn.relative_position_index'), index, 's')
  const longs = ['data/index', Buffer.alloc(16)] as const
  t.strictSame(valuesOf(safetensors(tensors)), values, 'new')
  t.strictSame(valuesOf(safetensors(more)), values, 'old, with buffers and head')
  t.strictSame(valuesOf(checkpoint(tensors)), values, 'torch, flat')
  t.strictSame(valuesOf(checkpoint(old)), values, 'torch, old')
  t.strictSame(valuesOf(torchFile(pickle(indexed), [...storagesOf(more), longs])), values, 'torch, buffers')
  for (const key of ['model', 'state_dict']) {
    const items = dict([
      ['epoch', int(99)],
      ['objective', dict([['weight', savedTensor({ key: 'objective', shape: [2], count: 2 })]])],
      ['hooks', op('ccollections\nOrderedDict\n', ')R', dict([['version', int(1)]]), 'b')],
      [key, stateDict(tensors)],
    ])
    const storages = [...storagesOf(tensors), ['data/objective', Buffer.alloc(8)] as const]
    t.strictSame(valuesOf(torchFile(pickle(items), storages)), values, `under ${key}`)
  }
  t.end()
})

t.test('strides are honoured, and several tensors may share a storage', (t) => {
  const name = 'layers.0.blocks.0.mlp.fc1.weight'
  const { shape, data } = tensors.get(name) as Tensor
  const [rows = 0, columns = 0] = shape
  const turned = Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? 0)
  const shared = Buffer.concat([Buffer.alloc(12), Buffer.from(turned.buffer)])
  const count = 3 + data.length
  const replaced = savedTensor({ key: 'shared', shape, count, offset: 3, strides: [1, rows] })
  const bytes = pickle(op(stateDict(tensors), text(name), replaced, 's'))
  t.strictSame(valuesOf(torchFile(bytes, [...storagesOf(tensors), ['data/shared', shared]])), values)
  t.end()
})

t.test('half precision is read from safetensors', (t) => {
  const halved = new Map(
    [...tensors].map(([key, { shape, data }]) => [key, { shape, data: data.map(short) }]),
  )
  const full = safetensors(halved)
  const length = Number(full.readBigUInt64LE())
  const header = JSON.parse(full.toString('utf8', 8, 8 + length))
  for (const entry of Object.values<{ dtype: string; data_offsets: number[] }>(header)) {
    entry.dtype = 'BF16'
    entry.data_offsets = entry.data_offsets.map((at) => at / 2)
  }
  const upper = Buffer.from(full.subarray(8 + length).filter((_, i) => i % 4 > 1))
  const json = Buffer.from(JSON.stringify(header))
  const head = Buffer.alloc(8)
  head.writeBigUInt64LE(BigInt(json.length))
  const expected = Object.fromEntries([...halved].map(([key, { data }]) => [key, data]))
  t.strictSame(valuesOf(Buffer.concat([head, json, upper])), expected)
  t.end()
})

/** What is left of a number in bfloat16. */
function short(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)
  return new Float32Array(Uint32Array.of((bits[0] ?? 0) & 0xffff0000).buffer)[0] ?? 0
}

t.test('missing, misshapen and unknown tensors are listed in one line', (t) => {
  const spoilt = new Map(tensors)
  spoilt.delete('norm.bias')
  spoilt.delete('layers.0.blocks.1.attn.proj.weight')
  spoilt.set('layers.1.blocks.0.norm1.weight', { shape: [4, 2], data: new Float32Array(8) })
  spoilt.set('absolute_pos_embed', { shape: [1], data: new Float32Array(1) })
  const message =
    /^weights: is not a whole Swin: layers\.0\.blocks\.1\.attn\.proj\.weight is missing; layers\.1\.blocks\.0\.norm1\.weight is \[4,2\], not \[8\]; norm\.bias is missing; absolute_pos_embed is unknown$/
  for (const bytes of [safetensors(spoilt), checkpoint(spoilt)]) {
    t.throws(() => readSwin(source(bytes)), { code: 'MODEL_BROKEN', message })
  }
  const none = new Map([...tensors].filter(([key]) => !key.includes('norm')))
  t.throws(() => readSwin(source(checkpoint(none))), { message: /; and \d+ more$/ })
  t.end()
})

t.test('other networks are no Swin', (t) => {
  const without = (pattern: RegExp) => new Map([...tensors].filter(([key]) => !pattern.test(key)))
  const some = (shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) })
  const cases: [RegExp, Map<string, Tensor>][] = [
    [
      /patch_embed\.proj\.weight is missing; it begins with conv\.weight$/,
      new Map([['conv.weight', some([1])]]),
    ],
    [/stage 2 has 0 blocks/, without(/^layers\.2\.blocks/)],
    [/stage 1 lacks its attn/, without(/^layers\.1.*table/)],
    [/stage 0 has 100 blocks/, new Map([...tensors, ['layers.0.blocks.99.x', some([1])]])],
    [
      /neither 7 nor 12/,
      new Map([...tensors].map(([key, one]) => [key, /^layers\.0.*table/.test(key) ? some([225, 1]) : one])),
    ],
    [
      /stage 3 has 3 heads/,
      new Map([...tensors, ['layers.3.blocks.0.attn.relative_position_bias_table', some([169, 3])]]),
    ],
    [/has 0 channels/, new Map([...tensors, ['patch_embed.proj.weight', some([])]])],
  ]
  for (const [message, wrong] of cases) {
    t.throws(() => readSwin(source(safetensors(wrong))), { code: 'MODEL_BROKEN', message }, String(message))
  }
  t.end()
})

t.test('a file whose ONNX file would not fit the format', (t) => {
  const shape: SwinShape = { embed: 64, depths: [48, 48, 1, 1], heads: [64, 64, 64, 64], window: 12 }
  const swin = readSwin(headerOnly(shape))
  const message = /ONNX file of \d+ bytes, more than/
  t.throws(() => convertSwin(swin, { normalise: 'half', int8: false }), { code: 'MODEL_BROKEN', message })
  t.end()
})
