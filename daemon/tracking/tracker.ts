/**
 * Boxes over time -> tracklets: unbroken stretches of one animal (pure; time comes in with the frame).
 * Purity before length: where two animals cannot be told apart the tracklet ends, and identity decides anew.
 */
import { assign, forbidden } from '../lib/assignment.ts'
import { area, coverage, grow, iou } from '../lib/boxes.ts'
import { median } from '../lib/median.ts'
import type { Box, Detection, Kind, TrackletId } from '../types.ts'
import { boxOf, correct, type Motion, predict, startMotion } from './motion.ts'
import { restore, snapshot, type TrackerState } from './snapshot.ts'

export interface Tracklet {
  readonly id: TrackletId
  readonly kind: Kind
  /** As detected last. */
  readonly box: Box
  readonly score: number
  /** Frames it was detected in. */
  readonly detections: number
  readonly firstMs: number
  readonly lastMs: number
  /** It was hidden, or was found well off its expected place: it may be another animal now. */
  readonly unsure: boolean
  /** Since when its box has hardly moved, monotonic ms. */
  readonly stillSinceMs: number
}

export interface TrackerUpdate {
  /** The tracklets detected in this frame. */
  readonly seen: readonly Tracklet[]
  /** The tracklets that ended with this frame: lost for too long, or no longer certain to be one animal. */
  readonly ended: readonly Tracklet[]
}

export interface Tracker {
  /** Takes one frame's detections at a monotonic time in ms. Frames out of order are passed over. */
  update(detections: readonly Detection[], monoMs: number): TrackerUpdate
  /** The animal of this tracklet is another one from here on: the rest goes on under a new id. */
  renew(id: TrackletId): Tracklet | undefined
  /** Every tracklet not yet ended, seen or hidden. */
  readonly live: readonly Tracklet[]
  /** What it knows, as of its last frame: plain values, to be stored. */
  readonly state: TrackerState
  /**
   * Goes on with what was stored, before its first frame at `monoMs`; `gapMs` is how long nobody looked. That time passes
   * for the tracks only up to a moment: what stood still stands there yet. Answers how many tracks made no sense.
   */
  resume(state: unknown, monoMs: number, gapMs: number): { readonly refused: number }
}

export interface TrackerOptions {
  /** A tracklet begins only with a score from here on; weaker boxes can only continue one (BYTE, arXiv 2110.06864). */
  readonly beginAbove: number
  /** How long an animal may be hidden before its tracklet ends. */
  readonly lostSeconds: number
}

/** A tracklet with what its next box is held against. */
export interface Track extends Tracklet {
  /** Where its box was at `stillSinceMs`. */
  readonly place: Box
  readonly motion: Motion
}

// Boxes are enlarged before they are compared, more after a longer gap (C-BIoU, arXiv 2211.14317, uses 0.3 then 0.5).
const firstBuffer = 0.3
const bufferPerSecond = 0.3
const mostBuffer = 1
/** Of a track that gets no box: dearer than any box alike enough to be its own. */
const hiddenCost = 0.75
// Two boxes this much in one place may be exchanged without anyone noticing.
const mergedAbove = 0.55
const swallowedAbove = 0.7
// No animal changes its size in the picture so much from frame to frame: another one has joined or left the box.
const jumpRatio = 1.8
const jumpSeconds = 1
// A box that overlaps its expected place less than this, or comes back after so long, must be looked at again.
const sureAbove = 0.5
const sureSeconds = 0.7
// At a slow camera an animal is not hidden between two frames: it has at least so many of the usual intervals.
const patientFrames = 2.5
const pacedBy = 5
/** A detector's jitter on a standing animal stays above this overlap. */
const stillAbove = 0.85
/** Of the time that nobody looked so much passes: long enough to be unsure, too short to be lost. */
const mostGapMs = 1000

export function createTracker(options: TrackerOptions, mintId: () => TrackletId): Tracker {
  let tracks: Track[] = []
  let lastMs = Number.NEGATIVE_INFINITY
  /** The newest intervals between frames, in seconds. */
  let intervals: number[] = []

  return {
    get live() {
      return tracks
    },
    get state() {
      return snapshot(tracks, intervals, lastMs)
    },
    resume(state, monoMs, gapMs) {
      lastMs = monoMs - Math.min(Math.max(gapMs, 1), mostGapMs)
      const restored = restore(state, lastMs)
      tracks = [...restored.tracks]
      intervals = restored.intervals.slice(-pacedBy)
      return { refused: restored.refused }
    },
    renew(id) {
      const index = tracks.findIndex((track) => track.id === id)
      const old = tracks[index]
      if (!old) return undefined
      const fresh = { ...old, id: mintId(), detections: 1, firstMs: old.lastMs, unsure: false }
      tracks[index] = fresh
      return fresh
    },
    update(detections, monoMs) {
      if (monoMs <= lastMs) return { seen: [], ended: [] }
      const elapsed = Number.isFinite(lastMs) ? (monoMs - lastMs) / 1000 : 0
      lastMs = monoMs
      const patience = patientFrames * median(intervals)
      intervals = [...intervals, elapsed].slice(-pacedBy)
      const isLost = (track: Track) =>
        (monoMs - track.lastMs) / 1000 > Math.max(options.lostSeconds, patience)
      const ended = tracks.filter(isLost)
      const predicted = tracks
        .filter((track) => !isLost(track))
        .map((track) => ({ ...track, motion: predict(track.motion, elapsed) }))
      const pairs = match(predicted, detections, options.beginAbove, monoMs)
      const taken = new Set(pairs.values())
      const kept: Track[] = []
      const seen: Track[] = []
      predicted.forEach((track, index) => {
        const detection = detections[pairs.get(index) ?? -1]
        if (!detection) {
          kept.push(track)
          return
        }
        // A box that grows is another animal's only where there is another animal.
        const accompanied = predicted.some((other) => other !== track && isNear(other, detection))
        if (accompanied && jumped(track, detection, monoMs)) {
          ended.push(track)
          if (detection.score >= options.beginAbove) seen.push(begin(detection, monoMs, mintId()))
        } else {
          seen.push(extend(track, detection, monoMs, Math.max(sureSeconds, patience)))
        }
      })
      detections.forEach((detection, index) => {
        if (taken.has(index) || detection.score < options.beginAbove) return
        seen.push(begin(detection, monoMs, mintId()))
      })
      const split = separate(seen, kept)
      ended.push(...split.ended)
      tracks = [...split.kept, ...split.seen]
      return { seen: split.seen, ended }
    },
  }
}

