import type { Clock } from '../types.ts'

/** The machine's clocks. */
export const systemClock: Clock = {
  utcMs: () => Date.now(),
  monoMs: () => performance.now(),
}
