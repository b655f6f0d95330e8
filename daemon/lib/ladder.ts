/**
 * How long to wait before the next try at a peer elsewhere: eager at first, then once a minute, for ever. Pure.
 */
const SECOND = 1000

/** The wait after the n-th failure in a row (1, 2, ...), with +-20 % jitter; `random` answers 0 to 1. */
export function ladderMs(failures: number, random: () => number): number {
  return Math.round(stepMs(failures) * (0.8 + 0.4 * random()))
}

function stepMs(failures: number): number {
  if (failures <= 5) return 1 * SECOND
  if (failures <= 10) return 5 * SECOND
  if (failures <= 20) return 10 * SECOND
  return 60 * SECOND
}
