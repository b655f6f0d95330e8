/**
 * How hard the simulated looks are, by the protocol of the one published study on horses (`dlleigh/horse-id`: 189 horses,
 * 5,023 photos, random halves, nearest photo by cosine): vision reference, section 2.2.
 */
import {
  blend,
  createHerd,
  direction,
  type Herd,
  type LookModel,
  lightOf,
  type Shot,
  unit,
} from './embedding.ts'
import { createRandom, type Random } from './random.ts'

/** How the photos of the study are imitated. */
export interface PhotoSet {
  readonly horses: number
  readonly photos: number
  /** Photos taken in a row: one light, one place, one day's appearance. */
  readonly photosPerSession: number
  /** Places where photos are taken, and kinds of light. */
  readonly places: number
  readonly lights: number
}

export interface Hardness {
  readonly top1: number
  readonly top5: number
  /** Mean cosine to the nearest photo, where that is of the right horse and where it is not. */
  readonly cosineRight: number
  readonly cosineWrong: number
  /** Share of pairs of one horse from two sessions that are less alike than .386 (the study: 29 %). */
  readonly pairsBelow386: number
}

interface Photo {
  readonly horse: number
  readonly session: number
  readonly vector: Float32Array
}

export function measureHardness(
  model: LookModel,
  set: PhotoSet,
  seed: string | number,
  most = Number.POSITIVE_INFINITY,
): Hardness {
  const photos = takePhotos(model, set, seed)
  const random = createRandom(seed, 'halves')
  const halves = [...Map.groupBy(photos, ({ horse }) => horse).values()].map((own) => random.shuffled(own))
  const gallery = halves.flatMap((own) => own.slice(0, Math.ceil(own.length / 2)))
  const queries = random
    .shuffled(halves.flatMap((own) => own.slice(Math.ceil(own.length / 2))))
    .slice(0, most)
  const flat = flatten(gallery, model.dim)
  const nearest = queries.map((query) => ({ query, ...nearestHorses(query, gallery, flat, 5) }))
  const right = nearest.filter(({ query, horses }) => horses[0] === query.horse)
  const wrong = nearest.filter(({ query, horses }) => horses[0] !== query.horse)
  const cosine = (some: typeof nearest) =>
    some.reduce((sum, { best }) => sum + best, 0) / Math.max(some.length, 1)
  return {
    top1: right.length / queries.length,
    top5: nearest.filter(({ query, horses }) => horses.includes(query.horse)).length / queries.length,
    cosineRight: cosine(right),
    cosineWrong: cosine(wrong),
    pairsBelow386: pairsBelow(halves, 0.386),
  }
}

function takePhotos(model: LookModel, set: PhotoSet, seed: string | number): Photo[] {
  const { dim } = model
  const herd = createHerd(model, 'mixed', set.horses, seed)
  const random = createRandom(seed, 'photos')
  const places = Array.from({ length: set.places }, () => direction(random, dim))
  const lights = photoLights(model, set.lights)
  const each = Math.round(set.photos / set.horses)
  return Array.from({ length: set.horses }, (_, horse) => {
    const taken: Photo[] = []
    for (let session = 0; taken.length < each; session++) {
      const [light, background] = [random.pick(lights), random.pick(places)]
      const take = beginSession(model, herd, { horse, light, background }, random)
      for (let n = 0; n < set.photosPerSession && taken.length < each; n++) {
        taken.push({ horse, session, vector: take(random.between(0, 2 * Math.PI)) })
      }
    }
    return taken
  }).flat()
}

/** Kinds of light in which photos are taken. */
export const photoLights = (model: LookModel, count: number) =>
  Array.from({ length: count }, (_, at) => lightOf(model, `photo ${at}`))

/** Photos of a horse in a row, by day; each from an angle, as the embedder sees it. */
export function beginSession(
  model: LookModel,
  herd: Herd,
  of: Pick<Shot, 'horse' | 'light' | 'background'>,
  random: Random,
): (angle: number) => Float32Array {
  const lasting = direction(random, model.dim)
  return (angle) => {
    const rest = direction(random, model.dim)
    const amplitude = Math.exp(model.noiseSpread * random.normal())
    const noise = blend(model.dim, [
      [amplitude * Math.sqrt(model.sessionShare), lasting],
      [amplitude * Math.sqrt(1 - model.sessionShare), rest],
    ])
    return unit(herd.appearance({ ...of, angle, infrared: false, noise }))
  }
}

/** All vectors in one row of numbers: the search below is most of the time. */
function flatten(photos: readonly Photo[], dim: number): Float32Array {
  const flat = new Float32Array(photos.length * dim)
  for (const [at, { vector }] of photos.entries()) flat.set(vector, at * dim)
  return flat
}

/** The horses of the `count` nearest photos, and the cosine of the nearest. */
function nearestHorses(query: Photo, gallery: readonly Photo[], flat: Float32Array, count: number) {
  const best: { horse: number; cosine: number }[] = []
  const { vector } = query
  const dim = vector.length
  let least = Number.NEGATIVE_INFINITY
  for (let row = 0, start = 0; row < gallery.length; row++, start += dim) {
    let cosine = 0
    for (let at = 0; at < dim; at++) cosine += (flat[start + at] as number) * (vector[at] as number)
    if (best.length === count && cosine <= least) continue
    const place = best.findIndex((one) => one.cosine < cosine)
    best.splice(place < 0 ? best.length : place, 0, { horse: gallery[row]?.horse ?? -1, cosine })
    if (best.length > count) best.pop()
    least = best[best.length - 1]?.cosine ?? least
  }
  return { horses: best.map(({ horse }) => horse), best: best[0]?.cosine ?? -1 }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number)
  return sum
}

function pairsBelow(horses: readonly (readonly Photo[])[], limit: number): number {
  let [below, all] = [0, 0]
  for (const photos of horses) {
    photos.forEach((one, at) => {
      const other = photos[at + 1]
      if (!other || one.session === other.session) return
      all++
      if (dot(one.vector, other.vector) < limit) below++
    })
  }
  return below / Math.max(all, 1)
}
