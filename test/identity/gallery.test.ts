import fc from 'fast-check'
import t from 'tap'
import { createGallery, type Gallery, type GalleryVector } from '../../daemon/identity/gallery.ts'
import { plainOdds } from '../../daemon/identity/odds.ts'
import { asItIs, asTheyAre, type Space, vectorOf } from '../../daemon/identity/space.ts'
import { meanOf, unit } from '../../daemon/identity/vectors.ts'
import { dot } from '../../daemon/lib/dot.ts'
import type { ScopeId } from '../../daemon/types.ts'
import { createHerd } from './herd.ts'
import {
  byHorse,
  heardIn,
  herdOf,
  numbers,
  oddsOf,
  rounding,
  roundingAt,
  rules,
  threeKnown,
} from './search.ts'
import { axis, dim, horseId, like, near, stored, trackletId, yardScope } from './vectors.ts'

const [x, y] = [trackletId('x'), trackletId('y')]

/** By a plain search over all vectors: the mean of the cosines of the two nearest. */
function plainSearch(space: Space, own: readonly GalleryVector[], placed: Float32Array): number {
  const bare = unit(space.bare(placed))
  const cosines = own
    .map((one) => dot(unit(space.bare(vectorOf(space.place(one)))), bare))
    .sort((a, b) => b - a)
  const [first = 0, second = first] = cosines
  return oddsOf((first + second) / 2, space, own.length)
}

/** Whether a gallery that holds these vectors says of a look what a plain search says. */
function isAgreed(gallery: Gallery, all: readonly GalleryVector[], look: Float32Array) {
  const space = gallery.space(yardScope)
  const placed = vectorOf(space.place({ vector: look }))
  const [odds] = gallery.odds(yardScope, [placed])
  const horses = byHorse(heardIn(gallery, all))
  return (
    odds?.size === horses.size &&
    [...horses].every(([horse, own]) =>
      near(odds.get(horse), plainSearch(space, own, placed), roundingAt(space.length(placed))),
    )
  )
}

t.test('a horse of one vector by its cosine; of more, by the mean of the two nearest', async (t) => {
  const gallery = createGallery(rules, [stored('A', axis(0))])
  const odds = (look: Float32Array) => gallery.odds(yardScope, [look])[0]?.get(horseId('A'))
  t.equal(gallery.space(yardScope), asTheyAre)
  t.ok(near(odds(like(0, 0.6)), plainOdds(0.6, rules), rounding))
  gallery.add(stored('A', axis(1)))
  gallery.add(stored('A', axis(2)))
  t.ok(near(odds(like(0, 0.6, 1)), plainOdds((0.6 + 0.8) / 2, rules), rounding))
  t.ok(near(odds(axis(0)), plainOdds(0.5, rules), rounding))
})

t.test('odds agree with a plain search over all vectors as they are', async (t) => {
  const some = fc.array(fc.tuple(fc.constantFrom('A', 'B'), numbers))
  fc.assert(
    fc.property(some, numbers, (all, look) => {
      const vectors = all.map(([horse, vector]) => stored(horse, vector))
      const gallery = createGallery(rules, vectors)
      return gallery.space(yardScope) === asTheyAre && isAgreed(gallery, vectors, look)
    }),
  )
  t.pass('held')
})

t.test('odds agree with a plain search in a learnt space', async (t) => {
  fc.assert(
    fc.property(threeKnown, numbers, (vectors, look) => {
      const gallery = createGallery(rules, vectors)
      return gallery.space(yardScope).chance !== null && isAgreed(gallery, vectors, look)
    }),
  )
  const { herd, all, gallery } = herdOf(5, 8)
  for (let horse = 0; horse < 5; horse++) t.ok(isAgreed(gallery, all, herd.look(horse).vector))
})

