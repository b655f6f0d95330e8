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
