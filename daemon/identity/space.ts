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
 * A look in a space: so many times itself, less what all share. It is left at that, for written out a vector is three kilobytes of new memory,
 * and ten looks come with each frame. The directions in which looks of one horse differ are still in it: whatever it is compared with is
 * bare of them, so that only its length must be known without them.
 */
export interface Placed {
  /** The look, without what is its camera's. */
  readonly look: Float32Array
  readonly factor: number
  /** What all share in its light; null where nothing is taken away. */
  readonly shared: Float32Array | null
  /** What its product with a bare vector of unit length is divided by to be a cosine. */
  readonly length: number
  /** How much it counts beside others: about 1, and little where it is blurred or of something else. */
  readonly weight: number
}

/** A placed look, written out. */
export const vectorOf = ({ look, factor, shared }: Placed): Float32Array =>
  shared === null ? look : scaledMinus(look, factor, shared)

/** A vector as it is, as one of a space. */
export const asItIs = (look: Float32Array): Placed => ({
  ...{ look, factor: 1, shared: null, weight: 1 },
  length: Math.sqrt(energy(look)),
})

export interface Space {
  place(look: Lit): Placed
  /** How long a placed vector is, or a mean of some, without the directions in which looks of one horse differ. */
  length(vector: Float32Array): number
  /** What is left of such a vector without them: what others are compared with. */
  bare(vector: Float32Array): Float32Array
  /** The standard deviation of the cosine of two looks that have nothing in common; null where looks are as they came. */
  readonly chance: number | null
  /** The directions in which looks of one horse differ: where the next space begins to look for its own. */
  readonly nuisances: readonly Float32Array[]
}

