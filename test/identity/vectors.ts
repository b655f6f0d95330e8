/**
 * Made-up looks whose likeness is known: an axis a horse, and vectors at a given cosine to one.
 */
import type { GalleryVector } from '../../daemon/identity/gallery.ts'
import { scopes } from '../../daemon/pipeline/scope.ts'
import type { HorseId, Look, StreamId, TrackletId } from '../../daemon/types.ts'

export const yard = 'yard' as StreamId
export const yardScope = scopes('stream')(yard)
export const dim = 16

export const horseId = (name: string) => name as HorseId
export const trackletId = (name: string) => name as TrackletId

/** The unit vector along one axis. */
export function axis(index: number): Float32Array {
  return Float32Array.from({ length: dim }, (_, at) => (at === index ? 1 : 0))
}

/** A unit vector with this cosine to one axis, the rest along another. */
export function like(index: number, cosine: number, other = 15): Float32Array {
  const vector = new Float32Array(dim)
  vector[index] = cosine
  vector[other] = Math.sqrt(1 - cosine * cosine)
  return vector
}

/** The crop of a made-up look: its vector again, byte for byte. */
export const cropOf = (vector: Float32Array) => new Uint8Array(vector.slice().buffer)

export function look(vector: Float32Array, sharpness = 100): Look {
  return { vector, sharpness, crop: cropOf(vector) }
}

let ids = 0

/** A stored vector of a horse. */
export function stored(horse: string, vector: Float32Array, scopeId = yardScope): GalleryVector {
  return { id: ++ids, horseId: horseId(horse), scopeId, vector }
}

/** Whether two numbers are the same but for rounding. */
export const near = (a: number | undefined, b: number, within = 1e-6) =>
  Math.abs((a ?? Number.NaN) - b) <= within
