import fc from 'fast-check'
import t from 'tap'
import {
  acceptScore,
  type Claim,
  decide as decideBy,
  type IsConfirmed,
} from '../../daemon/identity/decide.ts'
import {
  acceptAbove,
  keepAbove,
  leadToAccept,
  lessForUnconfirmed,
  probability,
} from '../../daemon/identity/odds.ts'
import { horseId, trackletId } from './vectors.ts'

interface Case {
  readonly mayMatch?: boolean
  readonly newBelow?: number | null
  readonly current?: string
  readonly known?: boolean
  readonly mayBeGone?: boolean
  readonly isGuess?: boolean
}

function claim(name: string, odds: Record<string, number>, more: Case = {}): Claim {
  const { mayMatch = true, newBelow = -5, current, known = current !== undefined } = more
  const { mayBeGone, isGuess } = more
  return {
    trackletId: trackletId(name),
    belief: {
      odds: new Map(Object.entries(odds).map(([horse, value]) => [horseId(horse), value])),
      mayMatch,
      newBelow,
    },
    current: current === undefined ? null : horseId(current),
    known,
    mayBeGone,
    isGuess,
  }
}

const decide = (claims: readonly Claim[]) => decideBy(claims, () => true)
const decideOne = (odds: Record<string, number>, more?: Case) => decide([claim('t', odds, more)])[0]

t.test('matched with enough looks, odds and lead; what it was decided from is told', async (t) => {
  t.same(decideOne({ A: 5, B: 0 }), {
    trackletId: 't',
    kind: 'matched',
    horseId: 'A',
    nearest: 'A',
    score: probability(5),
    second: 'B',
    secondScore: 0.5,
    threshold: acceptScore,
  })
  t.match(decideOne({ A: acceptAbove + 0.1 }), { kind: 'matched', horseId: 'A', secondScore: null })
})

t.test('too few looks, too low odds, too small a lead: unknown', async (t) => {
  t.match(decideOne({ A: 5 }, { mayMatch: false }), {
    kind: 'unknown',
    horseId: null,
    score: probability(5),
    secondScore: null,
  })
  const low = acceptAbove - 0.1
  t.match(decideOne({ A: low }), { kind: 'unknown', horseId: null, score: probability(low) })
  const second = 5 - leadToAccept + 0.1
  t.match(decideOne({ A: 5, B: second }), {
    kind: 'unknown',
    horseId: null,
    score: probability(5),
    secondScore: probability(second),
  })
  t.match(decideOne({}, { newBelow: null }), { kind: 'unknown', score: null, secondScore: null })
})

t.test('new only when like nobody, looked at enough to say so, and never anybody before', async (t) => {
  t.match(decideOne({}), { kind: 'new', horseId: null, score: null, secondScore: null })
  t.match(decideOne({ A: -6, B: -7 }), { kind: 'new', score: probability(-6), secondScore: probability(-7) })
  t.match(decideOne({ A: -6 }, { newBelow: null }), { kind: 'unknown' })
  t.match(decideOne({ A: -4 }), { kind: 'unknown' }, 'a little like one is nobody’s, not new')
  t.match(decideOne({ A: -6 }, { known: true }), { kind: 'unknown' }, 'it was a horse: it founds none')
})

t.test('a horse that another tracklet surely is, is no reason to wait', async (t) => {
  const [, beside] = decide([claim('x', { A: 8 }), claim('y', { A: -1 })])
  t.match(beside, { kind: 'new', horseId: null })
  const [, alike] = decide([claim('x', { A: 8 }), claim('y', { A: 0.5 })])
  t.match(alike, { kind: 'unknown', horseId: null }, 'unless it is rather that one')
})

t.test('a horse is kept on less than it was given for, but not on nothing', async (t) => {
  t.match(decideOne({ A: keepAbove + 0.1, B: keepAbove }, { current: 'A', mayMatch: false }), {
    kind: 'matched',
    horseId: 'A',
  })
  t.match(decideOne({ A: keepAbove - 0.1 }, { current: 'A' }), { kind: 'unknown', horseId: null })
  t.match(decideOne({ B: -9 }, { current: 'A' }), { kind: 'unknown', horseId: null }, 'it is gone')
})

