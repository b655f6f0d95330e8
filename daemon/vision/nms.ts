/**
 * Of several boxes on one animal only the best. Pure.
 */
import { iou } from '../lib/boxes.ts'
import type { Box } from '../types.ts'

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
