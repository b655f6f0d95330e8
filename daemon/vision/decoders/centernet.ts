/**
 * CenterNet's peaks as detections: what box a peak means, which classes are a horse. Pure.
 */
import { cellPixels, detectorSide, gridSide, keptClasses } from '../../../models/convert/layout.ts'
import { area } from '../../lib/boxes.ts'
import type { Box, Detection, Kind } from '../../types.ts'
import { suppress } from '../nms.ts'

/** The detector's outputs; see `models/convert/detector.ts`. */
export interface Peaks {
  readonly scores: Float32Array
  readonly cells: Int32Array
  readonly sizes: Float32Array
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** One animal often peaks in several classes; two animals seldom overlap so far. */
const sameAnimal = 0.6

/** A small dog is a dog. From this share of the picture on, it is a horse that the detector misjudged. */
const largeShare = 0.03
const onlyWhenLarge = new Set(['dog', 'bear'])

/** The detections of one picture from `threshold` on, best first, in the picture's pixels and inside it. */
export function decodeCenternet(peaks: Peaks, picture: Size, threshold: number): Detection[] {
  const found: Detection[] = []
  for (const [i, score] of peaks.scores.entries()) {
    // The comparison is written so that a NaN fails it.
    if (!(score >= threshold)) continue
    const cell = peaks.cells[i] ?? -1
    const label = keptClasses[Math.floor(cell / (gridSide * gridSide))]?.label
    const box = boxOf(cell % (gridSide * gridSide), peaks.sizes.subarray(i * 4, i * 4 + 4), picture)
    if (label === undefined || !box) continue
    const kind: Kind = label === 'person' ? 'person' : 'horse'
    const small = area(box) < largeShare * picture.width * picture.height
    if (small && onlyWhenLarge.has(label)) continue
    found.push({ box, score, kind, label })
  }
  return suppress(found, (one) => one.kind, sameAnimal)
}

function boxOf(cell: number, reach: Float32Array, { width, height }: Size): Box | undefined {
  const x = (cell % gridSide) * cellPixels
  const y = Math.floor(cell / gridSide) * cellPixels
  const [left = 0, up = 0, right = 0, down = 0] = reach
  const place = (value: number, most: number) => Math.min(Math.max((value * most) / detectorSide, 0), most)
  const box: Box = [
    place(x - left, width),
    place(y - up, height),
    place(x + right, width),
    place(y + down, height),
  ]
  return area(box) > 0 ? box : undefined
}
