/**
 * Counts wrong tokens per address, so that nobody can guess at speed.
 */
const MOST_WRONG = 10
const WINDOW_MS = 60_000
/** Bounds the memory that strangers can take. */
const MOST_ADDRESSES = 1000

export interface Tries {
  /** Milliseconds until this address may try again; 0 when it may. */
  waitMs(address: string): number
  wrong(address: string): void
  right(address: string): void
}

export function createTries(monoMs: () => number): Tries {
  const seen = new Map<string, { count: number; since: number }>()
  const current = (address: string) => {
    const entry = seen.get(address)
    if (entry && monoMs() - entry.since >= WINDOW_MS) {
      seen.delete(address)
      return undefined
    }
    return entry
  }
  return {
    waitMs(address) {
      const entry = current(address)
      return entry && entry.count >= MOST_WRONG ? entry.since + WINDOW_MS - monoMs() : 0
    },
    wrong(address) {
      const entry = current(address) ?? { count: 0, since: monoMs() }
      entry.count++
      seen.set(address, entry)
      const oldest = seen.keys().next().value
      if (seen.size > MOST_ADDRESSES && oldest !== undefined) seen.delete(oldest)
    },
    right(address) {
      seen.delete(address)
    },
  }
}
