import fc from 'fast-check'
import t from 'tap'
import { type Kernel, mostRows, openKernel, plainKernel, wasmKernel } from '../../daemon/lib/dot-kernel.ts'
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

function dot(a: Float32Array, b: Float32Array): { product: number; size: number } {
  let product = 0
  let size = 0
  a.forEach((value, i) => {
    product += value * (b[i] as number)
    size += Math.abs(value * (b[i] as number))
  })
  return { product, size }
}

/** Whether the answers are right to 1e-6 of what was added up: of a unit vector's cosine, that is 1e-6. */
function right(
  answers: Float32Array[],
  rows: readonly Float32Array[],
  looks: readonly Float32Array[],
): boolean {
  return (
    answers.length === looks.length &&
    looks.every(
      (look, at) =>
        answers[at]?.length === rows.length &&
        rows.every((row, index) => {
          const { product, size } = dot(row, look)
          return Math.abs((answers[at]?.[index] as number) - product) <= 1e-6 * Math.max(1, size)
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
          return (
            matrix.size === model.size &&
            right(matrix.dots(rows, looks), vectors, looks) &&
            rows.every((row, index) => matrix.row(row).every((value, i) => value === vectors[index]?.[i]))
          )
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
    t.same(matrix.dots([], looks), [new Float32Array(), new Float32Array()])
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
    t.same(matrix.dots([row], [Float32Array.of(1, 1, 1)]), [Float32Array.of(6)])
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
      t.throws(() => matrix.row(gone), { code: 'INTERNAL' })
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
    const kernel = openKernel(16)
    kernel.grow(kernel.parts.rows + 16)
    kernel.floats.set([1, 2], kernel.parts.rows)
    kernel.floats.set([3, 4], kernel.parts.vectors)
    kernel.ints[kernel.parts.places] = kernel.parts.rows * 4
    kernel.run(1, 1)
    return kernel.floats[kernel.parts.answers]
  }
  t.ok(wasmKernel(16), 'there is SIMD on the machines that run the tests')
  t.equal(answer(), 11)
  host.WebAssembly = { ...whole, validate: () => false }
  t.equal(wasmKernel(16), undefined)
  t.equal(answer(), 11)
  delete host.WebAssembly
  t.equal(wasmKernel(16), undefined)
  t.equal(answer(), 11)
})
