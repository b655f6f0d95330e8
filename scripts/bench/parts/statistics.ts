/**
 * What benches say of many measurements. Pure.
 */

/** The value below which the given share of the others lies; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/**
 * The middle of measurements that are off to either side, some of them far (Hodges and Lehmann, 1963: the median of the means of all pairs): nearly as
 * sure as their mean, and a quarter of them may be off by any amount.
 */
export function middle(values: readonly number[]): number {
  return median(values.flatMap((one, at) => values.slice(at).map((other) => (one + other) / 2)))
}
