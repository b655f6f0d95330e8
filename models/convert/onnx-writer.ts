/**
 * Builds an ONNX model node by node and encodes it. Names are made here, so two parts of a graph cannot collide.
 */
import proto from 'onnx-proto'
import { BarnboxError } from '../../daemon/lib/errors.ts'

const { onnx } = proto

/** Resize's `antialias` came with 18. The runtime reads it whatever release of the format made the file. */
const defaultOpset = 18

/** The runtime parses a file as one protobuf message, and protobuf ends here. */
const mostBytes = 2 ** 31 - 1

export type DataType = 'float32' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool'
/** A string is a dimension that the caller chooses at run time. */
export type Dim = number | string
export type Attributes = Record<string, number | string | readonly number[] | { float: number }>

const typeCodes: Record<DataType, number> = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 }
export const isDataType = (type: string): type is DataType => type in typeCodes
const typeBytes: Record<DataType, number> = { float32: 4, uint8: 1, int8: 1, int32: 4, int64: 8, bool: 1 }

export interface OnnxGraph {
  input(name: string, type: DataType, shape: readonly Dim[]): string
  output(name: string, from: string, type: DataType, shape: readonly Dim[]): void
  floats(data: Float32Array | readonly number[], shape: readonly number[]): string
  ints(data: readonly number[], shape?: readonly number[]): string
  /** A constant whose bytes are made when they are written, so that a large model is never in memory as a whole. */
  tensor(type: DataType, shape: readonly number[], make: () => Uint8Array): string
  /** Adds a node with one output and answers the output's name. '' leaves an optional input out. */
  node(op: string, inputs: readonly string[], attributes?: Attributes): string
  /** An operation outside ONNX is named with its domain: `com.microsoft.QuickGelu`. */
  nodes(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[]
  /** Adds a node whose outputs leave the graph under the names given, all of them in one. */
  last(op: string, inputs: readonly string[], outputs: readonly OutputPort[], attributes?: Attributes): void
  /** Metadata is what a reader checks to know the layout. */
  encode(metadata: Readonly<Record<string, string>>): Uint8Array
  /** The same in pieces, each made when it is asked for; `size` is the sum of their lengths. */
  pieces(metadata: Readonly<Record<string, string>>): {
    readonly size: number
    chunks(): Iterable<Uint8Array>
  }
}

export interface OutputPort {
  readonly name: string
  readonly type: DataType
  readonly shape: readonly Dim[]
}

export interface OnnxOptions {
  readonly opset?: number
  /** Operator sets besides ONNX's own, by domain. */
  readonly domains?: Readonly<Record<string, number>>
}

interface Initializer {
  readonly header: Uint8Array
  readonly bytes: number
  readonly make: () => Uint8Array
}

export function createOnnxGraph(name: string, options: OnnxOptions = {}): OnnxGraph {
  const { opset = defaultOpset, domains = {} } = options
  const node: object[] = []
  const input: object[] = []
  const output: object[] = []
  const initializers: Initializer[] = []
  let made = 0
  const fresh = (hint: string) => `${hint}_${made++}`
  const nodes: OnnxGraph['nodes'] = (op, from, count, attributes = {}) => {
    const to = Array.from({ length: count }, () => fresh(op.slice(op.lastIndexOf('.') + 1)))
    node.push(nodeProto(op, from, to, attributes))
    return to
  }
  const initializer = (hint: string, type: DataType, dims: readonly number[], make: () => Uint8Array) => {
    const initializerName = fresh(hint)
    const header = message('TensorProto', {
      name: initializerName,
      dataType: typeCodes[type],
      dims: [...dims],
    })
    initializers.push({ header, bytes: dims.reduce((a, b) => a * b, typeBytes[type]), make })
    return initializerName
  }
  const pieces: OnnxGraph['pieces'] = (metadata) => {
    const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }))
    const opsetImport = Object.entries({ '': opset, ...domains }).map(([domain, version]) => ({
      domain,
      version,
    }))
    return modelPieces(initializers, {
      modelHead: message('ModelProto', { irVersion: opset < 20 ? 8 : 9, producerName: 'barnbox' }),
      modelTail: message('ModelProto', { opsetImport, metadataProps }),
      graphHead: message('GraphProto', { name, node }),
      graphTail: message('GraphProto', { input, output }),
    })
  }
  return {
    input(inputName, type, shape) {
      input.push(valueInfo(inputName, type, shape))
      return inputName
    },
    output(outputName, from, type, shape) {
      node.push({ opType: 'Identity', name: outputName, input: [from], output: [outputName] })
      output.push(valueInfo(outputName, type, shape))
    },
    floats(data, shape) {
      const values = Float32Array.from(data)
      return initializer('w', 'float32', shape, () => new Uint8Array(values.buffer))
    },
    ints(data, shape = [data.length]) {
      const values = BigInt64Array.from(data, BigInt)
      return initializer('k', 'int64', shape, () => new Uint8Array(values.buffer))
    },
    tensor: (type, shape, make) => initializer('t', type, shape, make),
    node: (op, inputs, attributes) => nodes(op, inputs, 1, attributes)[0] as string,
    nodes,
    last(op, inputs, outputs, attributes = {}) {
      const names = outputs.map((one) => one.name)
      node.push(nodeProto(op, inputs, names, attributes))
      output.push(...outputs.map((one) => valueInfo(one.name, one.type, one.shape)))
    },
    encode: (metadata) => Buffer.concat([...pieces(metadata).chunks()]),
    pieces,
  }
}