t.test('the horse itself has the best odds, though the side it shows is that of another', async (t) => {
  const { herd, gallery } = herdOf(5, 8)
  for (let horse = 0; horse < 5; horse++) {
    const space = gallery.space(yardScope)
    for (const look of herd.looks(horse, 6)) {
      const placed = space.place(look)
      const [best] = [...(gallery.odds(yardScope, [vectorOf(placed)])[0] ?? [])].sort((a, b) => b[1] - a[1])
      t.equal(best?.[0], `${horse}`)
      t.ok((best?.[1] ?? 0) > 1)
      const rough = gallery.roughOdds(yardScope, placed)
      const own = rough.get(horseId(`${horse}`)) ?? 0
      t.ok(own > 1 && own > rough.highestBut(horseId(`${horse}`)))
    }
  }
})

t.test('several looks at once as one after the other', async (t) => {
  fc.assert(
    fc.property(fc.oneof(threeKnown, fc.constant([])), fc.array(numbers, { maxLength: 12 }), (all, looks) => {
      const gallery = createGallery(rules, all)
      const together = gallery.odds(yardScope, looks)
      if (together.length !== looks.length) return false
      return looks.every((look, at) => {
        const [alone = new Map()] = gallery.odds(yardScope, [look])
        return (
          together[at]?.size === alone.size &&
          [...alone].every(([horse, odds]) => near(together[at]?.get(horse), odds, rounding))
        )
      })
    }),
  )
  t.pass('held')
})

t.test('rough odds are those of the mean of a horse’s vectors', async (t) => {
  fc.assert(
    fc.property(threeKnown, numbers, (all, look) => {
      const gallery = createGallery(rules, all.slice(0, -1))
      const rough = () => {
        const length = gallery.space(yardScope).length(look)
        return gallery.roughOdds(yardScope, { ...asItIs(look), length })
      }
      rough()
      gallery.add(all.at(-1) as GalleryVector)
      const space = gallery.space(yardScope)
      const bare = unit(space.bare(look))
      const odds = rough()
      return [...byHorse(heardIn(gallery, all))].every(([horse, own]) => {
        const placed = own.map((one) => space.place(one))
        const mean = meanOf(
          placed.map(vectorOf),
          placed.map(({ weight }) => weight),
        )
        return near(
          odds.get(horse),
          oddsOf(dot(unit(space.bare(mean)), bare), space),
          roundingAt(space.length(look)),
        )
      })
    }),
  )
  t.pass('held')
})

t.test('streams are apart', async (t) => {
  const other = 'other' as ScopeId
  const gallery = createGallery(rules, [stored('A', axis(0)), stored('B', axis(0), other)])
  const known = (scopeId: ScopeId) => [...(gallery.odds(scopeId, [axis(0)])[0] ?? [])].map(([id]) => id)
  t.same(known(yardScope), ['A'])
  t.same(known(other), ['B'])
  t.same(known('third' as ScopeId), [])
  const rough = gallery.roughOdds(other, asItIs(axis(0)))
  t.ok((rough.get(horseId('B')) ?? 0) > 0)
  t.equal(rough.get(horseId('A')), undefined)
  t.equal(rough.highestBut(horseId('B')), Number.NEGATIVE_INFINITY)
  t.equal(rough.highestBut(horseId('A')), rough.get(horseId('B')))
  const { all, gallery: learnt } = herdOf(4, 5)
  t.not(learnt.space(yardScope), asTheyAre)
  t.equal(learnt.space(other), asTheyAre, 'what is learnt of one says nothing of another')
  t.ok(learnt.maturity(yardScope) > 0 && all.length > 0)
  t.equal(learnt.maturity(other), 0)
})

