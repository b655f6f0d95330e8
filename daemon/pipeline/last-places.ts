/**
 * Where the horses of a camera were a moment before a start (pure): their stored places, as the first frame's clocks and
 * picture have them. A start is also what follows each correction.
 */
import { forgottenSeconds, type Place } from '../identity/whereabouts.ts'
import type { Registry } from '../registry/registry.ts'
import type { HorseId, StreamId } from '../types.ts'
import type { FirstFrame } from './tracks.ts'

export interface Stored {
  readonly tracks: Pick<Registry['tracks'], 'places'>
  readonly sightings: Pick<Registry['sightings'], 'findByHorseId'>
}

/** Those that still say something. A place whose sighting people have given to another since is left out. */
export function lastPlaces(
  streamId: StreamId,
  { utcMs, monoMs, width, height }: FirstFrame,
  { tracks, sightings }: Stored,
): (readonly [HorseId, Place])[] {
  return tracks.places(streamId).flatMap(({ horseId, box: [x1, y1, x2, y2], atMs }) => {
    const agoMs = utcMs - atMs
    // From the future: the clock was set back, and nobody knows how long ago it was.
    if (agoMs < 0 || agoMs > forgottenSeconds * 1000) return []
    const [newest] = sightings.findByHorseId(horseId, 1)
    if (newest?.streamId !== streamId || newest.toMs < atMs) return []
    const box = [x1 * width, y1 * height, x2 * width, y2 * height] as const
    return [[horseId, { box, monoMs: monoMs - agoMs }] as const]
  })
}
