/**
 * A made-up herd before one camera: every look is made of what all looks share, what is the horse's own, the side it is
 * seen from, the light, and noise. The same numbers at every run.
 */
import type { Lit } from '../../daemon/identity/space.ts'
import { addTo, unit } from '../../daemon/identity/vectors.ts'

export const herdDim = 64

/** How much of each part is in a look; what all share is 1. */
export const parts = { own: 0.35, side: 0.6, night: 0.5, noise: 0.2 } as const

export interface Seen {
  readonly side?: 1 | -1
  readonly infrared?: boolean
  /** How many times the usual noise. */
  readonly noise?: number
}

export interface Herd {
  /** A new look at a horse; unlike those before it by its noise. */
  look(horse: number, seen?: Seen): Lit
  /** Looks from both sides in turn. */
  looks(horse: number, count: number, seen?: Seen): Lit[]
}

/** From -1 to 1 (a linear congruential generator: nothing here needs better). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

export function createHerd(horses: number, seed = 1): Herd {
  const random = createRandom(seed)
  const direction = () => unit(Float32Array.from({ length: herdDim }, random))
  const [shared, side, night] = [direction(), direction(), direction()]
  const own = Array.from({ length: horses }, direction)
  const look = (horse: number, seen: Seen = {}): Lit => {
    const vector = Float32Array.from(shared)
    addTo(vector, own[horse] ?? shared, parts.own)
    addTo(vector, side, parts.side * (seen.side ?? 1))
    if (seen.infrared) addTo(vector, night, parts.night)
    addTo(vector, direction(), parts.noise * (seen.noise ?? 1))
    return { vector: unit(vector), infrared: seen.infrared }
  }
  const looks = (horse: number, count: number, seen?: Seen) =>
    Array.from({ length: count }, (_, at) => look(horse, { side: at % 2 === 0 ? 1 : -1, ...seen }))
  return { look, looks }
}
