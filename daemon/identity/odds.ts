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

/**
 * So much less is asked for where nobody has confirmed the horse: it is known by the few looks of its founding, which it would never outgrow, and has
 * no name that could be told wrongly. The lead over the others is the same.
 */
export const lessForUnconfirmed = 3

/** Looks of a tracklet count as nobody's from here down, as long as nothing has been learnt of the camera. */
const newBelowPlain = 0
/**
 * In a learnt space: by the seconds that it was looked at, and by how much is known of the horses there. After few seconds
 * a known horse may still look like nobody; and where everybody is known by many looks, a new horse is seldom.
 */
const newBelow = { fewSeconds: 1.5, manySeconds: 10, atFew: -6.2, step: -1, young: -1.2, old: -7.2 } as const

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
/** In deviations of chance: from here on it is more probable that a look is of this horse than that it is not, beside the mean of its vectors. */
const evenAt = 3.5
/**
 * The same beside the two nearest of a horse's vectors: the more there are, the likelier two of them are near by chance. A horse is founded on
 * five, so that nothing was measured of fewer: these are no reason to ask for less.
 */
const evenOfNearest = { least: 1.14, byChance: 1.5, fewest: 5 } as const

/** Log odds of a cosine in a learnt space, where so much is chance: with a horse's mean, or with the two nearest of so many of its vectors. */
export function learntOdds(cosine: number, chance: number, vectors?: number): number {
  const { least, byChance, fewest } = evenOfNearest
  const even = vectors === undefined ? evenAt : least + byChance * twoHighestOf(Math.max(fewest, vectors))
  return perDeviation * (cosine / chance - even)
}

/** The mean of the two highest of 5 to 80 standard normal numbers, within 0.26 (by Blom's positions, 1958, it is 0.84 to 2.2). */
function twoHighestOf(count: number): number {
  return 0.86 * Math.sqrt(2 * Math.log(count)) - 0.45
}

/** Log odds of a cosine of looks as they came: what is accepted from `sameAbove` on, and with a lead of `margin`. */
export function plainOdds(cosine: number, { sameAbove, margin }: PlainRules): number {
  return acceptAbove + (leadToAccept * (cosine - sameAbove)) / Math.max(margin, 1e-3)
}

export function probability(odds: number): number {
  return 1 / (1 + Math.exp(-odds))
}

export function logOdds(probability: number): number {
  return Math.log(probability / (1 - probability))
}
