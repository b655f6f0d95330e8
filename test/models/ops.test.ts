/**
 * Each kind of node, alone in a tiny graph: ONNX against TensorFlow.js.
 */
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import * as ort from 'onnxruntime-node'
import t from 'tap'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'
import { createConverter, padOf } from '../../models/convert/ops.ts'
import { readGraph } from '../../models/convert/tfjs-graph.ts'
import { type TinyNode, type TinyWeight, whole, word, words, writeGraph } from './graph-files.ts'
import { loadOriginal } from './tfjs.ts'

const some = (count: number, seed = 1) =>
  Array.from({ length: count }, (_, i) => Math.sin((i + 1) * 12.9898 * seed) * 2)

interface Case {
  readonly nodes: readonly TinyNode[]
  readonly weights: readonly TinyWeight[]
  readonly side?: number
  /** How far the values may be apart; 1e-4 when absent. */
  readonly off?: number
}

const convolution = (padding: string, stride: number) => ({
  padding: word(padding),
  strides: whole(1, stride, stride, 1),
  dilations: whole(1, 1, 1, 1),
})
const filter = (side: number, out: number, name = 'w'): TinyWeight => ({
  name,
  shape: [side, side, 3, out],
  values: some(side * side * 3 * out),
})
const bias = (size: number): TinyWeight => ({ name: 'b', shape: [size], values: some(size, 3) })
const number = (name: string, value: number): TinyWeight => ({ name, shape: [], values: [value] })
const integers = (name: string, ...values: number[]): TinyWeight => ({
  name,
  shape: values.length === 1 ? [] : [values.length],
  values,
  dtype: 'int32',
})

const cases: Record<string, Case> = {
  'a convolution, stride 1': {
    nodes: [{ name: 'out', op: 'Conv2D', input: ['in', 'w'], attr: convolution('SAME', 1) }],
    weights: [filter(3, 4)],
  },
  'a convolution with bias and Relu, stride 2, odd side': {
    side: 7,
    nodes: [
      {
        name: 'out',
        op: '_FusedConv2D',
        input: ['in', 'w', 'b'],
        attr: { ...convolution('SAME', 2), fused_ops: words('BiasAdd', 'Relu'), num_args: { i: '1' } },
      },
    ],
    weights: [filter(5, 4), bias(4)],
  },
  'a convolution without padding': {
    nodes: [{ name: 'out', op: 'Conv2D', input: ['in', 'w'], attr: convolution('VALID', 1) }],
    weights: [filter(3, 2)],
  },
  'a depthwise convolution, stride 2, even side': {
    nodes: [{ name: 'out', op: 'DepthwiseConv2dNative', input: ['in', 'w'], attr: convolution('SAME', 2) }],
    weights: [filter(3, 1)],
  },
  'a depthwise convolution with bias': {
    nodes: [
      {
        name: 'out',
        op: 'FusedDepthwiseConv2dNative',
        input: ['in', 'w', 'b'],
        attr: { ...convolution('SAME', 1), fused_ops: words('BiasAdd'), num_args: { i: '1' } },
      },
    ],
    weights: [filter(5, 1), bias(3)],
  },
  'hard swish': {
    off: 2e-3,
    nodes: [
      { name: 'sixth', op: 'Mul', input: ['c', 'in'] },
      { name: 'more', op: 'Add', input: ['in', 'three'] },
      { name: 'clip', op: 'Relu6', input: ['more'] },
      { name: 'out', op: 'Mul', input: ['sixth', 'clip'] },
    ],
    weights: [number('c', 0.16662598), number('three', 3)],
  },
  'a product that only looks like hard swish': {
    nodes: [
      { name: 'sixth', op: 'Mul', input: ['c', 'in'] },
      { name: 'more', op: 'Add', input: ['in', 'two'] },
      { name: 'clip', op: 'Relu6', input: ['more'] },
      { name: 'out', op: 'Mul', input: ['sixth', 'clip'] },
    ],
    weights: [number('c', 0.16662598), number('two', 2)],
  },
  'squeeze and excite: a mean, a sigmoid, a product per channel': {
    nodes: [
      { name: 'mean', op: 'Mean', input: ['in', 'axes'], attr: { keep_dims: { b: true } } },
      { name: 'gate', op: 'Sigmoid', input: ['mean'] },
      { name: 'out', op: 'Mul', input: ['in', 'gate'] },
    ],
    weights: [integers('axes', 1, 2)],
  },
  'a constant per channel': {
    nodes: [{ name: 'out', op: 'Add', input: ['in', 'b'] }],
    weights: [bias(3)],
  },
  'twice as large, joined with itself': {
    nodes: [
      {
        name: 'large',
        op: 'ResizeBilinear',
        input: ['in', 'size'],
        attr: { align_corners: { b: false }, half_pixel_centers: { b: false } },
      },
      { name: 'relu', op: 'Relu', input: ['large'] },
      { name: 'out', op: 'ConcatV2', input: ['large', 'relu', 'axis'], attr: { N: { i: '2' } } },
    ],
    weights: [integers('size', 16, 16), integers('axis', 3)],
  },
}

