import fc from 'fast-check'
import t from 'tap'
import { area, coverage, grow, intersection, iou } from '../../daemon/lib/boxes.ts'
import type { Box } from '../../daemon/types.ts'

const side = fc.double({ min: -500, max: 2000, noNaN: true })
const anyBox = fc.tuple(side, side, side, side)
const realBox = fc
  .tuple(side, side, fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900 }))
  .map(([x, y, w, h]): Box => [x, y, x + w, y + h])

t.test('known values', async (t) => {
  t.equal(area([10, 20, 30, 50]), 600)
  t.equal(intersection([0, 0, 10, 10], [5, 5, 20, 20]), 25)
  t.equal(iou([0, 0, 10, 10], [0, 5, 10, 15]), 50 / 150)
  t.equal(iou([0, 0, 10, 10], [10, 0, 20, 10]), 0, 'side by side')
  t.equal(coverage([2, 2, 4, 4], [0, 0, 10, 10]), 1)
  t.equal(coverage([0, 0, 10, 10], [2, 2, 4, 4]), 4 / 100)
  t.same(grow([10, 10, 20, 30], 0.5), [5, 0, 25, 40])
})

t.test('empty, inside-out and broken boxes overlap nothing', async (t) => {
  const whole: Box = [0, 0, 10, 10]
  for (const bad of [
    [5, 5, 5, 9],
    [8, 8, 2, 2],
    [Number.NaN, 0, 5, 5],
  ] as const) {
    t.equal(iou(bad, whole), 0)
    t.equal(coverage(bad, whole), 0)
  }
  t.equal(iou([3, 3, 3, 3], [3, 3, 3, 3]), 0)
})

t.test('overlap is symmetric, 0 to 1, and 1 with itself', async (t) => {
  fc.assert(
    fc.property(anyBox, anyBox, (a, b) => {
      const one = iou(a, b)
      return one >= 0 && one <= 1 && one === iou(b, a) && coverage(a, b) >= 0 && coverage(a, b) <= 1 + 1e-9
    }),
  )
  fc.assert(fc.property(realBox, (a) => Math.abs(iou(a, a) - 1) < 1e-9 && coverage(a, grow(a, 0.1)) > 0.999))
  t.pass('held')
})
