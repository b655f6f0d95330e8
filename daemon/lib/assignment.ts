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
  const owner = new Array<number>(columns + 1).fill(0)
  const rowPotential = new Float64Array(rows + 1)
  const columnPotential = new Float64Array(columns + 1)
  for (let row = 1; row <= rows; row++) {
    augment(costs, row, owner, rowPotential, columnPotential)
  }
  const result = new Array<number>(rows).fill(-1)
  for (let column = 1; column <= columns; column++) {
    const row = owner[column] ?? 0
    if (row > 0 && costAt(costs, row - 1, column - 1) < forbidden) result[row - 1] = column - 1
  }
  return result
}

/** Finds the cheapest way to take in one more row, moving earlier rows where that pays. Index 0 stands for "none". */
function augment(
  costs: readonly (readonly number[])[],
  row: number,
  owner: number[],
  u: Float64Array,
  v: Float64Array,
): void {
  const size = owner.length
  const least = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
  const from = new Int32Array(size)
  const done = new Uint8Array(size)
  owner[0] = row
  let column = 0
  do {
    done[column] = 1
    const current = owner[column] ?? 0
    let delta = Number.POSITIVE_INFINITY
    let next = 0
    for (let j = 1; j < size; j++) {
      if (done[j]) continue
      const reduced = costAt(costs, current - 1, j - 1) - (u[current] ?? 0) - (v[j] ?? 0)
      if (reduced < (least[j] ?? 0)) {
        least[j] = reduced
        from[j] = column
      }
      if ((least[j] ?? 0) < delta) {
        delta = least[j] ?? 0
        next = j
      }
    }
    for (let j = 0; j < size; j++) {
      if (done[j]) {
        const held = owner[j] ?? 0
        u[held] = (u[held] ?? 0) + delta
        v[j] = (v[j] ?? 0) - delta
      } else {
        least[j] = (least[j] ?? 0) - delta
      }
    }
    column = next
  } while (owner[column] !== 0)
  while (column !== 0) {
    const previous = from[column] ?? 0
    owner[column] = owner[previous] ?? 0
    column = previous
  }
}

/** What is no number is forbidden too: the search ends only where costs can be compared. */
function costAt(costs: readonly (readonly number[])[], row: number, column: number): number {
  const cost = costs[row]?.[column] ?? forbidden
  return Number.isFinite(cost) ? Math.min(cost, forbidden) : forbidden
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
