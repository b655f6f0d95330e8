import fc from 'fast-check'
import t from 'tap'
import { createGallery, dot, mostVectors } from '../../daemon/identity/gallery.ts'
import type { StreamId } from '../../daemon/types.ts'
import { axis, dim, horseId, like, stored, yard } from './vectors.ts'

const near = (a: number | undefined, b: number) => Math.abs((a ?? Number.NaN) - b) < 1e-6

const unit = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: dim, maxLength: dim })
  .filter((numbers) => Math.hypot(...numbers) > 0.1)
  .map((numbers) => Float32Array.from(numbers, (x) => x / Math.hypot(...numbers)))

t.test('a horse of one vector scores its cosine; of more, the mean of the two nearest', async (t) => {
  const gallery = createGallery([stored('A', axis(0))])
  t.ok(near(gallery.scores(yard, like(0, 0.6)).get(horseId('A')), 0.6))
  gallery.add(stored('A', axis(1)))
  gallery.add(stored('A', axis(2)))
  t.ok(near(gallery.scores(yard, like(0, 0.6, 1)).get(horseId('A')), (0.6 + 0.8) / 2))
  t.ok(near(gallery.scores(yard, axis(0)).get(horseId('A')), 0.5))
})

t.test('scores agree with a plain search over all vectors', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), unit)), unit, (all, query) => {
      const gallery = createGallery(all.map(([horse, vector]) => stored(horse, vector)))
      const scores = gallery.scores(yard, query)
      const horses = new Set(all.map(([horse]) => horse))
      if (scores.size !== horses.size) return false
      return [...horses].every((horse) => {
        const cosines = all.filter(([one]) => one === horse).map(([, vector]) => dot(vector, query))
        const [first = 0, second = first] = cosines.sort((a, b) => b - a)
        return near(scores.get(horseId(horse)), (first + second) / 2)
      })
    }),
  )
  t.pass('held')
})

t.test('several looks at once score as one after the other', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), unit)),
      fc.array(unit, { maxLength: 12 }),
      (all, looks) => {
        const gallery = createGallery(all.map(([horse, vector]) => stored(horse, vector)))
        const together = gallery.scoresOfAll(yard, looks)
        if (together.length !== looks.length) return false
        return looks.every((look, at) => {
          const alone = gallery.scores(yard, look)
          return (
            together[at]?.size === alone.size &&
            [...alone].every(([horse, score]) => near(together[at]?.get(horse), score))
          )
        })
      },
    ),
  )
  t.pass('held')
})

t.test('streams are apart', async (t) => {
  const other = 'other' as StreamId
  const gallery = createGallery([stored('A', axis(0)), stored('B', axis(0), other)])
  t.same([...gallery.scores(yard, axis(0)).keys()], ['A'])
  t.same([...gallery.scores(other, axis(0)).keys()], ['B'])
  t.equal(gallery.scores('third' as StreamId, axis(0)).size, 0)
})

t.test('a forgotten horse is compared with no more', async (t) => {
  const gallery = createGallery([stored('A', axis(0)), stored('B', axis(1))])
  gallery.forgetHorse(yard, horseId('A'))
  gallery.forgetHorse(yard, horseId('never there'))
  t.same([...gallery.scores(yard, axis(0)).keys()], ['B'])
})

t.test('whatever is taken in, replaced and forgotten, what is left is what is scored', async (t) => {
  const step = fc.tuple(
    fc.constantFrom('A', 'B', 'C'),
    fc.constantFrom('add', 'add', 'replace', 'forget'),
    unit,
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), unit, (steps, query) => {
      const gallery = createGallery([])
      const model = new Map<string, { id: number; vector: Float32Array }[]>()
      for (const [horse, what, vector] of steps) {
        const kept = model.get(horse) ?? []
        if (what === 'forget') {
          gallery.forgetHorse(yard, horseId(horse))
          model.delete(horse)
          continue
        }
        const one = stored(horse, vector)
        const old = what === 'replace' ? kept[0]?.id : undefined
        gallery.add(one, old)
        model.set(horse, [...kept.filter(({ id }) => id !== old), one])
      }
      const scores = gallery.scores(yard, query)
      return (
        scores.size === model.size &&
        [...model].every(([horse, kept]) => {
          const cosines = kept.map(({ vector }) => dot(vector, query)).sort((a, b) => b - a)
          const [first = 0, second = first] = cosines
          return near(scores.get(horseId(horse)), (first + second) / 2)
        })
      )
    }),
  )
  t.pass('held')
})

