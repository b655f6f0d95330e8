/**
 * In which of the stalls that people drew a horse stands, by where it was seen last. Pure but for what it asks.
 */
import { contains, footOf } from '../lib/polygon.ts'
import type { HorseId, StreamId } from '../types.ts'
import type { HttpDeps } from './deps.ts'

/** Its name; null where the horse stands in none. A stall counts before a zone that it lies in. */
export function stallOf(
  { stalls, places }: Pick<HttpDeps, 'stalls' | 'places'>,
  horse: HorseId,
  at: StreamId,
): string | null {
  const place = places(at).find(({ horseId }) => horseId === horse)
  if (place === undefined) return null
  const around = stalls.ofStream(at).filter(({ corners }) => contains(corners, footOf(place.box)))
  return (around.find(({ kind }) => kind === 'stall') ?? around[0])?.name ?? null
}
