import fc from 'fast-check'
import t from 'tap'
import { type Claim, decide, keepSlack, type Rules } from '../../daemon/identity/decide.ts'
import { horseId, trackletId } from './vectors.ts'

const rules: Rules = { sameAbove: 0.8, margin: 0.05, looksToDecide: 3, looksToCreate: 5 }

interface Case {
  readonly looks?: number
  readonly current?: string
  readonly known?: boolean
}

function claim(name: string, means: Record<string, number>, more: Case = {}): Claim {
  const { looks = 5, current, known = current !== undefined } = more
  return {
    trackletId: trackletId(name),
    belief: { looks, means: new Map(Object.entries(means).map(([horse, mean]) => [horseId(horse), mean])) },
    current: current === undefined ? null : horseId(current),
    known,
  }
}

const decideOne = (means: Record<string, number>, more?: Case) => decide([claim('t', means, more)], rules)[0]

t.test('matched with enough looks, score and lead; what it was decided from is told', async (t) => {
  t.match(decideOne({ A: 0.9, B: 0.6 }), {
    trackletId: 't',
    kind: 'matched',
    horseId: 'A',
    score: 0.9,
    secondScore: 0.6,
  })
  t.match(decideOne({ A: 0.81 }), { kind: 'matched', horseId: 'A', secondScore: null })
})

t.test('too few looks, too low a score, too small a lead: unknown', async (t) => {
  t.match(decideOne({ A: 0.9 }, { looks: 2 }), { kind: 'unknown', horseId: null })
  t.match(decideOne({ A: 0.79 }), { kind: 'unknown', horseId: null, score: 0.79 })
  t.match(decideOne({ A: 0.9, B: 0.87 }), { kind: 'unknown', horseId: null, score: 0.9, secondScore: 0.87 })
  t.match(decideOne({}, { looks: 0 }), { kind: 'unknown', horseId: null, score: null, secondScore: null })
})

t.test('new only when like nobody, looked at often, and never anybody before', async (t) => {
  t.match(decideOne({}), { kind: 'new', horseId: null, score: null })
  t.match(decideOne({ A: 0.5 }), { kind: 'new', score: 0.5 })
  t.match(decideOne({ A: 0.5 }, { looks: 4 }), { kind: 'unknown' })
  t.match(decideOne({ A: 0.795 }), { kind: 'unknown' }, 'nearly the same is nobody’s, not new')
  t.match(decideOne({ A: 0.5 }, { known: true }), { kind: 'unknown' }, 'it was a horse: it founds none')
})

t.test('a horse is kept on less than it was given for, but not on nothing', async (t) => {
  const kept = rules.sameAbove - keepSlack
  t.match(decideOne({ A: kept + 0.01, B: kept }, { current: 'A' }), { kind: 'matched', horseId: 'A' })
  t.match(decideOne({ A: kept - 0.01 }, { current: 'A' }), { kind: 'unknown', horseId: null })
})

t.test('a held tracklet goes over only for a clear lead', async (t) => {
  t.match(decideOne({ A: 0.8, B: 0.84 }, { current: 'A' }), { horseId: 'A' })
  t.match(decideOne({ A: 0.6, B: 0.9 }, { current: 'A' }), { kind: 'matched', horseId: 'B' })
})

t.test('one horse, one tracklet: the better claim has it, the other is unknown and never new', async (t) => {
  const verdicts = decide([claim('x', { A: 0.85 }), claim('y', { A: 0.95 })], rules)
  t.match(verdicts, [
    { trackletId: 'x', kind: 'unknown', horseId: null },
    { trackletId: 'y', kind: 'matched', horseId: 'A' },
  ])
})

t.test('all together, not one after the other', async (t) => {
  // By itself each is most like A; only y can also be B.
  const verdicts = decide([claim('x', { A: 0.9, B: 0.1 }), claim('y', { A: 0.95, B: 0.94 })], rules)
  t.match(verdicts[0], { kind: 'matched', horseId: 'A' })
  t.not(verdicts[1]?.horseId, 'A')
})

const mean = fc.integer({ min: 0, max: 100 }).map((n) => n / 100)
const means = fc.dictionary(fc.constantFrom('A', 'B', 'C'), mean, { noNullPrototype: true })
const current = fc.option(fc.constantFrom('A', 'B', 'C'), { nil: undefined })
const anyClaim = fc.tuple(means, fc.integer({ min: 0, max: 8 }), current)

t.test('never a horse twice, never below its threshold, in any order', async (t) => {
  fc.assert(
    fc.property(fc.array(anyClaim, { maxLength: 5 }), (all) => {
      const claims = all.map(([scores, looks, horse], index) =>
        claim(`t${index}`, scores, { looks, ...(horse !== undefined && { current: horse }) }),
      )
      const verdicts = decide(claims, rules)
      const given = verdicts.flatMap(({ horseId }) => (horseId === null ? [] : [horseId]))
      return (
        verdicts.length === claims.length &&
        new Set(given).size === given.length &&
        verdicts.every(
          ({ kind, horseId, score }, index) =>
            (kind === 'matched') === (horseId !== null) &&
            verdicts[index]?.trackletId === claims[index]?.trackletId &&
            (horseId === null || (score ?? 0) >= rules.sameAbove - keepSlack - 1e-9),
        )
      )
    }),
  )
  t.pass('held')
})
