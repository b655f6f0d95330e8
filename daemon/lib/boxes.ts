/**
 * Geometry of boxes `[x1, y1, x2, y2]` (pure). An empty or inside-out box has no area.
 */
import type { Box } from '../types.ts'

export function area([x1, y1, x2, y2]: Box): number {
  return Math.max(0, x2 - x1) * Math.max(0, y2 - y1)
}

export function intersection(a: Box, b: Box): number {
  return area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])])
}

/** Intersection over union, 0-1; 0 when both are empty. */
export function iou(a: Box, b: Box): number {
  const shared = intersection(a, b)
  const union = area(a) + area(b) - shared
  return union > 0 ? shared / union : 0
}

/** The share of `inner` that lies within `outer`, 0-1. */
export function coverage(inner: Box, outer: Box): number {
  const own = area(inner)
  return own > 0 ? intersection(inner, outer) / own : 0
}

/** The box made larger by `share` of its width and height on each side. */
export function grow([x1, y1, x2, y2]: Box, share: number): Box {
  const dx = (x2 - x1) * share
  const dy = (y2 - y1) * share
  return [x1 - dx, y1 - dy, x2 + dx, y2 + dy]
}
