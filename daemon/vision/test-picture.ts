/**
 * The picture that models are tested with: the same bytes on every machine, and enough of an animal that a detector
 * gives boxes. Pure.
 */
import type { PictureFormat } from '../../models/convert/layout.ts'
import type { Picture } from '../types.ts'
import type { Rect } from './pixels.ts'

const width = 320
const height = 240

/** Where the animal stands. */
export const animal: Rect = { x1: 60, y1: 40, x2: 232, y2: 204 }

/** Trunk, neck, head, ears, legs and tail: from, to, and how thick at either end. */
const limbs: readonly (readonly [number, number, number, number, number, number])[] = [
  [98, 116, 165, 115, 16, 16],
  [165, 109, 189, 75, 13, 7],
  [186, 73, 211, 88, 7, 5],
  [183, 66, 186, 62, 3, 2],
  [167, 122, 168, 145, 7, 4],
  [168, 145, 167, 173, 4, 4],
  [161, 122, 159, 145, 7, 4],
  [159, 145, 158, 173, 4, 4],
  [95, 122, 90, 145, 9, 5],
  [90, 145, 95, 173, 4, 4],
  [102, 122, 101, 145, 9, 5],
  [101, 145, 105, 173, 4, 4],
  [83, 110, 74, 145, 4, 5],
]

/** Brown, as BT.601 has it. */
const [coat, coatU, coatV] = [70, 112, 150]
const horizon = 125

/** Brightness and, in nv12, colour; a format of three channels gets it in grey. */
export function testPicture(format: PictureFormat): Picture {
  const nv12 = new Uint8Array(width * height * 1.5)
  const luma = nv12.subarray(0, width * height)
  const chroma = nv12.subarray(width * height)
  for (let y = 0, i = 0; y < height; y++) {
    const sky = 190 - (y >> 2)
    for (let x = 0; x < width; x++, i++) luma[i] = y < horizon ? sky : 100 + ((x * 13 + y * 7) % 11)
  }
  for (let i = 0; i < chroma.length; i += 2) {
    chroma[i] = i < (width * horizon) / 2 ? 128 : 108
    chroma[i + 1] = 124
  }
  for (const limb of limbs) drawLimb(limb, luma, chroma)
  if (format === 'nv12') return { format, width, height, pixels: nv12 }
  const pixels = new Uint8Array(luma.length * 3)
  for (let i = 0; i < pixels.length; i++) pixels[i] = luma[Math.trunc(i / 3)] ?? 0
  return { format, width, height, pixels }
}

/** Lighter towards its middle, as something round is. */
function drawLimb(
  [ax, ay, bx, by, from, to]: (typeof limbs)[number],
  luma: Uint8Array,
  chroma: Uint8Array,
): void {
  const thick = Math.max(from, to)
  const [dx, dy] = [bx - ax, by - ay]
  for (let y = Math.min(ay, by) - thick; y <= Math.max(ay, by) + thick; y++) {
    for (let x = Math.min(ax, bx) - thick; x <= Math.max(ax, bx) + thick; x++) {
      const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
      const depth = from + (to - from) * along - length(x - ax - along * dx, y - ay - along * dy)
      if (depth < 0) continue
      luma[y * width + x] = coat + Math.trunc(depth * 2)
      const pair = (y >> 1) * width + (x & ~1)
      chroma[pair] = coatU
      chroma[pair + 1] = coatV
    }
  }
}

/** Unlike `Math.hypot`, a square root is rounded alike everywhere. */
const length = (x: number, y: number) => Math.sqrt(x * x + y * y)
