/**
 * Horses of a made-up herd before several cameras, each with a background of its own that is in all its looks.
 */
import t from 'tap'
import { learnCameras } from '../../daemon/identity/cameras.ts'
import { createGallery, type GalleryVector } from '../../daemon/identity/gallery.ts'
import { acceptAbove } from '../../daemon/identity/odds.ts'
import { type Lit, vectorOf } from '../../daemon/identity/space.ts'
import { addTo, meanOf, minus, unit } from '../../daemon/identity/vectors.ts'
import { dot } from '../../daemon/lib/dot.ts'
import { scopes } from '../../daemon/pipeline/scope.ts'
import type { StreamId } from '../../daemon/types.ts'
import { createHerd, createRandom, herdDim } from './herd.ts'
import { horseId } from './vectors.ts'

const [aisle, paddock, stall] = ['aisle', 'paddock', 'stall'] as [StreamId, StreamId, StreamId]
const scopeId = scopes('barn')(aisle)
const rules = { sameAbove: 0.8, margin: 0.05 }

/** A herd whose looks have their camera's background in them: as much of it as of what a horse has of its own. */
function createBarn(horses: number, background = 0.5, seed = 7) {
  const herd = createHerd(horses, seed)
  const random = createRandom(seed + 1)
  const backgrounds = new Map(
    [aisle, paddock, stall].map((id) => [id, unit(Float32Array.from({ length: herdDim }, random))]),
  )
  const before = (camera: StreamId, { vector, infrared }: Lit): Lit => {
    const seen = Float32Array.from(vector)
    addTo(seen, backgrounds.get(camera) ?? seen, background)
    return { vector: unit(seen), infrared, camera }
  }
  return {
    looks: (horse: number, count: number, camera: StreamId, infrared = false) =>
      herd.looks(horse, count, { infrared }).map((look) => before(camera, look)),
  }
}

const told = (looks: readonly Lit[]) => looks.map(({ camera: _, ...look }) => look)

t.test('looks of one camera, or of none, are as they are', async (t) => {
  const { looks } = createBarn(3)
  const [look] = looks(0, 1, aisle)
  for (const animals of [
    [],
    [looks(0, 4, aisle), looks(1, 4, aisle)],
    [told(looks(0, 4, aisle)), told(looks(1, 4, paddock))],
    [looks(0, 4, aisle), told(looks(1, 4, paddock))],
  ])
    t.equal(look && learnCameras(animals)(look), look?.vector)
})

t.test('what is left of a look is not its camera’s', async (t) => {
  const { looks } = createBarn(6)
  const both = [0, 1, 2].map((horse) => [...looks(horse, 6, aisle), ...looks(horse, 6, paddock)])
  const one = [looks(3, 6, aisle), looks(4, 6, paddock), looks(5, 6, paddock)]
  const vectorOf = learnCameras([...both, ...one])
  for (const horse of [0, 3, 4]) {
    const [here, there] = [aisle, paddock].map((camera) => looks(horse, 20, camera))
    const mean = (some: readonly Lit[] | undefined, of: (look: Lit) => Float32Array) =>
      meanOf((some ?? []).map(of))
    const apart = (of: (look: Lit) => Float32Array) => {
      const off = minus(mean(here, of), mean(there, of))
      return Math.sqrt(dot(off, off))
    }
    const [before, after] = [apart(({ vector }) => vector), apart(vectorOf)]
    t.ok(after < before / 2, `horse ${horse}: ${before.toFixed(2)} -> ${after.toFixed(2)}`)
  }
})

t.test('the night of one camera is not mistaken for its background', async (t) => {
  const { looks } = createBarn(4)
  // Only one of the two cameras has ever been watched by night.
  const animals = [0, 1, 2, 3].map((horse) => [
    ...looks(horse, 6, aisle),
    ...looks(horse, 6, paddock),
    ...looks(horse, 6, paddock, true),
  ])
  const vectorOf = learnCameras(animals)
  const by = (camera: StreamId) => meanOf(looks(0, 20, camera).map(vectorOf))
  const off = minus(by(aisle), by(paddock))
  t.ok(Math.sqrt(dot(off, off)) < 0.15, `${Math.sqrt(dot(off, off))}`)
})

/** How many of the looks at a horse before a camera are rightly named, by the daemon's own odds. */
function named(vectors: readonly GalleryVector[], looks: ReadonlyMap<number, readonly Lit[]>): number {
  const gallery = createGallery(rules, vectors)
  const space = gallery.space(scopeId)
  t.not(space.chance, null)
  let right = 0
  let all = 0
  for (const [horse, some] of looks) {
    // The mean of four looks is what a tracklet has after a few seconds.
    for (let from = 0; from + 4 <= some.length; from += 4) {
      const mean = meanOf(some.slice(from, from + 4).map((look) => vectorOf(space.place(look))))
      const [odds = new Map()] = gallery.odds(scopeId, [mean])
      const [best] = [...odds].sort((a, b) => b[1] - a[1])
      all++
      if (best?.[0] === horseId(`${horse}`) && best[1] >= acceptAbove) right++
    }
  }
  return right / all
}

t.test('a horse that was known before one camera only is known before another', async (t) => {
  const horses = 8
  const { looks } = createBarn(horses, 0.7)
  let id = 0
  const storedOf = (horse: number, some: readonly Lit[]): GalleryVector[] =>
    some.map((look) => ({ ...look, id: ++id, horseId: horseId(`${horse}`), scopeId }))
  // None was ever before both cameras.
  const known = Array.from({ length: horses }, (_, horse) =>
    looks(horse, 16, horse % 2 === 0 ? aisle : paddock),
  )
  const asked = new Map(known.map((_, horse) => [horse, looks(horse, 40, horse % 2 === 0 ? paddock : aisle)]))
  const withCameras = named(
    known.flatMap((some, horse) => storedOf(horse, some)),
    asked,
  )
  const without = named(
    known.flatMap((some, horse) => storedOf(horse, told(some))),
    new Map([...asked].map(([horse, some]) => [horse, told(some)])),
  )
  t.comment(`rightly named: ${withCameras} with cameras, ${without} without`)
  t.ok(withCameras >= 0.95, `${withCameras}`)
  t.ok(without < withCameras - 0.2, `${without} where nobody says which camera it was`)
})

t.test('a horse alone before its camera is known there, though nobody can say what is whose', async (t) => {
  const { looks } = createBarn(3)
  const homes = [aisle, paddock, stall]
  let id = 0
  const known = homes.flatMap((camera, horse) =>
    looks(horse, 16, camera).map((look) => ({ ...look, id: ++id, horseId: horseId(`${horse}`), scopeId })),
  )
  const asked = new Map(homes.map((camera, horse) => [horse, looks(horse, 40, camera)]))
  t.equal(named(known, asked), 1)
})
