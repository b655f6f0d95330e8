/**
 * Whose request goes next (pure). Every key has a line of its own; among the keys that wait, the one that has used the
 * least time so far is served. What a request costs is only known when it is done. This is start-time fair queueing
 * (Goyal, Vin and Cheng, 1996) with the cost charged afterwards.
 */

export interface Turn<Item> {
  readonly key: string
  readonly item: Item
}

export interface Turns<Item> {
  /** Joins the end of its key's line. A key that was idle is given no credit for that time. */
  add(key: string, item: Item): void
  /** Takes the item whose turn it is; undefined when nobody waits. */
  next(): Turn<Item> | undefined
  /**
   * The same before an item in hand is done: none where whoever has it in hand may come back and be before those that wait.
   */
  nextAhead(): Turn<Item> | undefined
  /** Says how long a taken item took. To be called once for each of them. */
  charge(key: string, ms: number): void
  /** How many wait. */
  readonly waiting: number
  /** Takes all that wait, in no particular order of keys. */
  drain(): Item[]
}

interface Line<Item> {
  readonly waiting: Item[]
  inHand: number
  usedMs: number
  /** What its last item took. */
  lastMs: number
}

type Entry<Item> = readonly [key: string, line: Line<Item>]

/** A request always costs something: a key whose requests were too short to measure would be served for ever. */
const leastMs = 0.01

export function createTurns<Item>(): Turns<Item> {
  const lines = new Map<string, Line<Item>>()
  /** The most that a key had used when it was served: where a key that comes out of idleness begins. */
  let floorMs = 0
  const lineOf = (key: string): Line<Item> => {
    const line = lines.get(key) ?? { waiting: [], inHand: 0, usedMs: 0, lastMs: 0 }
    lines.set(key, line)
    return line
  }
  const first = (): Entry<Item> | undefined => {
    let best: Entry<Item> | undefined
    for (const entry of lines) {
      const [, { waiting, usedMs }] = entry
      if (waiting.length > 0 && (best === undefined || usedMs < best[1].usedMs)) best = entry
    }
    return best
  }
  const take = (best: Entry<Item> | undefined): Turn<Item> | undefined => {
    if (best === undefined) return undefined
    const [key, line] = best
    floorMs = Math.max(floorMs, line.usedMs)
    line.inHand++
    return { key, item: line.waiting.shift() as Item }
  }
  return {
    add(key, item) {
      const line = lineOf(key)
      const isIdle = line.waiting.length === 0 && line.inHand === 0
      if (isIdle) line.usedMs = Math.max(line.usedMs, floorMs)
      line.waiting.push(item)
    },
    next: () => take(first()),
    nextAhead() {
      const best = first()
      const isBefore = ({ inHand, usedMs, lastMs }: Line<Item>) =>
        inHand > 0 && best !== undefined && usedMs + inHand * lastMs < best[1].usedMs
      return [...lines.values()].some(isBefore) ? undefined : take(best)
    },
    charge(key, ms) {
      const line = lineOf(key)
      line.inHand--
      line.lastMs = Math.max(ms, leastMs)
      line.usedMs += line.lastMs
    },
    get waiting() {
      return [...lines.values()].reduce((sum, { waiting }) => sum + waiting.length, 0)
    },
    drain: () => [...lines.values()].flatMap(({ waiting }) => waiting.splice(0)),
  }
}
