/**
 * What every known horse looks like, in memory (pure): several vectors a horse, all scopes in one matrix, exact search.
 * The stored rows are the truth; this is built from them and told of every change. Vectors are compared in the space that
 * their scope's horses span, as soon as there are enough of them.
 */

import { createDotMatrix, type DotMatrix } from '../lib/dot-matrix.ts'
import type { HorseId, ScopeId, TrackletId } from '../types.ts'
import { leadToAccept, learntOdds, type PlainRules, plainOdds } from './odds.ts'
import { placeAmong, type Room } from './room.ts'
import { noOdds, type RoughOdds, roughOf } from './rough-odds.ts'
import { asTheyAre, fitSpace, type Lit, type Placed, type Space, vectorOf } from './space.ts'
import { meanOf, unit } from './vectors.ts'

export interface GalleryVector extends Lit {
  /** The stored row's id: later ones are higher. */
  readonly id: number
  readonly horseId: HorseId
  readonly scopeId: ScopeId
  /** A person said that its look is this horse: it is never let go of. */
  readonly isAnchor?: boolean | undefined
}

/** A stored vector beside another one. */
export interface Near {
  readonly id: number
  readonly horseId: HorseId
  /** The cosine. */
  readonly similarity: number
}

/** Log odds of each horse of a scope. */
export type Odds = ReadonlyMap<HorseId, number>

export interface Gallery {
  /** The space of a scope: what is compared must have been placed in it. Another object as soon as it is another space. */
  space(scopeId: ScopeId): Space
  /**
   * The odds that vectors of a scope's space are each of its horses: by the mean of the cosines of the two nearest
   * stored vectors. For the means of several looks. Of many horses only the nearest few are answered; the others are far off.
   */
  odds(scopeId: ScopeId, placed: readonly Float32Array[]): Odds[]
  /** The same for a single look, by the cosine with the mean of a horse's vectors: rougher, and far less work. */
  roughOdds(scopeId: ScopeId, placed: Placed): RoughOdds
  /** Every stored vector of a scope that counts beside one of its space, the nearest first: for people, not for frames. */
  nearest(scopeId: ScopeId, placed: Float32Array): Near[]
  /** Who is known in a scope. */
  horses(scopeId: ScopeId): HorseId[]
  /** How much is known of a scope's horses, 0-1. */
  maturity(scopeId: ScopeId): number
  /** What was seen of a tracklet that is nobody's, so far: it helps to learn the space. None: it is somebody's. */
  nobody(scopeId: ScopeId, trackletId: TrackletId, looks: readonly Lit[]): void
  /** Takes in a vector that is stored, in place of the one whose row it replaced. Throws `VECTOR_KIND` for NaN. */
  add(vector: GalleryVector, instead?: number): void
  /** Whether a horse should keep this look, and in place of which row. */
  place(scopeId: ScopeId, horseId: HorseId, look: Float32Array): Room | null
}

/** Of more horses, only so many are compared vector by vector: those whose means are nearest. */
const shortlist = 8
/** A space is learnt anew when there is another horse, or when this share of its vectors has changed. */
const refitAfter = 0.1
/** A scope of as many vectors is known as well as it ever will be. */
const vectorsOfOld = 80
/** Tracklets of nobody that are remembered. */
const mostNobodies = 12
/** Of a horse's vectors, no more are strays. */
const mostStrays = 1 / 8
const none: readonly number[] = []

/** A stored vector and where it lies in the matrix, placed. */
interface Kept extends Lit {
  readonly id: number
  readonly row: number
  /** In the space of its scope. */
  placed: Placed
  /** Kept for good: the horse was founded on it, or a person confirmed it. */
  readonly isFixed: boolean
  /** Clearly more like another horse's looks than like those of its own: it was given to the wrong one, and says nothing. */
  isStray: boolean
}

/** The means of all horses, in their order. */
interface Means {
  readonly rows: readonly number[]
  readonly places: ReadonlyMap<HorseId, number>
  /** Their products with what all looks share, by light. */
  readonly shared: Map<Float32Array, readonly number[]>
}

