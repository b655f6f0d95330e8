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
  const write = (vector: Float32Array, to: number) => {
    if (vector.length !== dim || !isWhole(vector)) {
      throw new BarnboxError('VECTOR_KIND', 'a vector does not fit into its matrix', {
        context: { expected: dim, length: vector.length },
      })
    }
    // What fills a row up to its stride was 0 and stays so.
    kernel.floats.set(vector, to)
  }
  /** A block of rows against a block of vectors; the products go to `answers`, from `from` on. */
  const block = (
    rows: readonly number[],
    from: number,
    vectors: readonly Float32Array[],
    answers: Float32Array[],
  ) => {
    const count = Math.min(mostRows, rows.length - from)
    const { ints, floats } = kernel
    for (let i = 0; i < count; i++) ints[parts.places + i] = at(rows[from + i] as number) * 4
    kernel.run(vectors.length, count)
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
      write(vector, parts.rows + row * stride)
      free.pop()
      held[row] = true
      return row
    },
    replace: (row, vector) => write(vector, at(row)),
    remove(row) {
      at(row)
      held[row] = false
      free.push(row)
    },
    row: (row) => kernel.floats.subarray(at(row), at(row) + dim),
    dots(rows, vectors) {
      const answers = vectors.map(() => new Float32Array(rows.length))
      let done = 0
      for (const size of blocks(vectors.length)) {
        const some = vectors.slice(done, done + size)
        for (const [index, vector] of some.entries()) write(vector, parts.vectors + index * stride)
        const into = answers.slice(done, done + size)
        for (let from = 0; from < rows.length; from += mostRows) block(rows, from, some, into)
        done += size
      }
      return answers
    },
    get size() {
      return held.length - free.length
    },
  }
}

/** So many vectors in as few blocks as may be, of nearly one size: 7 are 3 and 4, not 6 and 1. */
function blocks(vectors: number): number[] {
  const count = Math.ceil(vectors / mostAtOnce)
  return Array.from({ length: count }, (_, index) => Math.floor((vectors + index) / count))
}

/** Whether every number is finite. */
function isWhole(vector: Float32Array): boolean {
  let zero = 0
  // NaN and the infinities times 0 are NaN. By index, which is four times as fast as `for ... of`.
  for (let i = 0; i < vector.length; i++) zero += (vector[i] as number) * 0
  return zero === 0
}
