/**
 * Which looks keep their pixels: all that are stored, and few besides.
 */
import t, { type Test } from 'tap'
import { axis, cropOf, like } from '../identity/vectors.ts'
import { kind, left, onlyHorse, openYard, right, shown, type Yard } from './yard.ts'

const A = { box: left, vector: axis(0) }

/** How many stored vectors there are; fails unless each has the crop that it was made of. */
function checkedVectors(t: Test, { registry }: Yard): number {
  const { vectors } = registry.vectors.all(kind)
  for (const { id, horseId, vector } of vectors) {
    const crop = registry.crops.get(registry.vectors.lookOf(id) ?? -1)
    t.same(crop && [crop.horseId, ...crop.jpeg], [horseId, ...cropOf(vector)])
  }
  t.equal(registry.crops.count(), vectors.length, 'and no look without a vector')
  return vectors.length
}

t.test('founding looks keep the crops of their own frames', async (t) => {
  using barn = openYard()
  // Each picture of it is a little different: the founding looks are of several frames.
  for (let n = 0; n < 8; n++) await barn.show([{ ...A, vector: like(0, 0.9 + n / 100, 5 + n) }], 0.4)
  t.ok(checkedVectors(t, barn) >= 3)
  t.equal(barn.horses().length, 1)
  t.ok(barn.eyes.crops.wanted <= 6, `${barn.eyes.crops.wanted} crops until it was known`)
})

t.test('a known horse costs a crop only when it teaches', async (t) => {
  using barn = openYard()
  await barn.show([A], 3)
  const before = { ...barn.eyes.counts, ...barn.eyes.crops }
  await barn.show([A], 20)
  t.ok(barn.eyes.counts.embed > before.embed + 5)
  t.match(barn.eyes.counts, { crop: before.crop }, 'it looks as it always did')
  t.equal(barn.eyes.crops.wanted, before.wanted)
  const stored = checkedVectors(t, barn)
  await barn.show([{ ...A, vector: like(0, 0.93, 9) }], 2)
  t.equal(barn.eyes.counts.crop, before.crop + 1)
  t.equal(checkedVectors(t, barn), stored + 1)
})

t.test('a horse that takes over another’s box founds itself on crops too', async (t) => {
  using barn = openYard()
  const first = onlyHorse((await barn.show([A], 3)).at(-1))
  const after = await barn.show([{ ...A, vector: axis(1) }], 6)
  const second = shown(after.at(-1))[0]
  t.ok(second && second !== first)
  t.equal(barn.horses().length, 2)
  checkedVectors(t, barn)
})

t.test('persons, and horses that nobody can look at, cost none', async (t) => {
  using barn = openYard()
  await barn.show([{ box: right, vector: axis(2), kind: 'person' }], 3)
  await barn.show([{ box: [0, 200, 200, 400], vector: axis(2) }], 3)
  t.match([barn.eyes.crops.wanted, barn.eyes.counts.crop], [0, 0])
})
