import fc from 'fast-check'
import t from 'tap'
import { asTheyAre, fitSpace, type Lit, type Space, vectorOf } from '../../daemon/identity/space.ts'
import { meanOf, unit } from '../../daemon/identity/vectors.ts'
import { dot } from '../../daemon/lib/dot.ts'
import { createHerd, type Herd, herdDim, type Seen } from './herd.ts'

const horses = [0, 1, 2, 3, 4, 5]
const seeds = [1, 2, 3, 4, 5]

const bare = (space: Space, look: Lit) => unit(space.bare(vectorOf(space.place(look))))
const cosine = (space: Space, a: Lit, b: Lit) => dot(bare(space, a), bare(space, b))

/** The mean of the cosines of looks of horses with other looks of the same, and of others. */
function means(space: Space, ones: readonly Lit[][], others: readonly Lit[][]) {
  const of = (isSame: boolean) => {
    const all = ones.flatMap((own, horse) =>
      others.flatMap((theirs, other) =>
        (horse === other) === isSame ? own.flatMap((a) => theirs.map((b) => cosine(space, a, b))) : [],
      ),
    )
    return all.reduce((sum, one) => sum + one, 0) / all.length
  }
  return { same: of(true), other: of(false) }
}

t.test(
  'the length of a placed look is that of what is left of it without the directions of one horse',
  async (t) => {
    const herd = createHerd(horses.length, 1)
    const known = horses.map((horse) => herd.looks(horse, 8))
    const space = fitSpace(known)
    for (const look of known.flat()) {
      const placed = space.place(look)
      const [vector, { length }] = [vectorOf(placed), placed]
      const left = space.bare(vector)
      t.ok(Math.abs(length - Math.hypot(...left)) < 1e-4)
      t.ok(Math.abs(dot(left, vector) - length ** 2) < 1e-4, 'what it is compared with has none of them')
      t.ok(Math.abs(space.length(vector) - length) < 1e-4)
    }
    const [look] = herd.looks(0, 1)
    if (!look) throw new Error('no look')
    t.ok(Math.abs(asTheyAre.place(look).length - Math.hypot(...look.vector)) < 1e-6)
    t.equal(asTheyAre.bare(look.vector), look.vector)
  },
)

const some = (herd: Herd, which: readonly number[], count: number, seen?: Seen) =>
  which.map((horse) => herd.looks(horse, count, seen))

