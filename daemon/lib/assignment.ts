/**
 * One-to-one assignment of least total cost (pure).
 */

/** A pair that must not be: dearer than any sum of allowed ones. */
export const forbidden = 1e6

/**
 * For each row of a cost matrix the column it gets, or -1. Every row or every column is assigned, whichever are
 * fewer, except pairs that cost `forbidden` or more. Hungarian method with potentials, O(rows^2 x columns):
 * H. W. Kuhn, 1955, in the shortest-augmenting-path form of R. Jonker and A. Volgenant, 1987.
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length
  const columns = costs[0]?.length ?? 0
  if (rows > columns) return invert(assign(transpose(costs, columns)), rows)
  const flat = flattened(costs, columns)
  const wished = cheapest(flat, rows, columns)
  if (wished) return wished
  const owner = new Int32Array(columns + 1)
  const rowPotential = new Float64Array(rows + 1)
  const columnPotential = new Float64Array(columns + 1)
  for (let row = 1; row <= rows; row++) {
    augment(flat, row, owner, rowPotential, columnPotential)
  }
  const result = new Array<number>(rows).fill(-1)
  for (let column = 1; column <= columns; column++) {
    const row = owner[column] as number
    if (row > 0 && (flat[(row - 1) * columns + column - 1] as number) < forbidden)
      result[row - 1] = column - 1
  }
  return result
}

/** Each row's cheapest column, where no two want the same: nothing costs less. As a rule it is so where everybody is known. */
function cheapest(costs: Float64Array, rows: number, columns: number): number[] | undefined {
  const taken = new Set<number>()
  for (let row = 0; row < rows; row++) {
    let best = 0
    const own = row * columns
    for (let j = 1; j < columns; j++) if ((costs[own + j] as number) < (costs[own + best] as number)) best = j
    if (!((costs[own + best] as number) < forbidden) || taken.has(best)) return undefined
    taken.add(best)
  }
  return [...taken]
}

/** Finds the cheapest way to take in one more row, moving earlier rows where that pays. Index 0 stands for "none". */
function augment(
  costs: Float64Array,
  row: number,
  owner: Int32Array,
  u: Float64Array,
  v: Float64Array,
): void {
  const size = owner.length
  const columns = size - 1
  const least = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
  const from = new Int32Array(size)
  const done = new Uint8Array(size)
  owner[0] = row
  let column = 0
  do {
    done[column] = 1
    const current = owner[column] as number
    const own = (current - 1) * columns - 1
    const potential = u[current] as number
    let delta = Number.POSITIVE_INFINITY
    let next = 0
    for (let j = 1; j < size; j++) {
      if (done[j] === 1) continue
      const reduced = (costs[own + j] as number) - potential - (v[j] as number)
      if (reduced < (least[j] as number)) {
        least[j] = reduced
        from[j] = column
      }
      if ((least[j] as number) < delta) {
        delta = least[j] as number
        next = j
      }
    }
    for (let j = 0; j < size; j++) {
      if (done[j] === 1) {
        u[owner[j] as number] = (u[owner[j] as number] as number) + delta
        v[j] = (v[j] as number) - delta
      } else {
        least[j] = (least[j] as number) - delta
      }
    }
    column = next
  } while (owner[column] !== 0)
  while (column !== 0) {
    const previous = from[column] as number
    owner[column] = owner[previous] as number
    column = previous
  }
}

/** Row by row, in one piece of memory. What is no number is forbidden too: the search ends only where costs can be compared. */
function flattened(costs: readonly (readonly number[])[], columns: number): Float64Array {
  const flat = new Float64Array(costs.length * columns)
  costs.forEach((row, at) => {
    for (let j = 0; j < columns; j++) {
      const cost = row[j] ?? forbidden
      flat[at * columns + j] = Number.isFinite(cost) ? Math.min(cost, forbidden) : forbidden
    }
  })
  return flat
}

function transpose(costs: readonly (readonly number[])[], columns: number): number[][] {
  return Array.from({ length: columns }, (_, j) => costs.map((row) => row[j] ?? forbidden))
}

function invert(rowOfColumn: readonly number[], rows: number): number[] {
  const result = new Array<number>(rows).fill(-1)
  rowOfColumn.forEach((row, column) => {
    if (row >= 0) result[row] = column
  })
  return result
}
