/**
 * Whose the boxes of a clip are, as it is known now. Pure.
 */
import type {
  Clip,
  ClipFrames,
  ClipSeen,
  ClipSighting,
  ListedClip,
  SeenInClip,
  WhoWas,
} from '../clip-types.ts'
import type { Horse, TrackletId } from '../types.ts'

/** The tracklets of horses in a clip, each once. */
export function trackletsOf({ frames }: ClipFrames): TrackletId[] {
  const boxes = frames.flatMap((frame) => frame.boxes)
  return [...new Set(boxes.flatMap(({ kind, trackletId }) => (kind === 'horse' && trackletId) || []))]
}

/** Gives each box its horse: that of its tracklet's newest sighting that had begun by then. */
export function attribute(
  { fromMs }: Pick<Clip, 'fromMs'>,
  { width, height, frames }: ClipFrames,
  { sightings, horses }: WhoWas,
): ClipSeen {
  const byTracklet = new Map<TrackletId, ClipSighting[]>()
  for (const one of sightings.toSorted((a, b) => b.fromMs - a.fromMs))
    byTracklet.set(one.trackletId, [...(byTracklet.get(one.trackletId) ?? []), one])
  const whose = (trackletId: TrackletId | null, atMs: number): Pick<SeenInClip, 'sightingId' | 'horse'> => {
    const all = (trackletId && byTracklet.get(trackletId)) || []
    const one = all.find((sighting) => sighting.fromMs <= atMs) ?? all.at(-1)
    const horse = (one?.horseId && horses.get(one.horseId)) || null
    return { sightingId: one?.id ?? null, horse }
  }
  return {
    ...{ width, height },
    frames: frames.map(({ offsetMs, boxes }) => ({
      offsetMs,
      boxes: boxes.map((box) => ({ ...box, ...whose(box.trackletId, fromMs + offsetMs) })),
    })),
  }
}

/** Says of each clip whom its camera saw meanwhile. */
export function listed(clips: readonly Clip[], { sightings, horses }: WhoWas): ListedClip[] {
  return clips.map((clip) => {
    const seen = sightings.filter(({ fromMs, toMs }) => fromMs < clip.toMs && toMs >= clip.fromMs)
    const ids = new Set(seen.flatMap(({ horseId }) => horseId ?? []))
    const found = [...ids].flatMap((id): Horse | Horse[] => horses.get(id) ?? [])
    return { ...clip, horses: found.toSorted((a, b) => a.number - b.number) }
  })
}
