import fc from 'fast-check'
import t from 'tap'
import { oddsOfPlaces, type Place } from '../../daemon/identity/whereabouts.ts'
import type { Box } from '../../daemon/types.ts'
import { horseId, near } from './vectors.ts'

/** 200 high. */
const here: Box = [300, 200, 600, 400]
const far: Box = [1900, 200, 2200, 400]
const nowMs = 1_000_000

const at = (box: Box, secondsAgo: number): Place => ({ box, monoMs: nowMs - secondsAgo * 1000 })
const places = (all: Record<string, Place>) =>
  new Map(Object.entries(all).map(([horse, place]) => [horseId(horse), place]))
const odds = (all: Record<string, Place>, box = here) =>
  Object.fromEntries(oddsOfPlaces(places(all), { box, monoMs: nowMs }))

t.test('lost here just now: probably that one, less so as time passes', async (t) => {
  t.ok(near(odds({ A: at(here, 0) })['A'], Math.log(4)))
  t.ok(near(odds({ A: at(here, 5) })['A'], Math.log(2)))
  t.ok(near(odds({ A: at(here, 10) })['A'], 0), 'as likely as any other')
  t.ok(near(odds({ A: at(here, 40) })['A'], 0), 'having been here never speaks against it')
})

t.test('several lost here: it may be either', async (t) => {
  const both = odds({ A: at(here, 0), B: at(here, 0) })
  t.ok(near(both['A'], Math.log(4 / 5)))
  t.equal(both['A'], both['B'])
  const later = odds({ A: at(here, 0), B: at(here, 5) })
  t.ok((later['A'] ?? 0) > (later['B'] ?? 0), 'rather the one lost last')
})

t.test('far off a moment ago: it cannot be it, and does not count among those that may', async (t) => {
  const { A, B } = odds({ A: at(here, 0), B: at(far, 0.5) })
  t.ok(near(A, Math.log(4)))
  t.ok((B ?? 0) <= -3)
})

t.test('how far a horse gets is told in its heights, and grows with time', async (t) => {
  const beside = (pixels: number): Box => [300 + pixels, 200, 600 + pixels, 400]
  t.ok((odds({ A: at(beside(110), 0) })['A'] ?? 0) > 0, 'boxes jump')
  t.ok((odds({ A: at(beside(130), 0) })['A'] ?? 0) < 0)
  t.ok((odds({ A: at(beside(350), 1) })['A'] ?? 0) > 0)
  t.ok((odds({ A: at(beside(370), 1) })['A'] ?? 0) < 0)
  t.ok((odds({ A: at(far, 20) })['A'] ?? -1) >= 0, 'after some time it may be anywhere')
})

t.test('not seen for a minute: nothing is said', async (t) => {
  t.same(Object.keys(odds({ A: at(here, 60), B: at(here, 60.1) })), ['A'])
  t.same(odds({}), {})
})

t.test('whatever the places, odds are finite and within their limits', async (t) => {
  const side = fc.integer({ min: 0, max: 2000 })
  const box = fc.tuple(side, side, side, side)
  const horse = fc.constantFrom('A', 'B', 'C', 'D')
  const last = fc.dictionary(horse, fc.tuple(box, fc.integer({ min: -5, max: 70 })), {
    noNullPrototype: true,
  })
  fc.assert(
    fc.property(last, box, (all, appeared) => {
      const seen = Object.fromEntries(
        Object.entries(all).map(([name, [where, seconds]]) => [name, at(where, seconds)]),
      )
      return Object.values(odds(seen, appeared)).every(
        (value) => value >= -3 && value <= Math.log(4) + 1e-9 && Number.isFinite(value),
      )
    }),
  )
  t.pass('held')
})
