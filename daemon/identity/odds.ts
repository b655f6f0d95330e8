/**
 * From likeness to odds (pure): how much more probable it is that looks are of this horse than that they are of somebody
 * else, as a natural logarithm. The steepness is that of the simulated herds (`npm run bench -- identity`).
 */

/** What an embedder's vectors mean where nothing has been learnt of the camera yet. */
export interface PlainRules {
  /** Nothing is ever learnt of a camera: looks are compared as they are. */
  readonly isPlain?: boolean
  /** Similarity from which looks are of the same horse. */
  readonly sameAbove: number
  /** Lead over the second-best horse that a first decision needs. */
  readonly margin: number
}

/** Odds from which a tracklet is given a horse, and their lead over the next best one that is free. */
export const acceptAbove = 1
export const leadToAccept = 2

/** A horse is kept down to this: a decision must not flicker. */
export const keepAbove = -2

/** Looks of a tracklet count as nobody's from here down, as long as nothing has been learnt of the camera. */
const newBelowPlain = 0
/**
 * In a learnt space: by the seconds that it was looked at, and by how much is known of the horses there. After few seconds
 * a known horse may still look like nobody; and where everybody is known by many looks, a new horse is seldom.
 */
const newBelow = { fewSeconds: 1.5, manySeconds: 10, atFew: -5, step: -1, young: 0, old: -6 } as const

/** The odds below which a horse is not the one that was looked at for so long; `maturity` is from 0 to 1. */
export function oddsOfNew(seconds: number, isLearnt: boolean, maturity: number): number {
  if (!isLearnt) return newBelowPlain
  const { fewSeconds, manySeconds, atFew, step, young, old } = newBelow
  if (seconds < fewSeconds) return Number.NEGATIVE_INFINITY
  const last = young + (old - young) * maturity
  const first = Math.min(atFew, last + step)
  return first + ((last - first) * (Math.min(seconds, manySeconds) - fewSeconds)) / (manySeconds - fewSeconds)
}

const perDeviation = 2
/** In deviations of chance: as probable one as the other. */
const evenAt = 2.8

/** Log odds of a cosine in a learnt space, where so much is chance. */
export function learntOdds(cosine: number, chance: number): number {
  return perDeviation * (cosine / chance - evenAt)
}

/** Log odds of a cosine of looks as they came: what is accepted from `sameAbove` on, and with a lead of `margin`. */
export function plainOdds(cosine: number, { sameAbove, margin }: PlainRules): number {
  return acceptAbove + (leadToAccept * (cosine - sameAbove)) / Math.max(margin, 1e-3)
}

export function probability(odds: number): number {
  return 1 / (1 + Math.exp(-odds))
}