interface Known {
  readonly horses: Map<HorseId, Kept[]>
  /** Where the mean of each horse's placed vectors lies in the matrix; of those that were asked for. */
  readonly means: Map<HorseId, number>
  /** The same of all horses; undefined as soon as one of them has changed. */
  allMeans: Means | undefined
  space: Space
  /** Vectors and horses that the space was learnt from, and how much has changed since. */
  fittedOn: number
  fittedHorses: number
  changes: number
  /** The newest last. */
  readonly nobodies: Map<TrackletId, readonly Lit[]>
}

export function createGallery(rules: PlainRules, stored: readonly GalleryVector[]): Gallery {
  const scopes = new Map<ScopeId, Known>()
  // Made with the first vector, which says how long they are.
  let matrix: DotMatrix | undefined
  const knownOf = (scopeId: ScopeId) => {
    const known = scopes.get(scopeId) ?? newKnown()
    scopes.set(scopeId, known)
    return known
  }
  const elsewhere = (known: Known) =>
    [...scopes.values()].filter((one) => one !== known).flatMap(({ horses }) => [...horses.values()])
  const fitted = (scopeId: ScopeId) => {
    const known = knownOf(scopeId)
    if (matrix && !rules.isPlain && needsFit(known)) fit(known, elsewhere(known), matrix, rules)
    return known
  }
  const add = (one: GalleryVector, instead?: number) => {
    const known = knownOf(one.scopeId)
    matrix ??= createDotMatrix(one.vector.length)
    const kept = known.horses.get(one.horseId) ?? []
    const old = kept.find(({ id }) => id === instead)
    const placed = known.space.place(one)
    const row = matrix.add(rowOf(known.space, vectorOf(placed)))
    if (old) matrix.remove(old.row)
    const isFixed = kept.length === 0 || one.isAnchor === true
    const { id, vector, infrared, camera } = one
    known.horses.set(one.horseId, [
      ...kept.filter((other) => other !== old),
      { id, row, isFixed, placed, vector, infrared, camera, isStray: false },
    ])
    forgetMean(known, one.horseId, matrix)
    known.changes++
  }
  for (const one of stored) add(one)

  return {
    add,
    space: (scopeId) => fitted(scopeId).space,
    odds(scopeId, placed) {
      const known = fitted(scopeId)
      if (!matrix) return placed.map(() => new Map())
      const all = matrix
      return nearestHorses(known, all, placed).map((ids, at) => {
        const vector = placed[at] as Float32Array
        const horses = ids.map((id): [HorseId, readonly Kept[]] => [id, heardOf(known, id)])
        const rows: number[] = []
        for (const [, kept] of horses) for (const { row } of kept) rows.push(row)
        const [products = none] = all.dots(rows, [vector])
        return oddsOf(horses, products, oddsIn(known.space, rules, known.space.length(vector)))
      })
    },
    roughOdds(scopeId, placed) {
      const known = fitted(scopeId)
      return matrix ? roughOddsOf(placed, known, matrix, rules) : noOdds
    },
    nearest: (scopeId, placed) => (matrix ? nearestOf(fitted(scopeId), placed, matrix) : []),
    horses: (scopeId) => [...knownOf(scopeId).horses.keys()],
    maturity(scopeId) {
      const all = [...knownOf(scopeId).horses.values()].reduce((sum, { length }) => sum + length, 0)
      return Math.min(1, all / vectorsOfOld)
    },
    nobody: (scopeId, trackletId, looks) => noteNobody(knownOf(scopeId), trackletId, looks),
    place: (scopeId, horseId, look) => placeAmong(knownOf(scopeId).horses.get(horseId) ?? [], look),
  }
}

function nearestOf(known: Known, placed: Float32Array, matrix: DotMatrix): Near[] {
  const all = [...known.horses.keys()].flatMap((horseId) =>
    heardOf(known, horseId).map(({ id, row }) => ({ id, horseId, row })),
  )
  const rows = all.map(({ row }) => row)
  const [products = none] = matrix.dots(rows, [placed])
  const cosine = cosineBy(known.space.length(placed))
  return all
    .map(({ id, horseId }, at) => ({ id, horseId, similarity: cosine(products[at] as number) }))
    .sort((a, b) => b.similarity - a.similarity)
}

