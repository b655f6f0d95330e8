/**
 * What the scores share: pairing the truths and tracks of one frame.
 */
import { assign } from '../../../daemon/lib/assignment.ts'

/** From this overlap a tracked box shows a truth (CLEAR and IDF1). */
export const enough = 0.5 - Number.EPSILON

/** Pairs of a frame that together are worth most; worthless ones are left out. */
export function bestPairs(worth: readonly (readonly number[])[]): [row: number, column: number][] {
  const columns = assign(worth.map((row) => row.map((value) => -value)))
  return columns.flatMap((column, row): [number, number][] =>
    column >= 0 && at(worth, row, column) > Number.EPSILON ? [[row, column]] : [],
  )
}

export function at(matrix: readonly (readonly number[])[], row: number, column: number): number {
  return matrix[row]?.[column] ?? 0
}

/** How many frames each id is in. */
export function frequencies(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}
