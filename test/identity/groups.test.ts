/** Unknown sightings that look like one animal come together; what is known against it keeps them apart. */
import fc from 'fast-check'
import t from 'tap'
import { groupAlike, rankHorses, type Unknown } from '../../daemon/identity/groups.ts'
import { rawCosine } from '../../daemon/identity/suggest.ts'
import { axis, horseId, like } from './vectors.ts'

type Named = Unknown & { readonly name: string }
const seen = (name: string, ...vectors: Float32Array[]): Named => ({ name, vectors })
const names = (groups: readonly (readonly Named[])[]) =>
  groups.map((group) => group.map(({ name }) => name).join(''))
const neverTwo = () => false

t.test('those that are alike come together, in their order', (t) => {
  const some = [
    seen('a', axis(0)),
    seen('b', axis(1)),
    seen('c', like(0, 0.97)),
    seen('d', axis(2), like(1, 0.95, 14)),
    seen('e', like(0, 0.96, 13)),
  ]
  t.same(names(groupAlike(some, rawCosine, neverTwo)), ['ace', 'bd'])
  t.same(groupAlike([], rawCosine, neverTwo), [])
  t.end()
})

t.test('one without a look is alone, and so is one that is like nobody', (t) => {
  const some = [seen('a'), seen('b'), seen('c', axis(3)), seen('d', like(3, 0.89))]
  t.same(names(groupAlike(some, rawCosine, neverTwo)), ['a', 'b', 'c', 'd'])
  t.end()
})

t.test('two that were seen at the same time never come together, by whatever is between them', (t) => {
  const some = ['a', 'b', 'c', 'd'].map((name) => seen(name, axis(0)))
  const areTwo = (one: Named, other: Named) => [one.name, other.name].sort().join('') === 'ac'
  for (const group of names(groupAlike(some, rawCosine, areTwo)))
    t.notOk(group.includes('a') && group.includes('c'), group)
  t.equal(groupAlike(some, rawCosine, areTwo).flat().length, 4)
  t.end()
})

t.test('a chain of likenesses is not one animal', (t) => {
  // Each is like the next one, the first and the last are not.
  const turned = (degrees: number) => {
    const vector = new Float32Array(16)
    vector[0] = Math.cos((degrees * Math.PI) / 180)
    vector[1] = Math.sin((degrees * Math.PI) / 180)
    return vector
  }
  const some = [0, 20, 40, 60, 80].map((degrees) => seen(`${degrees / 20}`, turned(degrees)))
  const groups = names(groupAlike(some, rawCosine, neverTwo))
  t.ok(groups.length >= 2 && groups.every((group) => group.length <= 3), groups.join(' '))
  t.end()
})

t.test('everybody is in one group, whatever the score says', (t) => {
  const vector = fc.integer({ min: 0, max: 15 }).map(axis)
  const score = fc.constantFrom(
    rawCosine,
    () => Number.NaN,
    () => 1,
    () => 0,
  )
  fc.assert(
    fc.property(fc.array(fc.array(vector, { maxLength: 3 }), { maxLength: 12 }), score, (looks, score) => {
      const some = looks.map((vectors, at) => ({ at, vectors }))
      const groups = groupAlike(some, score, (one, other) => (one.at + other.at) % 3 === 0)
      const all = groups.flat().map(({ at }) => at)
      return all.length === some.length && new Set(all).size === some.length
    }),
  )
  t.end()
})

t.test('the horses by their likeness, those of which no look is stored left out', (t) => {
  const horses = [
    { horseId: horseId('far'), vectors: [axis(4)] },
    { horseId: horseId('bare'), vectors: [] },
    { horseId: horseId('near'), vectors: [axis(5), like(0, 0.8), like(0, 0.7)] },
    { horseId: horseId('next'), vectors: [like(0, 0.4, 14)] },
  ]
  t.same(rankHorses([[axis(0)], [], [axis(4)]], horses), [
    ['near', 'next', 'far'],
    [],
    ['far', 'near', 'next'],
  ])
  t.same(rankHorses([[axis(0)]], []), [[]])
  t.end()
})
