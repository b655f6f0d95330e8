/**
 * `pytorch_model.bin` and other files of `torch.save` since PyTorch 1.6: a ZIP with a pickle and one entry for each
 * storage. Exactly four globals may be named; none is executed, each stands for one thing that is built here.
 */
import { isTuple, type Pickled, type PickleHooks, unpickle } from './pickle.ts'
import { asFloats, isCount, refused, shown, type Weight, type WeightSource } from './weight-source.ts'
import { checkSum, readZip, type ZipEntry } from './zip.ts'

interface Global {
  readonly global: string
}

interface StorageType extends Global {
  readonly type: 'float32' | 'int64'
  readonly bytes: number
}

interface Storage {
  readonly type: StorageType
  readonly count: number
  /** The bytes of some elements, once the whole entry is known to be what was written. */
  read(first: number, count: number): Uint8Array
}

const rebuildTensor: Global = { global: 'torch._utils._rebuild_tensor_v2' }
const orderedDict: Global = { global: 'collections.OrderedDict' }
const floatStorage: StorageType = { global: 'torch.FloatStorage', type: 'float32', bytes: 4 }
const longStorage: StorageType = { global: 'torch.LongStorage', type: 'int64', bytes: 8 }
const allowed = new Map(
  [rebuildTensor, orderedDict, floatStorage, longStorage].map((one) => [one.global, one]),
)

const mostDims = 8

/** What was saved: dicts as Maps, tensors as `Weight`s, the rest as plain values. */
export function readTorchFile(source: WeightSource): Pickled {
  const entries = readZip(source)
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name))
  const [pickle] = pickles
  if (!pickle || pickles.length !== 1) throw refused(source.name, 'is a ZIP file, but not one of torch.save')
  const root = pickle.name.slice(0, -'data.pkl'.length)
  checkByteOrder(source, entries.get(`${root}byteorder`))
  checkSum(source, pickle)
  return unpickle(source.read(pickle.offset, pickle.size), hooksFor(source, entries, root))
}

function checkByteOrder(source: WeightSource, entry: ZipEntry | undefined): void {
  if (!entry) return
  const order = Buffer.from(source.read(entry.offset, Math.min(entry.size, 10))).toString('latin1')
  if (order !== 'little') throw refused(source.name, `has the byte order ${shown(order)}, not little`)
}

function hooksFor(source: WeightSource, entries: ReadonlyMap<string, ZipEntry>, root: string): PickleHooks {
  const refuse = (what: string) => refused(source.name, what)
  const storages = new Map<string, Storage>()
  return {
    refuse,
    global(module, name) {
      const found = allowed.get(`${module}.${name}`)
      if (found) return found
      throw refuse(`names the forbidden global ${shown(`${module}.${name}`)}; nothing was executed`)
    },
    persistent(id) {
      const [kind, global, key, , count] = isTuple(id) && id.length === 5 ? id : []
      const type = [floatStorage, longStorage].find((one) => one === global)
      if (kind !== 'storage' || !type || typeof key !== 'string' || !isCount(count)) {
        throw refuse('points to an unknown kind of storage')
      }
      const entry = entries.get(`${root}data/${key}`)
      if (!entry) throw refuse(`lacks its storage ${shown(key)}`)
      if (entry.size !== count * type.bytes) {
        throw refuse(`its storage ${shown(key)} has another size than it says`)
      }
      const known = storages.get(key)
      if (known && known.type !== type) throw refuse(`its storage ${shown(key)} has two types`)
      const storage = known ?? openStorage(source, entry, type, count)
      storages.set(key, storage)
      return storage
    },
    call(callable, args) {
      if (callable === orderedDict && args.length === 0) return new Map()
      if (callable === rebuildTensor) return tensorOf(source, args)
      const isGlobal = [...allowed.values()].includes(callable as Global)
      throw refuse(`calls ${isGlobal ? (callable as Global).global : 'a value'} in a way that is not allowed`)
    },
  }
}

function openStorage(source: WeightSource, entry: ZipEntry, type: StorageType, count: number): Storage {
  let isChecked = false
  const read = (first: number, wanted: number) => {
    if (!isChecked) checkSum(source, entry)
    isChecked = true
    return source.read(entry.offset + first * type.bytes, wanted * type.bytes)
  }
  return { type, count, read }
}

function isStorage(value: Pickled): value is Storage {
  return typeof value === 'object' && value !== null && 'read' in value
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`: a view of a storage. */
function tensorOf(source: WeightSource, args: readonly Pickled[]): Weight {
  const [storage, offset, shape, strides] = args
  const wrong = () => refused(source.name, 'has a tensor that does not lie inside its storage')
  if (!isStorage(storage) || !isCount(offset) || !areCounts(shape) || !areCounts(strides)) throw wrong()
  const count = shape.reduce((a, b) => a * b, 1)
  // A view that repeats elements (stride 0) could be far larger than the file; no saved weight is one.
  if (shape.length !== strides.length || count > storage.count) throw wrong()
  const span = count === 0 ? 0 : shape.reduce((sum, size, i) => sum + (size - 1) * (strides[i] ?? 0), 1)
  if (offset + span > storage.count) throw wrong()
  const { type } = storage.type
  const floats = () => {
    if (type !== 'float32') throw refused(source.name, `has ${type} numbers where weights should be`)
    const values = asFloats(storage.read(offset, span))
    return isContiguous(shape, strides) ? values : gathered(values, shape, strides, count)
  }
  return { shape, type, floats }
}

function areCounts(value: Pickled): value is readonly number[] {
  return isTuple(value) && value.length <= mostDims && value.every(isCount)
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 0
    if (size !== 1 && strides[axis] !== expected) return false
    expected *= size
  }
  return true
}

function gathered(values: Float32Array, shape: readonly number[], strides: readonly number[], count: number) {
  const out = new Float32Array(count)
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < count; to++) {
    out[to] = values[from] ?? 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1
      const isEnd = next === shape[axis]
      from += isEnd ? -(next - 1) * (strides[axis] ?? 0) : (strides[axis] ?? 0)
      index[axis] = isEnd ? 0 : next
      if (!isEnd) break
    }
  }
  return out
}
