/**
 * How much one client may ask: as much at once as a page with all cameras does, then a little, steadily. Pure.
 */
const AT_ONCE = 128
const EACH_SECOND = 16

export interface Allowance {
  /** Takes one from what is left; false when there is nothing. */
  take(): boolean
}

export function createAllowance(monoMs: () => number): Allowance {
  let left = AT_ONCE
  let sinceMs = monoMs()
  return {
    take() {
      const nowMs = monoMs()
      left = Math.min(AT_ONCE, left + ((nowMs - sinceMs) / 1000) * EACH_SECOND)
      sinceMs = nowMs
      if (left < 1) return false
      left--
      return true
    },
  }
}
