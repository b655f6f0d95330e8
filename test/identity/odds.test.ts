import fc from 'fast-check'
import t from 'tap'
import {
  acceptAbove,
  keepAbove,
  leadToAccept,
  learntOdds,
  logOdds,
  oddsOfNew,
  plainOdds,
  probability,
} from '../../daemon/identity/odds.ts'
import { near } from './vectors.ts'

const rules = { sameAbove: 0.8, margin: 0.05 }

t.test('plain: what is the same by the rules is accepted, and the margin is the lead', async (t) => {
  t.ok(near(plainOdds(0.8, rules), acceptAbove))
  t.ok(near(plainOdds(0.85, rules) - plainOdds(0.8, rules), leadToAccept))
  t.ok(plainOdds(0.79, rules) < acceptAbove)
  t.ok(Number.isFinite(plainOdds(0.9, { ...rules, margin: 0 })), 'a margin of nothing is no division by it')
})

t.test('learnt: told in deviations of chance', async (t) => {
  t.ok(near(learntOdds(0.35, 0.1), 0), 'even')
  t.ok(learntOdds(0, 0.1) < keepAbove, 'nothing in common: not even kept')
  t.ok(learntOdds(0.5, 0.1) > acceptAbove)
  t.ok(learntOdds(0.5, 0.15) < acceptAbove, 'where much is alike by chance it says less')
  t.ok(near(learntOdds(0.3, 0.1) - learntOdds(0.2, 0.1), 2))
})

t.test('learnt: the more vectors the two nearest are of, the nearer they must be', async (t) => {
  const odds = [1, 2, 5, 16, 40].map((vectors) => learntOdds(0.35, 0.1, vectors))
  const [one, two, some, more, most] = odds as [number, number, number, number, number]
  t.equal(one, some, 'few are no reason to ask for less')
  t.equal(two, some)
  t.ok(more < some - 0.5)
  t.ok(most < more - 0.5)
  t.ok(near(learntOdds(0.36, 0.1, 16), learntOdds(0.36, 0.1), 0.1), 'of sixteen as of the mean')
})

t.test('probability is that of the odds', async (t) => {
  t.equal(probability(0), 0.5)
  t.ok(near(probability(Math.log(3)), 0.75))
  t.ok(near(probability(2) + probability(-2), 1))
  for (const far of [-1e6, -100, 100, 1e6]) t.ok(probability(far) >= 0 && probability(far) <= 1)
})

t.test('new: where nothing is learnt, as soon as nobody is as likely as not', async (t) => {
  for (const seconds of [0, 1, 100]) t.equal(oddsOfNew(seconds, false, 0.5), 0)
})

t.test('new: after a moment never, then more easily the longer it was looked at, up to a time', async (t) => {
  for (const maturity of [0, 0.5, 1]) {
    t.equal(oddsOfNew(1, true, maturity), Number.NEGATIVE_INFINITY)
    const [some, more, most] = [4, 7, 10].map((seconds) => oddsOfNew(seconds, true, maturity))
    t.ok(Number.isFinite(some))
    t.ok((more ?? 0) > (some ?? 0))
    t.ok((most ?? 0) > (more ?? 0))
    t.equal(oddsOfNew(1000, true, maturity), most)
  }
})

t.test('new: seldom where everybody is known', async (t) => {
  t.ok(near(oddsOfNew(10, true, 0), -1.2), 'not before it is less likely than where nothing is learnt')
  const [few, some, all] = [0, 0.5, 1].map((maturity) => oddsOfNew(10, true, maturity))
  t.ok((some ?? 0) < (few ?? 0) - 1)
  t.ok((all ?? 0) < (some ?? 0) - 1)
})

t.test('new: a longer look never makes it harder, more knowledge never easier', async (t) => {
  const seconds = fc.double({ min: 0, max: 60, noNaN: true })
  const maturity = fc.double({ min: 0, max: 1, noNaN: true })
  const rises = (a: number, b: number) => a === b || a <= b + 1e-9
  fc.assert(
    fc.property(seconds, seconds, maturity, maturity, (one, other, young, old) => {
      const [short, long] = [Math.min(one, other), Math.max(one, other)]
      const [little, much] = [Math.min(young, old), Math.max(young, old)]
      return (
        rises(oddsOfNew(short, true, little), oddsOfNew(long, true, little)) &&
        rises(oddsOfNew(long, true, much), oddsOfNew(long, true, little)) &&
        oddsOfNew(long, true, little) <= 0
      )
    }),
  )
  t.pass('held')
})

t.test('a probability and its log odds are one', async (t) => {
  for (const odds of [-8, -2, 0, 1, 8]) t.ok(near(logOdds(probability(odds)), odds, 1e-9), `${odds}`)
})
