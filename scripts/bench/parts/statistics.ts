/**
 * What benches say of many measurements. Pure.
 */

/** The value below which the given share of the others lies; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)
