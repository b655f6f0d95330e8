/**
 * A Swin transformer as one ONNX graph: `pixels` uint8 [N, side, side, 3] in RGB, `embedding` [N, dim] of unit length
 * and `feature` [N, dim] out. Cropping and scaling are the caller's.
 *
 * Tokens are kept in the order that the next attention wants, window after window, so that a window is a plain
 * reshape and going to shifted windows, or to the next stage, is one Gather of whole rows. Everything between two
 * attentions works on single tokens and asks for no order.
 */
import { quantise } from './int8.ts'
import { dtypes } from './layout.ts'
import { createOnnxGraph, type OnnxGraph } from './onnx-writer.ts'
import { channelsOf, inputSide, patchSide, type SwinShape, type SwinWeights, stages } from './swin-weights.ts'
import { attentionBias, gatherIndex, merging, windowOrder } from './swin-windows.ts'
import type { Weight } from './weight-source.ts'

/** What MegaDescriptor was trained with is `imagenet`; its model card says `half`. */
export type Normalise = 'imagenet' | 'half'

export interface SwinOptions {
  readonly normalise: Normalise
  /** Linear layers multiply whole numbers; the rest stays in float32. */
  readonly int8: boolean
}

/** The first opset with Gelu: one pass over the largest values instead of five. */
const opset = 20

export function swinGraph(swin: SwinWeights, options: SwinOptions): OnnxGraph {
  const { shape } = swin
  const onnx = createOnnxGraph('swin', { opset, domains: options.int8 ? { 'com.microsoft': 1 } : {} })
  const job: Job = { ...swin, onnx, int8: options.int8 }
  let tokens = embedPatches(job, options.normalise)
  for (let stage = 0; stage < stages; stage++) {
    if (stage > 0) tokens = mergePatches(job, tokens, stage)
    for (let block = 0; block < (shape.depths[stage] ?? 0); block++)
      tokens = addBlock(job, tokens, stage, block)
  }
  const dim = channelsOf(shape, stages - 1)
  const map = onnx.node('Reshape', [norm(job, tokens.name, 'norm'), onnx.ints([-1, tokens.side ** 2, dim])])
  const feature = onnx.node('ReduceMean', [map, onnx.ints([1])], { keepdims: 0 })
  onnx.output('embedding', onnx.node('LpNormalization', [feature], { axis: 1, p: 2 }), 'float32', ['N', dim])
  onnx.output('feature', feature, 'float32', ['N', dim])
  return onnx
}

interface Job {
  readonly onnx: OnnxGraph
  readonly shape: SwinShape
  readonly weights: ReadonlyMap<string, Weight>
  readonly int8: boolean
}

/** Rows of a [N * side * side, channels] matrix; `order[k]` is the place of row k in the picture, row by row. */
interface Tokens {
  readonly name: string
  readonly side: number
  readonly order: Int32Array
}

const means: Readonly<Record<Normalise, readonly number[]>> = {
  imagenet: [0.485, 0.456, 0.406],
  half: [0.5, 0.5, 0.5],
}
const deviations: typeof means = { imagenet: [0.229, 0.224, 0.225], half: [0.5, 0.5, 0.5] }

function embedPatches(job: Job, normalise: Normalise): Tokens {
  const { onnx, shape } = job
  const pixels = onnx.input('pixels', 'uint8', ['N', inputSide(shape), inputSide(shape), 3])
  const floats = onnx.node('Cast', [pixels], { to: dtypes.float32 })
  const scale = deviations[normalise].map((deviation) => 1 / (255 * deviation))
  const shift = means[normalise].map((mean, i) => -mean / (deviations[normalise][i] ?? 1))
  const scaled = onnx.node('Mul', [floats, onnx.floats(scale, [3])])
  const normal = onnx.node('Add', [scaled, onnx.floats(shift, [3])])
  const planes = onnx.node('Transpose', [normal], { perm: [0, 3, 1, 2] })
  const square = [patchSide, patchSide]
  const patches = onnx.node(
    'Conv',
    [planes, stored(job, 'patch_embed.proj.weight'), stored(job, 'patch_embed.proj.bias')],
    { kernel_shape: square, strides: square },
  )
  const side = inputSide(shape) / patchSide
  const flat = onnx.node('Reshape', [patches, onnx.ints([0, shape.embed, side * side])])
  const rows = onnx.node('Transpose', [flat], { perm: [0, 2, 1] })
  const order = windowOrder(side, shape.window, 0)
  const windows = onnx.node('Gather', [rows, onnx.ints([...order])], { axis: 1 })
  const matrix = onnx.node('Reshape', [windows, onnx.ints([-1, shape.embed])])
  return { name: norm(job, matrix, 'patch_embed.norm'), side, order }
}

/** Four neighbours become one token of twice the channels. */
function mergePatches(job: Job, tokens: Tokens, stage: number): Tokens {
  const { onnx, shape } = job
  const before = channelsOf(shape, stage - 1)
  const side = tokens.side / 2
  const order = windowOrder(side, shape.window, 0)
  const gathered = gather(job, tokens, merging(order, side), before)
  const four = onnx.node('Reshape', [gathered, onnx.ints([-1, 4 * before])])
  const key = `layers.${stage}.downsample`
  return { name: linear(job, norm(job, four, `${key}.norm`), `${key}.reduction`), side, order }
}

