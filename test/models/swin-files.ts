/**
 * Weights files made for a test, in the formats that PyTorch and safetensors write, with anything in them.
 */
import { crc32 } from 'node:zlib'
import { type SwinShape, type SwinWeights, tensorShapes } from '../../models/convert/swin-weights.ts'

export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}
export type Tensors = ReadonlyMap<string, Tensor>

/** The smallest Swin of one head and one block a stage; the second block of stage 0 is a shifted one. */
export const smallest: SwinShape = { embed: 4, depths: [2, 1, 1, 1], heads: [1, 2, 2, 4], window: 7 }

/** A generator of numbers in [0, 1) that is the same everywhere. */
export function seeded(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Of a size that keeps activations near 1 through all layers. */
export function randomTensors(shape: SwinShape, seed = 1): Map<string, Tensor> {
  const random = seeded(seed)
  const spread = () => (random() - 0.5) * 3.46
  const tensors = new Map<string, Tensor>()
  for (const [key, dims] of tensorShapes(shape)) {
    const count = dims.reduce((a, b) => a * b, 1)
    const isScale = dims.length === 1 && /norm\d?\.weight$/.test(key)
    const size = dims.length === 1 ? 0.1 : key.endsWith('table') ? 0.5 : (count / (dims[0] ?? 1)) ** -0.5
    const data = Float32Array.from({ length: count }, () => spread() * size + (isScale ? 1 : 0))
    tensors.set(key, { shape: dims, data })
  }
  return tensors
}

/** As if read from a file. */
export function asWeights(shape: SwinShape, tensors: Tensors): SwinWeights {
  const weights = [...tensors].map(
    ([key, { shape: dims, data }]) => [key, { shape: dims, type: 'float32', floats: () => data }] as const,
  )
  return { shape, layout: 'new', weights: new Map(weights) }
}

/** The keys as timm wrote them until 0.8. */
export function oldLayout(tensors: Tensors): Map<string, Tensor> {
  const older = (key: string) =>
    key.replace(/^layers\.(\d)\.downsample/, (_, stage) => `layers.${Number(stage) - 1}.downsample`)
  return new Map([...tensors].map(([key, tensor]) => [older(key), tensor]))
}

const bytesOf = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

export function safetensors(
  tensors: Tensors,
  change: (header: Record<string, unknown>) => void = () => {},
): Buffer {
  const header: Record<string, unknown> = {}
  let at = 0
  for (const [key, { shape, data }] of tensors) {
    header[key] = { dtype: 'F32', shape, data_offsets: [at, at + data.byteLength] }
    at += data.byteLength
  }
  change(header)
  return safetensorsOf(JSON.stringify(header), Buffer.concat([...tensors.values()].map(bytesOf)))
}

export function safetensorsOf(header: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
  return Buffer.concat([length, Buffer.from(header), data])
}

export const int = (value: number) => {
  const bytes = Buffer.from([0x4a, 0, 0, 0, 0])
  bytes.writeInt32LE(value, 1)
  return bytes
}
export const text = (value: string) => {
  const bytes = Buffer.from(value)
  const head = Buffer.from([0x58, 0, 0, 0, 0])
  head.writeUInt32LE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}
export const op = (...parts: (string | number | Uint8Array)[]) =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'string'
        ? Buffer.from(part, 'latin1')
        : typeof part === 'number'
          ? Buffer.from([part])
          : part,
    ),
  )
const protocol = op(0x80, 2)
const ints = (values: readonly number[]) => op('(', ...values.map(int), 't')

export interface SavedTensor {
  readonly key: string
  readonly shape: readonly number[]
  readonly count: number
  readonly offset?: number
  readonly strides?: readonly number[]
  readonly storageType?: string
}

/** What `torch.save` writes for one tensor. */
export function savedTensor({
  key,
  shape,
  count,
  offset = 0,
  strides,
  storageType = 'FloatStorage',
}: SavedTensor) {
  const steps = strides ?? shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1))
  const storage = op(
    '(',
    text('storage'),
    `ctorch\n${storageType}\n`,
    text(key),
    text('cpu'),
    int(count),
    'tQ',
  )
  const hooks = op('ccollections\nOrderedDict\n', ')R')
  return op(
    'ctorch._utils\n_rebuild_tensor_v2\n(',
    storage,
    int(offset),
    ints(shape),
    ints(steps),
    0x89,
    hooks,
    'tR',
  )
}

export const dict = (items: readonly (readonly [key: string, value: Uint8Array])[]) =>
  op('}(', ...items.flatMap(([key, value]) => [text(key), value]), 'u')

export const pickle = (value: Uint8Array) => op(protocol, value, '.')

/** A state dict, flat. */
export function stateDict(tensors: Tensors): Buffer {
  const items = [...tensors].map(
    ([key, { shape, data }], i) => [key, savedTensor({ key: String(i), shape, count: data.length })] as const,
  )
  return dict(items)
}

export const storagesOf = (tensors: Tensors) =>
  [...tensors.values()].map((tensor, i) => [`data/${i}`, bytesOf(tensor)] as const)

export interface Entry {
  readonly name: string
  readonly bytes: Uint8Array
  /** Lies for the directory. */
  readonly lies?: {
    readonly method?: number
    readonly size?: number
    readonly offset?: number
    readonly flags?: number
  }
}

/** A ZIP file of stored entries, with checksums. */
export function zip(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, bytes, lies = {} } of entries) {
    const local = Buffer.alloc(30)
    local.write('PK\x03\x04', 'latin1')
    local.writeUInt16LE(Buffer.byteLength(name), 26)
    const central = Buffer.alloc(46)
    central.write('PK\x01\x02', 'latin1')
    central.writeUInt16LE(lies.flags ?? 0, 8)
    central.writeUInt16LE(lies.method ?? 0, 10)
    central.writeUInt32LE(crc32(bytes), 16)
    central.writeUInt32LE(lies.size ?? bytes.length, 20)
    central.writeUInt32LE(lies.size ?? bytes.length, 24)
    central.writeUInt16LE(Buffer.byteLength(name), 28)
    central.writeUInt32LE(lies.offset ?? at, 42)
    const part = Buffer.concat([local, Buffer.from(name), bytes])
    parts.push(part)
    directory.push(Buffer.concat([central, Buffer.from(name)]))
    at += part.length
  }
  const listed = Buffer.concat(directory)
  return Buffer.concat([...parts, listed, zipEnd(entries.length, listed.length, at)])
}

export function zipEnd(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return end
}

/** A file of `torch.save`: any pickle, any storages. */
export function torchFile(
  pickled: Uint8Array,
  storages: readonly (readonly [name: string, bytes: Uint8Array])[],
): Buffer {
  const entries = [['data.pkl', pickled] as const, ...storages, ['version', Buffer.from('3\n')] as const]
  return zip(entries.map(([name, bytes]) => ({ name: `archive/${name}`, bytes })))
}

export const checkpoint = (tensors: Tensors) => torchFile(pickle(stateDict(tensors)), storagesOf(tensors))
