/**
 * What the other cameras show at a moment (pure): a horse that stands before one of them is not free for another, unless
 * both look at one place. Times are the monotonic clock's, for the scene of each camera has a time of its own.
 */
import type { Elsewhere } from '../identity/decide.ts'
import type { ScopeOf, StreamId, TrackletId } from '../types.ts'
import type { Overlap } from './scope.ts'

export interface Others {
  /** The tracklets of a camera as of a picture, and those of them that were seen in it. */
  note(streamId: StreamId, live: Iterable<TrackletId>, seen: ReadonlySet<TrackletId>, monoMs: number): void
  /** A picture in which nothing had moved: all is as it was. */
  quiet(streamId: StreamId, monoMs: number): void
  /** The tracklets of the cameras that know their horses with this one and look at other places. */
  of(streamId: StreamId, monoMs: number): Elsewhere[]
}

/** A camera that gave no picture for so long says nothing of where a horse is: the slowest gives one in 5 s. */
const silentMs = 6000

export function createOthers(scopeOf: ScopeOf, overlap: Overlap): Others {
  const cameras = new Map<StreamId, { readonly tracklets: readonly Elsewhere[]; readonly monoMs: number }>()
  return {
    note(streamId, live, seen, monoMs) {
      const tracklets = [...live].map((trackletId) => ({ trackletId, isSeen: seen.has(trackletId) }))
      cameras.set(streamId, { tracklets, monoMs })
    },
    quiet(streamId, monoMs) {
      const camera = cameras.get(streamId)
      if (camera) cameras.set(streamId, { ...camera, monoMs })
    },
    of(streamId, monoMs) {
      const others = [...cameras].filter(
        ([other]) => scopeOf(other) === scopeOf(streamId) && !overlap(other, streamId),
      )
      return others.flatMap(([, camera]) => (monoMs - camera.monoMs <= silentMs ? camera.tracklets : []))
    },
  }
}
