/**
 * What the looks of one tracklet usually say of its horse (pure): one that says something quite different is of another
 * animal, even where nobody known fits it better.
 */
export interface Usual {
  add(odds: number): void
  /** How far below the usual odds are, in log odds against; 0 while little is known. */
  surprise(odds: number): number
}

/** Looks without which nothing is usual. */
const fewest = 3
/** Deviations that chance and blur explain, and the least deviation: looks that follow one another are too alike. */
const explained = 3
const leastDeviation = 1.5
const most = 4

/** Mean and variance as they grow: B. P. Welford, 1962. */
export function createUsual(): Usual {
  let [count, mean, squares] = [0, 0, 0]
  return {
    add(odds) {
      count++
      const off = odds - mean
      mean += off / count
      squares += off * (odds - mean)
    },
    surprise(odds) {
      if (count < fewest) return 0
      const deviation = Math.max(Math.sqrt(squares / count), leastDeviation)
      return Math.min(Math.max((mean - odds) / deviation - explained, 0), most)
    },
  }
}
