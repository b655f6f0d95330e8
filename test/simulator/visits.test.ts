/**
 * What a visit is said to have come to: a question of open-set identification, answered by what was shown longest.
 */
import t from 'tap'
import { plan as rules } from '../../scripts/simulator/parameters.ts'
import type { Watched } from '../../scripts/simulator/score/product.ts'
import { addVisits, visitsOf } from '../../scripts/simulator/score/visits.ts'
import { makePlan } from '../../scripts/simulator/stall/plan.ts'
import type { Shown } from '../../scripts/simulator/system.ts'

const plan = makePlan(rules, 'visits')
const [known, stranger] = [0, plan.residents]
const names = new Map([
  ['a', known],
  ['b', 1],
])
const absences = ['seconds', 'minutes', 'hours', 'restart'] as const

/** For each visit who was there, and what was shown of it, a second each: `-` no box, `?` nobody. */
function scored(visits: readonly (readonly [horse: number, shown: string])[], fromVisit = 0) {
  const pictures = visits.flatMap(([horse, said], visit) => [...said].map((id) => ({ visit, horse, id })))
  const watched = pictures.map(
    ({ visit, horse }, at): Watched => ({
      visit,
      atMs: 1000 * at,
      standsMs: 1000,
      horses: [horse],
      shown: [],
      scene: { truths: [], tracks: [], alike: [] },
    }),
  )
  const box = { box: [0, 0, 1, 1], id: '', tracklet: '' } as const
  const shown = pictures.map(({ id }): (Shown | undefined)[] => [
    id === '-' ? undefined : { ...box, horse: id === '?' ? null : id },
  ])
  return visitsOf(plan, watched, shown, names, fromVisit)
}

const returnsOf = ({ returns }: ReturnType<typeof scored>) =>
  absences
    .map((absence) => returns[absence])
    .reduce((sum, { same, nobody, all }) => [sum[0] + same, sum[1] + nobody, sum[2] + all] as const, [
      0, 0, 0,
    ] as readonly [number, number, number])

t.test('a known horse is named where its name was shown longest', async (t) => {
  const rate = (said: string) => scored([[known, said]]).knownNamed
  t.equal(rate('aa?'), 1)
  t.equal(rate('a??'), 0, 'nobody longer')
  t.equal(rate('abb'), 0, 'another longer')
  t.equal(rate('a----'), 1, 'what no box shows, nothing is said of')
  t.equal(rate('----'), 0)
  t.equal(scored([[known, '----']]).known, 1, 'but the visit counts')
})

t.test('a stranger is named where any name was shown longest', async (t) => {
  const rate = (said: string) => scored([[stranger, said]]).strangersNamed
  t.equal(rate('bb?'), 1)
  t.equal(rate('bb???'), 0)
  t.equal(rate('xxb'), 0, 'an identity of its own is no name')
  t.match(scored([[stranger, '-']]), { known: 0, strangers: 1 })
})

t.test(
  'who comes back is wrong where another’s name was shown longest of all, nobody included',
  async (t) => {
    const wrong = (said: string) =>
      absences.reduce(
        (sum, absence) =>
          sum +
          scored(
            [
              [known, 'a'],
              [known, said],
            ],
            1,
          ).returns[absence].wrong,
        0,
      )
    t.equal(wrong('bb?'), 1)
    t.equal(wrong('b??'), 0, 'nobody longer')
    t.equal(wrong('aab'), 0)
    t.equal(wrong('???'), 0)
  },
)

t.test('a horse comes back under its name, whatever it was called before', async (t) => {
  const before = [known, 'bbb'] as const
  t.same(returnsOf(scored([before, [known, 'a??']], 1)), [1, 0, 1])
  t.same(returnsOf(scored([before, [known, 'bb']], 1)), [0, 0, 1])
  t.same(returnsOf(scored([before, [known, '??']], 1)), [0, 1, 1])
  t.same(returnsOf(scored([[known, 'a']])), [0, 0, 0], 'who was never here does not come back')
})

t.test('a stranger comes back under the identity that showed mostly it', async (t) => {
  const came = (first: string, then: string) =>
    returnsOf(
      scored([
        [stranger, first],
        [stranger, then],
      ]),
    )
  t.same(came('xx?', 'x??'), [1, 0, 1])
  t.same(came('xx?', 'yy'), [0, 0, 1])
  t.same(came('bbb', 'bb'), [0, 0, 0], 'another’s name was never its own')
  t.same(came('???', '??'), [0, 0, 0])
  const other = scored([
    [stranger + 1, 'xxx'],
    [stranger, 'x'],
    [stranger, 'x'],
  ])
  t.same(returnsOf(other), [0, 0, 0], 'nor was another’s identity')
})

t.test('plans are added up', async (t) => {
  const one = scored([
    [known, 'a'],
    [stranger, 'x'],
    [stranger, 'b'],
  ])
  const both = addVisits([one, one])
  t.match(both, { known: 2, knownNamed: 2, strangers: 4, strangersNamed: 2 })
  t.same(
    returnsOf(both),
    returnsOf(one).map((count) => 2 * count),
  )
})
