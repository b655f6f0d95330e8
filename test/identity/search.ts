/**
 * Galleries of made-up vectors, and what a plain search over all of them says.
 */
import fc from 'fast-check'
import { createGallery, type Gallery, type GalleryVector } from '../../daemon/identity/gallery.ts'
import { learntOdds, plainOdds } from '../../daemon/identity/odds.ts'
import type { Space } from '../../daemon/identity/space.ts'
import { unit } from '../../daemon/identity/vectors.ts'
import { createHerd } from './herd.ts'
import { axis, dim, stored, yardScope } from './vectors.ts'

export const rules = { sameAbove: 0.8, margin: 0.05 }

export const numbers = fc
  .array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: dim, maxLength: dim })
  .filter((all) => Math.hypot(...all) > 0.1)
  .map((all) => unit(Float32Array.from(all)))

export const threeKnown = fc
  .tuple(
    fc.array(numbers, { minLength: 9, maxLength: 9 }),
    fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C', 'D'), numbers), { maxLength: 12 }),
  )
  .map(([few, more]) => [
    ...few.map((vector, at) => stored(['A', 'B', 'C'][at % 3] as string, vector)),
    ...more.map(([horse, vector]) => stored(horse, vector)),
  ])

export const oddsOf = (cosine: number, { chance }: Space, vectors?: number) =>
  chance === null ? plainOdds(cosine, rules) : learntOdds(cosine, chance, vectors)

export const byHorse = (all: readonly GalleryVector[]) => Map.groupBy(all, ({ horseId }) => horseId)

/** Those of these vectors that count. */
export function heardIn(gallery: Gallery, all: readonly GalleryVector[]): GalleryVector[] {
  const heard = new Set(gallery.nearest(yardScope, all[0]?.vector ?? axis(0)).map(({ id }) => id))
  return all.filter(({ id }) => heard.has(id))
}

/** A herd's stored looks, so many of each horse. */
export function herdOf(horses: number, each: number) {
  const herd = createHerd(horses)
  const all = Array.from({ length: horses }, (_, horse) =>
    herd.looks(horse, each).map(({ vector }) => stored(`${horse}`, vector)),
  ).flat()
  return { herd, all, gallery: createGallery(rules, all) }
}

/** Rows are kept in 16 bits: a cosine of sixteen numbers may be off by 0.0001, and odds by forty times that. */
export const rounding = 5e-3
/** A cosine is the product by the length: the shorter what is left of a vector, the more of it is rounding. */
export const roundingAt = (length: number) => rounding / Math.min(1, Math.max(length, 0.01))
