/**
 * Which boxes of a frame are worth a look (pure): whole from side to side, large enough, apart from others, not too
 * soon after the last. A box that the upper or lower border cuts still shows who it is (legs or ears are missing);
 * one cut at the side may be any half of a horse.
 */
import { iou } from '../lib/boxes.ts'
import type { Box } from '../types.ts'

/** `urgent`: it has a horse, but something speaks against it. */
export type LookNeed = 'undecided' | 'decided' | 'urgent'

export interface Candidate {
  readonly box: Box
  readonly score: number
  readonly need: LookNeed
  /** Monotonic ms of its last look; null before the first. */
  readonly lastLookMs: number | null
}

// Frigate's advice and the vision reference: identity is unreliable below about 80 px.
const shortestSide = 80
const borderPixels = 3
const mostOverlap = 0.3
const everyMs = { undecided: 350, decided: 1500, urgent: 0 } as const satisfies Record<LookNeed, number>

/** Whether to take a look at a candidate now, among all boxes of a frame of that width. */
export function worthALook(one: Candidate, others: readonly Box[], width: number, monoMs: number): boolean {
  const [x1, y1, x2, y2] = one.box
  const since = one.lastLookMs === null ? Number.POSITIVE_INFINITY : monoMs - one.lastLookMs
  if (since < everyMs[one.need]) return false
  if (Math.min(x2 - x1, y2 - y1) < shortestSide) return false
  if (x1 < borderPixels || x2 > width - borderPixels) return false
  return others.every((other) => other === one.box || iou(other, one.box) <= mostOverlap)
}
