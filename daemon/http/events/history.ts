/**
 * The last facts with growing ids, so that a client that was away can ask for what it missed. Pure.
 */
export interface Kept {
  readonly id: number
  readonly text: string
}

export interface History {
  /** The newest id given out. */
  readonly last: number
  /** A growing id for a message that is not kept. */
  nextId(): number
  keep(id: number, text: string): void
  /** What came after `id`, oldest first; undefined when some of it is no longer kept. */
  after(id: number): readonly Kept[] | undefined
}

/**
 * Ids grow over restarts too: they begin at the start's time in microseconds, and one per microsecond is more than
 * ever happens. As a number that is exact until the year 2255.
 */
export function createHistory(startMs: number, capacity: number): History {
  const kept: Kept[] = []
  let last = startMs * 1000
  let complete = last
  return {
    get last() {
      return last
    },
    nextId: () => ++last,
    keep(id, text) {
      kept.push({ id, text })
      if (kept.length > capacity) complete = kept.shift()?.id ?? complete
    },
    after(id) {
      if (id < complete || id > last) return undefined
      return kept.filter((one) => one.id > id)
    },
  }
}
