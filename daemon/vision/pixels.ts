/**
 * Raw pictures: their planes, their checks, and a part of one as RGB. Pure.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { Box, Picture } from '../types.ts'

/** Whole pixels; x2 and y2 are just outside. */
export interface Rect {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** Throws unless the pixels are as many as the picture says. */
export function checkPicture({ format, width, height, pixels }: Picture): void {
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
  const even = format === 'rgb24' || (width % 2 === 0 && height % 2 === 0)
  const bytes = format === 'rgb24' ? width * height * 3 : width * height * 1.5
  if (!whole || !even || pixels.length !== bytes) {
    throw new BarnboxError('NOT_A_PICTURE', 'the pixels do not fit the picture', {
      context: { format, width, height, bytes: pixels.length },
    })
  }
}

export const lumaOf = ({ width, height, pixels }: Picture) => pixels.subarray(0, width * height)
export const chromaOf = ({ width, height, pixels }: Picture) => pixels.subarray(width * height)

/** The box in whole even pixels within the picture; undefined where less than `least` pixels of a side are left. */
export function rectWithin({ width, height }: Picture, box: Box, least: number): Rect | undefined {
  if (!box.every(Number.isFinite)) return undefined
  const even = (value: number, most: number) => 2 * Math.round(Math.min(Math.max(value, 0), most & ~1) / 2)
  const [x1, y1, x2, y2] = [
    even(box[0], width),
    even(box[1], height),
    even(box[2], width),
    even(box[3], height),
  ]
  return x2 - x1 < least || y2 - y1 < least ? undefined : { x1, y1, x2, y2 }
}

/** Packed RGB of a part. The rectangle lies within the picture. */
export function rgbOf(picture: Picture, { x1, y1, x2, y2 }: Rect): Uint8Array {
  const out = new Uint8Array((x2 - x1) * (y2 - y1) * 3)
  let to = 0
  if (picture.format === 'rgb24') {
    for (let y = y1; y < y2; y++) {
      const row = picture.pixels.subarray((y * picture.width + x1) * 3, (y * picture.width + x2) * 3)
      out.set(row, to)
      to += row.length
    }
    return out
  }
  const luma = lumaOf(picture)
  const chroma = chromaOf(picture)
  const clamped = new Uint8ClampedArray(out.buffer)
  for (let y = y1; y < y2; y++) {
    const uvRow = (y >> 1) * picture.width
    for (let x = x1; x < x2; x++) {
      // BT.601, limited range, in 1/256: the same matrix as in the models' graphs.
      const base = 298 * ((luma[y * picture.width + x] ?? 0) - 16) + 128
      const u = (chroma[uvRow + (x & ~1)] ?? 0) - 128
      const v = (chroma[uvRow + (x | 1)] ?? 0) - 128
      clamped[to++] = (base + 409 * v) >> 8
      clamped[to++] = (base - 100 * u - 208 * v) >> 8
      clamped[to++] = (base + 516 * u) >> 8
    }
  }
  return out
}