type Parts = Readonly<Record<'modelHead' | 'modelTail' | 'graphHead' | 'graphTail', Uint8Array>>

/**
 * A protobuf message is its fields one after the other, so messages encoded apart may be joined. The constants are: only
 * their lengths, which are known, stand before them.
 */
function modelPieces(initializers: readonly Initializer[], parts: Parts): ReturnType<OnnxGraph['pieces']> {
  const framed = initializers.map(({ header, bytes, make }) => {
    const raw = fieldHead(field.rawData, bytes)
    const frame = fieldHead(field.initializer, header.length + raw.length + bytes)
    return { before: Buffer.concat([frame, header, raw]), bytes, make }
  })
  const graphBytes =
    parts.graphHead.length +
    framed.reduce((sum, { before, bytes }) => sum + before.length + bytes, 0) +
    parts.graphTail.length
  const start = Buffer.concat([parts.modelHead, fieldHead(field.graph, graphBytes), parts.graphHead])
  const end = Buffer.concat([parts.graphTail, parts.modelTail])
  const size = start.length - parts.graphHead.length + graphBytes + parts.modelTail.length
  if (size > mostBytes) {
    throw new BarnboxError(
      'MODEL_BROKEN',
      `it makes an ONNX file of ${size} bytes, more than the format can hold`,
    )
  }
  function* chunks() {
    yield start
    for (const { before, bytes, make } of framed) {
      const data = make()
      if (data.byteLength !== bytes)
        throw new RangeError(`a constant of ${data.byteLength}, not ${bytes} bytes`)
      yield before
      yield data
    }
    yield end
  }
  return { size, chunks }
}

/** Numbers of the fields that are written by hand: onnx.proto, ModelProto, GraphProto, TensorProto. */
const field = { graph: 7, initializer: 5, rawData: 9 } as const

/** Field number and length of a field that holds bytes. */
function fieldHead(number: number, length: number): Uint8Array {
  const bytes = [(number << 3) | 2]
  let rest = length
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

function message(kind: 'ModelProto' | 'GraphProto' | 'TensorProto', fields: object): Uint8Array {
  return onnx[kind].encode(onnx[kind].create(fields as never) as never).finish()
}

function valueInfo(name: string, type: DataType, shape: readonly Dim[]) {
  const dim = shape.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d }))
  return { name, type: { tensorType: { elemType: typeCodes[type], shape: { dim } } } }
}

function nodeProto(op: string, input: readonly string[], output: readonly string[], attributes: Attributes) {
  const dot = op.lastIndexOf('.')
  const attribute = Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value))
  const domain = dot < 0 ? {} : { domain: op.slice(0, dot) }
  const [name] = output
  return { opType: op.slice(dot + 1), name, input: [...input], output: [...output], attribute, ...domain }
}

/** Whole numbers are ints: a float attribute with a whole value is written `{ float: n }`. */
function encodeAttribute(name: string, value: Attributes[string]) {
  const { INT, INTS, FLOAT, STRING } = onnx.AttributeProto.AttributeType
  if (typeof value === 'string') return { name, type: STRING, s: Buffer.from(value) }
  if (typeof value === 'number') return { name, type: INT, i: value }
  if (Array.isArray(value)) return { name, type: INTS, ints: [...value] }
  return { name, type: FLOAT, f: (value as { float: number }).float }
}
