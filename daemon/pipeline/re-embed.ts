/**
 * The stored looks, looked at again by another embedder (pure). What is still to do is asked of the registry each time,
 * so that it may end at any moment and go on later without doing anything twice.
 */
import { asBarnboxError, type BarnboxError } from '../lib/errors.ts'
import type { Crop, Crops } from '../registry/looks.ts'
import type { StoredVector, Vectors } from '../registry/vectors.ts'
import type { EmbedderChange } from '../system-types.ts'
import type { Clock, EmbedderKind } from '../types.ts'

export type Progress = Pick<EmbedderChange, 'done' | 'total' | 'passedOver'>

/** How crops are looked at beside the cameras, which come first. */
export interface Aside {
  /** The vector of a crop. Throws `NOT_A_PICTURE`, `MODEL_BROKEN`. */
  readonly embed: (jpeg: Uint8Array) => Promise<Float32Array>
  readonly pause: (ms: number) => Promise<void>
  readonly clock: Pick<Clock, 'monoMs'>
}

export interface ReEmbedDeps extends Aside {
  readonly crops: Pick<Crops, 'count' | 'get' | 'missing'>
  readonly vectors: Pick<Vectors, 'add'>
  /** Looks whose crop cannot be read: passed over, and added to. */
  readonly unreadable: Set<number>
  /** Told of each vector that was stored. */
  readonly onVector: (vector: StoredVector) => void
  readonly onProgress: (progress: Progress) => void
}

/** Rest for work: three parts of four, so that it takes a quarter of a core. */
const restPerWork = 3

/**
 * Until every look that can be read has a vector of this embedder, which was noted, those too that come meanwhile; or
 * until the signal aborts. Throws what storing throws, and what is the matter with an embedder that can make no vector
 * of any look.
 */
export async function reEmbed(kind: EmbedderKind, deps: ReEmbedDeps, signal: AbortSignal): Promise<void> {
  const { crops, unreadable } = deps
  const toDo = () => crops.missing(kind.id).filter((lookId) => !unreadable.has(lookId))
  let broken: BarnboxError | undefined
  for (let left = toDo(); left.length > 0; left = toDo()) {
    const total = crops.count()
    let done = total - crops.missing(kind.id).length
    const tell = () => deps.onProgress({ done, total, passedOver: unreadable.size })
    tell()
    for (const lookId of left) {
      if (signal.aborted) return
      // A horse may have let go of it since it was listed.
      const crop = crops.get(lookId)
      if (!crop) continue
      const made = await lookAt(crop.jpeg, deps)
      if (made instanceof Float32Array) {
        if (keep(kind, crop, made, deps)) done++
      } else {
        unreadable.add(lookId)
        if (made.code !== 'NOT_A_PICTURE') broken = made
      }
      tell()
    }
    if (broken && done === 0) throw broken
  }
}

function keep(kind: EmbedderKind, crop: Crop, vector: Float32Array, deps: ReEmbedDeps): boolean {
  const id = deps.vectors.add(kind, crop.lookId, vector)
  if (id === undefined) return false
  const { horseId, streamId, camera, quality, isAnchor, infrared } = crop
  deps.onVector({ id, horseId, streamId, camera, vector, quality, isAnchor, infrared })
  return true
}

/** The vector, or what is wrong with the crop; then a rest. Anything else is thrown: it says nothing of the crop. */
async function lookAt(
  jpeg: Uint8Array,
  { embed, pause, clock }: Aside,
): Promise<Float32Array | BarnboxError> {
  const startedMs = clock.monoMs()
  try {
    return await embed(jpeg)
  } catch (thrown) {
    const error = asBarnboxError(thrown)
    if (error.code !== 'NOT_A_PICTURE' && error.code !== 'MODEL_BROKEN') throw error
    return error
  } finally {
    await pause(restPerWork * (clock.monoMs() - startedMs))
  }
}

/** The vectors of crops, in order; undefined where there is none, and where the signal has aborted. */
export async function embedAll(
  jpegs: readonly Uint8Array[],
  aside: Aside,
  onCrop: () => void,
  signal: AbortSignal,
): Promise<(Float32Array | undefined)[]> {
  const vectors: (Float32Array | undefined)[] = []
  for (const jpeg of jpegs) {
    const made = signal.aborted ? undefined : await lookAt(jpeg, aside)
    vectors.push(made instanceof Float32Array ? made : undefined)
    onCrop()
  }
  return vectors
}

/** The lowest cosine between two embedders' unit vectors of the same crops, over those that both could look at. */
export function likeness(
  some: readonly (Float32Array | undefined)[],
  others: readonly (Float32Array | undefined)[],
): { readonly cosine: number; readonly crops: number } {
  const cosines = some.flatMap((vector, at) => {
    const other = others[at]
    return vector && other ? [vector.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0)] : []
  })
  return { cosine: Math.min(1, ...cosines), crops: cosines.length }
}
