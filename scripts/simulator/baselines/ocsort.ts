/**
 * OC-SORT from its description (arXiv 2203.14360; parameters: vision reference, section 4.1): the filter of SORT, put
 * right by observations: their direction counts in matching, a lost track is looked for where it was seen last, and its
 * filter is taken again along the way it must have gone.
 */
import { iou } from '../../../daemon/lib/boxes.ts'
import type { Box } from '../../../daemon/types.ts'
import type { FrameTracker, Scored } from './frames.ts'
import { type Axis, correctAxis, predictAxis } from './kalman.ts'
import { matchWithin } from './matching.ts'

export interface OcSortOptions {
  /** Weaker boxes are passed over. */
  readonly detect: number
}

const maxAge = 30
const minHits = 3
const leastIou = 0.3
const deltaFrames = 3
const inertia = 0.2

interface Observation {
  readonly frame: number
  readonly box: Box
}

interface Track {
  readonly id: number
  axes: Axis[]
  /** The filter as it was after the last observation: where its way is taken again from. */
  kept: Axis[]
  seen: Observation[]
  streak: number
}

export function createOcSort({ detect }: OcSortOptions): FrameTracker {
  let tracks: Track[] = []
  let [frame, minted] = [0, 0]
  const take = (track: Track, { box }: Scored) => {
    const last = track.seen.at(-1)
    if (last && frame - last.frame > 1) track.axes = again(track, box, frame)
    track.axes = correct(track.axes, box)
    track.kept = track.axes
    track.streak = last && frame - last.frame === 1 ? track.streak + 1 : 1
    track.seen = [...track.seen, { frame, box }].slice(-deltaFrames - 1)
  }
  return {
    update(all) {
      frame++
      const found = all.filter(({ score }) => score >= detect)
      for (const track of tracks) track.axes = predict(track.axes)
      const worth = (track: Track, one: Scored) => {
        const overlap = iou(boxOf(track.axes), one.box)
        return overlap < leastIou
          ? Number.POSITIVE_INFINITY
          : -overlap - inertia * direction(track, one, frame)
      }
      const first = matchWithin(
        tracks.length,
        found.length,
        (r, c) => worth(tracks[r] as Track, found[c] as Scored),
        1,
      )
      for (const [row, column] of first.pairs) take(tracks[row] as Track, found[column] as Scored)
      const rows = first.rows.map((row) => tracks[row] as Track)
      const columns = first.columns.map((column) => found[column] as Scored)
      const second = matchWithin(
        rows.length,
        columns.length,
        (r, c) => 1 - iou(rows[r]?.seen.at(-1)?.box ?? [0, 0, 0, 0], columns[c]?.box ?? [0, 0, 0, 0]),
        1 - leastIou,
      )
      for (const [row, column] of second.pairs) take(rows[row] as Track, columns[column] as Scored)
      tracks = tracks.filter(({ seen }) => frame - (seen.at(-1)?.frame ?? 0) <= maxAge)
      for (const column of second.columns) {
        const { box } = columns[column] as Scored
        const axes = startAxes(box)
        tracks.push({ id: ++minted, axes, kept: axes, seen: [{ frame, box }], streak: 1 })
      }
      return tracks
        .filter(({ seen, streak }) => seen.at(-1)?.frame === frame && (streak >= minHits || frame <= minHits))
        .map(({ id, seen }) => ({ id, box: seen.at(-1)?.box as Box }))
    },
  }
}

/** How well a box lies in the direction the track has been going, from -0.5 to 0.5, weighted with the box's score. */
function direction({ seen }: Track, { box, score }: Scored, frame: number): number {
  const [earlier, last] = [seen.find((one) => frame - one.frame <= deltaFrames) ?? seen[0], seen.at(-1)]
  if (!earlier || !last || earlier === last) return 0
  const angle = Math.abs(headingOf(earlier.box, last.box) - headingOf(earlier.box, box))
  const turn = angle > Math.PI ? 2 * Math.PI - angle : angle
  return ((Math.PI / 2 - turn) / Math.PI) * score
}

function headingOf(from: Box, to: Box): number {
  return Math.atan2(to[1] + to[3] - from[1] - from[3], to[0] + to[2] - from[0] - from[2])
}

/** The filter taken again from the last observation to this one, along a straight line of boxes. */
function again({ kept, seen }: Track, box: Box, frame: number): Axis[] {
  const last = seen.at(-1) as Observation
  const gap = frame - last.frame
  let axes = kept
  for (let step = 1; step < gap; step++) {
    const between = last.box.map((value, at) => value + (((box[at] ?? 0) - value) * step) / gap)
    axes = correct(predict(axes), between as unknown as Box)
  }
  return predict(axes)
}

/** Centre, area, aspect: the aspect has no velocity. */
function measure([x1, y1, x2, y2]: Box): [number, number, number, number] {
  return [(x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) * (y2 - y1), (x2 - x1) / Math.max(y2 - y1, 1)]
}

function boxOf(axes: readonly Axis[]): Box {
  const [cx = 0, cy = 0, area = 0, aspect = 1] = axes.map(({ x }) => x)
  const width = Math.sqrt(Math.max(area * aspect, 1))
  const height = Math.max(area, 1) / width
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]
}

// SORT's own variances: in pixels, and of velocities hardly any noise.
const noises = [
  { position: 1, velocity: 0.01, measured: 1 },
  { position: 1, velocity: 0.01, measured: 1 },
  { position: 1, velocity: 0.0001, measured: 10 },
  { position: 1, velocity: 0, measured: 10 },
] as const

function startAxes(box: Box): Axis[] {
  return measure(box).map((x, at) => ({ x, v: 0, pxx: 10, pxv: 0, pvv: at === 3 ? 0 : 10_000 }))
}

function predict(axes: readonly Axis[]): Axis[] {
  return axes.map((axis, at) => {
    // An area cannot shrink below nothing.
    const held = at === 2 && axis.x + axis.v <= 0 ? { ...axis, v: 0 } : axis
    return predictAxis(held, noises[at] ?? noises[3])
  })
}

function correct(axes: readonly Axis[], box: Box): Axis[] {
  const measured = measure(box)
  return axes.map((axis, at) => correctAxis(axis, measured[at] ?? 0, noises[at]?.measured ?? 1))
}
