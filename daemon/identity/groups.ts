/**
 * Which unknown sightings look like one animal, and which known horses are most like it (pure). It only arranges what people
 * are asked: they say who it is.
 */

import { dot } from '../lib/dot.ts'
import { createDotMatrix } from '../lib/dot-matrix.ts'
import type { HorseId } from '../types.ts'
import { type Candidate, sameFrom } from './suggest.ts'

/** How probable it is that two looks are of one horse, 0-1, from their cosine. */
type ScoreOf = (cosine: number) => number

/** A sighting that is nobody's, by its kept looks; without one it is alone. */
export interface Unknown {
  readonly vectors: readonly Float32Array[]
}

/**
 * Groups of those that are alike, each with the sightings in their order. Two groups become one while their members are, on
 * average, probably one animal; `areTwo` says what is known against it: such never come together.
 */
export function groupAlike<One extends Unknown>(
  unknowns: readonly One[],
  score: ScoreOf,
  areTwo: (one: One, other: One) => boolean,
): One[][] {
  const likeness = unknowns.map((one, at) =>
    unknowns.map((other, place) => (place < at ? likenessOf(one, other, score, areTwo) : 0)),
  )
  const between = (a: number, b: number) => likeness[Math.max(a, b)]?.[Math.min(a, b)] ?? 0
  const groups = unknowns.map((_, at) => [at])
  for (;;) {
    const pair = nearest(groups, between)
    if (!pair) break
    const [one, other] = pair
    groups[one]?.push(...(groups[other] ?? []))
    groups.splice(other, 1)
  }
  return groups.map((places) => places.sort((a, b) => a - b).flatMap((at) => unknowns[at] ?? []))
}

/** By the best pair of looks: a horse shows another side now and then. Infinitely unlike where they are two. */
function likenessOf<One extends Unknown>(
  one: One,
  other: One,
  score: ScoreOf,
  areTwo: (one: One, other: One) => boolean,
): number {
  let best = 0
  for (const a of one.vectors) for (const b of other.vectors) best = Math.max(best, score(dot(a, b)))
  return best >= sameFrom && areTwo(one, other) ? Number.NEGATIVE_INFINITY : best
}

function nearest(
  groups: readonly (readonly number[])[],
  between: (a: number, b: number) => number,
): readonly [number, number] | undefined {
  let best: { readonly pair: readonly [number, number]; readonly mean: number } | undefined
  groups.forEach((one, at) => {
    groups.slice(at + 1).forEach((other, step) => {
      const pairs = one.flatMap((a) => other.map((b) => between(a, b)))
      const mean = pairs.reduce((sum, value) => sum + value, 0) / pairs.length
      if (mean >= sameFrom && mean > (best?.mean ?? 0)) best = { pair: [at, at + 1 + step], mean }
    })
  })
  return best?.pair
}

/** Pairs of looks that say how like a horse is. */
const bestPairs = 3

/** The horses by how like they are to each of some groups of looks, the most alike first. */
export function rankHorses(
  groups: readonly (readonly Float32Array[])[],
  horses: readonly Candidate[],
): HorseId[][] {
  const known = horses.filter(({ vectors }) => vectors.length > 0)
  const [first] = known[0]?.vectors ?? []
  if (!first) return groups.map(() => [])
  const matrix = createDotMatrix(first.length)
  const rows = known.map(({ vectors }) => vectors.map((vector) => matrix.add(vector)))
  const all = rows.flat()
  return groups.map((looks) => {
    if (looks.length === 0) return []
    const answers = matrix.dots(all, looks)
    let from = 0
    const ranked = known.map(({ horseId }, at) => {
      const to = from + (rows[at]?.length ?? 0)
      const cosines = answers.flatMap((answer) => answer.slice(from, to))
      from = to
      return { horseId, likeness: meanOfBest(cosines) }
    })
    return ranked.sort((a, b) => b.likeness - a.likeness).map(({ horseId }) => horseId)
  })
}

function meanOfBest(values: readonly number[]): number {
  const best = [...values].sort((a, b) => b - a).slice(0, bestPairs)
  return best.reduce((sum, value) => sum + value, 0) / best.length
}
