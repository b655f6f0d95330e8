/**
 * Dot products of many rows with a few vectors at once (pure), of whole numbers of 16 bits: eight an instruction in WebAssembly, written
 * for one length of rows; and the same in plain JavaScript, to the last digit, for where that cannot be had.
 */
import { assemble, type Code, type Func, i32, i32x4, local, loopWhile, v128 } from './wasm.ts'

/** Numbers worked off in one turn: rows are filled up to a multiple of it with zeros. */
export const turn = 32
/** Registers for sums: of the sixteen of x86, what a row, a product and the compiler itself leave. */
const sumRegisters = 12
/** Vectors compared at once, so that a row is read once for all of them: with 1,000 numbers each they stay in 32 KB of cache. */
export const mostAtOnce = 6
/** Rows compared in one call: they stay in near memory (256 KB and more) for the vectors that are compared next. */
export const mostRows = 64
/**
 * How long rows and vectors may be, so that no sum of products leaves 32 bits: by Cauchy and Schwarz none is more than the product of
 * their lengths, here 2^30.
 */
export const longest = 2 ** 15 - 1

/** One memory, four parts: the vectors asked for, the places of the rows, the answers, and last the rows, which may grow. */
export interface Kernel {
  /** The memory as numbers, and as places and answers. Other ones after `grow`. */
  readonly numbers: Int16Array
  readonly ints: Int32Array
  /** Where the parts begin, in bytes. */
  readonly parts: Parts
  /** Makes room for so many bytes in all; what is there stays. Throws RangeError when there is no memory. */
  grow(bytes: number): void
  /**
   * Compares `count` rows with the first `vectors` vectors. The places (in bytes) stand in their part; so does then,
   * row by row, a product for each vector.
   */
  run(vectors: number, count: number): void
}

export interface Parts {
  readonly vectors: number
  readonly places: number
  readonly answers: number
  readonly rows: number
}

const numberBytes = 2
const intBytes = 4
const pageBytes = 65_536

function partsOf(stride: number): Parts {
  const places = stride * numberBytes * mostAtOnce
  const answers = places + mostRows * intBytes
  // A multiple of sixteen, as the others are: rows are read sixteen bytes at a time.
  return { vectors: 0, places, answers, rows: answers + mostRows * mostAtOnce * intBytes }
}

/** What is used of WebAssembly: the types of Node.js do not have it. */
interface Wasm {
  validate(code: Uint8Array<ArrayBuffer>): boolean
  readonly Memory: new (size: { initial: number }) => Memory
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (
    module: object,
    imports: { host: { memory: Memory } },
  ) => { readonly exports: Readonly<Record<string, Compare>> }
}

interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

type Compare = (place: number, end: number, vectors: number, answer: number) => void

/** The kernel for rows of `stride` numbers, a multiple of `turn`; plain JavaScript where WebAssembly's SIMD is not there. */
export function openKernel(stride: number): Kernel {
  return wasmKernel(stride) ?? plainKernel(stride)
}

/** Undefined where the processor or the engine has no SIMD. */
export function wasmKernel(stride: number): Kernel | undefined {
  const wasm = (globalThis as { WebAssembly?: Wasm }).WebAssembly
  const codeFor = (vectors: number) => assemble([dots(vectors, stride)])
  if (!wasm?.validate(codeFor(1))) return undefined
  const parts = partsOf(stride)
  const memory = new wasm.Memory({ initial: Math.ceil(parts.rows / pageBytes) })
  const compile = (vectors: number): Compare => {
    const { exports } = new wasm.Instance(new wasm.Module(codeFor(vectors)), { host: { memory } })
    return exports[exported] as Compare
  }
  // Made when so many vectors are first compared: few of the numbers ever are.
  const compares = new Map<number, Compare>()
  let numbers = new Int16Array(memory.buffer)
  let ints = new Int32Array(memory.buffer)
  return {
    parts,
    get numbers() {
      return numbers
    },
    get ints() {
      return ints
    },
    grow(bytes) {
      const pages = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes)
      if (pages <= 0) return
      memory.grow(pages)
      numbers = new Int16Array(memory.buffer)
      ints = new Int32Array(memory.buffer)
    },
    run(vectors, count) {
      if (count === 0) return
      const compare = compares.get(vectors) ?? compile(vectors)
      compares.set(vectors, compare)
      const { places, answers } = parts
      compare(places, places + count * intBytes, parts.vectors, answers)
    },
  }
}

