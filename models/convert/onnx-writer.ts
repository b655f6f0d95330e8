/**
 * Builds an ONNX model node by node and encodes it. Names are made here, so two parts of a graph cannot collide.
 */
import proto from 'onnx-proto'

const { onnx } = proto

/** Resize's `antialias` came with 18. The runtime reads it whatever release of the format made the file. */
const opset = 18
const irVersion = 8

export type DataType = 'float32' | 'uint8' | 'int32' | 'int64' | 'bool'
/** A string is a dimension that the caller chooses at run time. */
export type Dim = number | string
export type Attributes = Record<string, number | string | readonly number[] | { float: number }>

const typeCodes: Record<DataType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 }

export interface OnnxGraph {
  input(name: string, type: DataType, shape: readonly Dim[]): string
  output(name: string, from: string, type: DataType, shape: readonly Dim[]): void
  floats(data: Float32Array | readonly number[], shape: readonly number[]): string
  ints(data: readonly number[], shape?: readonly number[]): string
  /** Adds a node with one output and answers the output's name. '' leaves an optional input out. */
  node(op: string, inputs: readonly string[], attributes?: Attributes): string
  nodes(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes): string[]
  /** Metadata is what a reader checks to know the layout. */
  encode(metadata: Readonly<Record<string, string>>): Uint8Array
}

export function createOnnxGraph(name: string): OnnxGraph {
  const graph = { name, node: [], input: [], output: [], initializer: [] } as Record<
    string,
    unknown[] | string
  >
  const list = (key: string) => graph[key] as unknown[]
  let made = 0
  const fresh = (hint: string) => `${hint}_${made++}`
  const nodes: OnnxGraph['nodes'] = (opType, input, outputs, attributes = {}) => {
    const output = Array.from({ length: outputs }, () => fresh(opType))
    const attribute = Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value))
    list('node').push({ opType, name: output[0], input: [...input], output, attribute })
    return output
  }
  const initializer = (hint: string, dataType: number, data: Uint8Array, dims: readonly number[]) => {
    const initializerName = fresh(hint)
    list('initializer').push({ name: initializerName, dataType, dims: [...dims], rawData: data })
    return initializerName
  }
  return {
    input(inputName, type, shape) {
      list('input').push(valueInfo(inputName, type, shape))
      return inputName
    },
    output(outputName, from, type, shape) {
      list('node').push({ opType: 'Identity', name: outputName, input: [from], output: [outputName] })
      list('output').push(valueInfo(outputName, type, shape))
    },
    floats(data, shape) {
      const values = Float32Array.from(data)
      return initializer('w', typeCodes.float32, new Uint8Array(values.buffer), shape)
    },
    ints(data, shape = [data.length]) {
      const values = BigInt64Array.from(data, BigInt)
      return initializer('k', typeCodes.int64, new Uint8Array(values.buffer), shape)
    },
    node: (op, inputs, attributes) => nodes(op, inputs, 1, attributes)[0] as string,
    nodes,
    encode(metadata) {
      const metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }))
      const opsetImport = [{ domain: '', version: opset }]
      const model = { irVersion, producerName: 'barnbox', opsetImport, metadataProps, graph }
      return onnx.ModelProto.encode(onnx.ModelProto.create(model as never)).finish()
    },
  }
}

function valueInfo(name: string, type: DataType, shape: readonly Dim[]) {
  const dim = shape.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d }))
  return { name, type: { tensorType: { elemType: typeCodes[type], shape: { dim } } } }
}

/** Whole numbers are ints: a float attribute with a whole value is written `{ float: n }`. */
function encodeAttribute(name: string, value: Attributes[string]) {
  const { INT, INTS, FLOAT, STRING } = onnx.AttributeProto.AttributeType
  if (typeof value === 'string') return { name, type: STRING, s: Buffer.from(value) }
  if (typeof value === 'number') return { name, type: INT, i: value }
  if (Array.isArray(value)) return { name, type: INTS, ints: [...value] }
  return { name, type: FLOAT, f: (value as { float: number }).float }
}
