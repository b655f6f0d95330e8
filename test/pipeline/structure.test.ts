/**
 * What counts as another picture: movement, however small, and no light, however new.
 */
import fc from 'fast-check'
import t from 'tap'
import { type Grid, gridOf } from '../../daemon/pipeline/grid.ts'
import { changedCells, fewestCells, hasMoved } from '../../daemon/pipeline/structure.ts'
import type { Picture } from '../../daemon/types.ts'
import { daylight, height, type Light, type Pose, paintStable, seeded, take, width } from './pictures.ts'

const noise = 4
const at = { x: 220 }
const standing = paintStable(at)

const picture = (pixels: Uint8Array): Picture => ({ format: 'nv12', width, height, pixels })
const shot = (luma: Float32Array, light: Light = daylight, seed = 1, shake = noise) =>
  gridOf(picture(take(luma, light, shake, seeded(seed))))
const before = shot(standing)
/** How many cells have changed; whether something has moved must be said the same, whatever it is that is compared. */
function cellsThatChange(from: Grid, to: Grid): number {
  const cells = changedCells(from, to)
  if (hasMoved(from, to) !== cells >= fewestCells) throw new Error(`${cells} cells, and it is said otherwise`)
  return cells
}
const changed = (pose: Pose | undefined, light = daylight, seed = 2) =>
  cellsThatChange(before, shot(paintStable(pose), light, seed))

const lamp =
  (x0: number, y0: number, size: number, add: number): Light =>
  (level, x, y) =>
    level + add * Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * size ** 2))
const gamma =
  (power: number): Light =>
  (level) =>
    16 + 219 * (Math.max(0, level - 16) / 219) ** power
const gain =
  (factor: number, offset = 0): Light =>
  (level) =>
    16 + (level - 16) * factor + offset

t.test('the grid: means of cells, exact wherever the picture lies in memory', async (t) => {
  const { columns, rows, means } = gridOf(picture(take(standing)))
  t.same([columns, rows], [64, 36])
  const pixels = take(standing)
  const cell = (column: number, row: number) => {
    let sum = 0
    for (let y = row * 10; y < row * 10 + 10; y += 2) {
      const from = Math.floor((column * 10) / 4) * 4
      const to = Math.floor((column * 10 + 10) / 4) * 4
      for (let x = from; x < to; x++) sum += (pixels[y * width + x] ?? 0) / (5 * (to - from))
    }
    return sum
  }
  for (const [column, row] of [
    [0, 0],
    [31, 17],
    [63, 35],
  ] as const) {
    t.ok(Math.abs((means[row * columns + column] ?? 0) - cell(column, row)) < 0.01, `${column} ${row}`)
  }
  const moved = new Uint8Array(pixels.length + 1)
  moved.set(pixels, 1)
  t.same(gridOf(picture(moved.subarray(1))).means, means, 'no whole word at its beginning')
})

t.test('pictures of every size and shape have a grid without holes', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 40, max: 960 }), fc.integer({ min: 40, max: 960 }), (w, h) => {
      const size = { width: w * 2, height: h * 2 }
      const pixels = new Uint8Array(size.width * size.height * 1.5).fill(77)
      const grid = gridOf({ format: 'nv12', ...size, pixels })
      return grid.means.every((mean) => mean === 77) && grid.detail.every((detail) => Math.abs(detail) < 1e-3)
    }),
    { numRuns: 20 },
  )
})

t.test('the light may do what it likes', async (t) => {
  const lights: Record<string, Light> = {
    'noise alone': daylight,
    'half the gain': gain(0.5),
    'a quarter of it': gain(0.25),
    'gain of 1.6': gain(1.6),
    'brighter all over': gain(1, 40),
    'darker all over': gain(1, -25),
    'gamma 0.6': gamma(0.6),
    'gamma 1.6': gamma(1.6),
    'a lamp above the horse': lamp(320, 100, 120, 60),
    'a lamp at the side of the picture': lamp(0, 300, 90, 60),
    'a window lights one half': (level, x) => 16 + (level - 16) * (0.5 + x / width),
    'night: a tenth of the light, and gain to help': gain(0.35, 10),
  }
  for (const [name, light] of Object.entries(lights)) {
    const cells = changed(at, light)
    t.ok(cells < fewestCells, `${name}: ${cells}`)
    const back = cellsThatChange(shot(standing, light, 3), before)
    t.ok(back < fewestCells, `${name}, back: ${back}`)
  }
})

