/**
 * Models of a few bytes, for a machine that takes half a minute for a picture with real ones: one horse stands in the middle of every picture.
 * Camera, tracking, registry and page are the daemon's own.
 */
import proto from 'onnx-proto'

const { onnx } = proto
const [float, int64] = [1, 7]
const side = 64
/** COCO's horse, and a box in pixels of the network's input. */
const horse = [12, 16, 52, 48, 0.9, 17]
const cells = 4

const value = (name: string, dims: readonly number[]) => ({
  name,
  type: { tensorType: { elemType: float, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
})
const constant = (name: string, dataType: number, bytes: ArrayBufferView, dims: readonly number[]) => ({
  name,
  dataType,
  dims: [...dims],
  rawData: new Uint8Array(bytes.buffer),
})

function bytesOf(graph: object): Uint8Array {
  const opsetImport = [{ domain: '', version: 18 }]
  return onnx.ModelProto.encode(onnx.ModelProto.fromObject({ irVersion: 8, opsetImport, graph })).finish()
}

export const seesOneHorse = (): Uint8Array =>
  bytesOf({
    name: 'one-horse',
    input: [value('images', [1, 3, side, side])],
    output: [value('output0', [1, 1, 6])],
    initializer: [constant('horse', float, new Float32Array(horse), [1, 1, 6])],
    node: [{ opType: 'Identity', name: 'output0', input: ['horse'], output: ['output0'] }],
  })

/** A picture's colours, in a few fields. */
export function looksAtColours(): Uint8Array {
  const { INTS } = onnx.AttributeProto.AttributeType
  const field = [side / cells, side / cells]
  const attribute = ['kernel_shape', 'strides'].map((name) => ({ name, type: INTS, ints: field }))
  return bytesOf({
    name: 'colours',
    input: [value('crop', [1, 3, side, side])],
    output: [value('embedding', [1, 3 * cells ** 2])],
    initializer: [constant('flat', int64, new BigInt64Array([1n, -1n]), [2])],
    node: [
      { opType: 'AveragePool', name: 'fields', input: ['crop'], output: ['fields'], attribute },
      { opType: 'Reshape', name: 'embedding', input: ['fields', 'flat'], output: ['embedding'] },
    ],
  })
}