t.test('a held tracklet goes over only for a clear lead', async (t) => {
  const needed = acceptAbove + leadToAccept - keepAbove
  t.match(decideOne({ A: 0, B: needed - 0.1 }, { current: 'A' }), { kind: 'matched', horseId: 'A' })
  t.match(decideOne({ A: 0, B: needed + 0.1 }, { current: 'A' }), { kind: 'matched', horseId: 'B' })
  t.match(decideOne({ A: 0, B: needed + 0.1 }, { current: 'A', mayMatch: false }), { kind: 'unknown' })
})

t.test('one horse, one tracklet: the better claim has it, the other is unknown and never new', async (t) => {
  t.match(decide([claim('x', { A: 3 }), claim('y', { A: 8 })]), [
    { trackletId: 'x', kind: 'unknown', horseId: null },
    { trackletId: 'y', kind: 'matched', horseId: 'A' },
  ])
})

t.test('all together, not one after the other', async (t) => {
  // By itself each is most like A; only y can also be B.
  t.match(decide([claim('x', { A: 8, B: -9 }), claim('y', { A: 9, B: 8.5 })]), [
    { kind: 'matched', horseId: 'A' },
    { kind: 'matched', horseId: 'B', secondScore: null },
  ])
})

t.test('the nearest is told, given or not', async (t) => {
  t.match(decideOne({ A: -6, B: -5.5 }), { kind: 'new', horseId: null, nearest: 'B' })
  t.match(decideOne({ A: 5, B: 4.5 }), { kind: 'unknown', horseId: null, nearest: 'A' })
  t.match(decideOne({}), { nearest: null })
  const [, beside] = decide([claim('x', { A: 9 }), claim('y', { A: 6, B: 5 })])
  t.match(beside, { horseId: 'B', nearest: 'A' }, 'though that one is elsewhere')
})

t.test('who is elsewhere is no rival', async (t) => {
  t.match(decideOne({ A: 5, B: 4.5 }), { kind: 'unknown' })
  const [verdict] = decide([claim('x', { A: 5, B: 4.5 }), claim('y', { B: 9 })])
  t.match(verdict, { kind: 'matched', horseId: 'A', secondScore: null })
})

const [acceptGuess, keepGuess] = [acceptAbove - lessForUnconfirmed, keepAbove - lessForUnconfirmed]
/** Nobody has confirmed A. */
const guess = (...claims: readonly Claim[]) => decideBy(claims, (id) => id !== horseId('A'))
const guessOne = (odds: Record<string, number>, more?: Case) => guess(claim('t', odds, more))[0]

t.test('less is asked for where no person has confirmed the horse, but for the lead', async (t) => {
  const threshold = probability(acceptGuess)
  const low = acceptGuess + 0.1
  t.match(guessOne({ A: low, B: -9 }), {
    ...{ kind: 'matched', horseId: 'A', nearest: 'A', score: probability(low) },
    ...{ second: 'B', secondScore: probability(-9), threshold },
  })
  t.match(guessOne({ A: acceptGuess - 0.1 }), { kind: 'unknown', horseId: null, nearest: 'A', threshold })
  t.match(guessOne({ B: acceptAbove - 0.1 }), { kind: 'unknown', horseId: null, threshold: acceptScore })
  t.match(guessOne({ A: low, B: low - leadToAccept }), { kind: 'matched' }, 'the lead is enough')
  t.match(guessOne({ A: low, B: low - leadToAccept + 0.1 }), { kind: 'unknown', horseId: null })
  t.match(guessOne({ A: low }, { mayMatch: false }), { kind: 'unknown' }, 'too few looks')
  t.match(guessOne({ A: low }, { newBelow: null }), { kind: 'unknown' }, 'too few to say that it is none')
  t.match(guessOne({ A: low }, { newBelow: -1 }), { kind: 'new' }, 'it is none')
})

t.test('what was given on less is kept on less, while no other is clearly more like it', async (t) => {
  t.match(guessOne({ A: keepGuess + 0.1 }, { current: 'A' }), { kind: 'matched', horseId: 'A' })
  t.match(guessOne({ A: keepGuess - 0.1 }, { current: 'A' }), { kind: 'unknown', horseId: null })
  const own = keepAbove - 1
  t.match(guessOne({ A: own, B: own + leadToAccept - 0.1 }, { current: 'A' }), { horseId: 'A' })
  t.match(guessOne({ A: own, B: own + leadToAccept + 0.1 }, { current: 'A' }), { horseId: null })
  const named = { current: 'A', isGuess: true }
  t.match(decideOne({ A: own }, named), { horseId: 'A' }, 'it was given before somebody named it')
  t.match(decideOne({ A: own }, { current: 'A' }), { horseId: null })
})

