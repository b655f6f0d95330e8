/**
 * What every known horse looks like, in memory (pure): several vectors a horse, all streams in one matrix, exact search.
 * The stored rows are the truth; this is built from them and told of every change.
 */
import { createDotMatrix, type DotMatrix } from '../lib/dot-matrix.ts'
import type { HorseId, StreamId } from '../types.ts'

export interface GalleryVector {
  /** The stored row's id. */
  readonly id: number
  readonly horseId: HorseId
  readonly streamId: StreamId
  readonly vector: Float32Array
  /** A person said that its look is this horse: it is never let go of. */
  readonly isAnchor?: boolean | undefined
}

export interface Gallery {
  /** The score of a look against every horse of a stream: the mean of its two most alike vectors, cosine. */
  scores(streamId: StreamId, look: Float32Array): Map<HorseId, number>
  /** The same for several looks at once, which is about twice as fast. */
  scoresOfAll(streamId: StreamId, looks: readonly Float32Array[]): Map<HorseId, number>[]
  /** Takes in a vector that is stored, in place of the one whose row it replaced. Throws `VECTOR_KIND` for NaN. */
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
const none = new Float32Array()

/** A stored vector and where it lies in the matrix. */
interface Kept {
  readonly id: number
  readonly row: number
  /** Kept for good: the horse was founded on it, or a person confirmed it. */
  readonly isFixed: boolean
}

export function createGallery(stored: readonly GalleryVector[]): Gallery {
  const streams = new Map<StreamId, Map<HorseId, Kept[]>>()
  // Made with the first vector, which says how long they are.
  let matrix: DotMatrix | undefined
  const horsesOf = (streamId: StreamId) => {
    const horses = streams.get(streamId) ?? new Map<HorseId, Kept[]>()
    streams.set(streamId, horses)
    return horses
  }
  const add = ({ id, streamId, horseId, vector, isAnchor }: GalleryVector, instead?: number) => {
    matrix ??= createDotMatrix(vector.length)
    const horses = horsesOf(streamId)
    const kept = horses.get(horseId) ?? []
    const old = kept.find((one) => one.id === instead)
    const row = matrix.add(vector)
    if (old) matrix.remove(old.row)
    const isFixed = kept.length === 0 || isAnchor === true
    horses.set(horseId, [...kept.filter((one) => one !== old), { id, row, isFixed }])
  }
  const scoresOfAll = (streamId: StreamId, looks: readonly Float32Array[]) => {
    const horses = horsesOf(streamId)
    const rows: number[] = []
    for (const kept of horses.values()) for (const { row } of kept) rows.push(row)
    const cosines = matrix?.dots(rows, looks) ?? []
    return looks.map((_, look) => scoresOf(horses, cosines[look] ?? none))
  }
  for (const one of stored) add(one)

  return {
    add,
    scoresOfAll,
    scores: (streamId, look) => scoresOfAll(streamId, [look])[0] ?? new Map(),
    place(streamId, horseId, look) {
      const all = matrix
      const kept = horsesOf(streamId).get(horseId) ?? []
      if (!all || kept.length === 0) return { instead: undefined }
      const rows = kept.map(({ row }) => row)
      const [nearness = none] = all.dots(rows, [look])
      if (nearness.some((cosine) => cosine > tooAlike)) return null
      if (kept.length < mostVectors) return { instead: undefined }
      const among = all.dots(
        rows,
        rows.map((row) => all.row(row)),
      )
      const isFixed = kept.map((one) => one.isFixed)
      const redundant = kept[mostRedundant(among, isFixed, Math.max(...nearness))]
      return redundant ? { instead: redundant.id } : null
    },
    forgetHorse(streamId, horseId) {
      const horses = horsesOf(streamId)
      for (const { row } of horses.get(horseId) ?? []) matrix?.remove(row)
      horses.delete(horseId)
    },
  }
}

/** Cosine of two unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** The scores of one look, from its cosines to all vectors of these horses in their order. */
function scoresOf(
  horses: ReadonlyMap<HorseId, readonly Kept[]>,
  cosines: Float32Array,
): Map<HorseId, number> {
  const scores = new Map<HorseId, number>()
  let from = 0
  for (const [horseId, { length }] of horses) {
    scores.set(horseId, meanOfTwo(cosines, from, from + length))
    from += length
  }
  return scores
}

/** The mean of the two highest, or the only one. */
function meanOfTwo(cosines: Float32Array, from: number, to: number): number {
  let first = -1
  let second = -1
  for (let i = from; i < to; i++) {
    const cosine = cosines[i] as number
    if (cosine > first) {
      second = first
      first = cosine
    } else if (cosine > second) second = cosine
  }
  return to - from === 1 ? first : (first + second) / 2
}

/**
 * The vector whose loss leaves the widest spread once a look as near as `closest` has joined: the one nearest to another
 * vector. -1 when that would be the look itself. Fixed ones are never let go.
 */
function mostRedundant(among: readonly Float32Array[], isFixed: readonly boolean[], closest: number): number {
  let worst = -1
  let most = closest
  among.forEach((cosines, index) => {
    if (isFixed[index]) return
    const nearest = Math.max(...cosines.map((cosine, at) => (at === index ? -1 : cosine)))
    if (nearest > most) {
      most = nearest
      worst = index
    }
  })
  return worst
}
