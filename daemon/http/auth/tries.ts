/**
 * Counts wrong tries, so that nobody can guess at speed. A right one takes nothing back: who guesses at another's password may have one of their own.
 */
const WINDOW_MS = 60_000
/** Bounds the memory that strangers can take. */
const MOST_COUNTS = 1000

/** What a try counts for, and how many wrong ones a minute are let pass. */
export interface Count {
  readonly of: string
  readonly most: number
}

export interface Tries {
  /** Milliseconds until there may be another try; 0 when there may. */
  waitMs(counts: readonly Count[]): number
  wrong(counts: readonly Count[]): void
}

/** Of an address; an IPv6 network of 64 bits is one machine's to choose addresses from. */
export function addressCount(what: string, address: string, most = 10): Count {
  return { of: `${what} ${networkOf(address)}`, most }
}

/** The first half of an IPv6 address in full; what IPv6 writes of an IPv4 one, and everything else, as it is. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address.replace(/^::ffff:/i, '')
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const [first, last] = [groups(head), groups(tail)]
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return [...first, ...(tail === undefined ? [] : zeros), ...last].slice(0, 4).join(':')
}

export function createTries(monoMs: () => number): Tries {
  const seen = new Map<string, { count: number; since: number }>()
  const isPast = (since: number) => monoMs() - since >= WINDOW_MS
  /** Where it counts: no count is dropped for a newer one, so once there are too many all others share one. */
  const keyOf = ({ of }: Count) => (seen.has(of) || seen.size < MOST_COUNTS ? of : 'others')
  const forgetPast = () => {
    // The first are the oldest.
    for (const [key, { since }] of seen) {
      if (!isPast(since)) return
      seen.delete(key)
    }
  }
  return {
    waitMs(counts) {
      forgetPast()
      const waits = counts.map((one) => {
        const entry = seen.get(keyOf(one))
        return entry && entry.count >= one.most ? entry.since + WINDOW_MS - monoMs() : 0
      })
      return Math.max(0, ...waits)
    },
    wrong(counts) {
      forgetPast()
      for (const key of counts.map(keyOf)) {
        const entry = seen.get(key) ?? { count: 0, since: monoMs() }
        entry.count++
        seen.set(key, entry)
      }
    },
  }
}
