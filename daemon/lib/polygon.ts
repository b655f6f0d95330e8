/**
 * Geometry of polygons in shares of a picture's sides, 0-1 (pure). Corners lie on a grid of a ten-thousandth, on which every
 * question here is answered in whole numbers, and so exactly.
 */

import type { Box } from '../types.ts'

/** `[x, y]`, x to the right, y down. */
export type Point = readonly [x: number, y: number]

export const fewestCorners = 3
export const mostCorners = 16
/** Of the picture: a square of 2 % of its sides. What is smaller is a slip of the finger. */
export const smallestArea = 0.0004

const GRID = 10_000

/** The nearest point of the grid. */
export const onGrid = ([x, y]: Point): Point => [Math.round(x * GRID) / GRID, Math.round(y * GRID) / GRID]

const whole = ([x, y]: Point): Point => [Math.round(x * GRID), Math.round(y * GRID)]

/** On which side of the line from `a` to `b` a point lies: above 0, below 0, or on it. */
const side = (a: Point, b: Point, p: Point) =>
  Math.sign((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]))

const isBetween = (a: Point, b: Point, p: Point) =>
  Math.min(a[0], b[0]) <= p[0] &&
  p[0] <= Math.max(a[0], b[0]) &&
  Math.min(a[1], b[1]) <= p[1] &&
  p[1] <= Math.max(a[1], b[1])

const isOn = (a: Point, b: Point, p: Point) => side(a, b, p) === 0 && isBetween(a, b, p)

const isSame = (a: Point, b: Point) => a[0] === b[0] && a[1] === b[1]

/** Whether two stretches have a point in common. */
function meet(a: Point, b: Point, c: Point, d: Point): boolean {
  if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true
  return isOn(a, b, c) || isOn(a, b, d) || isOn(c, d, a) || isOn(c, d, b)
}

type Edge = readonly [from: Point, to: Point]

const edgesOf = (corners: readonly Point[]): Edge[] =>
  corners.map((corner, at) => [corner, corners[(at + 1) % corners.length] ?? corner])

/** Two edges that follow each other share a corner, and nothing else: the second does not go back along the first. */
const foldsBack = ([a, b]: Edge, [, c]: Edge) => isSame(b, c) || isOn(a, b, c) || isOn(b, c, a)

function crossesItself(corners: readonly Point[]): boolean {
  const edges = edgesOf(corners)
  return edges.some((one, at) =>
    edges.some((other, beside) => {
      if (beside <= at) return false
      if (beside === at + 1) return foldsBack(one, other)
      if (at === 0 && beside === edges.length - 1) return foldsBack(other, one)
      return meet(...one, ...other)
    }),
  )
}

/** Whichever way round it is drawn. */
export function areaOf(corners: readonly Point[]): number {
  const twice = edgesOf(corners.map(whole)).reduce((sum, [a, b]) => sum + a[0] * b[1] - b[0] * a[1], 0)
  return Math.abs(twice) / 2 / GRID ** 2
}

export const polygonFaults = ['fewCorners', 'manyCorners', 'outside', 'crossing', 'tooSmall'] as const
export type PolygonFault = (typeof polygonFaults)[number]

/** Why these corners, in this order, are no place on a picture; undefined where they are. */
export function polygonFault(corners: readonly Point[]): PolygonFault | undefined {
  if (corners.length < fewestCorners) return 'fewCorners'
  if (corners.length > mostCorners) return 'manyCorners'
  if (!corners.flat().every((share) => share >= 0 && share <= 1)) return 'outside'
  if (crossesItself(corners.map(whole))) return 'crossing'
  return areaOf(corners) < smallestArea ? 'tooSmall' : undefined
}

/**
 * Whether a point lies within: a line from it to the right crosses the outline an odd number of times. Of two polygons that
 * share an edge, a point on that is in one and only one.
 */
export function contains(corners: readonly Point[], point: Point): boolean {
  const p = whole(point)
  const crossed = edgesOf(corners.map(whole)).filter(([a, b]) => {
    if (a[1] > p[1] === b[1] > p[1]) return false
    const [low, high] = a[1] < b[1] ? [a, b] : [b, a]
    return side(low, high, p) > 0
  })
  return crossed.length % 2 === 1
}

/** A box that is cut by the lower side of the picture ends on it, which no outline holds within. */
const lowest = 0.9999

/** Where a box stands, in shares of its picture's sides: the middle of its lower edge. */
export const footOf = ([x1, , x2, y2]: Box, width = 1, height = 1): Point => [
  (x1 + x2) / 2 / width,
  Math.min(y2 / height, lowest),
]