for (const seed of seeds) {
  t.test(`one side of a horse is nearer to its other side than to other horses (herd ${seed})`, async (t) => {
    const herd = createHerd(horses.length, seed)
    const space = fitSpace(some(herd, horses, 8))
    const lefts = some(herd, horses, 4, { side: 1 })
    const rights = some(herd, horses, 4, { side: -1 })
    /** Whether all looks from the right are nearer to their horse from the left than any other horse from the right. */
    const isToldApart = (where: Space) =>
      rights.every((own, horse) =>
        own.every((look) => {
          const same = Math.min(...(lefts[horse] ?? []).map((one) => cosine(where, look, one)))
          const others = rights.filter((_, other) => other !== horse).flat()
          return same > Math.max(...others.map((one) => cosine(where, look, one)))
        }),
      )
    t.ok(isToldApart(space))
    t.notOk(isToldApart(asTheyAre), 'as they came, the side is all that counts')
    t.ok(means(asTheyAre, lefts, rights).same < means(asTheyAre, rights, rights).other)
    t.ok(means(space, lefts, rights).same > 0.5)
    t.ok(Math.abs(means(space, lefts, rights).other) < 0.3, 'others have nothing in common')
  })

  t.test(
    `the other side of horses seen from one side only is known by horses elsewhere (herd ${seed})`,
    async (t) => {
      const herd = createHerd(horses.length, seed)
      const known = some(herd, [0, 1, 2], 6, { side: 1 })
      const [lefts, rights] = [some(herd, [0, 1, 2], 4, { side: 1 }), some(herd, [0, 1, 2], 4, { side: -1 })]
      const alone = means(fitSpace(known), lefts, rights)
      const helped = means(fitSpace(known, [], some(herd, [3, 4, 5], 6)), lefts, rights)
      t.ok(helped.same > alone.same + 0.1, `${alone.same} -> ${helped.same}`)
      t.ok(helped.same - helped.other > alone.same - alone.other, 'and they are told apart better')
      const fewLooks = some(herd, [3, 4, 5], 2)
      t.same(
        fitSpace(known, [], fewLooks).place(lefts[0]?.[0] as Lit),
        fitSpace(known).place(lefts[0]?.[0] as Lit),
      )
    },
  )

  t.test(`looks of one horse by day and by night meet (herd ${seed})`, async (t) => {
    const herd = createHerd(horses.length, seed)
    const known = horses.map((horse) => [
      ...herd.looks(horse, 6),
      ...herd.looks(horse, 4, { infrared: true }),
    ])
    const space = fitSpace(known)
    const days = some(herd, horses, 4)
    const nights = some(herd, horses, 4, { infrared: true })
    for (const [horse, own] of days.entries()) {
      const same = own.flatMap((a) => (nights[horse] ?? []).map((b) => cosine(space, a, b)))
      const others = nights.filter((_, other) => other !== horse).flat()
      const theirs = own.flatMap((a) => others.map((b) => cosine(space, a, b)))
      t.ok(Math.min(...same) > Math.max(...theirs), `horse ${horse}`)
    }
  })

  t.test(`what the night does to some horses is known of the others (herd ${seed})`, async (t) => {
    const herd = createHerd(horses.length, seed)
    const both = [3, 4, 5].map((horse) => [
      ...herd.looks(horse, 6),
      ...herd.looks(horse, 3, { infrared: true }),
    ])
    const byDay = some(herd, [0, 1, 2], 8)
    const [days, nights] = [some(herd, [0, 1, 2], 4), some(herd, [0, 1, 2], 4, { infrared: true })]
    const known = means(fitSpace([...byDay, ...both]), days, nights)
    const never = means(fitSpace([...byDay, ...some(herd, [3, 4, 5], 9)]), days, nights)
    t.ok(known.same > never.same + 0.1, `${never.same} -> ${known.same}`)
    t.ok(known.other < 0)
  })

  t.test(
    `strangers show what the night does, where no known horse was seen then (herd ${seed})`,
    async (t) => {
      const herd = createHerd(horses.length, seed)
      const known = [0, 1, 2]
      const byDay = some(herd, known, 8)
      const strangers = some(herd, [3, 4, 5], 6, { infrared: true })
      const [days, nights] = [some(herd, known, 4), some(herd, known, 4, { infrared: true })]
      const without = means(fitSpace(byDay), days, nights)
      const withThem = means(fitSpace(byDay, strangers), days, nights)
      const unlit = strangers.map((own) => own.map(({ vector }) => ({ vector })))
      const unsaid = means(fitSpace(byDay, unlit), days, nights)
      t.ok(
        withThem.same - withThem.other > unsaid.same - unsaid.other,
        'as it is said which looks are of the night',
      )
      t.ok(withThem.same > without.same + 0.05, `${without.same} -> ${withThem.same}`)
      t.ok(withThem.other < without.other)
    },
  )

  t.test(`the more a look is spoilt the less it counts (herd ${seed})`, async (t) => {
    const herd = createHerd(horses.length, seed)
    const space = fitSpace(some(herd, horses, 8))
    const weight = (noise: number) => {
      const all = horses.flatMap((horse) => herd.looks(horse, 6, { noise }))
      return all.reduce((sum, look) => sum + space.place(look).weight, 0) / all.length
    }
    const [usual, worse, bad] = [weight(1), weight(2), weight(6)]
    t.ok(usual > 0.7 && usual < 1.3, `${usual}`)
    t.ok(worse < usual - 0.1, `${worse}`)
    t.ok(bad < 0.3, `${bad}`)
  })
}

t.test('noise shrinks what a look shows of its horse: it is made whole', async (t) => {
  const herd = createHerd(horses.length)
  const space = fitSpace(some(herd, horses, 8))
  for (const horse of horses) {
    const shown = (noise: number) =>
      meanOf(herd.looks(horse, 200, { noise }).map((look) => vectorOf(space.place(look))))
    const [clear, noisy] = [shown(1), shown(5)]
    const share = dot(clear, noisy) / dot(clear, clear)
    t.ok(Math.abs(share - 1) < 0.15, `${share}`)
  }
})

