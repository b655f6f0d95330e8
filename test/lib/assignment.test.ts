import fc from 'fast-check'
import t from 'tap'
import { assign, forbidden } from '../../daemon/lib/assignment.ts'

type Matrix = readonly (readonly number[])[]

/** What a result costs where a row (or column) that could have been assigned and was not counts as forbidden. */
function total(costs: Matrix, columnOf: readonly number[]): number {
  const most = Math.min(costs.length, costs[0]?.length ?? 0)
  const chosen = columnOf.flatMap((column, row) => (column < 0 ? [] : [costs[row]?.[column] ?? Number.NaN]))
  return chosen.reduce((sum, cost) => sum + cost, 0) + (most - chosen.length) * forbidden
}

/** The least total over every way to give rows columns. */
function bruteForce(
  costs: Matrix,
  row = 0,
  used: ReadonlySet<number> = new Set(),
  skips = spare(costs),
): number {
  const line = costs[row]
  if (!line) return 0
  let least = skips > 0 ? bruteForce(costs, row + 1, used, skips - 1) : Number.POSITIVE_INFINITY
  line.forEach((cost, column) => {
    if (used.has(column)) return
    const rest = bruteForce(costs, row + 1, new Set([...used, column]), skips)
    least = Math.min(least, Math.min(cost, forbidden) + rest)
  })
  return least
}

/** Rows that must go without a column. */
function spare(costs: Matrix): number {
  return Math.max(0, costs.length - (costs[0]?.length ?? 0))
}

const cost = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -20, max: 50 }).map((n) => n / 10) },
  { weight: 2, arbitrary: fc.constant(forbidden) },
)
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(cost, { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  )

t.test('as cheap as the best of all permutations, wide, tall and square', async (t) => {
  fc.assert(
    fc.property(matrix, (costs) => Math.abs(total(costs, assign(costs)) - bruteForce(costs)) < 1e-6),
    { numRuns: 500 },
  )
  t.pass('held')
})

t.test('one row, one column; no forbidden pair; no more pairs than the shorter side', async (t) => {
  fc.assert(
    fc.property(matrix, (costs) => {
      const columns = assign(costs)
      const chosen = columns.filter((column) => column >= 0)
      return (
        columns.length === costs.length &&
        new Set(chosen).size === chosen.length &&
        columns.every((column, row) => column < 0 || (costs[row]?.[column] ?? forbidden) < forbidden)
      )
    }),
  )
  t.pass('held')
})

t.test('more pairs come before cheaper pairs: who may stay alone needs a column for it', async (t) => {
  const near = 0.1
  t.same(
    assign([
      [near, 5],
      [forbidden, near],
    ]),
    [0, 1],
  )
  // Row 1 can only have column 0, so row 0 gives it up although that is dearer.
  t.same(
    assign([
      [near, 5],
      [4, forbidden],
    ]),
    [1, 0],
  )
  t.same(assign([[forbidden, forbidden]]), [-1])
})

t.test('nothing to assign', async (t) => {
  t.same(assign([]), [])
  t.same(assign([[], []]), [-1, -1])
})

t.test('a cost that is no number is a forbidden pair, and never an endless search', async (t) => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 2 * forbidden]) {
    t.same(assign([[bad]]), [-1])
    t.same(
      assign([
        [bad, 1],
        [bad, bad],
      ]),
      [1, -1],
    )
  }
})
