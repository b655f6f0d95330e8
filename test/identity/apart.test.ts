/**
 * Which horses are two, by when and where they were seen.
 */
import fc from 'fast-check'
import t from 'tap'
import { pairsApart, type Sighted, type Span, wereApart, wereTogether } from '../../daemon/identity/apart.ts'
import type { StreamId } from '../../daemon/types.ts'
import { horseId } from './vectors.ts'

const [a, b, c] = ['a', 'b', 'c'].map(horseId) as [never, never, never]
const [aisle, yard, gate] = ['aisle', 'yard', 'gate'] as unknown as [StreamId, StreamId, StreamId]
const overlap = (one: StreamId, other: StreamId) =>
  one === other || [one, other].every((each) => each !== aisle)

t.test('seen together is told of any spans in any order, as by looking at every pair', async (t) => {
  t.equal(wereTogether([[0, 10]], [[11, 20]]), false, 'one after the other')
  t.equal(wereTogether([[0, 10]], [[10, 20]]), true, 'in one picture')
  t.equal(wereTogether([[0, 10]], [[9, 20]]), true)
  t.equal(wereTogether([], [[9, 20]]), false)
  const spans = fc.array(
    fc.tuple(fc.nat(60), fc.nat(12)).map(([from, length]): Span => [from, from + length]),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(spans, spans, (some, others) => {
      const byPairs = some.some(([from, to]) => others.some((other) => from <= other[1] && other[0] <= to))
      return wereTogether(some, others) === byPairs
    }),
    { numRuns: 1000 },
  )
})

t.test('at one time before two cameras they are two, unless the cameras look at one place', async (t) => {
  t.equal(wereApart([[0, 9000, aisle]], [[9000, 9500, aisle]], overlap), true, 'in one picture')
  t.equal(wereApart([[0, 9000, aisle]], [[9001, 9500, aisle]], overlap), false)
  t.equal(wereApart([[0, 9000, aisle]], [[5000, 9500, yard]], overlap), true)
  t.equal(wereApart([[0, 9000, aisle]], [[7500, 9500, yard]], overlap), false, 'it may have walked over')
  t.equal(wereApart([[0, 9000, gate]], [[5000, 9500, yard]], overlap), false)
})

t.test('the pairs of many are what every two of them say', async (t) => {
  const seen = fc
    .tuple(fc.nat(60), fc.nat(12), fc.constantFrom(aisle, yard, gate))
    .map(([from, length, stream]) => [from * 500, (from + length) * 500, stream] as const)
  const sighted = fc.record({ horseId: fc.constantFrom(a, b, c), span: seen })
  fc.assert(
    fc.property(fc.array(sighted, { maxLength: 14 }), (sightings: Sighted[]) => {
      const found = pairsApart(sightings, overlap).map((pair) => pair.join())
      const of = (id: typeof a) => sightings.filter(({ horseId }) => horseId === id).map((one) => one.span)
      for (const [one, other] of [
        [a, b],
        [a, c],
        [b, c],
      ] as const)
        if (found.includes(`${one},${other}`) !== wereApart(of(one), of(other), overlap)) return false
      return new Set(found).size === found.length
    }),
    { numRuns: 300 },
  )
  t.pass('held')
})
