/**
 * How long to wait before the next try.
 */

export interface Backoff {
  /** The next wait in ms: doubles from `firstMs` to `mostMs`, each with +-20 % jitter. */
  next(): number
  /** Start again from `firstMs`: the thing has been healthy long enough. */
  reset(): void
}

/** `random` answers 0 to 1 and is passed in so that tests own it. */
export function createBackoff(firstMs: number, mostMs: number, random: () => number = Math.random): Backoff {
  let wait = firstMs
  return {
    next() {
      const jittered = wait * (0.8 + 0.4 * random())
      wait = Math.min(wait * 2, mostMs)
      return jittered
    },
    reset() {
      wait = firstMs
    },
  }
}
