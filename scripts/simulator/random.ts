/**
 * Chance that is the same at every run: numbers made of a seed and of nothing else.
 */

export interface Random {
  /** From 0 (inclusive) to 1 (exclusive). */
  uniform(): number
  between(low: number, high: number): number
  /** A whole number from 0 to `count - 1`. */
  below(count: number): number
  chance(probability: number): boolean
  /** Standard normal. */
  normal(): number
  /** Exponentially distributed with this mean. */
  waiting(mean: number): number
  pick<T>(values: readonly T[]): T
  shuffled<T>(values: readonly T[]): T[]
}

/** A stream of chance for a seed; each of its parts (a horse, a moment) has a stream of its own, whatever the others draw. */
export function createRandom(...seed: readonly (string | number)[]): Random {
  const next = mulberry32(hash(seed.join('/')))
  let spare: number | undefined
  const random: Random = {
    uniform: next,
    between: (low, high) => low + (high - low) * next(),
    below: (count) => Math.floor(next() * count),
    chance: (probability) => next() < probability,
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      // Box and Muller, 1958.
      const radius = Math.sqrt(-2 * Math.log(1 - next()))
      const angle = 2 * Math.PI * next()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    waiting: (mean) => -mean * Math.log(1 - next()),
    pick(values) {
      if (values.length === 0) throw new RangeError('nothing to pick from')
      return values[Math.floor(next() * values.length)] as (typeof values)[number]
    },
    shuffled(values) {
      const rest = [...values]
      return values.map(() => rest.splice(Math.floor(next() * rest.length), 1)[0] as (typeof values)[number])
    },
  }
  return random
}

/** Mulberry32 (T. Ettinger, public domain): 32 bits of state are plenty for streams this short. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** FNV-1a, finished so that near seeds lie far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}
