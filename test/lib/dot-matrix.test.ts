import fc from 'fast-check'
import t from 'tap'
import {
  type Kernel,
  longest,
  mostRows,
  openKernel,
  plainKernel,
  wasmKernel,
} from '../../daemon/lib/dot-kernel.ts'
import { createDotMatrix } from '../../daemon/lib/dot-matrix.ts'

function simdKernel(stride: number): Kernel {
  const kernel = wasmKernel(stride)
  if (!kernel) throw new Error('no SIMD here')
  return kernel
}

const kernels = { simd: simdKernel, plain: plainKernel }

/** The same numbers for the same seed; each between -1 and 1. */
function vectorOf(dim: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length: dim }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** The product, and by how much it may be off at most: each number of either by half of what a whole one stands for. */
function dot(a: Float32Array, b: Float32Array): { product: number; off: number } {
  let [product, squaresA, squaresB, sumA, sumB] = [0, 0, 0, 0, 0]
  a.forEach((one, i) => {
    const other = b[i] as number
    product += one * other
    squaresA += one ** 2
    squaresB += other ** 2
    sumA += Math.abs(one)
    sumB += Math.abs(other)
  })
  const [halfA, halfB] = [Math.sqrt(squaresA) / longest / 2, Math.sqrt(squaresB) / longest / 2]
  return { product, off: halfA * sumB + halfB * sumA + a.length * halfA * halfB }
}

function right(
  answers: readonly (readonly number[])[],
  rows: readonly Float32Array[],
  looks: readonly Float32Array[],
): boolean {
  return (
    answers.length === looks.length &&
    looks.every(
      (look, at) =>
        answers[at]?.length === rows.length &&
        rows.every((row, index) => {
          const { product, off } = dot(row, look)
          return Math.abs((answers[at]?.[index] as number) - product) <= off + 1e-6
        }),
    )
  )
}

type Change = { readonly do: 'add' | 'replace' | 'remove'; readonly which: number; readonly seed: number }

const change = fc.record<Change>({
  do: fc.constantFrom('add', 'add', 'add', 'replace', 'remove'),
  which: fc.nat(),
  seed: fc.nat(),
})

for (const [name, open] of Object.entries(kernels)) {
  t.test(`${name}: after any changes the answers are those of a plain search`, async (t) => {
    const dims = fc.oneof(
      fc.integer({ min: 1, max: 2048 }),
      fc.constantFrom(1, 4, 15, 16, 17, 768, 816, 2048),
    )
    fc.assert(
      fc.property(
        dims,
        fc.array(change, { maxLength: 120 }),
        fc.integer({ min: 0, max: 30 }),
        (dim, changes, count) => {
          const matrix = createDotMatrix(dim, open)
          const model = new Map<number, Float32Array>()
          for (const { do: what, which, seed } of changes) {
            const vector = vectorOf(dim, seed)
            const row = [...model.keys()][which % Math.max(1, model.size)]
            if (what === 'add') {
              const added = matrix.add(vector)
              if (model.has(added)) return false
              model.set(added, vector)
            } else if (row !== undefined && what === 'replace') {
              matrix.replace(row, vector)
              model.set(row, vector)
            } else if (row !== undefined) {
              matrix.remove(row)
              model.delete(row)
            }
          }
          const looks = Array.from({ length: count }, (_, seed) => vectorOf(dim, seed + 7))
          const rows = [...model.keys()].reverse()
          const vectors = rows.map((row) => model.get(row) as Float32Array)
          return matrix.size === model.size && right(matrix.dots(rows, looks), vectors, looks)
        },
      ),
      { numRuns: 60 },
    )
    t.pass('held')
  })

  t.test(`${name}: more rows than one call takes, in any order and more than once`, async (t) => {
    const matrix = createDotMatrix(20, open)
    const vectors = Array.from({ length: mostRows * 2 + 3 }, (_, seed) => vectorOf(20, seed))
    const rows = vectors.map((vector) => matrix.add(vector))
    const looks = [vectorOf(20, -1), vectorOf(20, -2)]
    t.ok(right(matrix.dots(rows, looks), vectors, looks))
    const some = [5, 5, mostRows + 7, 0]
    const picked = some.map((index) => vectors[index] as Float32Array)
    t.ok(
      right(
        matrix.dots(
          some.map((index) => rows[index] as number),
          looks,
        ),
        picked,
        looks,
      ),
    )
    t.same(matrix.dots([], looks), [[], []])
    t.same(matrix.dots(rows, []), [])
  })

  t.test(`${name}: what is no vector of this length is refused, and changes nothing`, async (t) => {
    const matrix = createDotMatrix(3, open)
    const row = matrix.add(Float32Array.of(1, 2, 3))
    const bad = [
      [1, 2],
      [1, 2, 3, 4],
      [Number.NaN, 0, 0],
      [0, 0, Number.POSITIVE_INFINITY],
      [0, Number.NEGATIVE_INFINITY, 0],
    ]
    for (const numbers of bad) {
      const vector = Float32Array.from(numbers)
      t.throws(() => matrix.add(vector), { code: 'VECTOR_KIND' }, `add ${numbers}`)
      t.throws(() => matrix.replace(row, vector), { code: 'VECTOR_KIND' }, `replace ${numbers}`)
      t.throws(() => matrix.dots([row], [vector]), { code: 'VECTOR_KIND' }, `look ${numbers}`)
    }
    t.equal(matrix.size, 1)
    t.ok(Math.abs((matrix.dots([row], [Float32Array.of(1, 1, 1)])[0]?.[0] ?? 0) - 6) < 1e-3)
  })

  t.test(`${name}: a row that is not held is refused`, async (t) => {
    const matrix = createDotMatrix(1, open)
    const row = matrix.add(Float32Array.of(1))
    matrix.remove(row)
    const look = Float32Array.of(1)
    for (const gone of [row, -1, 99, 0.5]) {
      t.throws(() => matrix.dots([gone], [look]), { code: 'INTERNAL' })
      t.throws(() => matrix.replace(gone, look), { code: 'INTERNAL' })
      t.throws(() => matrix.remove(gone), { code: 'INTERNAL' })
    }
    t.equal(matrix.add(look), row, 'its place is given on')
  })
}

