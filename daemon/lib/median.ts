/**
 * The middle of some values (pure).
 */

/** The higher of the two in the middle of an even number; 0 of none. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