t.test('too few horses, or too few looks of them: looks are as they came', async (t) => {
  const herd = createHerd(horses.length)
  t.equal(fitSpace([]), asTheyAre)
  t.equal(fitSpace(some(herd, [0, 1], 20)), asTheyAre)
  t.equal(fitSpace([...some(herd, [0, 1], 20), ...some(herd, [2, 3], 2)]), asTheyAre)
  t.equal(fitSpace(some(herd, [0, 1], 20), some(herd, [2, 3, 4], 9)), asTheyAre, 'nobodies are no horses')
  t.equal(
    fitSpace(some(herd, [0, 1], 20), [], some(herd, [2, 3, 4], 9)),
    asTheyAre,
    'nor are those elsewhere',
  )
  t.not(fitSpace(some(herd, [0, 1, 2], 3)), asTheyAre)
  const one = herd.look(0)
  t.match(asTheyAre.place(one), { look: one.vector, weight: 1 })
  t.equal(asTheyAre.chance, null)
})

t.test('a tracklet of fewer than three looks says nothing', async (t) => {
  const herd = createHerd(horses.length)
  const known = some(herd, [0, 1, 2], 6)
  const look = herd.look(1)
  t.same(fitSpace(known, some(herd, [4, 5], 2)).place(look), fitSpace(known).place(look))
  t.notSame(fitSpace(known, some(herd, [4, 5], 3)).place(look), fitSpace(known).place(look))
})

t.test('all by night: night is what there is', async (t) => {
  const herd = createHerd(horses.length)
  const space = fitSpace(some(herd, horses, 8, { infrared: true }))
  const looks = some(herd, horses, 4, { infrared: true })
  const { same, other } = means(space, looks, some(herd, horses, 4, { infrared: true }))
  t.ok(same > other + 0.4, `${same} and ${other}`)
})

t.test('chance is measured, within what numbers by chance would do and what is believed', async (t) => {
  const least = 1 / Math.sqrt(herdDim)
  for (const count of [3, 4, 6]) {
    const herd = createHerd(count, count)
    const which = horses.slice(0, count)
    const { chance } = fitSpace(some(herd, which, 8))
    t.ok(chance !== null && chance >= least && chance <= 0.15, `${chance}`)
    if (count === 6) t.ok((chance ?? 1) < 0.145, 'of six horses little is alike by chance')
  }
  const exact = horses.map((horse) => Array.from({ length: 4 }, () => createHerd(6).look(horse)))
  t.equal(fitSpace(exact).chance, least, 'looks that never differ say nothing of chance')
})

const number = fc.float({ min: -1, max: 1, noNaN: true })
const vector = fc
  .array(number, { minLength: 6, maxLength: 6 })
  .map((numbers) => unit(Float32Array.from(numbers)))
const lit = fc.record({ vector, infrared: fc.constantFrom(undefined, false, true) })
const groups = fc.array(fc.array(lit, { maxLength: 8 }), { maxLength: 6 })

t.test(
  'whatever was seen, a place is made of numbers, and its weight and the chance are within limits',
  async (t) => {
    fc.assert(
      fc.property(groups, groups, groups, lit, (known, nobodies, elsewhere, look) => {
        const space = fitSpace(known, nobodies, elsewhere)
        if (space === asTheyAre) return true
        // Also the same animal again and again, and nothing at all.
        const asked = [look, ...known.flat(), { vector: new Float32Array(6) }]
        return asked.every((one) => {
          const placed = space.place(one)
          const [vector, { weight }] = [vectorOf(placed), placed]
          return vector.every(Number.isFinite) && weight >= 0 && weight <= 2 && isChance(space.chance)
        })
      }),
      { numRuns: 300 },
    )
    t.pass('held')
  },
)

t.test('looks that are all exactly alike are weighed alike', async (t) => {
  const one = Array.from({ length: 4 }, () => ({ vector: Float32Array.of(1, 0, 0, 0, 0, 0) }))
  const space = fitSpace([one, one, one])
  t.not(space, asTheyAre)
  t.equal(space.place({ vector: Float32Array.of(1, 0, 0, 0, 0, 0) }).weight, 1)
})

const isChance = (chance: number | null) => chance !== null && chance > 0 && chance <= 0.15