function begin(detection: Detection, monoMs: number, id: TrackletId): Track {
  const { kind, box, score } = detection
  return {
    id,
    kind,
    box,
    score,
    detections: 1,
    firstMs: monoMs,
    lastMs: monoMs,
    unsure: false,
    stillSinceMs: monoMs,
    place: box,
    motion: startMotion(box),
  }
}

function extend(track: Track, { box, score }: Detection, monoMs: number, sureFor: number): Track {
  const unsure = iou(boxOf(track.motion), box) < sureAbove || monoMs - track.lastMs > sureFor * 1000
  const motion = correct(track.motion, box)
  const stays = iou(track.place, box) >= stillAbove
  const { place, stillSinceMs } = stays ? track : { place: box, stillSinceMs: monoMs }
  return {
    ...track,
    box,
    score,
    detections: track.detections + 1,
    lastMs: monoMs,
    unsure,
    stillSinceMs,
    place,
    motion,
  }
}

/** Index of track -> index of detection: strong boxes first, then the weak ones for what is left. */
function match(
  tracks: readonly Track[],
  detections: readonly Detection[],
  strongFrom: number,
  monoMs: number,
): Map<number, number> {
  const pairs = new Map<number, number>()
  for (const strong of [true, false]) {
    const rows = [...tracks.keys()].filter((index) => !pairs.has(index))
    const columns = [...detections.keys()].filter(
      (index) => (detections[index]?.score ?? 0) >= strongFrom === strong,
    )
    if (rows.length === 0 || columns.length === 0) continue
    // A column "hidden" for each track: without it a track would take its neighbour's box rather than none.
    const costs = rows.map((row, at) => [
      ...columns.map((column) => cost(tracks[row], detections[column], monoMs)),
      ...rows.map((_, other) => (other === at ? hiddenCost : forbidden)),
    ])
    assign(costs).forEach((place, at) => {
      const row = rows[at]
      const column = columns[place]
      if (row !== undefined && column !== undefined) pairs.set(row, column)
    })
  }
  return pairs
}

/** How unlike the place of a track a detection is, 0-1. The predicted place counts, or after a gap the last seen one (OC-SORT). */
function cost(track: Track | undefined, detection: Detection | undefined, monoMs: number): number {
  if (!track || !detection || track.kind !== detection.kind) return forbidden
  const gap = (monoMs - track.lastMs) / 1000
  const buffer = Math.min(firstBuffer + bufferPerSecond * gap, mostBuffer)
  const target = grow(detection.box, buffer)
  const alike = Math.max(iou(grow(boxOf(track.motion), buffer), target), iou(grow(track.box, buffer), target))
  return 1 - alike
}

/** Boxes found less often are a detector's flicker. */
const established = 3

/** Whether an animal, seen or hidden, is where it may be mistaken for what was detected. */
function isNear(other: Track, { box, kind }: Detection): boolean {
  return (
    other.kind === kind &&
    other.detections >= established &&
    iou(grow(boxOf(other.motion), firstBuffer), grow(box, firstBuffer)) > 0
  )
}

function jumped(track: Track, detection: Detection, monoMs: number): boolean {
  if (monoMs - track.lastMs > jumpSeconds * 1000) return false
  const ratio = area(detection.box) / Math.max(area(track.box), 1)
  return ratio > jumpRatio || ratio < 1 / jumpRatio
}

/** Ends the tracklets that may have been exchanged: two boxes in one place, or a hidden one swallowed by a seen one. */
function separate(seen: readonly Track[], hidden: readonly Track[]) {
  const doubtful = new Set<Track>()
  seen.forEach((one, index) => {
    for (const other of seen.slice(index + 1)) {
      if (one.kind === other.kind && iou(one.box, other.box) > mergedAbove) doubtful.add(one).add(other)
    }
  })
  const swallowed = hidden.filter((track) =>
    seen.some(
      (other) => other.kind === track.kind && coverage(boxOf(track.motion), other.box) > swallowedAbove,
    ),
  )
  return {
    seen: seen.filter((track) => !doubtful.has(track)),
    kept: hidden.filter((track) => !swallowed.includes(track)),
    ended: [...doubtful, ...swallowed],
  }
}
