/**
 * safetensors: the length of a header, a JSON header that names the tensors, their bytes. The bytes carry no checksum.
 */
import { float16 } from './tfjs-graph.ts'
import {
  asFloats,
  isCount,
  refused,
  shown,
  textsOf,
  type Weight,
  type WeightSource,
} from './weight-source.ts'

const mostHeaderBytes = 16 * 2 ** 20
const mostDims = 8
const metadataKey = '__metadata__'

interface Type {
  readonly name: string
  readonly bytes: number
  readonly floats?: (bytes: Uint8Array) => Float32Array
}

const types: ReadonlyMap<string, Type> = new Map([
  ['F32', { name: 'float32', bytes: 4, floats: asFloats }],
  ['F16', { name: 'float16', bytes: 2, floats: (bytes: Uint8Array) => halves(bytes, float16) }],
  ['BF16', { name: 'bfloat16', bytes: 2, floats: (bytes: Uint8Array) => halves(bytes, bfloat16) }],
  ['F64', { name: 'float64', bytes: 8 }],
  ['I64', { name: 'int64', bytes: 8 }],
  ['I32', { name: 'int32', bytes: 4 }],
  ['I16', { name: 'int16', bytes: 2 }],
  ['I8', { name: 'int8', bytes: 1 }],
  ['U8', { name: 'uint8', bytes: 1 }],
  ['BOOL', { name: 'bool', bytes: 1 }],
])

/** The header's length and its first byte; the format allows no blank before the brace. */
export function isSafetensors(start: Uint8Array): boolean {
  return start.length >= 9 && start[8] === 0x7b && headerBytes(start) <= mostHeaderBytes
}

const headerBytes = (start: Uint8Array) => Number(Buffer.from(start).readBigUInt64LE())

export function readSafetensors(source: WeightSource): Map<string, Weight> {
  const { header, length } = readHeader(source)
  const tensors = new Map<string, Weight>()
  const spans: [start: number, end: number, name: string][] = []
  for (const [name, entry] of Object.entries(header)) {
    if (name === metadataKey) continue
    const { weight, start, end } = readTensor(source, 8 + length, name, entry)
    tensors.set(name, weight)
    spans.push([start, end, name])
  }
  spans.sort(([a, aEnd], [b, bEnd]) => a - b || aEnd - bEnd)
  let at = 0
  for (const [start, end, name] of spans) {
    if (start !== at)
      throw refused(source.name, `its tensor ${shown(name)} does not begin where another ends`)
    at = end
  }
  const bytes = source.size - 8 - length
  if (at > bytes) throw refused(source.name, `lacks ${at - bytes} bytes (cut short?)`)
  if (at < bytes) throw refused(source.name, `has ${bytes - at} bytes too many`)
  return tensors
}

/** What the file says of itself; the format knows texts only. */
export function safetensorsMetadata(source: WeightSource): Map<string, string> {
  return textsOf(readHeader(source).header[metadataKey])
}

function readHeader(source: WeightSource): { header: Record<string, unknown>; length: number } {
  const length = headerBytes(source.read(0, 8))
  if (length > mostHeaderBytes) throw refused(source.name, 'says that its header is too long')
  return { header: parse(source, source.read(8, length)), length }
}

function parse(source: WeightSource, bytes: Uint8Array): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw refused(source.name, 'has a header that is not JSON', cause)
  }
  if (typeof header !== 'object' || header === null)
    throw refused(source.name, 'has a header that is no object')
  return header as Record<string, unknown>
}

function readTensor(source: WeightSource, dataStart: number, name: string, entry: unknown) {
  const wrong = (what: string) => refused(source.name, `its tensor ${shown(name)} ${what}`)
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  const type = typeof dtype === 'string' ? types.get(dtype) : undefined
  if (!type) throw wrong(`has the unknown type ${typeof dtype === 'string' ? shown(dtype) : typeof dtype}`)
  if (!areCounts(shape) || shape.length > mostDims) throw wrong('has no shape')
  if (!areCounts(offsets) || offsets.length !== 2) throw wrong('has no place')
  const [start = 0, end = 0] = offsets
  if (end - start !== shape.reduce((a, b) => a * b, type.bytes))
    throw wrong('has another size than its shape')
  const floats = () => {
    if (!type.floats) throw wrong(`has ${type.name} numbers where weights should be`)
    return type.floats(source.read(dataStart + start, end - start))
  }
  return { weight: { shape, type: type.name, floats }, start, end }
}

function areCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount)
}

function halves(bytes: Uint8Array, decode: (bits: number) => number): Float32Array {
  const out = new Float32Array(bytes.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = decode((bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8))
  return out
}

const pair = new DataView(new ArrayBuffer(4))

/** The upper half of a float32. */
function bfloat16(bits: number): number {
  pair.setUint32(0, bits << 16)
  return pair.getFloat32(0)
}