t.test('a guess stands back behind all that fits by what is usually asked for', async (t) => {
  const needed = acceptAbove + leadToAccept - keepAbove
  t.match(
    guessOne({ B: 0, A: needed - 0.1 }, { current: 'B' }),
    { horseId: 'B' },
    'it takes nobody over sooner',
  )
  t.match(guessOne({ B: 1.5, A: -1 }), { kind: 'matched', horseId: 'B' })
  t.match(guess(claim('x', { B: 2, A: -0.9 }), claim('y', { B: 1.2 })), [{ horseId: 'B' }, { horseId: null }])
  t.match(guess(claim('x', { A: 2.9 }), claim('y', { A: 0 })), [{ horseId: 'A' }, { horseId: null }])
  const [held, right] = guess(claim('x', { A: -4 }, { current: 'A' }), claim('y', { A: 1.5 }))
  t.match([held, right], [{ horseId: null }, { horseId: 'A' }])
  t.match(guess(claim('x', { A: -1.5 }), claim('y', { A: -1 })), [{ horseId: null }, { horseId: 'A' }])
})

const value = fc.integer({ min: -80, max: 80 }).map((n) => n / 8)
const horses = fc.constantFrom('A', 'B', 'C')
const anyClaim = fc.record({
  odds: fc.dictionary(horses, value, { noNullPrototype: true }),
  mayMatch: fc.boolean(),
  newBelow: fc.option(fc.integer({ min: -8, max: 0 })),
  current: fc.option(horses),
  wasKnown: fc.boolean(),
  isGuess: fc.boolean(),
})

t.test('never a horse twice, never below the odds it needs, never new without right', async (t) => {
  fc.assert(
    fc.property(fc.array(anyClaim, { maxLength: 5 }), fc.subarray(['A', 'B', 'C']), (all, confirmed) => {
      const isConfirmed: IsConfirmed = (id) => confirmed.includes(id)
      const claims = all.map(({ odds, current, wasKnown, ...more }, index) =>
        claim(`t${index}`, odds, {
          ...more,
          known: wasKnown || current !== null,
          ...(current !== null && { current }),
        }),
      )
      const verdicts = decideBy(claims, isConfirmed)
      const usual = decide(claims.map((one) => ({ ...one, isGuess: false })))
      const given = verdicts.flatMap(({ horseId }) => (horseId === null ? [] : [horseId]))
      return (
        verdicts.length === claims.length &&
        new Set(given).size === given.length &&
        verdicts.every((verdict, index) => isAllowed(verdict, claims[index], isConfirmed)) &&
        // What fits by all that is asked for is given as if there were no guesses, new ones and held ones.
        usual.every(({ horseId }, index) => horseId === null || horseId === verdicts[index]?.horseId)
      )
    }),
  )
  t.pass('held')
})

function isAllowed(
  verdict: ReturnType<typeof decide>[number],
  claim: Claim | undefined,
  isConfirmed: IsConfirmed,
): boolean {
  const { kind, horseId, trackletId } = verdict
  if (trackletId !== claim?.trackletId || (kind === 'matched') !== (horseId !== null)) return false
  const { odds, mayMatch, newBelow } = claim.belief
  if (kind === 'new')
    return newBelow !== null && !claim.known && [...odds.values()].every((value) => value < 0)
  if (horseId === null) return true
  const own = odds.get(horseId) ?? Number.NEGATIVE_INFINITY
  const isHeld = claim.current === horseId
  const less = !isConfirmed(horseId) || (isHeld && claim.isGuess) ? lessForUnconfirmed : 0
  if (isHeld) return own >= keepAbove - less
  return mayMatch && own >= acceptAbove + (claim.current === null ? -less : leadToAccept)
}

t.test(
  'one that may be gone keeps its horse from another, and is no proof that that is a new one',
  async (t) => {
    const held = { current: 'A' }
    const here = (odds: number, mayBeGone: boolean) =>
      decide([claim('t', { A: odds }), claim('there', { A: 4 }, { ...held, mayBeGone })])[0]
    for (const mayBeGone of [true, false]) {
      t.match(here(5, mayBeGone), { kind: 'unknown' }, 'about as like it: it is there')
      t.match(here(9, mayBeGone), { kind: 'matched', horseId: 'A' }, 'clearly more like it: it is here')
    }
    t.match(here(-1, false), { kind: 'new' }, 'as it is seen there, this is another')
    t.match(here(-1, true), { kind: 'unknown' }, 'it may have come here')
  },
)
