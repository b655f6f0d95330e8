/**
 * How sharp a crop is: the variance of the Laplacian of its luma at one fixed size, so that near and far horses
 * compare. Pure.
 */
import type { Picture } from '../types.ts'
import { chromaOf, lumaOf, type Rect } from './pixels.ts'

const side = 96
/** Pixels read for one value, across and down: a ranking of crops needs no more, and a look takes only some ms. */
const taps = 2

/** Higher is sharper; 0 is one flat colour. */
export function sharpnessOf(picture: Picture, rect: Rect): number {
  const luma = smallLuma(picture, rect)
  let sum = 0
  let squares = 0
  const count = (side - 2) * (side - 2)
  for (let y = 1; y < side - 1; y++) {
    // The row's own three values go along, each read once.
    let left = luma[y * side] as number
    let here = luma[y * side + 1] as number
    for (let at = y * side + 1, end = at + side - 2; at < end; at++) {
      const right = luma[at + 1] as number
      const laplacian = left + right + (luma[at - side] as number) + (luma[at + side] as number) - 4 * here
      sum += laplacian
      squares += laplacian * laplacian
      left = here
      here = right
    }
  }
  return squares / count - (sum / count) ** 2
}

/** Pixels that are read of a picture, and how far from grey they are on the mean where there is colour at all. */
const colourSamples = 256
const leastColour = 1.5

/**
 * Whether the whole picture has no colour: the camera has taken its infrared filter away for the night. A grey horse on
 * grey concrete still has more.
 */
export function isColourless(picture: Picture): boolean {
  const isNv12 = picture.format === 'nv12'
  const values = isNv12 ? chromaOf(picture) : picture.pixels
  const each = isNv12 ? 2 : 3
  const step = each * Math.max(1, Math.floor(values.length / each / colourSamples))
  let sum = 0
  let read = 0
  for (let at = 0; at + each <= values.length; at += step) {
    const [a, b, c] = [values[at] as number, values[at + 1] as number, values[at + 2] as number]
    sum += isNv12 ? Math.abs(a - 128) + Math.abs(b - 128) : Math.max(a, b, c) - Math.min(a, b, c)
    read++
  }
  return sum / Math.max(read, 1) < leastColour
}

/** The crop's luma at `side` x `side`: each value the mean of 2 x 2 pixels of its share of the crop. */
function smallLuma(picture: Picture, { x1, y1, x2, y2 }: Rect): Float32Array {
  const luma = lumaPlane(picture)
  const out = new Float32Array(side * side)
  const stepX = (x2 - x1) / (side * taps)
  const stepY = (y2 - y1) / (side * taps)
  const columns = new Int32Array(side * taps)
  for (let x = 0; x < columns.length; x++) columns[x] = Math.floor(x1 + (x + 0.5) * stepX)
  const rowOf = (y: number) => Math.floor(y1 + (y + 0.5) * stepY) * picture.width
  for (let y = 0; y < side; y++) {
    const [upper, lower] = [rowOf(y * taps), rowOf(y * taps + 1)]
    for (let x = 0; x < side; x++) {
      const left = columns[x * taps] as number
      const right = columns[x * taps + 1] as number
      const four =
        (luma[upper + left] as number) +
        (luma[upper + right] as number) +
        (luma[lower + left] as number) +
        (luma[lower + right] as number)
      out[y * side + x] = four / 4
    }
  }
  return out
}

function lumaPlane(picture: Picture): Uint8Array | Float32Array {
  if (picture.format === 'nv12') return lumaOf(picture)
  const { width, height, pixels } = picture
  return Float32Array.from({ length: width * height }, (_, at) => {
    const [r = 0, g = 0, b = 0] = pixels.subarray(at * 3, at * 3 + 3)
    return 0.299 * r + 0.587 * g + 0.114 * b
  })
}