t.test('what is no vector is refused', async (t) => {
  const gallery = createGallery([stored('A', axis(0))])
  const nothing = axis(1).fill(Number.NaN)
  t.throws(() => gallery.add(stored('A', nothing)), { code: 'VECTOR_KIND' })
  t.throws(() => gallery.scores(yard, nothing), { code: 'VECTOR_KIND' })
  t.throws(() => gallery.add(stored('A', new Float32Array(3))), { code: 'VECTOR_KIND' })
  t.ok(near(gallery.scores(yard, axis(0)).get(horseId('A')), 1))
  t.equal(createGallery([]).scoresOfAll(yard, [axis(0)])[0]?.size, 0, 'nobody is known yet')
})

t.test('a look that teaches nothing new has no place', async (t) => {
  const gallery = createGallery([stored('A', axis(0))])
  t.equal(gallery.place(yard, horseId('A'), like(0, 0.98)), null)
  t.same(gallery.place(yard, horseId('A'), like(0, 0.96)), { instead: undefined })
  t.same(
    gallery.place(yard, horseId('B'), axis(0)),
    { instead: undefined },
    'another horse’s look is no matter',
  )
})

t.test('a full horse lets go of the vector that is most like another, and of no other', async (t) => {
  // The two along axis 1 are near to each other; everything else is at right angles.
  const twin = stored('A', like(1, 0.95, 15))
  const vectors = [stored('A', axis(0)), stored('A', axis(1)), twin]
  for (let index = 2; vectors.length < mostVectors; index++) vectors.push(stored('A', axis(index)))
  const gallery = createGallery(vectors)
  const place = gallery.place(yard, horseId('A'), axis(14))
  t.ok(place?.instead === vectors[1]?.id || place?.instead === twin.id)
  const full = createGallery(vectors.map((one) => ({ ...one })))
  t.equal(full.place(yard, horseId('A'), like(0, 0.96, 14)), null, 'the new one is itself the most redundant')
})

t.test('the vector let go of is the one that a plain search finds nearest to another', async (t) => {
  const full = fc.array(unit, { minLength: mostVectors, maxLength: mostVectors })
  fc.assert(
    fc.property(full, unit, (vectors, look) => {
      const kept = vectors.map((vector) => stored('A', vector))
      const place = createGallery(kept).place(yard, horseId('A'), look)
      const nearest = (vector: Float32Array, others: readonly Float32Array[]) =>
        Math.max(...others.map((other) => dot(vector, other)))
      const own = nearest(look, vectors)
      const each = vectors.map((vector, at) =>
        at === 0
          ? -1
          : nearest(
              vector,
              vectors.filter((_, other) => other !== at),
            ),
      )
      const most = Math.max(...each)
      if (own > 0.97) return place === null
      // Equally near ones may be told apart by rounding.
      if (place === null) return most <= own + 1e-6
      return (each[kept.findIndex(({ id }) => id === place.instead)] ?? -1) >= Math.max(most, own) - 1e-6
    }),
  )
  t.pass('held')
})

t.test('asked for a place it lets go of nothing: the row may still fail to be stored', async (t) => {
  const vectors = Array.from({ length: mostVectors - 1 }, (_, index) => stored('A', axis(index)))
  vectors.push(stored('A', like(1, 0.95, 15)))
  const gallery = createGallery(vectors)
  const first = gallery.place(yard, horseId('A'), axis(14))
  t.type(first?.instead, 'number')
  t.same(gallery.place(yard, horseId('A'), axis(14)), first)
  const kept = vectors.find(({ id }) => id === first?.instead)
  t.ok(kept && (gallery.scores(yard, kept.vector).get(horseId('A')) ?? 0) > 0.97, 'it is still matched')
})

t.test('whatever comes, a horse keeps its founding vector and no more than its most', async (t) => {
  fc.assert(
    fc.property(unit, fc.array(unit, { minLength: 20, maxLength: 40 }), (first, looks) => {
      const founding = stored('A', first)
      const gallery = createGallery([founding])
      const held = new Set([founding.id])
      for (const vector of looks) {
        const place = gallery.place(yard, horseId('A'), vector)
        if (!place) continue
        if (place.instead !== undefined && !held.delete(place.instead)) return false
        const one = stored('A', vector)
        held.add(one.id)
        gallery.add(one, place.instead)
      }
      return held.has(founding.id) && held.size <= mostVectors
    }),
  )
  t.pass('held')
})
