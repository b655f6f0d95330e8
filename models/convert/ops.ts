/**
 * Converts the nodes of a TensorFlow.js graph one by one into ONNX: NHWC becomes NCHW, padding is made explicit,
 * and activation patterns that ONNX has a name for are named.
 */
import type { OnnxGraph } from './onnx-writer.ts'
import { broken, type Constant, type Graph, type GraphNode } from './tfjs-graph.ts'

/** A converted value: its ONNX name and its shape without the batch. */
export interface Value {
  readonly name: string
  readonly channels: number
  readonly height: number
  readonly width: number
}

/** Converts what the asked node needs; asked again, it answers the same value. */
export type Convert = (tfName: string) => Value

/** `known` holds the graph's inputs; everything else is reached from them. */
export function createConverter(graph: Graph, onnx: OnnxGraph, known: ReadonlyMap<string, Value>): Convert {
  const done = new Map(known)
  const convert: Convert = (tfName) => {
    const before = done.get(tfName)
    if (before) return before
    const node = graph.nodes.get(tfName)
    if (!node) throw broken(graph.file, `has no node ${tfName}`)
    const make = makers[node.op]
    if (!make) throw broken(graph.file, `uses the unsupported operation ${node.op} (${node.name})`)
    const value = make({ graph, node, onnx, convert })
    done.set(tfName, value)
    return value
  }
  return convert
}

interface Job {
  readonly graph: Graph
  readonly node: GraphNode
  readonly onnx: OnnxGraph
  readonly convert: Convert
}

const makers: Readonly<Record<string, (job: Job) => Value>> = {
  Conv2D: (job) => convolution(job, false),
  _FusedConv2D: (job) => convolution(job, false),
  DepthwiseConv2dNative: (job) => convolution(job, true),
  FusedDepthwiseConv2dNative: (job) => convolution(job, true),
  Relu: (job) => unary(job, 'Relu'),
  Sigmoid: (job) => unary(job, 'Sigmoid'),
  Relu6: relu6,
  Identity: (job) => job.convert(inputName(job, 0)),
  Add: (job) => binary(job, 'Add'),
  Mul: (job) => hardSwish(job) ?? binary(job, 'Mul'),
  Mean: mean,
  ConcatV2: concat,
  ResizeBilinear: resize,
}

function inputName({ graph, node }: Job, index: number): string {
  const name = node.inputs[index]
  if (name === undefined) throw broken(graph.file, `${node.name} lacks its input ${index}`)
  return name
}

function constant(job: Job, index: number): Constant {
  const name = inputName(job, index)
  const found = job.graph.constants.get(name)
  if (!found) throw broken(job.graph.file, `the weight ${name} is missing`)
  return found
}

/** The one number of a scalar constant, or undefined when the name is no such thing. */
function scalar(graph: Graph, name: string | undefined): number | undefined {
  const found = graph.constants.get(name ?? '')
  return found?.data.length === 1 ? found.data[0] : undefined
}

