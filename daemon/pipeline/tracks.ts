/**
 * The tracklets that go on over a restart (pure): how each camera's tracker stands, for the next save, and how it is
 * taken up again by the first frame. Wall clocks tell how long nobody looked, for the monotonic one begins anew.
 */

import type { Registry } from '../registry/registry.ts'
import type { SavedTracks, Tracks } from '../registry/tracks.ts'
import type { Analysed, ScopeOf, StreamId, TrackletId } from '../types.ts'
import type { StreamDeps } from './stream.ts'

/**
 * A box that was away for longer has seen nothing of what a horse did meanwhile. Long enough for a restart by systemd,
 * models and cameras included.
 */
export const resumedWithinMs = 30_000

/** What is to be stored of the trackers. */
export interface TrackBook {
  /** A frame was analysed, and this is how its tracker stands. */
  note(result: Analysed, state: unknown): void
  /** Writes what has changed since the last call of `stored`; undefined where nothing has. */
  pending(tracks: Tracks): (() => void) | undefined
  /** What `pending` wrote is stored. */
  stored(): void
}

export function createTrackBook(): TrackBook {
  const noted = new Map<StreamId, { readonly result: Analysed; readonly state: unknown }>()
  let written: Analysed[] = []
  return {
    note: (result, state) => void noted.set(result.streamId, { result, state }),
    pending(tracks) {
      if (noted.size === 0) return undefined
      return () => {
        written = []
        for (const { result, state } of noted.values()) {
          tracks.put(savedOf(result, state))
          const { streamId, width, height, utcMs: atMs } = result
          for (const { horseId, box } of result.boxes)
            if (horseId !== null) tracks.place(horseId, box, { streamId, width, height, atMs })
          written.push(result)
        }
      }
    },
    stored() {
      for (const result of written)
        if (noted.get(result.streamId)?.result === result) noted.delete(result.streamId)
      written = []
    },
  }
}

function savedOf({ streamId, utcMs: atMs, width, height }: Analysed, state: unknown): SavedTracks {
  return { streamId, atMs, width, height, state }
}

/** The first frame after a start. */
export interface FirstFrame {
  readonly utcMs: number
  readonly monoMs: number
  readonly width: number
  readonly height: number
}

export type Resumes = Pick<StreamDeps, 'tracker' | 'identity' | 'book'> & {
  readonly scopeOf: ScopeOf
  readonly registry: Pick<Registry, 'horses' | 'sightings' | 'corrections'>
}

/**
 * Takes a camera's tracklets up where they were left not long ago, each with its horse and its sighting as they stand in
 * their rows; the next look at each has to say that it is so, but where a person has. Answers how many, and how many made no sense.
 */
export function takeUp(
  saved: SavedTracks | undefined,
  frame: FirstFrame,
  { tracker, identity, book, scopeOf, registry }: Resumes,
): { readonly resumed: number; readonly refused: number } {
  const gapMs = frame.utcMs - (saved?.atMs ?? Number.NEGATIVE_INFINITY)
  const isSame = saved?.width === frame.width && saved.height === frame.height
  if (!saved || !isSame || gapMs < 0 || gapMs > resumedWithinMs) return { resumed: 0, refused: 0 }
  const { refused } = tracker.resume(saved.state, frame.monoMs, gapMs)
  for (const { id, kind } of tracker.live) if (kind === 'horse') tie(id)
  return { resumed: tracker.live.length, refused }

  function tie(id: TrackletId): void {
    const sighting = registry.sightings.latestOf(id)
    if (sighting?.streamId !== saved?.streamId || !sighting) return
    const said = registry.corrections.saidOf(id)
    if (said) identity.told(id, said)
    // The row may be of a horse that has another name by now, is gone, or is no longer known here.
    const horseId = said?.horseId ?? sighting.horseId
    const horse = horseId === null ? undefined : registry.horses.get(horseId)
    const mayBe = horse && !said?.isNothing && !said?.not.includes(horse.id)
    if (mayBe && scopeOf(horse.streamId) === scopeOf(sighting.streamId)) {
      identity.found(id, horse.id, [])
      if (said?.horseId !== horse.id) identity.doubt(id)
    }
    const isWord = said !== null && (said.isNothing || said.horseId !== null)
    if (sighting.horseId === null || horse?.id === sighting.horseId) book.resume(sighting, isWord)
  }
}
