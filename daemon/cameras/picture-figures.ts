/**
 * What a picture tells of light, and how much of a stall is seen in it. Pure.
 */
import type { PictureFigures, StallSeen } from '../camera-test-types.ts'
import { contains, type Point } from '../lib/polygon.ts'
import type { Picture } from '../types.ts'

/** Every 97th pixel: enough for a mean, and in step with no column. */
const STRIDE = 97

export function figuresOf({ pixels, width, height }: Picture): PictureFigures {
  let apart = 0
  let luma = 0
  let count = 0
  for (let at = 0; at + 2 < pixels.length; at += 3 * STRIDE) {
    const [r, g, b] = [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0]
    apart += Math.max(r, g, b) - Math.min(r, g, b)
    luma += lumaOf(r, g, b)
    count++
  }
  const share = (sum: number) => sum / Math.max(1, count)
  return { width, height, isGrey: count > 0 && share(apart) < 6, brightness: Math.round(share(luma)) }
}

const lumaOf = (r: number, g: number, b: number) => 0.299 * r + 0.587 * g + 0.114 * b

/** There nothing can be made out. */
const BLACK = 14
const WHITE = 250
/** An outline that is drawn along the side of the picture lies so near to it, in shares. */
const SIDE = 0.012
const GRID = 64

export function seenOf(
  { name, corners }: { readonly name: string; readonly corners: readonly Point[] },
  picture: Picture,
): StallSeen {
  return { name, cut: cutOf(corners, picture), blind: blindOf(corners, picture) }
}

function cutOf(corners: readonly Point[], { width, height }: Pick<Picture, 'width' | 'height'>): number {
  let all = 0
  let cut = 0
  corners.forEach(([x, y], at) => {
    const [toX, toY] = corners[(at + 1) % corners.length] ?? [x, y]
    const length = Math.hypot((toX - x) * width, (toY - y) * height)
    const isOn = (one: number, other: number) =>
      (one < SIDE && other < SIDE) || (one > 1 - SIDE && other > 1 - SIDE)
    all += length
    if (isOn(x, toX) || isOn(y, toY)) cut += length
  })
  return all === 0 ? 0 : cut / all
}

function blindOf(corners: readonly Point[], { pixels, width, height }: Picture): number {
  let all = 0
  let blind = 0
  for (let row = 0; row < GRID; row++)
    for (let column = 0; column < GRID; column++) {
      const point: Point = [(column + 0.5) / GRID, (row + 0.5) / GRID]
      if (!contains(corners, point)) continue
      const at = 3 * (Math.floor(point[1] * height) * width + Math.floor(point[0] * width))
      const luma = lumaOf(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0)
      all++
      if (luma < BLACK || luma > WHITE) blind++
    }
  return all === 0 ? 0 : blind / all
}
