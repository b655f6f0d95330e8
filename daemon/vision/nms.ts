/**
 * Overlap of boxes, and of several boxes on one animal only the best. Pure.
 */
import type { Box } from '../types.ts'

/** Intersection over union, 0 to 1; 0 where a box has no area. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (!(width > 0) || !(height > 0)) return 0
  const shared = width * height
  return shared / (area(a) + area(b) - shared)
}

export function area(box: Box): number {
  return Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1])
}

/** Keeps the best of boxes of one group that overlap by more than `most`; best first. */
export function suppress<T extends { box: Box; score: number }>(
  found: readonly T[],
  groupOf: (one: T) => string,
  most: number,
): T[] {
  const kept: T[] = []
  for (const one of [...found].sort((a, b) => b.score - a.score)) {
    const covered = kept.some((other) => groupOf(other) === groupOf(one) && iou(other.box, one.box) > most)
    if (!covered) kept.push(one)
  }
  return kept
}