function attribute(
  node: GraphNode,
  name: string,
): { s?: string; b?: boolean; list?: { i?: string[]; s?: string[] } } {
  return node.attrs[name] ?? {}
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString()

function convolution(job: Job, depthwise: boolean): Value {
  const { graph, node, onnx, convert } = job
  const input = convert(inputName(job, 0))
  const weights = constant(job, 1)
  const [kh = 0, kw = 0, cin = 0, last = 0] = weights.shape
  const [, sy = 1, sx = 1] = (attribute(node, 'strides').list?.i ?? []).map(Number)
  const dilated = (attribute(node, 'dilations').list?.i ?? []).some((d) => Number(d) !== 1)
  if (cin !== input.channels || dilated || (depthwise && last !== 1)) {
    throw broken(graph.file, `${node.name} is a convolution of an unsupported kind`)
  }
  const padding = decode(attribute(node, 'padding').s ?? '')
  const [top, bottom, height] = padOf(padding, input.height, kh, sy)
  const [left, right, width] = padOf(padding, input.width, kw, sx)
  const channels = depthwise ? cin : last
  const inputs = [input.name, onnx.floats(outputFirst(weights), [channels, depthwise ? 1 : cin, kh, kw])]
  const fused = (attribute(node, 'fused_ops').list?.s ?? []).map(decode)
  if (fused[0] === 'BiasAdd') inputs.push(onnx.floats(constant(job, 2).data as Float32Array, [channels]))
  const convolved = onnx.node('Conv', inputs, {
    kernel_shape: [kh, kw],
    strides: [sy, sx],
    pads: [top, left, bottom, right],
    group: depthwise ? channels : 1,
  })
  const rest = fused.filter((op) => op !== 'BiasAdd')
  if (rest.some((op) => op !== 'Relu')) throw broken(graph.file, `${node.name} is fused with ${rest.join()}`)
  return { name: rest.length ? onnx.node('Relu', [convolved]) : convolved, channels, height, width }
}

/** Padding before, padding after, and the size that comes out: TensorFlow pads the odd pixel at the end. */
export function padOf(
  padding: string,
  size: number,
  kernel: number,
  stride: number,
): [number, number, number] {
  if (padding !== 'SAME') return [0, 0, Math.floor((size - kernel) / stride) + 1]
  const out = Math.ceil(size / stride)
  const all = Math.max(0, (out - 1) * stride + kernel - size)
  return [Math.floor(all / 2), all - Math.floor(all / 2), out]
}

/** [kh, kw, in, out] to [out, in, kh, kw]; for one-multiplier depthwise weights the axes change places alike. */
function outputFirst({ shape, data }: Constant): Float32Array {
  const [kh = 0, kw = 0, cin = 0, cout = 0] = shape
  const out = new Float32Array(data.length)
  let to = 0
  for (let o = 0; o < cout; o++) {
    for (let i = 0; i < cin; i++) {
      for (let k = 0; k < kh * kw; k++) out[to++] = data[(k * cin + i) * cout + o] ?? 0
    }
  }
  return out
}

function unary(job: Job, op: string): Value {
  const input = job.convert(inputName(job, 0))
  return { ...input, name: job.onnx.node(op, [input.name]) }
}

function relu6(job: Job): Value {
  const input = job.convert(inputName(job, 0))
  const limits = [job.onnx.floats([0], []), job.onnx.floats([6], [])]
  return { ...input, name: job.onnx.node('Clip', [input.name, ...limits]) }
}

/** TensorFlow broadcasts from the last axis, the channels: a constant of more than one number is per channel. */
function binary(job: Job, op: string): Value {
  const { graph, node, onnx, convert } = job
  const sides = [inputName(job, 0), inputName(job, 1)].map((name): string | Value => {
    const found = graph.constants.get(name)
    if (!found) return convert(name)
    if (found.data.length === 1) return onnx.floats(found.data as Float32Array, [])
    if (found.shape.length === 1) return onnx.floats(found.data as Float32Array, [found.data.length, 1, 1])
    throw broken(graph.file, `${node.name} has a constant of an unsupported shape`)
  })
  const values = sides.filter((side) => typeof side !== 'string')
  const largest = values.reduce<Value | undefined>((a, b) => (a && a.height >= b.height ? a : b), undefined)
  if (!largest) throw broken(graph.file, `${node.name} joins two constants`)
  const names = sides.map((side) => (typeof side === 'string' ? side : side.name))
  return { ...largest, name: onnx.node(op, names) }
}

/**
 * `(c * x) * relu6(x + 3)` with c = 1/6. The stored c is a float16, 0.025 % below 1/6; HardSigmoid saturates at 1
 * instead of 6c, which changes scores in the fourth decimal.
 */
function hardSwish(job: Job): Value | undefined {
  const { graph, node, onnx, convert } = job
  for (const [a, b] of [node.inputs, [...node.inputs].reverse()]) {
    const scaled = graph.nodes.get(a ?? '')
    const clipped = graph.nodes.get(b ?? '')
    const added = graph.nodes.get(clipped?.inputs[0] ?? '')
    if (scaled?.op !== 'Mul' || clipped?.op !== 'Relu6' || added?.op !== 'Add') continue
    const [x, sixth] = withScalar(graph, scaled)
    const [y, three] = withScalar(graph, added)
    if (x === undefined || x !== y || three !== 3 || Math.abs(6 * (sixth ?? 0) - 1) > 1e-3) continue
    const input = convert(x)
    const gate = onnx.node('HardSigmoid', [input.name], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })
    return { ...input, name: onnx.node('Mul', [input.name, gate]) }
  }
  return undefined
}

/** The two inputs of a node as [the computed one, the scalar constant]. */
function withScalar(graph: Graph, node: GraphNode): [string | undefined, number | undefined] {
  const [a, b] = node.inputs
  const right = scalar(graph, b)
  return right === undefined ? [b, scalar(graph, a)] : [a, right]
}

function mean(job: Job): Value {
  const axes = [...constant(job, 1).data].join()
  if (axes !== '1,2' || attribute(job.node, 'keep_dims').b !== true) {
    throw broken(job.graph.file, `${job.node.name} is a mean of an unsupported kind`)
  }
  const input = job.convert(inputName(job, 0))
  return { ...input, name: job.onnx.node('GlobalAveragePool', [input.name]), height: 1, width: 1 }
}

function concat(job: Job): Value {
  const { graph, node, onnx, convert } = job
  const axis = scalar(graph, node.inputs.at(-1))
  const parts = node.inputs.slice(0, -1).map(convert)
  const first = parts[0]
  if (!first || (axis !== 3 && axis !== -1)) {
    throw broken(graph.file, `${node.name} joins along an unsupported axis`)
  }
  const channels = parts.reduce((sum, part) => sum + part.channels, 0)
  const name = onnx.node(
    'Concat',
    parts.map((part) => part.name),
    { axis: 1 },
  )
  return { ...first, name, channels }
}

function resize(job: Job): Value {
  const { graph, node, onnx, convert } = job
  const input = convert(inputName(job, 0))
  const [height = 0, width = 0] = constant(job, 1).data
  if (attribute(node, 'align_corners').b || attribute(node, 'half_pixel_centers').b) {
    throw broken(graph.file, `${node.name} is a resize of an unsupported kind`)
  }
  const scales = onnx.floats([1, 1, height / input.height, width / input.width], [4])
  const attributes = { mode: 'linear', coordinate_transformation_mode: 'asymmetric' }
  return { ...input, name: onnx.node('Resize', [input.name, '', scales], attributes), height, width }
}