/** Looks as they are: what can be had as long as fewer horses are known than it takes to learn what they share. */
export const asTheyAre: Space = {
  place: ({ vector }) => asItIs(vector),
  length: (vector) => Math.sqrt(energy(vector)),
  bare: (vector) => vector,
  chance: null,
  nuisances: [],
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
/** Horses elsewhere that are looked at, and how many looks of each say well enough what it looks like on the mean. */
const mostElsewhere = 24
const mostForMean = 10
/** With few vectors much is found alike by chance that is not. */
const mostChance = 0.15
/** A look that hardly has what all share is scaled up as if it had so much, and no more. */
const leastShared = 0.25
/** Lead of another horse's cosine, before any direction is taken away, from which a vector is a stray (decision 0012). */
const strayFrom = 0.2
/** Less is nothing but rounding. */
const leastEnergy = 1e-12

/**
 * The space of some horses, each by its vectors, and of tracklets seen lately that are nobody's yet: they too show what
 * all looks share, and how those of one animal differ. Horses known elsewhere are no part of what is shared here, but show the latter
 * too, which a few horses show badly. `asTheyAre` where the horses are too few. `before` is the space of what was known a moment ago.
 */
export function fitSpace(
  horses: readonly (readonly Lit[])[],
  nobodies: readonly (readonly Lit[])[] = [],
  elsewhere: readonly (readonly Lit[])[] = [],
  before: Space = asTheyAre,
): Space {
  const many = horses.filter(({ length }) => length >= fewestVectors)
  if (many.length < fewestHorses) return asTheyAre
  const strangers = nobodies.filter(({ length }) => length >= fewestVectors)
  const cameraOff = learnCameras([...many, ...strangers])
  const cameraless = (look: Lit): Lit => ({ vector: cameraOff(look), infrared: look.infrared })
  const known = many.map((own) => own.map(cameraless))
  const seen = strangers.map((own) => own.map(cameraless))
  const centres = centresOf(known, seen)
  const centre = (look: Lit) => centredOn(centres, look)
  const centred = [...known, ...seen].map((own) => own.map(centre))
  const usual = median(centred.flat().map((vector) => dot(vector, vector)))
  const weightOf = (vector: Float32Array) => (2 * usual) / (usual + dot(vector, vector))
  const meanIn = (some: readonly Float32Array[]) => meanOf(some, some.map(weightOf))
  const offThe = (mean: Float32Array) => (vector: Float32Array) =>
    scaled(minus(vector, mean), Math.sqrt(weightOf(vector)))
  const means = centred.map(meanIn)
  const isStray = strayBy(means.slice(0, known.length))
  // Each is made only where it is among the few: there are a thousand, of three kilobytes.
  const within = centred.map((own, at) => {
    const off = offThe(means[at] as Float32Array)
    return own.map((vector) => () => (isStray(vector, at) ? [] : [off(vector)]))
  })
  const others = thinned(
    elsewhere.filter(({ length }) => length >= fewestVectors),
    mostElsewhere,
  ).map((own) => {
    const off = offThe(meanIn(thinned(own, mostForMean).map(centre)))
    return own.map((look) => () => [off(centre(look))])
  })
  const few = thinned([...within, ...others].flat(), mostForDirections).flatMap((make) => make())
  const count = Math.min(mostNuisances, Math.floor(few.length / vectorsPerNuisance) - 1)
  const nuisances = principal(few, count, before.nuisances)
  const length = lengthsWithout(nuisances)
  const typical = median(centred.flat().map((vector) => length(vector) ** 2))
  const chance = chanceOf(
    within.map((own) =>
      thinned(own, Math.ceil(mostForChance / within.length)).flatMap((make) =>
        make().map((vector) => without(vector, nuisances)),
      ),
    ),
  )
  const placing = { day: placeIn(centres.day, nuisances), night: placeIn(centres.night, nuisances) }
  // Whoever takes a look in asks for it twice.
  let last: { readonly look: Lit; readonly placed: Placed } | undefined
  return {
    chance,
    nuisances,
    length,
    bare: (vector) => without(vector, nuisances),
    place(look) {
      if (last?.look === look) return last.placed
      const placed = placing[look.infrared ? 'night' : 'day'](cameraOff(look))
      const all = typical + placed.length ** 2
      last = { look, placed: { ...placed, weight: all > leastEnergy ? (2 * typical) / all : 1 } }
      return last.placed
    },
  }
}

/**
 * Whether a vector of one of these horses is much more like another one's mean: it was given to the wrong horse. As one of the ways in which looks of
 * a horse differ it would take away what tells the two apart. What is left of the strays then stands out in the space, where the gallery tells them.
 */
function strayBy(means: readonly Float32Array[]): (vector: Float32Array, horse: number) => boolean {
  const units = means.map(unit)
  return (vector, horse) => {
    const own = units[horse]
    if (own === undefined) return false
    const beyond = dot(own, vector) + strayFrom * Math.sqrt(energy(vector))
    return units.some((mean) => dot(mean, vector) > beyond)
  }
}

/** How looks are placed in one light: from products with what all share and with the directions alone, in one pass. */
function placeIn(shared: Float32Array, directions: readonly Float32Array[]) {
  const energyOfAll = energy(shared)
  const length = Math.sqrt(energyOfAll)
  const ofShared = directions.map((direction) => dot(direction, shared))
  const products = sideBySide([shared, ...directions])
  return (look: Float32Array): Omit<Placed, 'weight'> => {
    const [own = 0, withShared = 0, ...along] = products(look)
    const factor = factorFor(withShared, length)
    if (factor === null) return { look, factor: 1, shared: null, length: lengthOf(own, along) }
    const rest = factor ** 2 * own - 2 * factor * withShared + energyOfAll
    const left = ofShared.map((value, at) => factor * (along[at] ?? 0) - value)
    return { look, factor, shared, length: lengthOf(rest, left) }
  }
}

/** Noise has shrunk what a look has of what all share, with the rest of it: it is made whole. Null where nothing is shared. */
function factorFor(withShared: number, length: number): number | null {
  if (length < 1e-6) return null
  return length / Math.max(withShared / length, leastShared * length)
}

interface Centres {
  readonly day: Float32Array
  readonly night: Float32Array
}

/** What is left of a look beside what all share. */
function centredOn({ day, night }: Centres, { vector, infrared }: Lit): Float32Array {
  const centre = infrared ? night : day
  const factor = factorFor(dot(vector, centre), Math.sqrt(energy(centre)))
  return factor === null ? vector : scaledMinus(vector, factor, centre)
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
  const dim = horses.flat()[0]?.length ?? 1
  // Never better than what numbers drawn by chance would do.
  return Math.min(Math.max(count > 0 ? Math.sqrt(sum / count) : 0, 1 / Math.sqrt(dim)), mostChance)
}

const energy = (vector: Float32Array) => dot(vector, vector)

/** The length of what is left at right angles to orthonormal directions, by the products with itself and with them. */
const lengthOf = (own: number, along: readonly number[]) =>
  Math.sqrt(
    Math.max(
      0,
      along.reduce((left, product) => left - product * product, own),
    ),
  )

function lengthsWithout(directions: readonly Float32Array[]): Space['length'] {
  const products = sideBySide(directions)
  return (vector) => {
    const [own = 0, ...along] = products(vector)
    return lengthOf(own, along)
  }
}

/** Vectors that others are gone through once for. */
const mostAtOnce = mostNuisances + 1

/**
 * The products of a vector with itself and with each of up to seven: they lie side by side, number by number, so that it is gone through once
 * for all of them. Of those that are not there the product is 0.
 */
function sideBySide(vectors: readonly Float32Array[]): (vector: Float32Array) => number[] {
  const beside = new Float32Array((vectors[0]?.length ?? 0) * mostAtOnce)
  vectors.forEach((vector, place) => {
    vector.forEach((value, at) => {
      beside[at * mostAtOnce + place] = value
    })
  })
  if (vectors.length === 0) return (vector) => [energy(vector)]
  return (vector) => {
    let [own, a, b, c, d, e, f, g] = [0, 0, 0, 0, 0, 0, 0, 0]
    for (let i = 0, j = 0; i < vector.length; i++, j += mostAtOnce) {
      const value = vector[i] as number
      own += value * value
      a += value * (beside[j] as number)
      b += value * (beside[j + 1] as number)
      c += value * (beside[j + 2] as number)
      d += value * (beside[j + 3] as number)
      e += value * (beside[j + 4] as number)
      f += value * (beside[j + 5] as number)
      g += value * (beside[j + 6] as number)
    }
    return [own, a, b, c, d, e, f, g]
  }
}

/** At most so many of them, evenly from first to last. */
export function thinned<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, at) => all[Math.floor(at * step)] as T)
}
