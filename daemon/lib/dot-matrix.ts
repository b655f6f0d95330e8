/**
 * Rows of numbers in one piece of memory, compared with one or several vectors (pure). Rows come, change and go one by one;
 * nothing is ever rebuilt. They are kept in whole numbers of 16 bits: half as much to be read for each answer, and a cosine of embeddings
 * is off by 0.00001 in the mean.
 */
import { dot } from './dot.ts'
import { type Kernel, longest, mostAtOnce, mostRows, openKernel, turn } from './dot-kernel.ts'
import { BarnboxError } from './errors.ts'

export interface DotMatrix {
  /** Takes in a vector and answers its row. Throws `VECTOR_KIND` for another length, NaN or an infinity. */
  add(vector: Float32Array): number
  /** Puts another vector into a row. Throws `VECTOR_KIND` as `add` does. */
  replace(row: number, vector: Float32Array): void
  /** Lets go of a row; its place is given to a later one. */
  remove(row: number): void
  /**
   * The dot products of each vector with these rows, in their order: of unit vectors the cosines. Asked for several
   * vectors at once, each row is read once for up to six of them. Throws `VECTOR_KIND` as `add` does.
   */
  dots(rows: readonly number[], vectors: readonly Float32Array[]): number[][]
  /** Rows held. */
  readonly size: number
}

const firstRows = 64
/** Added, it makes rounding down one to the nearest for numbers of either sign: 16 bits do not see it. `Math.round` takes five times as long. */
const above = 2 ** 16 + 0.5

/** An empty matrix of rows of `dim` numbers; `open` is for its tests. */
export function createDotMatrix(dim: number, open: (stride: number) => Kernel = openKernel): DotMatrix {
  const stride = Math.ceil(dim / turn) * turn
  const rowBytes = stride * Int16Array.BYTES_PER_ELEMENT
  const kernel = open(stride)
  const { parts } = kernel
  const free: number[] = []
  /** What a number of each row stands for; undefined where it is not held. */
  const units: (number | undefined)[] = []
  let room = 0

  const at = (row: number): number => {
    if (units[row] === undefined) throw new BarnboxError('INTERNAL', `the matrix has no row ${row}`)
    return parts.rows + row * rowBytes
  }
  // The vectors that are asked for, and what their numbers stand for; kept, for new ones at each call are work for the garbage collector.
  let asked = new Int16Array()
  const askedUnits: number[] = []
  const ask = (vectors: readonly Float32Array[]) => {
    if (asked.length < vectors.length * stride) asked = new Int16Array(vectors.length * stride)
    vectors.forEach((vector, index) => {
      askedUnits[index] = round(vector, dim, asked, index * stride)
    })
  }
  const rowAt = (row: number) => at(row) / asked.BYTES_PER_ELEMENT
  /** Compares the rows whose places are set with some of the vectors; the products go to their answers, from `from` on. */
  const compare = ([begin, end]: Span, rows: readonly number[], from: number, answers: number[][]) => {
    const count = end - begin
    kernel.numbers.set(asked.subarray(begin * stride, end * stride), parts.vectors / asked.BYTES_PER_ELEMENT)
    kernel.run(count, rows.length)
    const { ints } = kernel
    const first = parts.answers / ints.BYTES_PER_ELEMENT
    for (let vector = 0; vector < count; vector++) {
      const answer = answers[begin + vector] as number[]
      const unit = askedUnits[begin + vector] as number
      for (let i = 0; i < rows.length; i++)
        answer[from + i] =
          (ints[first + i * count + vector] as number) * unit * (units[rows[i] as number] as number)
    }
  }

  return {
    add(vector) {
      const row = free.at(-1) ?? units.length
      if (row >= room) {
        room = Math.max(firstRows, room * 2)
        kernel.grow(parts.rows + room * rowBytes)
      }
      const unit = round(vector, dim, kernel.numbers, (parts.rows + row * rowBytes) / asked.BYTES_PER_ELEMENT)
      free.pop()
      units[row] = unit
      return row
    },
    replace(row, vector) {
      units[row] = round(vector, dim, kernel.numbers, rowAt(row))
    },
    remove(row) {
      at(row)
      units[row] = undefined
      free.push(row)
    },
    dots(rows, vectors) {
      ask(vectors)
      const answers = vectors.map(() => new Array<number>(rows.length).fill(0))
      const places = parts.places / Int32Array.BYTES_PER_ELEMENT
      // A block of rows meets all vectors before the next does: it is fetched from far memory once.
      for (let from = 0; from < rows.length; from += mostRows) {
        const some = rows.slice(from, from + mostRows)
        some.forEach((row, i) => {
          kernel.ints[places + i] = at(row)
        })
        for (const span of spansOf(vectors.length)) compare(span, some, from, answers)
      }
      return answers
    },
    get size() {
      return units.length - free.length
    },
  }
}

/** Writes a vector in whole numbers, and answers what one of them stands for. What fills it up to the stride stays 0. */
function round(vector: Float32Array, dim: number, numbers: Int16Array, from: number): number {
  const length = Math.sqrt(dot(vector, vector))
  if (vector.length !== dim || !Number.isFinite(length))
    throw new BarnboxError('VECTOR_KIND', 'a vector does not fit into its matrix', {
      context: { expected: dim, length: vector.length },
    })
  const scale = length > 0 ? longest / length : 0
  for (let i = 0; i < vector.length; i++) numbers[from + i] = ((vector[i] as number) * scale + above) | 0
  return length / longest
}

type Span = readonly [begin: number, end: number]

/** As few as may be, of nearly one size: 7 are 3 and 4, not 6 and 1. */
function spansOf(vectors: number): Span[] {
  if (vectors <= mostAtOnce) return [[0, vectors]]
  const count = Math.ceil(vectors / mostAtOnce)
  const begin = (index: number) => Math.floor((vectors * index) / count)
  return Array.from({ length: count }, (_, index) => [begin(index), begin(index + 1)])
}
