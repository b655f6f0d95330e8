import fc from 'fast-check'
import t from 'tap'
import { iou } from '../../daemon/lib/boxes.ts'
import type { Box } from '../../daemon/types.ts'
import type { Peaks } from '../../daemon/vision/decoders/centernet.ts'
import { suppress } from '../../daemon/vision/nms.ts'
import { gridSide, keptClasses } from '../../models/convert/layout.ts'
import { decodeCenternet } from './peaks.ts'

const picture = { width: 1024, height: 512 }
const cellOf = (label: string, x: number, y: number) =>
  keptClasses.findIndex((one) => one.label === label) * gridSide * gridSide + y * gridSide + x

function peaks(...list: readonly { score: number; cell: number; size: readonly number[] }[]): Peaks {
  return {
    scores: Float32Array.from(list, ({ score }) => score),
    cells: Int32Array.from(list, ({ cell }) => cell),
    sizes: Float32Array.from(list.flatMap(({ size }) => [...size])),
  }
}

t.test('a peak is a box in the pixels of the picture', (t) => {
  const one = peaks({ score: 0.5, cell: cellOf('horse', 64, 32), size: [100, 50, 60, 70] })
  t.same(decodeCenternet(one, picture, 0.25), [
    { box: [312, 78, 632, 198], score: 0.5, kind: 'horse', label: 'horse' },
  ])
  t.same(decodeCenternet(one, picture, 0.51), [])
  t.end()
})

t.test('what a horse is mistaken for is a horse, once', (t) => {
  const size = [100, 100, 100, 100]
  const all = peaks(
    { score: 0.4, cell: cellOf('horse', 64, 64), size },
    { score: 0.5, cell: cellOf('cow', 64, 64), size },
    { score: 0.6, cell: cellOf('person', 64, 64), size },
  )
  const seen = decodeCenternet(all, picture, 0.25).map(({ kind, label }) => `${kind} ${label}`)
  t.same(seen, ['person person', 'horse cow'])
  t.end()
})

t.test('a small dog is no horse, a large one is', (t) => {
  const dog = (reach: number) => {
    const one = { score: 0.5, cell: cellOf('dog', 64, 64), size: [reach, reach, reach, reach] }
    return decodeCenternet(peaks(one), picture, 0.25).length
  }
  t.equal(dog(20), 0)
  t.equal(dog(90), 1)
  t.end()
})

const anyFloat = fc.float({ noDefaultInfinity: false })
const anyPeaks = fc
  .array(
    fc.tuple(
      anyFloat,
      fc.integer({ min: -10, max: 200_000 }),
      fc.tuple(anyFloat, anyFloat, anyFloat, anyFloat),
    ),
  )
  .map((list) => peaks(...list.map(([score, cell, size]) => ({ score, cell, size }))))

t.test('whatever the network says, boxes lie in the picture and have an area', (t) => {
  fc.assert(
    fc.property(anyPeaks, (hostile) =>
      decodeCenternet(hostile, picture, 0.25).every(
        ({ box: [x1, y1, x2, y2], score }) =>
          score >= 0.25 &&
          x1 >= 0 &&
          y1 >= 0 &&
          x2 <= picture.width &&
          y2 <= picture.height &&
          x2 > x1 &&
          y2 > y1,
      ),
    ),
  )
  t.end()
})

const place = fc.double({ min: -50, max: 150 })
const anyBox: fc.Arbitrary<Box> = fc.tuple(place, place, place, place)
const anyFound = fc.array(
  fc.record({
    box: anyBox,
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    group: fc.constantFrom('a', 'b'),
  }),
)

t.test('of overlapping boxes the best stays, and each that goes has a better one on it', (t) => {
  fc.assert(
    fc.property(anyFound, (found) => {
      const kept = suppress(found, (one) => one.group, 0.5)
      const overlaps = (a: (typeof found)[number], b: (typeof found)[number]) =>
        a !== b && a.group === b.group && iou(a.box, b.box) > 0.5
      const apart = kept.every((a) => kept.every((b) => !overlaps(a, b)))
      const gone = found.filter((one) => !kept.includes(one))
      return apart && gone.every((a) => kept.some((b) => overlaps(a, b) && b.score >= a.score))
    }),
  )
  t.end()
})
