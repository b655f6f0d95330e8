/**
 * Which vectors of a horse are kept (pure).
 */
import { dot } from '../lib/dot.ts'

interface Stored {
  /** Later ones are higher. */
  readonly id: number
  readonly vector: Float32Array
  /** Kept for good. */
  readonly isFixed: boolean
  /** Of another horse, as it seems: it is the first to go. */
  readonly isStray: boolean
}

/** The row that a look should take the place of; undefined while there is room. */
export interface Room {
  readonly instead: number | undefined
}

/** Vectors kept of one horse: fewer say less of its sides, and with more no more is known (decision 0012). */
export const mostVectors = 40
const tooAlike = 0.97

/** Where a look of a horse belongs among what is kept of it: null when it teaches nothing new (too like one that is there). */
export function placeAmong(kept: readonly Stored[], look: Float32Array): Room | null {
  if (kept.some(({ vector }) => dot(vector, look) > tooAlike)) return null
  if (kept.length < mostVectors) return { instead: undefined }
  const leaves = kept.find((one) => one.isStray && !one.isFixed) ?? densest(kept)
  return leaves ? { instead: leaves.id } : null
}

/**
 * The vector without which those that are left lie most evenly over time: the most different ones would be the spoilt
 * ones. Ids stand for time. Fixed ones are never let go.
 */
function densest(kept: readonly Stored[]): Stored | undefined {
  const byTime = [...kept].sort((a, b) => a.id - b.id)
  const gap = (at: number) => (byTime[at + 1]?.id ?? Number.POSITIVE_INFINITY) - (byTime[at - 1]?.id ?? 0)
  const free = [...byTime.keys()].filter((at) => byTime[at]?.isFixed === false)
  const [densestAt] = free.sort((a, b) => gap(a) - gap(b))
  return densestAt === undefined ? undefined : byTime[densestAt]
}