t.test('without WebAssembly, or without its SIMD, plain JavaScript answers', async (t) => {
  const host = globalThis as { WebAssembly?: { validate(code: unknown): boolean } }
  const whole = host.WebAssembly
  t.teardown(() => {
    if (whole) host.WebAssembly = whole
  })
  const answer = () => {
    const kernel = openKernel(32)
    const { vectors, places, answers, rows } = kernel.parts
    kernel.grow(rows + 64)
    kernel.numbers.set([1, -2], rows / 2)
    kernel.numbers.set([3, 4], vectors / 2)
    kernel.ints[places / 4] = rows
    kernel.run(1, 1)
    return kernel.ints[answers / 4]
  }
  t.ok(wasmKernel(32), 'there is SIMD on the machines that run the tests')
  t.equal(answer(), -5)
  host.WebAssembly = { ...whole, validate: () => false }
  t.equal(wasmKernel(32), undefined)
  t.equal(answer(), -5)
  delete host.WebAssembly
  t.equal(wasmKernel(32), undefined)
  t.equal(answer(), -5)
})

t.test('both kernels answer the same to the last digit, and no sum leaves its 32 bits', async (t) => {
  const dim = 768
  const [one, other] = [createDotMatrix(dim, simdKernel), createDotMatrix(dim, plainKernel)]
  const even = new Float32Array(dim).fill(1 / Math.sqrt(dim))
  const lone = new Float32Array(dim)
  lone[5] = -1
  const vectors = [even, even.map((value) => -value), lone, new Float32Array(dim), vectorOf(dim, 3)]
  const answersOf = (matrix: typeof one) =>
    matrix.dots(
      vectors.map((vector) => matrix.add(vector)),
      vectors,
    )
  const answers = answersOf(one)
  t.same(answers, answersOf(other))
  t.ok(Math.abs((answers[0]?.[0] ?? 0) - 1) < 1e-3)
  t.ok(Math.abs((answers[0]?.[1] ?? 0) + 1) < 1e-3)
  t.ok(Math.abs((answers[2]?.[2] ?? 0) - 1) < 1e-4)
  t.same(answers[3], [0, 0, 0, 0, 0], 'a vector of nothing has no direction')
})

t.test('a cosine of embeddings is off by 0.00001 in the mean', async (t) => {
  const dim = 768
  const matrix = createDotMatrix(dim)
  const unit = (vector: Float32Array) => vector.map((value) => value / Math.hypot(...vector))
  const vectors = Array.from({ length: 100 }, (_, seed) => unit(vectorOf(dim, seed)))
  const rows = vectors.map((vector) => matrix.add(vector))
  const offs = matrix
    .dots(rows, vectors)
    .flatMap((answer, at) =>
      answer.map(
        (value, row) => value - dot(vectors[at] as Float32Array, vectors[row] as Float32Array).product,
      ),
    )
  const deviation = Math.sqrt(offs.reduce((sum, off) => sum + off ** 2, 0) / offs.length)
  t.ok(deviation < 2e-5, `${deviation}`)
  t.ok(Math.max(...offs.map(Math.abs)) < 1e-4)
})