t.test('whatever is taken in and replaced, what is left is what is compared', async (t) => {
  const step = fc.tuple(
    fc.constantFrom('A', 'B', 'C', 'D'),
    fc.constantFrom('add', 'add', 'replace', 'ask'),
    numbers,
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), numbers, (steps, look) => {
      const gallery = createGallery(rules, [])
      let model: GalleryVector[] = []
      for (const [horse, what, vector] of steps) {
        // In between, so that the space is learnt at some time or other.
        if (what === 'ask' && !isAgreed(gallery, model, vector)) return false
        if (what === 'ask') continue
        const one = stored(horse, vector)
        const old = what === 'replace' ? model.find(({ horseId }) => horseId === horse)?.id : undefined
        gallery.add(one, old)
        model = [...model.filter(({ id }) => id !== old), one]
      }
      return isAgreed(gallery, model, look)
    }),
  )
  t.pass('held')
})

t.test('what is no vector is refused, and nothing is lost by it', async (t) => {
  const nothing = axis(1).fill(Number.NaN)
  const short = new Float32Array(3)
  const gallery = createGallery(rules, [stored('A', axis(0))])
  for (const vector of [nothing, short, new Float32Array(dim + 1)]) {
    t.throws(() => gallery.add(stored('A', vector)), { code: 'VECTOR_KIND' })
    t.throws(() => gallery.add(stored('B', vector)), { code: 'VECTOR_KIND' })
    t.throws(() => gallery.odds(yardScope, [vector]), { code: 'VECTOR_KIND' })
  }
  t.ok(near(gallery.odds(yardScope, [axis(0)])[0]?.get(horseId('A')), plainOdds(1, rules), rounding))
  t.equal(gallery.odds(yardScope, [axis(0)])[0]?.size, 1)
  t.equal(createGallery(rules, []).odds(yardScope, [axis(0)])[0]?.size, 0, 'nobody is known yet')
  const { all, gallery: learnt } = herdOf(4, 5)
  const space = learnt.space(yardScope)
  const no = (vector: Float32Array) => () => learnt.add({ ...(all[0] as GalleryVector), id: 9999, vector })
  t.throws(no(new Float32Array(64).fill(Number.NaN)), { code: 'VECTOR_KIND' })
  t.throws(no(short), { code: 'VECTOR_KIND' })
  t.throws(no(new Float32Array(65).fill(0.1)), { code: 'VECTOR_KIND' })
  t.equal(learnt.space(yardScope), space)
})

t.test('the space is learnt anew with another horse, or when much has changed, and only then', async (t) => {
  const { herd, gallery } = herdOf(5, 8)
  const space = gallery.space(yardScope)
  t.not(space.chance, null)
  t.equal(gallery.space(yardScope), space)
  const more = (horse: number) => gallery.add(stored(`${horse}`, herd.look(horse % 5).vector))
  for (let n = 0; n < 4; n++) more(n)
  t.equal(gallery.space(yardScope), space, 'a tenth of 40 has changed')
  more(4)
  const next = gallery.space(yardScope)
  t.not(next, space)
  more(5)
  t.not(gallery.space(yardScope), next, 'a sixth horse')
})

t.test(
  'of many horses the nearest are compared vector by vector, and the nearest of all is among them',
  async (t) => {
    const { herd, all, gallery } = herdOf(40, 8)
    const space = gallery.space(yardScope)
    const horses = byHorse(all)
    for (let horse = 0; horse < 40; horse++) {
      const looks = herd.looks(horse, 5).map((look) => vectorOf(space.place(look)))
      const placed = meanOf(looks)
      const [odds = new Map()] = gallery.odds(yardScope, [placed])
      t.equal(odds.size, 8)
      for (const [id, value] of odds)
        t.ok(near(value, plainSearch(space, horses.get(id) ?? [], placed), rounding), `${horse} and ${id}`)
      const best = [...horses].map(([id, own]) => [id, plainSearch(space, own, placed)] as const)
      const [nearest] = best.sort((a, b) => b[1] - a[1])
      t.ok(nearest && odds.has(nearest[0]), `${horse}`)
    }
  },
)

