/**
 * Which two horses of a camera may be one (pure). It only suggests: horses that are merged wrongly are both lost, so a
 * person says so, and can take it back.
 */
import { createDotMatrix, type DotMatrix } from '../lib/dot-matrix.ts'
import type { HorseId } from '../types.ts'

/** A horse as far as it is known. */
export interface Candidate {
  readonly horseId: HorseId
  /** Its stored looks, of one embedder. */
  readonly vectors: readonly Float32Array[]
}

/** A stored look, and whose it is. */
export interface Prototype {
  readonly horseId: HorseId
  readonly vector: Float32Array
}

/** How probable it is that two looks are of one horse, 0-1, from their cosine or from more. Higher cosines score no less. */
export type Score = (cosine: number, one: Prototype, other: Prototype) => number

export interface Suggestion {
  readonly one: HorseId
  readonly other: HorseId
  /** 0-1: that the two are one, by the mean of their best pairs of looks. */
  readonly probability: number
  /** Pairs of looks that are nearer to each other than to any other horse. */
  readonly mutual: number
}

/** The vision reference, section 6. */
export const sameFrom = 0.9
export const fewestMutual = 3

/**
 * Where cosines are not calibrated: the cosine itself. Of embedders in use, looks of two horses hardly come to 0.9, and those of
 * one do where they are much alike: it suggests too little rather than too much.
 */
export const rawCosine = (cosine: number): number => Math.min(1, Math.max(0, cosine))

/**
 * The pairs that may be one horse, the most probable first. `areTwo` is asked of those that look so: whether something
 * else is known against it, as that they were seen at the same time.
 */
export function suggestMerges(
  horses: readonly Candidate[],
  score: Score,
  areTwo: (one: HorseId, other: HorseId) => boolean,
): Suggestion[] {
  const looks = horses.flatMap(({ horseId, vectors }) => vectors.map((vector) => ({ horseId, vector })))
  return pairsOf(mutualLooks(looks, score))
    .map(({ one, other, scores }) => ({ one, other, mutual: scores.length, probability: meanOfBest(scores) }))
    .filter(({ mutual, probability }) => mutual >= fewestMutual && probability >= sameFrom)
    .filter(({ one, other }) => !areTwo(one, other))
    .sort((a, b) => b.probability - a.probability)
}

interface Nearest {
  readonly at: number
  readonly score: number
}

/** Two looks that are each other's nearest among all that are not their own horse's. */
interface MutualLooks {
  readonly one: Prototype
  readonly other: Prototype
  readonly score: number
}

function mutualLooks(looks: readonly Prototype[], score: Score): MutualLooks[] {
  const nearest = nearestOf(looks, score)
  return looks.flatMap((one, at) => {
    const near = nearest[at]
    const other = looks[near?.at ?? -1]
    // Each pair once.
    if (!near || !other || near.at < at || nearest[near.at]?.at !== at) return []
    return [{ one, other, score: near.score }]
  })
}

/** Compared at a time: their answers are as long as there are looks. */
const block = 48

function nearestOf(looks: readonly Prototype[], score: Score): (Nearest | undefined)[] {
  const [first] = looks
  if (!first) return []
  const matrix: DotMatrix = createDotMatrix(first.vector.length)
  const rows = looks.map(({ vector }) => matrix.add(vector))
  const nearest: (Nearest | undefined)[] = []
  for (let from = 0; from < looks.length; from += block) {
    const some = looks.slice(from, from + block)
    const all = matrix.dots(
      rows,
      some.map(({ vector }) => vector),
    )
    some.forEach((look, index) => {
      nearest.push(nearestTo(look, looks, all[index] ?? [], score))
    })
  }
  return nearest
}

function nearestTo(
  look: Prototype,
  looks: readonly Prototype[],
  cosines: readonly number[],
  score: Score,
): Nearest | undefined {
  let best: Nearest | undefined
  looks.forEach((other, at) => {
    if (other.horseId === look.horseId) return
    const value = score(cosines[at] ?? -1, look, other)
    if (!best || value > best.score) best = { at, score: value }
  })
  return best
}

function pairsOf(mutual: readonly MutualLooks[]) {
  const pairs = new Map<
    string,
    { readonly one: HorseId; readonly other: HorseId; readonly scores: number[] }
  >()
  for (const looks of mutual) {
    const ids = [looks.one.horseId, looks.other.horseId] as const
    const [one, other] = ids[0] < ids[1] ? ids : [ids[1], ids[0]]
    const key = `${one} ${other}`
    const pair = pairs.get(key) ?? { one, other, scores: [] }
    pairs.set(key, pair)
    pair.scores.push(looks.score)
  }
  return [...pairs.values()]
}

/** Of as many as are needed: a pair more must not make two horses less alike. */
function meanOfBest(scores: readonly number[]): number {
  const best = [...scores].sort((a, b) => b - a).slice(0, fewestMutual)
  return best.reduce((sum, value) => sum + value, 0) / best.length
}
