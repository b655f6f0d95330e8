/**
 * How much of a picture's structure has changed since another one, whatever the light did (pure).
 *
 * Each cell's detail, its difference from the mean around it, is predicted from the older picture's by the gain that fits
 * its neighbourhood best. So an even change of light (exposure, gain, offset, a lamp's slope) explains itself, while a
 * thing that came, went or moved does not.
 */
import { type Grid, reach, sumAround } from './grid.ts'

/** Light changes a camera's levels by no more than this: ten times the light, as video's gamma has it. */
const mostGain = 3
/** Levels at which a camera stops telling differences, of 16 to 235. Cells' means: some pixels reach it before. */
const black = 20
const white = 210
/** What such a cell says of the light, beside one: where all are such, they are all there is to go by. */
const dimWeight = 0.01
/** A cell differs from so many levels on: what a good encoder leaves of a still picture stays below. */
const leastLevels = 4
/** Where noise or a poor encoder moves half of all cells by more, so many times that... */
const noiseFactor = 6
/** ...but never above this, lest a horse that fills the picture passes for noise. */
const mostLevels = 12
/** Beside strong edges a camera's tremble of a pixel moves a cell by less than this share of the contrast around. */
const leastShare = 0.35
const noiseBin = 0.05

/**
 * Fewer changed cells are no movement: a clock's digits change up to three of 2304, a fly or a poor encoder up to four;
 * a tail that swings by a tenth of its length changes seven, a head that turns a little ten.
 */
export const fewestCells = 5

/** Cells that are looked at one by one before the whole picture is. */
const mostTried = 24

/**
 * Whether so many cells show something else than before that something has moved: what `changedCells` would say. Most pictures are
 * as the one before, or other beyond any doubt, and need no look at the light of them all.
 */
export function hasMoved(before: Grid, now: Grid): boolean {
  // The light can only explain what differs: what does not differ without it is no change.
  const differing: number[] = []
  for (let at = 0; at < now.means.length; at++)
    if (difference(before, now, at, 1) > leastLevels) differing.push(at)
  if (differing.length < fewestCells) return false
  let clear = 0
  for (let n = 0; n < differing.length; n += Math.ceil(differing.length / mostTried)) {
    const at = differing[n] as number
    const { gain, contrast } = lightAt(before, now, at)
    const levels = Math.min(difference(before, now, at, gain), difference(before, now, at, 1))
    // Beyond what noise could be taken for, however much there is.
    if (levels > Math.max(mostLevels, leastShare * contrast) && ++clear === fewestCells) return true
  }
  return changedCells(before, now) >= fewestCells
}

/** How many cells of a picture show something else than before. Both grids must have the same shape. */
export function changedCells(before: Grid, now: Grid): number {
  const light = fit(before, now)
  const differences: number[] = []
  const bins = new Uint32Array(Math.ceil(mostLevels / noiseFactor / noiseBin) + 1)
  for (let at = 0; at < now.means.length; at++) {
    // Beside a small thing that has come, the gain is its doing and not the light's: there nothing explains more.
    const byLight = difference(before, now, at, light.gain[at] ?? 1)
    const levels = Math.min(byLight, difference(before, now, at, 1))
    const bin = Math.min(Math.floor(levels / noiseBin), bins.length - 1)
    bins[bin] = (bins[bin] ?? 0) + 1
    if (levels > Math.max(leastLevels, leastShare * (light.contrast[at] ?? 0))) differences.push(levels)
  }
  const least = Math.min(noiseFactor * medianOf(bins, now.means.length), mostLevels)
  return differences.filter((levels) => levels > least).length
}

/** The median of what was sorted into bins. */
function medianOf(bins: Uint32Array, count: number): number {
  let below = 0
  const bin = bins.findIndex((inBin) => {
    below += inBin
    return below * 2 > count
  })
  return bin * noiseBin
}

interface Light {
  /** By how much detail has grown around each cell. */
  readonly gain: Float32Array
  /** How much detail is around it in the richer of both pictures: its standard deviation, in levels. */
  readonly contrast: Float32Array
}

/** What is burnt out or black in either picture says next to nothing of the light. */
function fit(before: Grid, now: Grid): Light {
  const { columns, rows } = now
  const cells = columns * rows
  const [weight, old2, new2, both] = [0, 1, 2, 3].map(() => new Float32Array(cells)) as Four
  for (let at = 0; at < cells; at++) {
    const a = before.detail[at] ?? 0
    const b = now.detail[at] ?? 0
    const w = weightOf(before, now, at)
    weight[at] = w
    old2[at] = w * a * a
    new2[at] = w * b * b
    both[at] = w * a * b
  }
  for (const one of [weight, old2, new2, both]) sumAround(one, columns, rows, 'nothing')
  const gain = new Float32Array(cells)
  const contrast = new Float32Array(cells)
  for (let at = 0; at < cells; at++) {
    const [a, b] = [old2[at] ?? 0, new2[at] ?? 0]
    gain[at] = gainOf(a, b, both[at] ?? 0)
    contrast[at] = contrastOf(a, b, weight[at] ?? 1)
  }
  return { gain, contrast }
}

/** The same for one cell. */
function lightAt(before: Grid, now: Grid, at: number): { readonly gain: number; readonly contrast: number } {
  const { columns, rows } = now
  const [column, row] = [at % columns, Math.floor(at / columns)]
  let [weight, old2, new2, both] = [0, 0, 0, 0]
  for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++) {
    for (let x = Math.max(0, column - reach); x <= Math.min(columns - 1, column + reach); x++) {
      const near = y * columns + x
      const a = before.detail[near] ?? 0
      const b = now.detail[near] ?? 0
      const w = weightOf(before, now, near)
      weight += w
      old2 += w * a * a
      new2 += w * b * b
      both += w * a * b
    }
  }
  return { gain: gainOf(old2, new2, both), contrast: contrastOf(old2, new2, weight) }
}

/** How much a cell says of the light. */
function weightOf(before: Grid, now: Grid, at: number): number {
  return isClear(before.means[at] ?? 0) && isClear(now.means[at] ?? 0) ? 1 : dimWeight
}

const contrastOf = (old2: number, new2: number, weight: number) => Math.sqrt(Math.max(old2, new2, 0) / weight)

type Four = [Float32Array, Float32Array, Float32Array, Float32Array]

/** Both pictures are noisy, so neither is the measure: the slope of total least squares, within what light can do. */
function gainOf(old2: number, new2: number, both: number): number {
  const grown = new2 - old2
  if (both <= 0) return grown > 0 ? mostGain : 1 / mostGain
  const slope = (grown + Math.sqrt(grown * grown + 4 * both * both)) / (2 * both)
  return Math.min(Math.max(slope, 1 / mostGain), mostGain)
}

function isClear(level: number): boolean {
  return level > black && level < white
}

/**
 * How far a cell is from what the light explains, in levels as both pictures share it. Predicted either way, for what
 * one of them shows at its limits may be anything beyond.
 */
function difference(before: Grid, now: Grid, at: number, gain: number): number {
  const old = before.means[at] ?? 0
  const new_ = now.means[at] ?? 0
  const a = before.detail[at] ?? 0
  const b = now.detail[at] ?? 0
  const forward = Math.abs(limit(new_) - limit(new_ - b + gain * a))
  const backward = Math.abs(limit(old) - limit(old - a + b / gain)) * gain
  return Math.min(forward, backward) / Math.sqrt(1 + gain * gain)
}

function limit(level: number): number {
  return Math.min(Math.max(level, black), white)
}
