/**
 * What a verdict was made from, for people who ask why (pure): the horses that were likely, and the stored looks that were nearest.
 */
import type { HorseId } from '../types.ts'
import type { Likely } from '../why-types.ts'
import type { Verdict } from './decide.ts'
import type { Near } from './gallery.ts'

export interface Reasons {
  /** Looks at the tracklet that were taken together; 0: it was in doubt. */
  readonly looks: number
  /** The horse that it was given, or was most like; null where there was none to compare with. */
  readonly best: Likely | null
  readonly second: Likely | null
  /** The nearest stored vectors of all, the nearest first. */
  readonly nearest: readonly Near[]
  /** The nearest one of the second horse; null where it is among those, or there is none. */
  readonly ofSecond: Near | null
}

/** Of a tracklet in doubt: what was seen before says nothing of it now. */
export const inDoubt: Reasons = { looks: 0, best: null, second: null, nearest: [], ofSecond: null }

const mostNearest = 3

/** `near` are the stored vectors, the nearest first. */
export function reasonsFrom(verdict: Verdict, looks: number, near: readonly Near[]): Reasons {
  const second = likely(verdict.second, verdict.secondScore)
  const nearest = near.slice(0, mostNearest)
  const ofSecond = near.find(({ horseId }) => horseId === second?.horseId) ?? null
  return {
    looks,
    best: likely(verdict.horseId ?? verdict.nearest, verdict.score),
    second,
    nearest,
    ofSecond: ofSecond && nearest.includes(ofSecond) ? null : ofSecond,
  }
}

function likely(horseId: HorseId | null, probability: number | null): Likely | null {
  return horseId === null || probability === null ? null : { horseId, probability }
}
