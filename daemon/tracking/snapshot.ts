/**
 * What a tracker knows as plain values, and back (pure): so that tracklets outlive the process. Times are kept as ages,
 * for a monotonic clock begins anew. What comes back was stored by somebody else, maybe by an older program: a track that
 * makes no sense is left out and counted, the others go on.
 */
import type { Box, Kind, TrackletId } from '../types.ts'
import type { Motion } from './motion.ts'
import type { Track } from './tracker.ts'

/** A tracker at one of its frames. Plain JSON. */
export interface TrackerState {
  /** The newest intervals between frames, in seconds. */
  readonly intervals: readonly number[]
  readonly tracks: readonly SavedTrack[]
}

type Saved = 'id' | 'kind' | 'box' | 'score' | 'detections' | 'unsure' | 'place'

/** A track; ages in ms before the frame. */
export interface SavedTrack extends Pick<Track, Saved> {
  readonly firstAge: number
  readonly lastAge: number
  readonly stillAge: number
  /** Of cx, cy, w and h: value, velocity and their covariance (xx, xv, vv). */
  readonly motion: readonly (readonly number[])[]
}

/** The tracks as of a frame at `monoMs`. */
export function snapshot(
  tracks: readonly Track[],
  intervals: readonly number[],
  monoMs: number,
): TrackerState {
  return {
    intervals: [...intervals],
    tracks: tracks.map(({ firstMs, lastMs, stillSinceMs, motion, ...track }) => ({
      ...track,
      firstAge: monoMs - firstMs,
      lastAge: monoMs - lastMs,
      stillAge: monoMs - stillSinceMs,
      motion: motion.map(({ x, v, pxx, pxv, pvv }) => [x, v, pxx, pxv, pvv]),
    })),
  }
}

export interface Restored {
  readonly intervals: readonly number[]
  readonly tracks: readonly Track[]
  /** Tracks that were left out. */
  readonly refused: number
}

/** The tracks of a stored state, whose frame was at `monoMs` by this process's clock. */
export function restore(state: unknown, monoMs: number): Restored {
  const { intervals, tracks } = fieldsOf(state)
  const all: readonly unknown[] = Array.isArray(tracks) ? tracks.slice(0, mostTracks) : []
  const ids = new Set<string>()
  const restored = all.flatMap((one) => {
    const track = trackOf(fieldsOf(one), monoMs)
    if (!track || ids.has(track.id)) return []
    ids.add(track.id)
    return [track]
  })
  return {
    intervals: isNumbers(intervals) && intervals.every((one) => one > 0) ? intervals : [],
    tracks: restored,
    refused: all.length - restored.length,
  }
}

/** More animals than any picture shows. */
const mostTracks = 300
/** Ages beyond this are no ages: a hundred years. */
const longestMs = 100 * 365 * 24 * 3600 * 1000

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields => Object(value)
const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => Number.isFinite(one))
const isBox = (value: unknown): value is Box =>
  isNumbers(value) && value.length === 4 && value.every((one) => Math.abs(one) < 1e6) && hasArea(value)
const hasArea = ([x1 = 0, y1 = 0, x2 = 0, y2 = 0]: readonly number[]) => x2 > x1 && y2 > y1
const isKind = (value: unknown): value is Kind => value === 'horse' || value === 'person'
const isAge = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value < longestMs
const isId = (value: unknown): value is TrackletId =>
  typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)

function trackOf(
  { id, kind, box, score, detections, unsure, place, firstAge, lastAge, stillAge, motion: saved }: Fields,
  monoMs: number,
): Track | undefined {
  const motion = motionOf(saved)
  if (!isId(id) || !isKind(kind) || !isBox(box) || !isBox(place) || !motion) return undefined
  if (!isAge(firstAge) || !isAge(lastAge) || !isAge(stillAge) || lastAge > firstAge) return undefined
  if (typeof score !== 'number' || !(score >= 0 && score <= 1)) return undefined
  if (!Number.isSafeInteger(detections) || (detections as number) < 1) return undefined
  return {
    ...{ id, kind, box, score, place, motion },
    detections: detections as number,
    unsure: unsure === true,
    firstMs: monoMs - firstAge,
    lastMs: monoMs - lastAge,
    stillSinceMs: monoMs - stillAge,
  }
}

function motionOf(saved: unknown): Motion | undefined {
  if (!Array.isArray(saved) || saved.length !== 4) return undefined
  const axes = saved.map((axis: unknown) => {
    if (!isNumbers(axis) || axis.length !== 5 || axis.some((one) => Math.abs(one) > 1e12)) return undefined
    const [x = 0, v = 0, pxx = 0, pxv = 0, pvv = 0] = axis
    // What no filter can come to would only spread.
    return pxx > 0 && pvv >= 0 ? { x, v, pxx, pxv, pvv } : undefined
  })
  const [cx, cy, w, h] = axes
  return cx && cy && w && h ? [cx, cy, w, h] : undefined
}