function noteNobody(known: Known, trackletId: TrackletId, looks: readonly Lit[]): void {
  const { nobodies } = known
  const before = nobodies.get(trackletId)?.length ?? 0
  if (before === looks.length) return
  nobodies.delete(trackletId)
  if (looks.length > 0) nobodies.set(trackletId, looks)
  const [oldest] = nobodies.keys()
  if (oldest !== undefined && nobodies.size > mostNobodies) nobodies.delete(oldest)
  known.changes += Math.abs(looks.length - before)
}

function newKnown(): Known {
  const rest = { fittedOn: 0, fittedHorses: 0, changes: 0 }
  return {
    horses: new Map(),
    means: new Map(),
    allMeans: undefined,
    nobodies: new Map(),
    space: asTheyAre,
    ...rest,
  }
}

function needsFit({ horses, fittedHorses, fittedOn, changes }: Known): boolean {
  return changes > 0 && (horses.size !== fittedHorses || changes > fittedOn * refitAfter)
}

/** Learns the space anew, also from the horses of other scopes, and places every vector in it. */
function fit(
  known: Known,
  elsewhere: readonly (readonly Kept[])[],
  matrix: DotMatrix,
  rules: PlainRules,
): void {
  const { horses, nobodies } = known
  known.space = fitSpace([...horses.values()], [...nobodies.values()], elsewhere, known.space)
  for (const horseId of horses.keys()) forgetMean(known, horseId, matrix)
  known.fittedHorses = horses.size
  known.fittedOn = [...nobodies.values()].reduce((sum, { length }) => sum + length, 0)
  known.changes = 0
  for (const kept of horses.values()) {
    known.fittedOn += kept.length
    for (const one of kept) {
      one.placed = known.space.place(one)
      matrix.replace(one.row, rowOf(known.space, vectorOf(one.placed)))
      one.isStray = false
    }
  }
  tellStrays(known, matrix, rules)
}

/** What is known of a horse, without strays. */
function heardOf({ horses }: Known, horseId: HorseId): readonly Kept[] {
  const kept = horses.get(horseId) ?? []
  return kept.some(({ isStray }) => isStray) ? kept.filter(({ isStray }) => !isStray) : kept
}

/**
 * Two looks of a horse among forty of another are enough to be called by its name, and a person who gives a sighting to a horse gives all
 * that was in it. So a vector that fits another horse's mean better than its own horse's, by the lead that a decision needs, is left out (Wilson's
 * editing, 1972, by means instead of neighbours: several strays of one horse are one another's neighbours). Many of one horse are no strays, but
 * a side or a light in which it is like another: what people say of it must be heard.
 */
function tellStrays(known: Known, matrix: DotMatrix, rules: PlainRules): void {
  if (known.space.chance === null) return
  const strays = [...known.horses].flatMap(([horseId, kept]) => {
    const off = kept.filter(({ placed }) => {
      const odds = roughOddsOf(placed, known, matrix, rules)
      return odds.highestBut(horseId) - (odds.get(horseId) as number) > leadToAccept
    })
    return off.length <= mostStrays * kept.length ? off.map((one) => ({ horseId, one })) : []
  })
  for (const { horseId, one } of strays) {
    one.isStray = true
    forgetMean(known, horseId, matrix)
  }
}

/** The row of the mean of a horse's placed vectors. */
function meanRow(known: Known, horseId: HorseId, matrix: DotMatrix): number {
  const { means, space } = known
  const found = means.get(horseId)
  if (found !== undefined) return found
  const placed = heardOf(known, horseId).map((one) => one.placed)
  const mean = meanOf(
    placed.map(vectorOf),
    placed.map(({ weight }) => weight),
  )
  const row = matrix.add(rowOf(space, mean))
  means.set(horseId, row)
  return row
}

/** The products of placed vectors with the mean of each horse, in the order of the horses. */
function toMeans(known: Known, matrix: DotMatrix, placed: readonly Float32Array[]): number[][] {
  return matrix.dots(meansOf(known, matrix).rows, placed)
}

