/**
 * Which boxes of a frame are worth a look (pure): whole, large enough, apart from others, not too soon after the last.
 */
import { iou } from '../lib/boxes.ts'
import type { Box } from '../types.ts'

export interface Candidate {
  readonly box: Box
  readonly score: number
  readonly decided: boolean
  /** Monotonic ms of its last look; null before the first. */
  readonly lastLookMs: number | null
}

// Frigate's advice and the vision reference: identity is unreliable below about 80 px.
const shortestSide = 80
const borderPixels = 3
const mostOverlap = 0.2
const undecidedEveryMs = 350
const decidedEveryMs = 1500

/** Whether to take a look at a candidate now, among all boxes of a frame of the given size. */
export function worthALook(
  one: Candidate,
  others: readonly Box[],
  width: number,
  height: number,
  monoMs: number,
): boolean {
  const [x1, y1, x2, y2] = one.box
  const since = one.lastLookMs === null ? Number.POSITIVE_INFINITY : monoMs - one.lastLookMs
  if (since < (one.decided ? decidedEveryMs : undecidedEveryMs)) return false
  if (Math.min(x2 - x1, y2 - y1) < shortestSide) return false
  const cut =
    x1 < borderPixels || y1 < borderPixels || x2 > width - borderPixels || y2 > height - borderPixels
  if (cut) return false
  return others.every((other) => other === one.box || iou(other, one.box) <= mostOverlap)
}