t.test('where it is not wanted, nothing is ever learnt', async (t) => {
  const { herd, all } = herdOf(5, 8)
  const gallery = createGallery({ ...rules, isPlain: true }, all)
  t.equal(gallery.space(yardScope), asTheyAre)
  const { vector } = herd.look(2)
  const own = all.filter((one) => one.horseId === '2')
  const [odds] = gallery.odds(yardScope, [vector])
  t.ok(near(odds?.get(horseId('2')), plainSearch(asTheyAre, own, vector), rounding))
})

t.test('as soon as there are three horses of three looks', async (t) => {
  const { all } = herdOf(3, 3)
  const gallery = createGallery(rules, all.slice(0, -1))
  t.equal(gallery.space(yardScope), asTheyAre)
  gallery.add(all.at(-1) as GalleryVector)
  t.not(gallery.space(yardScope), asTheyAre)
})

t.test('looks of nobody help to learn the space, as long as they are nobody’s', async (t) => {
  const { herd, all, gallery } = herdOf(3, 6)
  const strange = createHerd(9)
  const look = herd.look(1)
  const place = () => gallery.space(yardScope).place(look)
  const alone = place()
  gallery.nobody(yardScope, x, strange.looks(5, 6, { infrared: true }))
  t.notSame(place(), alone)
  const space = gallery.space(yardScope)
  gallery.nobody(yardScope, y, [])
  t.equal(gallery.space(yardScope), space, 'who was never told of changes nothing')
  gallery.nobody(yardScope, x, [])
  t.same(place(), alone, 'somebody’s by now')
  t.equal(gallery.odds(yardScope, [vectorOf(place())])[0]?.size, 3, 'they are no horses')
  t.ok(near(gallery.maturity(yardScope), all.length / 80), 'nor do they make the stream better known')
})

t.test('of nobodies the newest are remembered', async (t) => {
  const strange = createHerd(20)
  const groups = Array.from({ length: 14 }, (_, at) => strange.looks(at, 4))
  const look = strange.look(19)
  const after = (from: number) => {
    const { gallery } = herdOf(3, 6)
    groups.forEach((looks, at) => {
      if (at >= from) gallery.nobody(yardScope, trackletId(`${at}`), looks)
    })
    return gallery.space(yardScope).place(look)
  }
  t.same(after(0), after(2), 'twelve')
  t.notSame(after(0), after(3))
})

t.test('how much is known grows with the vectors, to its end', async (t) => {
  const gallery = createGallery(rules, [])
  t.equal(gallery.maturity(yardScope), 0)
  for (let n = 0; n < 40; n++) gallery.add(stored(`${n % 4}`, axis(n % dim)))
  t.equal(gallery.maturity(yardScope), 0.5)
  for (let n = 0; n < 60; n++) gallery.add(stored(`${n % 4}`, axis(n % dim)))
  t.equal(gallery.maturity(yardScope), 1)
})

t.test(
  'the horses of other scopes are not known here, but help to see what looks of one horse differ in',
  async (t) => {
    const herd = createHerd(6)
    const oneSided = [0, 1, 2].flatMap((horse) =>
      herd.looks(horse, 6, { side: 1 }).map(({ vector }) => stored(`${horse}`, vector)),
    )
    const elsewhere = [3, 4, 5].flatMap((horse) =>
      herd.looks(horse, 6).map(({ vector }) => stored(`${horse}`, vector, 'meadow' as ScopeId)),
    )
    const otherSide = herd.look(1, { side: -1 })
    const oddsBy = (known: readonly GalleryVector[]) => {
      const gallery = createGallery(rules, known)
      return gallery.odds(yardScope, [vectorOf(gallery.space(yardScope).place(otherSide))])[0]
    }
    const [alone, helped] = [oddsBy(oneSided), oddsBy([...oneSided, ...elsewhere])]
    t.same([...(helped?.keys() ?? [])], ['0', '1', '2'])
    const [before = 0, after = 0] = [alone, helped].map((odds) => odds?.get(horseId('1')))
    t.ok(after > before + 1, `${before} -> ${after}`)
  },
)
