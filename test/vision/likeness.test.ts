/**
 * When two answers of one model are the same, and what the picture is that they are answers to.
 */
import fc from 'fast-check'
import t from 'tap'
import type { Box } from '../../daemon/types.ts'
import type { Found } from '../../daemon/vision/decoders/decoder.ts'
import { compareSeen, compareVectors, type Seen } from '../../daemon/vision/likeness.ts'
import { checkPicture } from '../../daemon/vision/pixels.ts'
import { animal, testPicture } from '../../daemon/vision/test-picture.ts'

const seen = (found: readonly Found[], values: readonly number[] = []): Seen => ({
  found,
  values: Float32Array.from(values),
})
const box = (x: number, y: number, size = 100): Box => [x, y, x + size, y + size]
const horse = (score: number, place: Box): Found => ({ box: place, score, label: 'horse' })

t.test('vectors: rounding is like, another direction is not', async (t) => {
  const vector = Float32Array.from([0.6, 0.8])
  t.match(compareVectors(vector, vector), { cosine: 1, fault: null })
  t.match(compareVectors(vector, Float32Array.from([0.605, 0.796])), { fault: null })
  t.match(compareVectors(vector, Float32Array.from([0.7, 0.714])), { fault: /cosine 0\.99/ })
  t.match(compareVectors(vector, Float32Array.from([0, 0])), { cosine: 0, fault: /cosine 0/ })
  t.match(compareVectors(vector, Float32Array.from([0.6, Number.NaN])), { cosine: 0, fault: /./ })
  t.match(compareVectors(vector, Float32Array.from([0.6])), { cosine: 0, fault: /./ })
})

t.test('boxes: each has its partner, whatever the order and the names', async (t) => {
  const cpu = [horse(0.9, box(0, 0)), horse(0.5, box(200, 0)), horse(0.01, box(400, 0))]
  const other = [
    horse(0.51, box(201, 1)),
    { ...horse(0.89, box(1, 0)), label: 'cow' },
    horse(0.02, box(900, 0)),
  ]
  t.match(compareSeen(seen(cpu), seen(other)), { fault: null })
  t.ok(compareSeen(seen(cpu), seen(other)).cosine > 0.999)
})

t.test('boxes: one lost, one new, one moved, one of another score', async (t) => {
  const [one, two] = [horse(0.9, box(0, 0)), horse(0.5, box(200, 0))]
  const faults: readonly (readonly [readonly Found[], RegExp])[] = [
    [[one], /1 of 2 lost, 0 new/],
    [[], /2 of 2 lost, 0 new/],
    [[one, two, horse(0.3, box(500, 0))], /0 of 2 lost, 1 new/],
    [[one, horse(0.5, box(220, 0))], /1 of 2 lost, 1 new/],
    [[one, horse(0.6, box(200, 0))], /1 of 2 lost, 1 new/],
    [[one, horse(Number.NaN, box(200, 0))], /1 of 2 lost/],
    [[one, horse(0.5, [Number.NaN, 0, 300, 100])], /1 of 2 lost/],
  ]
  for (const [found, fault] of faults) t.match(compareSeen(seen([one, two]), seen(found)), { fault })
})

t.test('without a box on the CPU the values are compared', async (t) => {
  const values = [-3, 0, 0.5, 7]
  t.match(compareSeen(seen([], values), seen([], [-3.001, 0, 0.5, 7])), { fault: null })
  t.match(compareSeen(seen([], values), seen([], [-1, 0, 0.5, 1])), { fault: /./ })
  t.match(compareSeen(seen([], values), seen([horse(0.9, box(0, 0))])), { fault: /./ }, 'new boxes')
})

t.test('any boxes are like themselves, shuffled', (t) => {
  const place = fc.record({
    x: fc.integer({ max: 500 }),
    y: fc.integer({ max: 500 }),
    size: fc.integer({ min: 1, max: 300 }),
  })
  const one = fc
    .record({ place, score: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map(({ place: { x, y, size }, score }) => horse(score, box(x, y, size)))
  const both = fc
    .array(one, { maxLength: 30 })
    .chain((found) => fc.tuple(fc.constant(found), fc.shuffledSubarray(found, { minLength: found.length })))
  fc.assert(
    fc.property(both, ([found, again]) => {
      return compareSeen(seen(found, [1, 2]), seen(again, [1, 2])).fault === null
    }),
  )
  t.end()
})

t.test('the picture: whole, the same each time, with the animal where it is said to be', async (t) => {
  for (const format of ['nv12', 'rgb24'] as const) {
    const picture = testPicture(format)
    checkPicture(picture)
    t.same(testPicture(format), picture)
  }
  const { width, pixels } = testPicture('nv12')
  const dark = [...pixels.subarray(0, width * 240).entries()].filter(([, value]) => value < 100)
  const [xs, ys] = [dark.map(([i]) => i % width), dark.map(([i]) => Math.floor(i / width))]
  const { x1, y1, x2, y2 } = animal
  t.ok(Math.min(...xs) >= x1 && Math.max(...xs) < x2, 'from side to side')
  t.ok(Math.min(...ys) >= y1 && Math.max(...ys) < y2, 'from top to bottom')
  t.ok([x1, y1, x2, y2].every((side) => side % 2 === 0))
})
