/**
 * What every known horse looks like, in memory (pure): several vectors a horse, exact search.
 * The stored rows are the truth; this is built from them and told of every change.
 */
import type { HorseId, StreamId } from '../types.ts'

export interface GalleryVector {
  /** The stored row's id. */
  readonly id: number
  readonly horseId: HorseId
  readonly streamId: StreamId
  readonly vector: Float32Array
}

export interface Gallery {
  /** The score of a look against every horse of a stream: the mean of its two most alike vectors, cosine. */
  scores(streamId: StreamId, look: Float32Array): Map<HorseId, number>
  /** Takes in a vector that is stored, in place of the one whose row it replaced. */
  add(vector: GalleryVector, instead?: number): void
  /**
   * Whether a horse should keep this look: null when it teaches nothing new (too like one that is there),
   * otherwise the row it should take the place of (undefined while there is room).
   */
  place(streamId: StreamId, horseId: HorseId, look: Float32Array): { instead: number | undefined } | null
  forgetHorse(streamId: StreamId, horseId: HorseId): void
}

/** Vectors kept of one horse: enough for its sides and lights (vision reference, section 6: 8-12). */
export const mostVectors = 12
const tooAlike = 0.97

export function createGallery(stored: readonly GalleryVector[]): Gallery {
  const streams = new Map<StreamId, Map<HorseId, GalleryVector[]>>()
  const horsesOf = (streamId: StreamId) => {
    const horses = streams.get(streamId) ?? new Map<HorseId, GalleryVector[]>()
    streams.set(streamId, horses)
    return horses
  }
  const add = (one: GalleryVector, instead?: number) => {
    const horses = horsesOf(one.streamId)
    const kept = (horses.get(one.horseId) ?? []).filter(({ id }) => id !== instead)
    horses.set(one.horseId, [...kept, one])
  }
  for (const one of stored) add(one)

  return {
    add,
    scores(streamId, look) {
      const result = new Map<HorseId, number>()
      for (const [horseId, vectors] of horsesOf(streamId)) result.set(horseId, score(vectors, look))
      return result
    },
    place(streamId, horseId, look) {
      const vectors = horsesOf(streamId).get(horseId) ?? []
      if (vectors.some(({ vector }) => dot(vector, look) > tooAlike)) return null
      if (vectors.length < mostVectors) return { instead: undefined }
      const redundant = vectors[mostRedundant(vectors, look)]
      return redundant ? { instead: redundant.id } : null
    },
    forgetHorse: (streamId, horseId) => void horsesOf(streamId).delete(horseId),
  }
}

/** Cosine of two unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

function score(vectors: readonly GalleryVector[], look: Float32Array): number {
  let first = -1
  let second = -1
  for (const { vector } of vectors) {
    const similarity = dot(vector, look)
    if (similarity > first) [first, second] = [similarity, first]
    else if (similarity > second) second = similarity
  }
  return vectors.length === 1 ? first : (first + second) / 2
}

/**
 * The vector whose loss leaves the widest spread once `look` has joined: the one nearest to another vector.
 * -1 when that would be the look itself. The first vector is never let go: the horse was founded on it.
 */
function mostRedundant(vectors: readonly GalleryVector[], look: Float32Array): number {
  let worst = -1
  let closest = Math.max(...vectors.map(({ vector }) => dot(vector, look)))
  vectors.forEach(({ vector }, index) => {
    if (index === 0) return
    const nearest = Math.max(...vectors.map((other, at) => (at === index ? -1 : dot(other.vector, vector))))
    if (nearest > closest) {
      closest = nearest
      worst = index
    }
  })
  return worst
}
