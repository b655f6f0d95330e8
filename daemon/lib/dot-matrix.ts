/**
 * Rows of numbers in one piece of memory, compared exactly with one or several vectors (pure). Rows come, change and
 * go one by one; nothing is ever rebuilt.
 */
import { type Kernel, mostAtOnce, mostRows, openKernel, turn } from './dot-kernel.ts'
import { BarnboxError } from './errors.ts'

export interface DotMatrix {
  /** Takes in a vector and answers its row. Throws `VECTOR_KIND` for another length, NaN or an infinity. */
  add(vector: Float32Array): number
  /** Puts another vector into a row. Throws `VECTOR_KIND` as `add` does. */
  replace(row: number, vector: Float32Array): void
  /** Lets go of a row; its place is given to a later one. */
  remove(row: number): void
  /** The numbers of a row: a view that holds until the matrix is changed. */
  row(row: number): Float32Array
  /**
   * The dot products of each vector with these rows, in their order: of unit vectors the cosines. Asked for several
   * vectors at once, each row is read once for up to six of them. Throws `VECTOR_KIND` as `add` does.
   */
  dots(rows: readonly number[], vectors: readonly Float32Array[]): Float32Array[]
  /** Rows held. */
  readonly size: number
}

const firstRows = 64

/** An empty matrix of rows of `dim` numbers; `open` is for its tests. */
export function createDotMatrix(dim: number, open: (stride: number) => Kernel = openKernel): DotMatrix {
  const stride = Math.ceil(dim / turn) * turn
  const kernel = open(stride)
  const { parts } = kernel
  const free: number[] = []
  /** Whether each row is held. */
  const held: boolean[] = []
  let room = 0

  const at = (row: number): number => {
    if (held[row] !== true) throw new BarnboxError('INTERNAL', `the matrix has no row ${row}`)
    return parts.rows + row * stride
  }
  const check = (vector: Float32Array) => {
    if (vector.length === dim && isWhole(vector)) return
    throw new BarnboxError('VECTOR_KIND', 'a vector does not fit into its matrix', {
      context: { expected: dim, length: vector.length },
    })
  }
  // What fills a row up to its stride was 0 and stays so.
  const write = (vector: Float32Array, to: number) => kernel.floats.set(vector, to)
  /** Compares the rows whose places are set with a block of vectors; the products go to its answers, from `from` on. */
  const compare = ({ vectors, answers }: Block, from: number, count: number) => {
    vectors.forEach((vector, index) => {
      write(vector, parts.vectors + index * stride)
    })
    kernel.run(vectors.length, count)
    const { floats } = kernel
    answers.forEach((answer, vector) => {
      for (let i = 0; i < count; i++) {
        answer[from + i] = floats[parts.answers + i * vectors.length + vector] as number
      }
    })
  }

  return {
    add(vector) {
      const row = free.at(-1) ?? held.length
      if (row >= room) {
        room = Math.max(firstRows, room * 2)
        kernel.grow(parts.rows + room * stride)
      }
      check(vector)
      write(vector, parts.rows + row * stride)
      free.pop()
      held[row] = true
      return row
    },
    replace(row, vector) {
      check(vector)
      write(vector, at(row))
    },
    remove(row) {
      at(row)
      held[row] = false
      free.push(row)
    },
    row: (row) => kernel.floats.subarray(at(row), at(row) + dim),
    dots(rows, vectors) {
      vectors.forEach(check)
      const answers = vectors.map(() => new Float32Array(rows.length))
      const blocks = inBlocks(vectors, answers)
      // A block of rows meets all vectors before the next does: it is fetched from far memory once.
      for (let from = 0; from < rows.length; from += mostRows) {
        const count = Math.min(mostRows, rows.length - from)
        for (let i = 0; i < count; i++) kernel.ints[parts.places + i] = at(rows[from + i] as number) * 4
        for (const block of blocks) compare(block, from, count)
      }
      return answers
    },
    get size() {
      return held.length - free.length
    },
  }
}

interface Block {
  readonly vectors: readonly Float32Array[]
  readonly answers: readonly Float32Array[]
}

/** As few blocks as may be, of nearly one size: 7 are 3 and 4, not 6 and 1. */
function inBlocks(vectors: readonly Float32Array[], answers: readonly Float32Array[]): Block[] {
  const count = Math.ceil(vectors.length / mostAtOnce)
  const begin = (index: number) => Math.floor((vectors.length * index) / count)
  return Array.from({ length: count }, (_, index) => ({
    vectors: vectors.slice(begin(index), begin(index + 1)),
    answers: answers.slice(begin(index), begin(index + 1)),
  }))
}

/** Whether every number is finite. */
function isWhole(vector: Float32Array): boolean {
  let zero = 0
  // NaN and the infinities times 0 are NaN. By index, which is four times as fast as `for ... of`.
  for (let i = 0; i < vector.length; i++) zero += (vector[i] as number) * 0
  return zero === 0
}
