/**
 * What the looks of one tracklet say of every horse (pure): mean scores over its newest looks.
 */
import type { HorseId } from '../types.ts'

export interface Belief {
  readonly looks: number
  /** The mean score of each horse over the looks kept. A horse that came later counts from then on. */
  readonly means: ReadonlyMap<HorseId, number>
}

/** Looks remembered: old ones fade out so that another animal in the same box is noticed. */
const remembered = 8

export interface Evidence {
  add(scores: ReadonlyMap<HorseId, number>): void
  /** Forgets all looks: they were of somebody else. */
  clear(): void
  readonly belief: Belief
}

export function createEvidence(): Evidence {
  const newest: ReadonlyMap<HorseId, number>[] = []
  let looks = 0
  return {
    add(scores) {
      looks++
      newest.push(scores)
      if (newest.length > remembered) newest.shift()
    },
    clear() {
      looks = 0
      newest.length = 0
    },
    get belief() {
      const sums = new Map<HorseId, { sum: number; count: number }>()
      for (const scores of newest) {
        for (const [horseId, score] of scores) {
          const one = sums.get(horseId) ?? { sum: 0, count: 0 }
          sums.set(horseId, { sum: one.sum + score, count: one.count + 1 })
        }
      }
      const means = new Map([...sums].map(([horseId, { sum, count }]) => [horseId, sum / count] as const))
      return { looks, means }
    },
  }
}
