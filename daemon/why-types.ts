/**
 * The words in which it is told why a sighting is whose it is. No behaviour lives here.
 */
import type { Horse, HorseId } from './types.ts'

/** A horse that a tracklet may be, and how probable that was. */
export interface Likely {
  readonly horseId: HorseId
  /** 0-1. */
  readonly probability: number
}

/** What people have said of whom a tracklet shows, while it went on: for as long as it does, no look says otherwise. */
export interface Said {
  /** Whose it is; null where nobody has said so. */
  readonly horseId: HorseId | null
  /** It is no horse at all. */
  readonly isNothing: boolean
  /** Whose it is not. */
  readonly not: readonly HorseId[]
}

/** A stored look that a tracklet was held against. */
export interface NearLook {
  /** Null where its picture is not kept any more, or never was. */
  readonly lookId: number | null
  readonly horseId: HorseId
  /** When it was taken; null where that is not known any more. */
  readonly takenMs: number | null
  /** The cosine that the decision was made from. */
  readonly similarity: number
}

/** What a sighting was decided from, as it was at that moment. */
export interface Why {
  readonly atMs: number
  /** The look that was judged last; null where its picture is not kept any more. */
  readonly lookId: number | null
  /** How many looks at the tracklet were taken together; 0: it was in doubt whether it is still the same animal. */
  readonly looks: number
  /** The horse that it was given, or was most like; null where there was none to compare with. */
  readonly best: Likely | null
  /** The next one that was free. */
  readonly second: Likely | null
  /** The nearest first; at most three. */
  readonly nearest: readonly NearLook[]
  /** The nearest one of the second horse; null where it is among the nearest, or there is none. */
  readonly ofSecond: NearLook | null
}

/** Two horses that may be one: a person says whether they are. */
export interface MergeSuggestion {
  readonly horse: Horse
  /** What the two would be. */
  readonly into: Horse
  /** 0-1. */
  readonly probability: number
  /** Pairs of looks that are nearer to each other than to any other horse. */
  readonly mutual: number
}
