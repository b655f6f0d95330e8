/**
 * What of a look tells the horses of one scope apart (pure). All looks share most of what they are (an animal, that place,
 * that light): it is taken away, camera by camera (`cameras.ts`), by means of their own for colour and infrared (normalisation per camera,
 * arXiv 2502.10195). So are the directions in which looks of one horse differ, its sides above all (nuisance attribute
 * projection, Solomonoff et al., 2005). Learnt from the vectors that are known, and good for nothing without several horses.
 */

import { dot } from '../lib/dot.ts'
import { median } from '../lib/median.ts'
import { learnCameras, type Placeable } from './cameras.ts'
import { addTo, meanOf, minus, principal, scaled, scaledMinus, unit, without } from './vectors.ts'

/** A vector, whether it is of a picture without colour, and of which camera. */
export type Lit = Placeable

/**
 * A look in a space. The directions in which looks of one horse differ are still in its vector: whatever it is compared with is bare of
 * them, so that only its length must be known without them, which takes a third of the time.
 */
export interface Placed {
  readonly vector: Float32Array
  /** What its product with a bare vector of unit length is divided by to be a cosine. */
  readonly length: number
  /** How much it counts beside others: about 1, and little where it is blurred or of something else. */
  readonly weight: number
}

export interface Space {
  /** A look is placed once, however often it is asked for. */
  place(look: Lit): Placed
  /** How long a placed vector is, or a mean of some, without the directions in which looks of one horse differ. */
  length(vector: Float32Array): number
  /** What is left of such a vector without them: what others are compared with. */
  bare(vector: Float32Array): Float32Array
  /** The standard deviation of the cosine of two looks that have nothing in common; null where looks are as they came. */
  readonly chance: number | null
}

/** Looks as they are: what can be had as long as fewer horses are known than it takes to learn what they share. */
export const asTheyAre: Space = {
  place: ({ vector }) => ({ vector, length: Math.sqrt(energy(vector)), weight: 1 }),
  length: (vector) => Math.sqrt(energy(vector)),
  bare: (vector) => vector,
  chance: null,
}

const fewestHorses = 3
/** A horse of fewer vectors says nothing of how its looks differ. */
const fewestVectors = 3
/** Directions taken away, and vectors that it takes to know one. */
const mostNuisances = 6
const vectorsPerNuisance = 4
/** Vectors that are looked at for directions, and for what chance does: more would take long and say the same. */
const mostForDirections = 240
const mostForChance = 48
/** Horses elsewhere that are looked at. */
const mostElsewhere = 24
/** With few vectors much is found alike by chance that is not. */
const mostChance = 0.15
/** A look that hardly has what all share is scaled up as if it had so much, and no more. */
const leastShared = 0.25

/**
 * The space of some horses, each by its vectors, and of tracklets seen lately that are nobody's yet: they too show what
 * all looks share, and how those of one animal differ. Horses known elsewhere are no part of what is shared here, but show the latter
 * too, which a few horses show badly. `asTheyAre` where the horses are too few.
 */
export function fitSpace(
  horses: readonly (readonly Lit[])[],
  nobodies: readonly (readonly Lit[])[] = [],
  elsewhere: readonly (readonly Lit[])[] = [],
): Space {
  const many = horses.filter(({ length }) => length >= fewestVectors)
  if (many.length < fewestHorses) return asTheyAre
  const strangers = nobodies.filter(({ length }) => length >= fewestVectors)
  const vectorOf = learnCameras([...many, ...strangers])
  const cameraless = (look: Lit): Lit => ({ vector: vectorOf(look), infrared: look.infrared })
  const known = many.map((own) => own.map(cameraless))
  const seen = strangers.map((own) => own.map(cameraless))
  const centres = centresOf(known, seen)
  const centred = [...known, ...seen].map((own) => own.map((look) => centredOn(centres, look)))
  const usual = median(centred.flat().map((vector) => dot(vector, vector)))
  const weightOf = (vector: Float32Array) => (2 * usual) / (usual + dot(vector, vector))
  const offTheMean = (own: readonly Float32Array[]) => {
    const weights = own.map(weightOf)
    const mean = meanOf(own, weights)
    return own.map((vector, at) => scaled(minus(vector, mean), Math.sqrt(weights[at] as number)))
  }
  const within = centred.map(offTheMean)
  const others = thinned(
    elsewhere.filter(({ length }) => length >= fewestVectors),
    mostElsewhere,
  ).map((own) => offTheMean(own.map((look) => centredOn(centres, look))))
  const few = thinned([...within, ...others].flat(), mostForDirections)
  const nuisances = principal(few, Math.min(mostNuisances, Math.floor(few.length / vectorsPerNuisance) - 1))
  const typical = median(centred.flat().map((vector) => energy(without(vector, nuisances))))
  const chance = chanceOf(
    within.map((own) =>
      thinned(own, Math.ceil(mostForChance / within.length)).map((vector) => without(vector, nuisances)),
    ),
  )
  const done = new WeakMap<Lit, Placed>()
  const lengthIn = bareLengths(nuisances)
  return {
    chance,
    length: lengthIn,
    bare: (vector) => without(vector, nuisances),
    place(look) {
      const before = done.get(look)
      if (before) return before
      const vector = centredOn(centres, cameraless(look))
      const length = lengthIn(vector)
      const all = typical + length ** 2
      const placed = { vector, length, weight: all > 0 ? (2 * typical) / all : 1 }
      done.set(look, placed)
      return placed
    },
  }
}