// All of it at once: darker still, and a shadow on top, crushes to black what there was to see.
t.test('no light within reason is movement', async () => {
  const light = fc.record({
    factor: fc.double({ min: 0.5, max: 1.25, noNaN: true }),
    offset: fc.double({ min: -10, max: 15, noNaN: true }),
    power: fc.double({ min: 0.75, max: 1.3, noNaN: true }),
    x: fc.integer({ min: 0, max: width }),
    y: fc.integer({ min: 0, max: height }),
    size: fc.integer({ min: 80, max: 400 }),
    add: fc.double({ min: -10, max: 40, noNaN: true }),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(light, ({ factor, offset, power, x, y, size, add, seed }) => {
      const [one, two, three] = [gain(factor, offset), gamma(power), lamp(x, y, size, add)]
      const all: Light = (level, px, py) => three(two(one(level, px, py), px, py), px, py)
      return changed(at, all, seed) < fewestCells
    }),
    { numRuns: 25 },
  )
})

t.test('a horse that moves anything is movement, in any light', async (t) => {
  const poses: Record<string, Pose | undefined> = {
    'it is gone': undefined,
    'a step': { x: 226 },
    'its head goes up': { ...at, head: 15 },
    'its head goes down': { ...at, head: -20 },
    'its tail swings': { ...at, tail: 30 },
  }
  const lights = { day: daylight, dusk: gain(0.5), lamp: lamp(320, 100, 120, 60), night: gain(0.35, 10) }
  for (const [name, pose] of Object.entries(poses)) {
    for (const [when, light] of Object.entries(lights)) {
      const cells = changed(pose, light)
      t.ok(cells >= fewestCells, `${name} by ${when}: ${cells}`)
    }
  }
})

t.test('it counts wherever it stands, whichever way it goes', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 430 }),
      fc.integer({ min: 6, max: 60 }),
      fc.boolean(),
      fc.nat(),
      (x, far, isLeft, seed) => {
        const from = shot(paintStable({ x }), daylight, seed)
        const to = shot(paintStable({ x: isLeft ? x - far : x + far }), gain(0.8), seed + 1)
        return cellsThatChange(from, to) >= fewestCells
      },
    ),
    { numRuns: 25 },
  )
})

t.test('slow movement adds up to one that counts', async (t) => {
  const steps = Array.from({ length: 9 }, (_, n) => changed({ x: at.x + n / 2 }, daylight, n + 10))
  t.ok((steps[1] ?? 0) < fewestCells, 'half a pixel is nothing')
  t.ok((steps.at(-1) ?? 0) >= fewestCells, `four pixels are: ${steps}`)
})

t.test('darkness and a covered lens are quiet; covering it is not', async (t) => {
  const grey = new Float32Array(width * height).fill(40)
  const dark = new Float32Array(width * height).fill(16)
  for (const luma of [grey, dark]) {
    t.equal(cellsThatChange(shot(luma, daylight, 1), shot(luma, daylight, 2)), 0, 'nothing in either')
    t.ok(cellsThatChange(before, shot(luma)) >= fewestCells, 'the stable was there')
    t.ok(cellsThatChange(shot(luma), before) >= fewestCells, 'the stable is back')
  }
})

t.test('what is burnt out or black in one picture is no movement', async (t) => {
  const glare = lamp(520, 120, 90, 220)
  const lamps = [glare, lamp(100, 120, 90, -90), gain(1, 130)]
  for (const light of lamps) t.ok(changed(at, light) < fewestCells, `${changed(at, light)}`)
})

t.test('a clock in the picture and a fly are no movement', async (t) => {
  const [digits, fly] = [Float32Array.from(standing), Float32Array.from(standing)]
  for (let y = 12; y < 28; y++) {
    for (let x = 150; x < 170; x++) digits[y * width + x] = (x + y) % 7 < 3 ? 235 : 60
    for (let x = 300; x < 306 && y < 18; x++) fly[(y + 60) * width + x] = 30
  }
  for (const luma of [digits, fly]) t.ok(cellsThatChange(before, shot(luma, daylight, 6)) < fewestCells)
})

t.test('a noisy picture is no movement, and a horse in it still is', async (t) => {
  for (const shake of [8, 16, 24]) {
    const noisy = shot(standing, daylight, 1, shake)
    t.ok(cellsThatChange(noisy, shot(standing, daylight, 2, shake)) < fewestCells, `noise of ${shake} levels`)
    t.ok(cellsThatChange(noisy, shot(paintStable({ x: 235 }), daylight, 3, shake)) >= fewestCells)
  }
})