function addBlock(job: Job, tokens: Tokens, stage: number, block: number): Tokens {
  const { onnx, shape } = job
  const { side } = tokens
  const key = `layers.${stage}.blocks.${block}`
  // Where one window covers everything there is nothing to shift.
  const shift = block % 2 === 1 && side > shape.window ? Math.floor(shape.window / 2) : 0
  const order = windowOrder(side, shape.window, shift)
  const start = gather(job, tokens, order, channelsOf(shape, stage))
  const attended = attention(job, norm(job, start, `${key}.norm1`), { key, stage, side, shift })
  const middle = onnx.node('Add', [start, attended])
  const hidden = linear(job, norm(job, middle, `${key}.norm2`), `${key}.mlp.fc1`)
  const mlp = linear(job, onnx.node('Gelu', [hidden]), `${key}.mlp.fc2`)
  return { name: onnx.node('Add', [middle, mlp]), side, order }
}

/** Rows in another order, still as a matrix. */
function gather({ onnx }: Job, { name, side, order }: Tokens, to: Int32Array, channels: number): string {
  const index = gatherIndex(order, to)
  if (index.every((from, k) => from === k)) return name
  const map = onnx.node('Reshape', [name, onnx.ints([-1, side * side, channels])])
  const gathered = onnx.node('Gather', [map, onnx.ints([...index])], { axis: 1 })
  return onnx.node('Reshape', [gathered, onnx.ints([-1, channels])])
}

interface Place {
  readonly key: string
  readonly stage: number
  readonly side: number
  readonly shift: number
}

function attention(job: Job, rows: string, { key, stage, side, shift }: Place): string {
  const { onnx, shape } = job
  const channels = channelsOf(shape, stage)
  const heads = shape.heads[stage] ?? 1
  const depth = channels / heads
  const tokens = shape.window ** 2
  const qkv = linear(job, rows, `${key}.attn.qkv`, queryScale(channels, depth))
  const split = onnx.node('Reshape', [qkv, onnx.ints([-1, tokens, 3, heads, depth])])
  const [q = '', k = '', v = ''] = onnx
    .nodes('Split', [split, onnx.ints([1, 1, 1])], 3, { axis: 2 })
    .map((part, i) => {
      const four = onnx.node('Reshape', [part, onnx.ints([-1, tokens, heads, depth])])
      return onnx.node('Transpose', [four], { perm: i === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3] })
    })
  const scores = onnx.node('MatMul', [q, k])
  const windows = shift ? (side / shape.window) ** 2 : 1
  const table = weightOf(job, `${key}.attn.relative_position_bias_table`)
  const biasShape = [windows, heads, tokens, tokens]
  const bias = onnx.tensor('float32', biasShape, () =>
    bytesOf(attentionBias(table.floats(), { side, window: shape.window, shift, heads })),
  )
  const grouped = shift ? onnx.node('Reshape', [scores, onnx.ints([-1, ...biasShape])]) : scores
  const shares = onnx.node('Softmax', [onnx.node('Add', [grouped, bias])], { axis: -1 })
  const flat = shift ? onnx.node('Reshape', [shares, onnx.ints([-1, heads, tokens, tokens])]) : shares
  const mixed = onnx.node('Transpose', [onnx.node('MatMul', [flat, v])], { perm: [0, 2, 1, 3] })
  return linear(job, onnx.node('Reshape', [mixed, onnx.ints([-1, channels])]), `${key}.attn.proj`)
}

/** Scales some rows of a linear layer, weights and bias alike. */
type RowScale = (row: number) => number

/** Queries are the first third; scaling them here saves a pass over the scores. */
const queryScale =
  (channels: number, depth: number): RowScale =>
  (row) =>
    row < channels ? depth ** -0.5 : 1

/** Answers `rows` times the stored matrix, plus the bias where there is one. */
function linear(job: Job, rows: string, key: string, scale?: RowScale): string {
  const { onnx } = job
  const weight = weightOf(job, `${key}.weight`)
  const [outputs = 0, inputs = 0] = weight.shape
  const matrix = () => scaled(weight.floats(), outputs, scale)
  const bias = job.weights.get(`${key}.bias`)
  const added = bias
    ? [onnx.tensor('float32', [outputs], () => bytesOf(scaled(bias.floats(), outputs, scale)))]
    : []
  if (!job.int8) {
    const stored = onnx.tensor('float32', [outputs, inputs], () => bytesOf(matrix()))
    return onnx.node('Gemm', [rows, stored, ...added], { transB: 1 })
  }
  const values = onnx.tensor('int8', [inputs, outputs], () => bytesOf(quantise(matrix(), outputs).values))
  const scales = onnx.tensor('float32', [outputs], () => bytesOf(quantise(matrix(), outputs).scales))
  const more = added.length ? ['', ...added] : []
  return onnx.node('com.microsoft.DynamicQuantizeMatMul', [rows, values, scales, ...more])
}

function scaled(values: Float32Array, outputs: number, scale: RowScale | undefined): Float32Array {
  if (!scale) return values
  const width = values.length / outputs
  return values.map((value, i) => value * scale(Math.floor(i / width)))
}

function norm(job: Job, rows: string, key: string): string {
  const inputs = [rows, stored(job, `${key}.weight`), stored(job, `${key}.bias`)]
  return job.onnx.node('LayerNormalization', inputs, { axis: -1, epsilon: { float: 1e-5 } })
}

function stored(job: Job, key: string): string {
  const weight = weightOf(job, key)
  return job.onnx.tensor('float32', weight.shape, () => bytesOf(weight.floats()))
}

/** The keys were checked when the file was read. */
function weightOf({ weights }: Job, key: string): Weight {
  const weight = weights.get(key)
  if (!weight) throw new TypeError(`${key} was never checked`)
  return weight
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int8Array) =>
  new Uint8Array(buffer, byteOffset, byteLength)