export function plainKernel(stride: number): Kernel {
  const parts = partsOf(stride)
  let buffer = new ArrayBuffer(parts.rows)
  let numbers = new Int16Array(buffer)
  let ints = new Int32Array(buffer)
  return {
    parts,
    get numbers() {
      return numbers
    },
    get ints() {
      return ints
    },
    grow(bytes) {
      if (bytes <= buffer.byteLength) return
      buffer = buffer.transfer(bytes)
      numbers = new Int16Array(buffer)
      ints = new Int32Array(buffer)
    },
    run(vectors, count) {
      const [places, answers] = [parts.places / intBytes, parts.answers / intBytes]
      for (let index = 0; index < count; index++) {
        const row = (ints[places + index] as number) / numberBytes
        for (let vector = 0; vector < vectors; vector++) {
          const first = parts.vectors / numberBytes + vector * stride
          ints[answers + index * vectors + vector] = plainDot(numbers, row, first, stride)
        }
      }
    },
  }
}

function plainDot(numbers: Int16Array, a: number, b: number, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += (numbers[a + i] as number) * (numbers[b + i] as number)
  return sum
}

const exported = 'dots'
const registerBytes = 16
const turnBytes = turn * numberBytes
/** Registers of a row that one turn works off. */
const steps = Array.from({ length: turnBytes / registerBytes }, (_, step) => step)

/**
 * (place, end, vectors, answer): the products of each row from `place` to `end` with so many vectors. An addition
 * waits for the one before it, so where there are few vectors each has several sums.
 */
function dots(vectors: number, stride: number): Func {
  const [place, end, first, answer] = [0, 1, 2, 3]
  const [row, at, stop, part] = [4, 5, 6, 7]
  const sumsEach = Math.min(steps.length, Math.floor(sumRegisters / vectors))
  const sum = (vector: number, which: number) => part + 1 + vector * sumsEach + which
  const sums = Array.from({ length: vectors * sumsEach }, (_, index) => sum(0, index))
  const each = Array.from({ length: vectors }, (_, vector) => vector)
  const plus = (index: number, add: number) => i32.add(local.get(index), i32.const(add))

  const multiply = (step: number, vector: number): Code => {
    const into = sum(vector, step % sumsEach)
    const eight = v128.load(local.get(at), step * registerBytes + vector * stride * numberBytes)
    return local.set(into, i32x4.add(local.get(into), i32x4.dotI16x8S(local.get(part), eight)))
  }
  const total = (vector: number): Code => {
    const whole = Array.from({ length: sumsEach }, (_, which) => local.get(sum(vector, which))).reduce(
      i32x4.add,
    )
    const lane = (index: number) => i32x4.extractLane(local.get(part), index)
    const across = i32.add(i32.add(lane(0), lane(1)), i32.add(lane(2), lane(3)))
    return [...local.set(part, whole), ...i32.store(local.get(answer), across, vector * intBytes)]
  }
  const body = loopWhile(
    local.set(row, i32.load(local.get(place))),
    local.set(at, local.get(first)),
    local.set(stop, plus(first, stride * numberBytes)),
    ...sums.map((index) => local.set(index, v128.zero)),
    loopWhile(
      ...steps.flatMap((step) => [
        local.set(part, v128.load(local.get(row), step * registerBytes)),
        ...each.map((vector) => multiply(step, vector)),
      ]),
      local.set(row, plus(row, turnBytes)),
      i32.ltU(local.tee(at, plus(at, turnBytes)), local.get(stop)),
    ),
    ...each.map(total),
    local.set(answer, plus(answer, vectors * intBytes)),
    i32.ltU(local.tee(place, plus(place, intBytes)), local.get(end)),
  )
  const registers = [part, ...sums].map(() => 'v128' as const)
  return { name: exported, params: 4, locals: ['i32', 'i32', 'i32', ...registers], body }
}
