/** The identity room where there are horses enough to learn what tells them apart. */
import t from 'tap'
import type { IsConfirmed } from '../../daemon/identity/decide.ts'
import { acceptAbove, keepAbove, lessForUnconfirmed, probability } from '../../daemon/identity/odds.ts'
import { unit } from '../../daemon/identity/vectors.ts'
import type { HorseId } from '../../daemon/types.ts'
import { createHerd } from './herd.ts'
import { openStall, rules, x, y } from './stall.ts'
import { horseId, look, stored, trackletId } from './vectors.ts'

/** A stall where five horses are known, and looks at one of them: the less clearly, the greater the share. */
function blurredStall(isConfirmed: IsConfirmed) {
  const herd = createHerd(6, 2)
  const known = [0, 1, 2, 3, 4].flatMap((horse) =>
    herd.looks(horse, 8).map(({ vector }) => stored(`${horse}`, vector)),
  )
  const [own, other] = [herd.looks(4, 6), herd.looks(5, 6)]
  const blurred = (share: number) =>
    own.map(({ vector }, at) =>
      look(unit(vector.map((value, i) => (1 - share) * value + share * (other[at]?.vector[i] ?? 0)))),
    )
  return { stall: openStall(known, rules, isConfirmed), blurred }
}

const shares = Array.from({ length: 70 }, (_, at) => at / 100)

t.test('a horse that nobody has confirmed is given on less, and learns on less', async (t) => {
  const judged = (isConfirmed: IsConfirmed) =>
    shares.map((share) => {
      const { stall, blurred } = blurredStall(isConfirmed)
      stall.take(blurred(share))
      return { verdict: stall.decide(x)[0], lesson: stall.lesson() }
    })
  const sure = judged(() => true)
  const guessed = judged((id) => id !== horseId('4'))
  const isGiven = (one: (typeof sure)[number] | undefined) => one?.verdict?.horseId === '4'
  const onLess = [...sure.keys()].filter((at) => !isGiven(sure[at]) && isGiven(guessed[at]))
  t.ok(onLess.length > 0)
  t.ok(onLess.some((at) => guessed[at]?.lesson))
  for (const at of onLess)
    t.match(guessed[at]?.verdict, { threshold: probability(acceptAbove - lessForUnconfirmed) })
  t.ok([...sure.keys()].every((at) => isGiven(guessed[at]) || !isGiven(sure[at])))
})

t.test('where nobody has confirmed any horse, all of it is asked for', async (t) => {
  const { stall, blurred } = blurredStall(() => false)
  const { stall: other } = blurredStall((id) => id !== horseId('4'))
  for (const one of [stall, other]) one.take(blurred(0.6))
  t.match(stall.decide(x), [{ kind: 'unknown', nearest: '4', threshold: probability(acceptAbove) }])
  t.match(other.decide(x), [{ kind: 'matched', horseId: '4' }])
})

for (const how of ['matched', 'founded', 'taken up after a restart'])
  t.test(`${how} when nobody had confirmed it, it stays when somebody does`, async (t) => {
    let isNamed = false
    const { stall, blurred } = blurredStall((id) => isNamed || id !== horseId('4'))
    // By and by, or the looks would speak of another horse.
    let share = 0.6
    if (how === 'founded') stall.take(blurred(share))
    if (how !== 'matched') stall.identity.found(x, horseId('4'), [])
    let score = 1
    while (score > probability(keepAbove)) {
      stall.take(blurred(share))
      const [verdict] = stall.decide(x)
      t.match(verdict, { kind: 'matched', horseId: '4' })
      score = verdict?.score ?? 0
      share += 0.03
    }
    isNamed = true
    t.same(stall.horses(x), ['4'])
    stall.take(blurred(share), { id: y })
    stall.identity.end(x)
    t.same(stall.horses(y), [null], 'another tracklet is asked for all of it')
  })

/** A herd of five of which four are known, and its looks as they come from a camera. */
function herdStall(seed: number) {
  const herd = createHerd(5, seed)
  const known = [0, 1, 2, 3].flatMap((horse) =>
    herd.looks(horse, 8).map(({ vector }) => stored(`${horse}`, vector)),
  )
  const looksOf = (horse: number, count: number) => herd.looks(horse, count).map(({ vector }) => look(vector))
  return { stall: openStall(known), looksOf }
}

t.test('as soon as the space is learnt, looks that were taken before count by it', async (t) => {
  const herd = createHerd(3)
  const known = [0, 1, 2].flatMap((horse) =>
    herd.looks(horse, horse === 2 ? 2 : 8).map(({ vector }) => stored(`${horse}`, vector)),
  )
  const stall = openStall(known)
  stall.take(herd.looks(1, 4).map(({ vector }) => look(vector)))
  const [plain] = stall.decide(x)
  t.ok((plain?.secondScore ?? 0) > 0.5, 'as they come, all are alike')
  for (const { vector } of herd.looks(2, 2)) stall.identity.learn(stored('2', vector), undefined)
  const [learnt] = stall.decide(x)
  t.match(learnt, { kind: 'matched', horseId: '1' })
  t.ok((learnt?.secondScore ?? 1) < 0.1)
})

for (const seed of [1, 2, 3]) {
  t.test(
    `in a learnt space a few looks tell who it is, whichever side they show (herd ${seed})`,
    async (t) => {
      const { stall, looksOf } = herdStall(seed)
      for (const horse of [0, 1, 2, 3]) {
        const id = trackletId(`${horse}`)
        stall.take(looksOf(horse, 2), { id })
        t.same(stall.horses(id), [`${horse}`])
      }
    },
  )

  t.test(`in a learnt space a stranger is nobody’s first, then new, then known (herd ${seed})`, async (t) => {
    const { stall, looksOf } = herdStall(seed)
    stall.take(looksOf(4, 1))
    t.match(stall.decide(x), [{ kind: 'unknown', horseId: null }])
    stall.take(looksOf(4, 12))
    t.match(stall.decide(x), [{ kind: 'new', horseId: null }])
    const own: HorseId = horseId('N')
    const vectors = stall.identity.foundingLooks(x).map(({ vector }) => stored('N', vector))
    t.equal(vectors.length, 8)
    stall.identity.found(x, own, vectors)
    t.match(stall.decide(x), [{ kind: 'matched', horseId: own }])
    stall.take(looksOf(4, 3), { id: y })
    stall.identity.end(x)
    t.same(stall.horses(y), [own], 'and when it comes again')
  })

  t.test(`in a learnt space another horse in the box is noticed (herd ${seed})`, async (t) => {
    const { stall, looksOf } = herdStall(seed)
    stall.take(looksOf(0, 8))
    t.same(stall.horses(x), ['0'])
    t.equal(stall.take(looksOf(0, 20)), 'same')
    t.same(stall.horses(x), ['0'])
    const answers = looksOf(1, 8).map((one) => stall.take([one]))
    t.ok(answers.includes('other'))
  })
}
