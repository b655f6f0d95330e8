import fc from 'fast-check'
import t from 'tap'
import { addTo, meanOf, minus, principal, scaled, unit, without } from '../../daemon/identity/vectors.ts'
import { dot } from '../../daemon/lib/dot.ts'
import { createRandom } from './herd.ts'
import { axis, dim, near } from './vectors.ts'

const numbers = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: dim, maxLength: dim })
  .map((all) => Float32Array.from(all))

const length = (vector: Float32Array) => Math.sqrt(dot(vector, vector))

t.test('sums and products', async (t) => {
  const [a, b] = [Float32Array.of(1, 2, 3), Float32Array.of(4, -5, 6)]
  t.equal(dot(a, b), 12)
  t.same(minus(a, b), Float32Array.of(-3, 7, -3))
  t.same(scaled(a, 2), Float32Array.of(2, 4, 6))
  addTo(a, b, 2)
  t.same(a, Float32Array.of(9, -8, 15))
  t.same(b, Float32Array.of(4, -5, 6), 'only the sum has changed')
})

t.test('brought to unit length; nothing stays nothing', async (t) => {
  t.same(unit(Float32Array.of(3, 0, -4)), Float32Array.of(0.6, 0, -0.8))
  t.same(unit(new Float32Array(3)), new Float32Array(3))
  t.same(unit(new Float32Array(0)), new Float32Array(0))
})

t.test('the mean, by weights where there are some', async (t) => {
  const all = [Float32Array.of(1, 0), Float32Array.of(0, 1)]
  t.same(meanOf(all), Float32Array.of(0.5, 0.5))
  t.same(meanOf(all, [3, 1]), Float32Array.of(0.75, 0.25))
  t.same(meanOf(all, [0, 0]), new Float32Array(2), 'of no weight: nothing, not NaN')
})

t.test('without directions, what is left is at right angles to them', async (t) => {
  t.same(without(Float32Array.of(1, 2, 3), [Float32Array.of(0, 1, 0)]), Float32Array.of(1, 0, 3))
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1, maxLength: 6 }), numbers, (vectors, vector) => {
      const directions = principal(vectors, 3)
      const rest = without(vector, directions)
      return directions.every((one) => Math.abs(dot(one, rest)) < 1e-5)
    }),
  )
})

/** Vectors along known directions, of known lengths, none of which is an axis. */
function spread(
  lengths: readonly number[],
  count: number,
): { along: Float32Array[]; vectors: Float32Array[] } {
  const random = createRandom(7)
  const along = principal(
    Array.from({ length: 40 }, () => Float32Array.from({ length: dim }, random)),
    lengths.length,
  )
  const vectors = Array.from({ length: count }, () => {
    const sum = new Float32Array(dim)
    along.forEach((direction, at) => {
      addTo(sum, direction, (lengths[at] as number) * random())
    })
    return sum
  })
  return { along, vectors }
}

t.test('directions found before lead to those of now in fewer turns', async (t) => {
  const { vectors } = spread([10, 9, 8, 7, 3, 2], 240)
  const of = (directions: readonly Float32Array[]) =>
    vectors.reduce((sum, vector) => sum + length(without(vector, directions)) ** 2, 0)
  const before = principal(vectors.slice(24), 3)
  const [now, onwards] = [principal(vectors, 3), principal(vectors, 3, before)]
  t.equal(onwards.length, 3)
  t.ok(of(onwards) <= of(now) * 1.001, 'as little is left as from anywhere')
  t.ok(of(now) < of(before), 'which is less than what those before leave')
  t.same(principal(vectors, 2, before), principal(vectors, 2), 'of another number they are no beginning')
  const elsewhere = Array.from({ length: 3 }, () => new Float32Array(dim))
  t.same(principal(vectors, 3, elsewhere), [], 'nothing comes of nothing, and next time it begins afresh')
})

t.test('the directions in which vectors differ most, the most first', async (t) => {
  const { along, vectors } = spread([10, 3, 1, 0.2], 200)
  const found = principal(vectors, 3)
  t.equal(found.length, 3)
  for (const [at, direction] of found.entries()) {
    const [wanted = axis(0)] = along.slice(at)
    t.ok(Math.abs(dot(direction, wanted)) > 0.99, `direction ${at + 1}`)
  }
})

t.test('no other direction takes more away than the first', async (t) => {
  const { vectors } = spread([5, 2, 1], 60)
  const taken = (direction: Float32Array) => vectors.reduce((sum, one) => sum + dot(one, direction) ** 2, 0)
  const [first = axis(0)] = principal(vectors, 1)
  const random = createRandom(3)
  for (let n = 0; n < 2000; n++) {
    const other = unit(Float32Array.from({ length: dim }, random))
    if (taken(other) > taken(first) * 1.001) t.fail('another direction takes more')
  }
  t.ok(taken(first) > 0)
})

t.test('as many directions as there are, and no more', async (t) => {
  t.same(principal([], 3), [])
  t.same(principal([axis(0)], 0), [])
  t.same(principal([axis(0)], -1), [])
  t.equal(principal([axis(0), scaled(axis(0), 2), scaled(axis(0), -1)], 3).length, 1, 'all along one line')
  t.same(principal([new Float32Array(dim), new Float32Array(dim)], 2), [], 'nothing has no direction')
})

t.test('whatever the vectors, directions are of unit length and at right angles', async (t) => {
  const some = fc.array(
    fc.tuple(numbers, fc.constantFrom(1e-6, 1, 1, 1e3)).map(([vector, factor]) => scaled(vector, factor)),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(some, fc.integer({ min: 0, max: 8 }), (vectors, count) => {
      const directions = principal(vectors, count)
      return (
        directions.length <= Math.min(count, vectors.length) &&
        directions.every((one, at) => {
          const others = directions.slice(at + 1)
          return near(length(one), 1, 1e-4) && others.every((other) => Math.abs(dot(one, other)) < 1e-4)
        })
      )
    }),
  )
  t.pass('held')
})
