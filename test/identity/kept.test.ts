/** Which looks of a horse the gallery keeps, and which it lets go of when there is no room. */
import fc from 'fast-check'
import t from 'tap'
import { createGallery, type GalleryVector } from '../../daemon/identity/gallery.ts'
import { mostVectors, placeAmong } from '../../daemon/identity/room.ts'
import { unit } from '../../daemon/identity/vectors.ts'
import { axis, horseId, like, near, stored, yardScope } from './vectors.ts'

const rules = { sameAbove: 0.8, margin: 0.05 }
const A = horseId('A')

/** Vectors that are at right angles to each other, so that all teach something. */
const wide = (index: number) => Float32Array.from({ length: 64 }, (_, at) => (at === index ? 1 : 0))
const newLook = wide(63)

/** A horse of as many vectors as it may have, stored at these times. */
const full = (ids: readonly number[], anchors: readonly number[] = []): GalleryVector[] =>
  ids.map((id, at) => ({
    id,
    horseId: A,
    scopeId: yardScope,
    vector: wide(at),
    ...(anchors.includes(id) && { isAnchor: true }),
  }))

const insteadOf = (vectors: readonly GalleryVector[]) =>
  createGallery(rules, vectors).place(yardScope, A, newLook)?.instead

/** 10, 20, ... with another one close before 100. */
const evenly = Array.from({ length: mostVectors }, (_, at) =>
  at === 9 ? 98 : at < 9 ? 10 * (at + 1) : 10 * at,
)

t.test('a look that teaches nothing new has no place', async (t) => {
  const gallery = createGallery(rules, [stored('A', axis(0))])
  t.equal(gallery.place(yardScope, A, like(0, 0.98)), null)
  t.same(gallery.place(yardScope, A, like(0, 0.96)), { instead: undefined })
  t.same(
    gallery.place(yardScope, horseId('B'), axis(0)),
    { instead: undefined },
    'another’s look is no matter',
  )
})

t.test('a horse that is not full lets go of nothing', async (t) => {
  t.same(createGallery(rules, full(evenly.slice(1))).place(yardScope, A, newLook), { instead: undefined })
})

t.test('a full horse lets go of the vector where they are densest in time', async (t) => {
  t.equal(new Set(evenly).size, mostVectors)
  t.equal(insteadOf(full(evenly)), 98)
})

t.test('neither its first, nor what a person said, nor the newest is let go of', async (t) => {
  // 100, 101, 102, 400, 500, ... 3900, 3901: close together at the beginning and at the end.
  const ids = Array.from({ length: mostVectors }, (_, at) => {
    if (at === mostVectors - 1) return 100 * at + 1
    return at < 3 ? 100 + at : 100 * (at + 1)
  })
  t.equal(insteadOf(full(ids)), 101, 'not the first')
  t.equal(insteadOf(full(ids, [101])), 100 * (mostVectors - 1), 'not what a person said, and not the newest')
  const rest = ids.slice(1)
  t.equal(createGallery(rules, full(ids, rest)).place(yardScope, A, newLook), null, 'no other is left')
  t.equal(
    insteadOf(
      full(
        ids,
        rest.filter((id) => id !== 500),
      ),
    ),
    500,
    'the only one that may go',
  )
})

const times = fc
  .uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: mostVectors, maxLength: mostVectors })
  .map((ids) => ids.sort((a, b) => a - b))

t.test('the one let go of leaves the smallest gap, of all that may go', async (t) => {
  fc.assert(
    fc.property(times, fc.array(fc.nat({ max: mostVectors - 1 })), (ids, chosen) => {
      const anchors = new Set(chosen.map((at) => ids[at] as number))
      const instead = insteadOf(full(ids, [...anchors]))
      const gaps = ids.flatMap((id, at) => {
        const next = ids[at + 1]
        const mayGo = at > 0 && !anchors.has(id) && next !== undefined
        return mayGo ? [[id, next - (ids[at - 1] ?? 0)] as const] : []
      })
      const least = Math.min(...gaps.map(([, gap]) => gap))
      // With all others held for good, the newest goes.
      if (gaps.length === 0) return instead === undefined || instead === ids.at(-1)
      return gaps.some(([id, gap]) => id === instead && gap === least)
    }),
  )
  t.pass('held')
})

t.test('asked for a place it lets go of nothing: the row may still fail to be stored', async (t) => {
  const vectors = full(evenly)
  const gallery = createGallery(rules, vectors)
  const first = gallery.place(yardScope, A, newLook)
  t.type(first?.instead, 'number')
  t.same(gallery.place(yardScope, A, newLook), first)
  const kept = vectors.find(({ id }) => id === first?.instead)
  const [with20] = gallery.odds(yardScope, [kept?.vector ?? newLook])
  t.ok(near(with20?.get(A), 1 + 2 * ((0.5 - 0.8) / 0.05), 1e-3), 'it is still compared with')
})

const direction = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 16, maxLength: 16 })
  .filter((numbers) => Math.hypot(...numbers) > 0.1)
  .map((numbers) => unit(Float32Array.from(numbers)))
const lesson = fc.tuple(
  direction,
  fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
)

t.test(
  'whatever comes, a horse keeps its first, all that a person said, and no more than its most',
  async (t) => {
    fc.assert(
      fc.property(direction, fc.array(lesson, { minLength: 20, maxLength: 40 }), (first, lessons) => {
        const founding = stored('A', first)
        const gallery = createGallery(rules, [founding])
        const held = new Set([founding.id])
        const forGood = new Set([founding.id])
        for (const [vector, isAnchor] of lessons) {
          const place = gallery.place(yardScope, A, vector)
          if (!place) continue
          if (place.instead !== undefined && !held.delete(place.instead)) return false
          const one = { ...stored('A', vector), isAnchor }
          held.add(one.id)
          if (isAnchor) forGood.add(one.id)
          gallery.add(one, place.instead)
        }
        return [...forGood].every((id) => held.has(id)) && held.size <= mostVectors
      }),
    )
    t.pass('held')
  },
)

t.test('a stray is the first to go, unless a person said whose it is', async (t) => {
  const kept = (isFixed: boolean) =>
    Array.from({ length: mostVectors }, (_, at) => {
      const vector = new Float32Array(mostVectors + 1)
      vector[at] = 1
      return { id: at + 1, vector, isFixed: at === 7 && isFixed, isStray: at === 7 }
    })
  const look = new Float32Array(mostVectors + 1)
  look[mostVectors] = 1
  t.same(placeAmong(kept(false), look), { instead: 8 })
  const { instead } = placeAmong(kept(true), look) ?? {}
  t.ok(instead !== undefined && instead !== 8)
})
