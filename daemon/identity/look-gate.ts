/**
 * Which boxes of a frame are worth a look (pure): whole from side to side, large enough, apart from others, not too
 * soon after the last. A box that the upper or lower border cuts still shows who it is (legs or ears are missing);
 * one cut at the side may be any half of a horse, or halves of two: it teaches nothing, and while it moves nobody can
 * say whose it is. Of boxes that overlap, the one that reaches farther down is nearer to a camera that looks down on a floor: it shows who
 * it is, but some of another too.
 */
import { iou } from '../lib/boxes.ts'
import type { Box } from '../types.ts'

/**
 * `undecided`: it has no horse yet. `decided`: it has one. `moved`: it has one, but has left the place where it was
 * looked at. `urgent`: it has one, but something speaks against it.
 */
export type LookNeed = 'undecided' | 'decided' | 'moved' | 'urgent'

/** What a look may be used for: to learn and decide from, only to decide from, or only to hold a horse that is known against it. */
export type LookUse = 'evidence' | 'glimpse' | 'test'

export interface Candidate {
  readonly box: Box
  readonly need: LookNeed
  /** Monotonic ms of its last look; null before the first. */
  readonly lastLookMs: number | null
  /** For how long its box has hardly moved. */
  readonly stillMs: number
}

// Frigate's advice and the vision reference: identity is unreliable below about 80 px.
const shortestSide = 80
const borderPixels = 3
const mostOverlap = 0.3
/** In front of what it overlaps is a box that reaches farther down by this share of its height: less is the detector's doubt. */
const inFrontBy = 0.05
const everyMs = { undecided: 350, decided: 1500, moved: 0, urgent: 0 } as const
/** A box cut at the side is tested when it has stood still for so long, and again after as long; no box is tested sooner again. */
const testEveryMs = 1500

/** What a look at a candidate would be good for now, among all boxes of a frame of that width; null for nothing. */
export function worthALook(
  one: Candidate,
  others: readonly Box[],
  width: number,
  monoMs: number,
): LookUse | null {
  const [x1, y1, x2, y2] = one.box
  if (Math.min(x2 - x1, y2 - y1) < shortestSide) return null
  const mixed = others.filter((other) => other !== one.box && iou(other, one.box) > mostOverlap)
  // In front of all of them, or of none.
  if (mixed.some((other) => y2 - other[3] <= inFrontBy * (y2 - y1))) return null
  const since = one.lastLookMs === null ? Number.POSITIVE_INFINITY : monoMs - one.lastLookMs
  if (isCut(one.box, width))
    return one.need === 'undecided' || Math.min(since, one.stillMs) < testEveryMs ? null : 'test'
  if (since < everyMs[one.need]) return null
  if (mixed.length === 0) return 'evidence'
  if (one.need === 'undecided') return 'glimpse'
  // A test would say of one that moved that it was looked at, and the doubt would be lost.
  return one.need === 'moved' || since < testEveryMs ? null : 'test'
}

/** Whether a tracklet that has a horse may be another animal's by now, as far as its box can tell. */
export function isDoubtful(one: Candidate, width: number): boolean {
  if (one.need === 'undecided') return false
  return one.need === 'moved' || (isCut(one.box, width) && one.stillMs < testEveryMs)
}

function isCut([x1, , x2]: Box, width: number): boolean {
  return x1 < borderPixels || x2 > width - borderPixels
}
