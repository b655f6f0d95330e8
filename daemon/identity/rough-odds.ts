/**
 * Log odds of a single look beside the means of a scope's horses (pure): rougher than beside their vectors, and far less work.
 */
import type { HorseId } from '../types.ts'

/** Fifty horses and ten looks come with each frame, so that nothing is made for each of them. */
export interface RoughOdds {
  /** Undefined for a horse that is not known in the scope. */
  get(horseId: HorseId): number | undefined
  /** The highest odds of any other horse; minus infinity where there is none. */
  highestBut(horseId: HorseId): number
}

/** The odds of horses that have their places among them. */
export function roughOf(places: ReadonlyMap<HorseId, number>, odds: readonly number[]): RoughOdds {
  return {
    get(horseId) {
      const place = places.get(horseId)
      return place === undefined ? undefined : odds[place]
    },
    highestBut(horseId) {
      const own = places.get(horseId)
      let highest = Number.NEGATIVE_INFINITY
      for (let at = 0; at < odds.length; at++)
        if (at !== own && (odds[at] as number) > highest) highest = odds[at] as number
      return highest
    },
  }
}

/** Where no horse is known. */
export const noOdds: RoughOdds = roughOf(new Map(), [])