function meansOf(known: Known, matrix: DotMatrix): Means {
  known.allMeans ??= {
    rows: [...known.horses.keys()].map((id) => meanRow(known, id, matrix)),
    places: new Map([...known.horses.keys()].map((id, at) => [id, at])),
    shared: new Map(),
  }
  return known.allMeans
}

function sharedOf(known: Known, matrix: DotMatrix, shared: Float32Array): readonly number[] {
  const means = meansOf(known, matrix)
  const products = means.shared.get(shared) ?? matrix.dots(means.rows, [shared])[0] ?? none
  means.shared.set(shared, products)
  return products
}

/** For each vector the horses that are compared with it. */
function nearestHorses(known: Known, matrix: DotMatrix, placed: readonly Float32Array[]): HorseId[][] {
  const ids = [...known.horses.keys()]
  if (ids.length <= shortlist) return placed.map(() => ids)
  return toMeans(known, matrix, placed).map((products) => {
    const limit = leastOfHighest(products, shortlist)
    return ids.filter((_, at) => (products[at] as number) >= limit)
  })
}

/** The lowest of so many highest: of the few that are kept the lowest is first, and makes way. */
function leastOfHighest(products: readonly number[], count: number): number {
  const highest = products.slice(0, count).sort((a, b) => a - b)
  for (let i = count; i < products.length; i++) {
    const product = products[i] as number
    let at = 0
    for (; product > (highest[at] ?? Number.POSITIVE_INFINITY); at++) {
      if (at > 0) highest[at - 1] = highest[at] as number
    }
    if (at > 0) highest[at - 1] = product
  }
  return highest[0] as number
}

function forgetMean(known: Known, horseId: HorseId, matrix: DotMatrix): void {
  known.allMeans = undefined
  const { means } = known
  const row = means.get(horseId)
  if (row === undefined) return
  matrix.remove(row)
  means.delete(horseId)
}

/** A stored vector, or a mean of some, as others are compared with it. */
const rowOf = (space: Space, vector: Float32Array) => unit(space.bare(vector))

/** Less than that is nothing but rounding. */
const leastLength = 1e-9

/** The cosine by the product with a row, of a vector of this length. */
const cosineBy = (length: number) => (product: number) => (length > leastLength ? product / length : 0)

/** The odds by the product with a mean's row, or by that with the nearest two of so many vectors. */
function oddsIn(
  { chance }: Space,
  rules: PlainRules,
  length: number,
): (product: number, vectors?: number) => number {
  const cosine = cosineBy(length)
  if (chance === null) return (product) => plainOdds(cosine(product), rules)
  return (product, vectors) => learntOdds(cosine(product), chance, vectors)
}

/** The odds of one vector, from its products with all vectors of these horses in their order. */
function oddsOf(
  horses: readonly (readonly [HorseId, readonly Kept[]])[],
  products: readonly number[],
  odds: (product: number, vectors: number) => number,
): Odds {
  const all = new Map<HorseId, number>()
  let from = 0
  for (const [horseId, { length }] of horses) {
    all.set(horseId, odds(meanOfTwo(products, from, from + length), length))
    from += length
  }
  return all
}

function roughOddsOf(placed: Placed, known: Known, matrix: DotMatrix, rules: PlainRules): RoughOdds {
  const { look, factor, shared, length } = placed
  const [products = none] = toMeans(known, matrix, [look])
  const less = shared ? sharedOf(known, matrix, shared) : undefined
  const odds = oddsIn(known.space, rules, length)
  return roughOf(
    meansOf(known, matrix).places,
    products.map((product, at) => odds(factor * product - (less?.[at] ?? 0))),
  )
}

/** The mean of the two highest, or the only one. */
function meanOfTwo(products: readonly number[], from: number, to: number): number {
  let first = Number.NEGATIVE_INFINITY
  let second = first
  for (let i = from; i < to; i++) {
    const product = products[i] as number
    if (product > first) {
      second = first
      first = product
    } else if (product > second) second = product
  }
  return to - from === 1 ? first : (first + second) / 2
}
