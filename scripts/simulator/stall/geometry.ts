/**
 * How a horse stands in the picture of a stall's camera, and how much of it is to be seen (pure).
 */
import type { Box } from '../../../daemon/types.ts'

export const picture = { width: 1280, height: 720 } as const

/** Where a horse is and how: `x` of its feet in pixels, `depth` from 0 (far) to 1 (near). */
export interface Pose {
  readonly x: number
  readonly depth: number
  /** Radians; 0 looks to the right, pi/2 at the camera. */
  readonly heading: number
  readonly lying: boolean
}

/** Something a horse can hide behind: a door, a wall, a cupboard. It hides what is farther off than `depth`. */
export interface Occluder {
  readonly box: Box
  readonly depth: number
}

/** How tall a horse of size 1 is in the picture, in pixels. */
export function heightAt(depth: number): number {
  return 150 + 190 * depth
}

/** The whole box of a horse, wherever it ends. `nod` from -1 to 1: head up or down. */
export function wholeBox({ x, depth, heading, lying }: Pose, size: number, nod: number): Box {
  const tall = heightAt(depth) * size
  const along = Math.abs(Math.cos(heading))
  const width = tall * (0.55 + 0.8 * along) * (lying ? 1.15 : 1)
  const height = tall * (lying ? 0.6 : 1) * (1 + 0.05 * nod)
  const feet = 330 + 370 * depth
  // The head sinks on the side it looks to: the box grows there.
  const forward = width * 0.05 * (1 - nod) * Math.sign(Math.cos(heading)) * along
  return [x - width / 2 + Math.min(0, forward), feet - height, x + width / 2 + Math.max(0, forward), feet]
}

/** What can be seen of a box: its part in the picture that nothing covers. */
export interface Visible {
  /** Around all that can be seen. */
  readonly box: Box
  /** Share of the whole horse. */
  readonly share: number
}

const columns = 24
const rows = 8

/** Undefined where nothing is to be seen. Covers are what stands before it. */
export function visiblePart(whole: Box, covers: readonly Box[]): Visible | undefined {
  const [x1, y1, x2, y2] = whole
  const [dx, dy] = [(x2 - x1) / columns, (y2 - y1) / rows]
  let seen = 0
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const [x, y] = [x1 + (column + 0.5) * dx, y1 + (row + 0.5) * dy]
      if (x < 0 || y < 0 || x > picture.width || y > picture.height) continue
      if (covers.some((cover) => cover[0] <= x && x <= cover[2] && cover[1] <= y && y <= cover[3])) continue
      seen++
      left = Math.min(left, x - dx / 2)
      right = Math.max(right, x + dx / 2)
      top = Math.min(top, y - dy / 2)
      bottom = Math.max(bottom, y + dy / 2)
    }
  }
  if (seen === 0) return undefined
  return { box: clip([left, top, right, bottom]), share: seen / (columns * rows) }
}

export function clip([x1, y1, x2, y2]: Box): Box {
  const within = (value: number, most: number) => Math.min(Math.max(value, 0), most)
  return [
    within(x1, picture.width),
    within(y1, picture.height),
    within(x2, picture.width),
    within(y2, picture.height),
  ]
}
