/**
 * Assignment as the trackers do it: best together, but no pair that costs `limit` or more.
 */
import { assign, forbidden } from '../../../daemon/lib/assignment.ts'

export interface Matched {
  readonly pairs: readonly (readonly [row: number, column: number])[]
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

/** Pairs, and the rows and columns left over. Leaving a row alone costs `limit` (LAPJV with a cost limit, as ByteTrack). */
export function matchWithin(
  rows: number,
  columns: number,
  cost: (row: number, column: number) => number,
  limit: number,
): Matched {
  const costs = Array.from({ length: rows }, (_, row) => [
    ...Array.from({ length: columns }, (_, column) => {
      const value = cost(row, column)
      return value < limit ? value : forbidden
    }),
    ...Array.from({ length: rows }, (_, other) => (other === row ? limit : forbidden)),
  ])
  const pairs = assign(costs).flatMap((column, row): [number, number][] =>
    column >= 0 && column < columns ? [[row, column]] : [],
  )
  const [doneRows, doneColumns] = [
    new Set(pairs.map(([row]) => row)),
    new Set(pairs.map(([, column]) => column)),
  ]
  return {
    pairs,
    rows: [...Array(rows).keys()].filter((row) => !doneRows.has(row)),
    columns: [...Array(columns).keys()].filter((column) => !doneColumns.has(column)),
  }
}