/** NCHW output of the converted graph, as NHWC. */
async function converted(file: string, side: number, pixels: readonly number[]): Promise<number[]> {
  const onnx = createOnnxGraph('tiny')
  const input = onnx.input('in', 'float32', [1, side, side, 3])
  const name = onnx.node('Transpose', [input], { perm: [0, 3, 1, 2] })
  const value = { name, channels: 3, height: side, width: side }
  const out = createConverter(readGraph(file), onnx, new Map([['in', value]]))('out')
  const shape = [1, out.height, out.width, out.channels]
  onnx.output('out', onnx.node('Transpose', [out.name], { perm: [0, 2, 3, 1] }), 'float32', shape)
  const session = await ort.InferenceSession.create(onnx.encode({}), { intraOpNumThreads: 1 })
  const feeds = { in: new ort.Tensor('float32', Float32Array.from(pixels), [1, side, side, 3]) }
  const result = (await session.run(feeds))['out']
  await session.release()
  if (!(result?.data instanceof Float32Array)) throw new Error('no output')
  return [...result.data]
}

for (const [what, { nodes, weights, side = 8, off = 1e-4 }] of Object.entries(cases)) {
  t.test(what, async (t) => {
    await tf.setBackend('cpu')
    const file = writeGraph(side, 3, nodes, weights)
    const pixels = some(side * side * 3, 7)
    const original = await loadOriginal(file)
    const expected = [
      ...(await (original.execute(tf.tensor(pixels, [1, side, side, 3])) as tf.Tensor).data()),
    ]
    const got = await converted(file, side, pixels)
    t.equal(got.length, expected.length)
    t.ok(Math.max(...got.map((value, i) => Math.abs(value - (expected[i] ?? 0)))) < off)
  })
}

t.test('what is not known is refused by name', (t) => {
  const refused = (nodes: readonly TinyNode[], weights: readonly TinyWeight[]) => {
    const onnx = createOnnxGraph('tiny')
    const known = new Map([['in', { name: 'in', channels: 3, height: 8, width: 8 }]])
    return () => createConverter(readGraph(writeGraph(8, 3, nodes, weights)), onnx, known)('out')
  }
  const conv = (attr: object): TinyNode => ({ name: 'out', op: 'Conv2D', input: ['in', 'w'], attr })
  const code = 'MODEL_BROKEN'
  t.throws(refused([{ name: 'out', op: 'Softmax', input: ['in'] }], []), { code, message: /Softmax/ })
  t.throws(refused([{ name: 'other', op: 'Relu', input: ['in'] }], []), { code, message: /no node out/ })
  t.throws(refused([conv(convolution('SAME', 1))], []), { code, message: /weight w is missing/ })
  const dilated = { ...convolution('SAME', 1), dilations: whole(1, 2, 2, 1) }
  t.throws(refused([conv(dilated)], [filter(3, 2)]), { code, message: /unsupported kind/ })
  t.throws(refused([{ name: 'out', op: 'Mean', input: ['in', 'axes'] }], [integers('axes', 1, 2)]), { code })
  t.throws(refused([{ name: 'out', op: 'ConcatV2', input: ['in', 'axis'] }], [integers('axis', 1)]), { code })
  t.end()
})

t.test('padding is as in TensorFlow: the odd pixel comes last', (t) => {
  t.same(padOf('SAME', 512, 3, 2), [0, 1, 256])
  t.same(padOf('SAME', 7, 5, 2), [2, 2, 4])
  t.same(padOf('SAME', 8, 1, 2), [0, 0, 4])
  t.same(padOf('VALID', 8, 3, 2), [0, 0, 3])
  t.end()
})
