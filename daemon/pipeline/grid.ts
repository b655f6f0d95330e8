/**
 * A picture's brightness as a coarse grid of cells, cheap enough for every frame (pure).
 */
import type { Picture } from '../types.ts'

export interface Grid {
  readonly columns: number
  readonly rows: number
  /** Mean luma of each cell, row by row. */
  readonly means: Float32Array
  /** Each cell's difference from the mean around it: what an evenly changing light leaves out. */
  readonly detail: Float32Array
}

/** Cells along the longer side: at 1280 pixels one is 20 wide, a quarter of the smallest horse worth a look. */
const cellsAlong = 64
/** In tiny pictures cells stay large enough for sensor noise to even out. */
const leastCellPixels = 8
/** Cells to each side over which light is taken to change evenly. */
export const reach = 2
const window = 2 * reach + 1

/** The grid of an nv12 picture. Reads every second row: fewer, and a meadow's texture would pass for movement. */
export function gridOf({ width, height, pixels }: Picture): Grid {
  const side = Math.max(Math.max(width, height) / cellsAlong, leastCellPixels)
  const columns = Math.max(1, Math.round(width / side))
  const rows = Math.max(1, Math.round(height / side))
  const words = wordsOf(pixels, width * height)
  const lefts = Array.from({ length: columns + 1 }, (_, n) => Math.floor((n * width) / columns / 4))
  const means = new Float32Array(columns * rows)
  for (let row = 0; row < rows; row++) {
    const top = 2 * Math.floor((row * height) / rows / 2)
    const bottom = 2 * Math.floor(((row + 1) * height) / rows / 2)
    for (let column = 0; column < columns; column++) {
      const left = lefts[column] ?? 0
      const right = lefts[column + 1] ?? 0
      let sum = 0
      for (let y = top; y < bottom; y += 2) sum += sumWords(words, (y * width) / 4 + left, right - left)
      means[row * columns + column] = sum / ((bottom - top) * 2 * (right - left))
    }
  }
  return { columns, rows, means, detail: detailOf(means, columns, rows) }
}

/** Luma in words of four pixels. Rows of even number begin on a word, for nv12 is of even width. */
function wordsOf(pixels: Uint8Array, count: number): Uint32Array {
  const whole = pixels.byteOffset % 4 === 0 ? pixels : pixels.slice(0, count)
  return new Uint32Array(whole.buffer, whole.byteOffset, Math.floor(count / 4))
}

/** The sum of all bytes, two of them at a time: up to 128 words fit into its halves. */
function sumWords(words: Uint32Array, from: number, count: number): number {
  let halves = 0
  for (let at = from; at < from + count; at++) {
    const word = words[at] ?? 0
    halves = (halves + (word & 0x00ff00ff) + ((word >>> 8) & 0x00ff00ff)) | 0
  }
  return (halves & 0xffff) + (halves >>> 16)
}

function detailOf(means: Float32Array, columns: number, rows: number): Float32Array {
  const detail = Float32Array.from(means)
  sumAround(detail, columns, rows, 'gradient')
  for (let at = 0; at < means.length; at++) detail[at] = (means[at] ?? 0) - (detail[at] ?? 0) / window ** 2
  return detail
}

/**
 * Replaces each value by the sum of those within reach. Beyond the border there is nothing, or what a gradient would go
 * on to, so that an even slope of light cancels out there too.
 */
export function sumAround(
  values: Float32Array,
  columns: number,
  rows: number,
  beyond: 'nothing' | 'gradient',
): void {
  const line = new Float64Array(Math.max(columns, rows) + 2 * reach)
  for (let row = 0; row < rows; row++) sumLine(values, row * columns, 1, columns, line, beyond)
  for (let column = 0; column < columns; column++) sumLine(values, column, columns, rows, line, beyond)
}

function sumLine(
  values: Float32Array,
  from: number,
  stride: number,
  length: number,
  line: Float64Array,
  beyond: 'nothing' | 'gradient',
): void {
  for (let at = 0; at < length; at++) line[at + reach] = values[from + at * stride] ?? 0
  for (let out = 1; out <= reach; out++) {
    const isGradient = beyond === 'gradient' && length > reach
    const [first, last] = [reach, reach + length - 1]
    line[first - out] = isGradient ? 2 * (line[first] ?? 0) - (line[first + out] ?? 0) : 0
    line[last + out] = isGradient ? 2 * (line[last] ?? 0) - (line[last - out] ?? 0) : 0
  }
  let sum = 0
  for (let at = 0; at < window - 1; at++) sum += line[at] ?? 0
  for (let at = 0; at < length; at++) {
    sum += line[at + window - 1] ?? 0
    values[from + at * stride] = sum
    sum -= line[at] ?? 0
  }
}