interface Centres {
  readonly day: Float32Array
  readonly night: Float32Array
}

/** What is left of a look beside what all share. Noise has shrunk that share with the rest of the vector: it is made whole. */
function centredOn({ day, night }: Centres, { vector, infrared }: Lit): Float32Array {
  const centre = infrared ? night : day
  const length = Math.sqrt(energy(centre))
  if (length < 1e-6) return vector
  const shared = Math.max(dot(vector, centre) / length, leastShared * length)
  return scaledMinus(vector, length / shared, centre)
}

/** Each horse counts once, however many vectors it has, and so does each tracklet of nobody. */
function centresOf(known: readonly (readonly Lit[])[], seen: readonly (readonly Lit[])[]): Centres {
  const all = [...known, ...seen]
  const days = all.flatMap((own) => meanIf(own, false) ?? [])
  const nights = all.flatMap((own) => meanIf(own, true) ?? [])
  const day = meanOf(days.length > 0 ? days : nights)
  if (days.length === 0 || nights.length === 0) return { day, night: day }
  // By the horses that are known both ways, and, half as much, by what was seen of anybody at night.
  const pairs = known.flatMap((own) => {
    const [byDay, byNight] = [meanIf(own, false), meanIf(own, true)]
    return byDay && byNight ? [minus(byNight, byDay)] : []
  })
  const strangers = seen.flatMap((own) => meanIf(own, true) ?? [])
  const weight = pairs.length + strangers.length / 2 + doubtOfNight
  const night = Float32Array.from(day)
  for (const shift of pairs) addTo(night, shift, 1 / weight)
  for (const one of strangers) addTo(night, minus(one, day), 0.5 / weight)
  return { day, night }
}

/** What it takes to believe in a difference at all. */
const doubtOfNight = 0.5

function meanIf(own: readonly Lit[], infrared: boolean): Float32Array | undefined {
  const some = own.filter((one) => (one.infrared ?? false) === infrared)
  return some.length > 0 ? meanOf(some.map(({ vector }) => vector)) : undefined
}

/** Looks lie in fewer dimensions than their vectors have: how alike those of different horses are by chance is measured. */
function chanceOf(horses: readonly (readonly Float32Array[])[]): number {
  const units = horses.map((own) => own.filter((vector) => energy(vector) > 1e-9).map(unit))
  let [sum, count] = [0, 0]
  units.forEach((own, at) => {
    const others = units.slice(at + 1).flat()
    for (const one of own) for (const other of others) sum += dot(one, other) ** 2
    count += own.length * others.length
  })
  const dim = horses[0]?.[0]?.length ?? 1
  // Never better than what numbers drawn by chance would do.
  return Math.min(Math.max(count > 0 ? Math.sqrt(sum / count) : 0, 1 / Math.sqrt(dim)), mostChance)
}

const energy = (vector: Float32Array) => dot(vector, vector)

/**
 * Lengths of what is left of vectors at right angles to orthonormal directions, six at most. They lie side by side, number by number, so that
 * a vector is gone through once for all of them.
 */
function bareLengths(directions: readonly Float32Array[]): (vector: Float32Array) => number {
  if (directions.length === 0) return (vector) => Math.sqrt(energy(vector))
  const beside = new Float32Array((directions[0]?.length ?? 0) * mostNuisances)
  directions.forEach((direction, place) => {
    direction.forEach((value, at) => {
      beside[at * mostNuisances + place] = value
    })
  })
  return (vector) => {
    let [all, a, b, c, d, e, f] = [0, 0, 0, 0, 0, 0, 0]
    for (let i = 0, j = 0; i < vector.length; i++, j += mostNuisances) {
      const value = vector[i] as number
      all += value * value
      a += value * (beside[j] as number)
      b += value * (beside[j + 1] as number)
      c += value * (beside[j + 2] as number)
      d += value * (beside[j + 3] as number)
      e += value * (beside[j + 4] as number)
      f += value * (beside[j + 5] as number)
    }
    return Math.sqrt(Math.max(0, all - a * a - b * b - c * c - d * d - e * e - f * f))
  }
}

/** At most so many of them, evenly from first to last. */
export function thinned<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, at) => all[Math.floor(at * step)] as T)
}
