/**
 * Which horses may be one: by at least three mutual looks and a probability of 0.9, and never those that were two.
 */
import fc from 'fast-check'
import t from 'tap'
import { type Candidate, fewestMutual, rawCosine, suggestMerges } from '../../daemon/identity/suggest.ts'
import { axis, dim, horseId } from './vectors.ts'

const never = () => false

/** A unit vector near an axis: `tilt` along another one. */
function near(index: number, tilt: number, along: number): Float32Array {
  const vector = axis(index)
  vector[along] = tilt
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/** A horse of three sides, each an axis, seen a little differently each time. */
const horse = (name: string, sides: readonly number[], tilt: number, along: number): Candidate => ({
  horseId: horseId(name),
  vectors: sides.map((side) => near(side, tilt, along)),
})

t.test('two that are alike from three sides may be one', async (t) => {
  const horses = [
    horse('a', [0, 1, 2], 0, 15),
    horse('b', [0, 1, 2], 0.2, 14),
    horse('c', [3, 4, 5], 0.1, 13),
    horse('d', [6, 7, 8], 0.1, 13),
  ]
  const [found, ...more] = suggestMerges(horses, rawCosine, never)
  t.match(found, { one: horseId('a'), other: horseId('b'), mutual: 3 })
  t.ok((found?.probability ?? 0) > 0.95 && (found?.probability ?? 2) <= 1)
  t.same(more, [])
})

t.test('fewer mutual looks, or less alike, are not enough', async (t) => {
  const a = horse('a', [0, 1, 2], 0, 15)
  t.same(suggestMerges([a, horse('b', [0, 1], 0.1, 14)], rawCosine, never), [], 'two looks')
  t.same(suggestMerges([a, horse('b', [0, 1, 3], 0.1, 14)], rawCosine, never), [], 'two sides, and another')
  t.same(suggestMerges([a, horse('b', [0, 1, 2], 0.6, 14)], rawCosine, never), [], 'cosine 0.86')
  // All of b's looks are of one side: only one pair of them is mutual.
  const b: Candidate = {
    horseId: horseId('b'),
    vectors: [0.1, 0.11, 0.12].map((tilt) => near(0, tilt, 14)),
  }
  t.same(suggestMerges([a, b], rawCosine, never), [])
  t.same(suggestMerges([], rawCosine, never), [])
  t.same(suggestMerges([a, { horseId: horseId('b'), vectors: [] }], rawCosine, never), [])
})

t.test('who is nearer to a third is not suggested', async (t) => {
  const horses = [
    horse('a', [0, 1, 2], 0, 15),
    horse('b', [0, 1, 2], 0.1, 14),
    horse('c', [0, 1, 2], 0.3, 14),
  ]
  t.match(suggestMerges(horses, rawCosine, never), { length: 1 })
})

t.test('what else is known is asked of those alone that look alike', async (t) => {
  const horses = [horse('b', [0, 1, 2], 0.1, 14), horse('a', [0, 1, 2], 0, 15), horse('c', [3, 4, 5], 0, 15)]
  const asked: string[] = []
  const areTwo = (...pair: string[]) => {
    asked.push(pair.join())
    return true
  }
  t.same(suggestMerges(horses, rawCosine, areTwo), [])
  t.same(asked, ['a,b'])
})

t.test('a calibrated score takes the place of the cosine', async (t) => {
  const horses = [horse('a', [0, 1, 2], 0, 15), horse('b', [0, 1, 2], 0.6, 14)]
  const logistic = (cosine: number) => 1 / (1 + Math.exp(-20 * (cosine - 0.7)))
  t.match(suggestMerges(horses, logistic, never), [{ one: 'a', other: 'b' }])
  const unsure = () => 0.89
  t.same(suggestMerges(horses, unsure, never), [])
})

t.test(
  'whatever looks there are: no horse with itself, no pair twice, the rules kept, in any order',
  async (t) => {
    const look = fc
      .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: dim, maxLength: dim })
      .filter((values) => Math.hypot(...values) > 0.1)
      .map((values) => Float32Array.from(values, (value) => value / Math.hypot(...values)))
    const herd = fc
      .array(fc.array(look, { maxLength: 5 }), { maxLength: 6 })
      .map((all) => all.map((vectors, n): Candidate => ({ horseId: horseId(`h${n}`), vectors })))
    // Generous, so that something is suggested at all.
    const generous = (cosine: number) => (cosine > 0 ? 0.95 : 0)
    const holds = () =>
      fc.assert(
        fc.property(herd, (horses) => {
          const found = suggestMerges(horses, generous, never)
          const keys = found.map(({ one, other }) => `${one} ${other}`)
          const known = new Map(horses.map((one) => [one.horseId, one.vectors.length]))
          return (
            new Set(keys).size === keys.length &&
            found.every(
              ({ one, other, mutual, probability }) =>
                one < other &&
                mutual >= fewestMutual &&
                mutual <= Math.min(known.get(one) ?? 0, known.get(other) ?? 0) &&
                probability >= 0.9,
            )
          )
        }),
      )
    t.doesNotThrow(holds)
  },
)
