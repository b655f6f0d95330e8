/**
 * ByteTrack from its description (arXiv 2110.06864; parameters: vision reference, section 4.1): strong boxes first, weak
 * ones for what is left; a Kalman filter over centre, aspect and height; time is counted in pictures.
 */
import { iou } from '../../../daemon/lib/boxes.ts'
import type { Box } from '../../../daemon/types.ts'
import type { FrameTracker, Scored } from './frames.ts'
import { type Axis, correctAxis, predictAxis } from './kalman.ts'
import { matchWithin } from './matching.ts'

export interface ByteTrackOptions {
  readonly high: number
  readonly fps: number
}

const low = 0.1
const newAbove = 0.1
const limits = { first: 0.9, second: 0.5, unconfirmed: 0.7, double: 0.15 } as const
const bufferFrames = 30
const leastArea = 100
const share = { position: 1 / 20, velocity: 1 / 160 } as const

interface Track {
  readonly id: number
  axes: Axis[]
  state: 'tracked' | 'lost' | 'unconfirmed'
  readonly born: number
  last: number
}

export function createByteTrack({ high, fps }: ByteTrackOptions): FrameTracker {
  let tracks: Track[] = []
  let [frame, minted] = [0, 0]
  const buffer = (bufferFrames * fps) / 30
  const begin = ({ box }: Scored): Track => ({
    id: ++minted,
    axes: startAxes(box),
    state: frame === 1 ? 'tracked' : 'unconfirmed',
    born: frame,
    last: frame,
  })
  const take = (track: Track, found: Scored) => {
    track.axes = correct(track.axes, found.box)
    track.state = 'tracked'
    track.last = frame
  }
  return {
    update(all) {
      frame++
      const found = all.filter(({ box }) => (box[2] - box[0]) * (box[3] - box[1]) >= leastArea)
      const strong = found.filter(({ score }) => score >= high)
      const weak = found.filter(({ score }) => score < high && score > low)
      for (const track of tracks) track.axes = predict(track)
      const pool = tracks.filter(({ state }) => state !== 'unconfirmed')
      const fused = (row: Track | undefined, one: Scored | undefined) =>
        row && one ? 1 - iou(boxOf(row.axes), one.box) * one.score : 1
      const first = matchWithin(pool.length, strong.length, (r, c) => fused(pool[r], strong[c]), limits.first)
      for (const [row, column] of first.pairs) take(pool[row] as Track, strong[column] as Scored)
      const left = first.rows.map((row) => pool[row] as Track).filter(({ state }) => state === 'tracked')
      const plain = (row: Track | undefined, one: Scored | undefined) =>
        row && one ? 1 - iou(boxOf(row.axes), one.box) : 1
      const second = matchWithin(left.length, weak.length, (r, c) => plain(left[r], weak[c]), limits.second)
      for (const [row, column] of second.pairs) take(left[row] as Track, weak[column] as Scored)
      for (const row of second.rows) (left[row] as Track).state = 'lost'

      const rest = first.columns.map((column) => strong[column] as Scored)
      const fresh = tracks.filter(({ state, last }) => state === 'unconfirmed' && last < frame)
      const third = matchWithin(
        fresh.length,
        rest.length,
        (r, c) => fused(fresh[r], rest[c]),
        limits.unconfirmed,
      )
      for (const [row, column] of third.pairs) take(fresh[row] as Track, rest[column] as Scored)
      const dropped = new Set(third.rows.map((row) => fresh[row]))
      tracks = tracks.filter((track) => !dropped.has(track) && frame - track.last <= buffer)
      const begun = third.columns.map((column) => rest[column] as Scored)
      tracks.push(...begun.filter(({ score }) => score >= high + newAbove).map(begin))
      tracks = withoutDoubles(tracks)
      return tracks
        .filter(({ state, last }) => state === 'tracked' && last === frame)
        .map(({ id, axes }) => ({ id, box: boxOf(axes) }))
    },
  }
}

/** Of a tracked and a lost one in the same place the younger goes. */
function withoutDoubles(tracks: readonly Track[]): Track[] {
  const gone = new Set<Track>()
  for (const tracked of tracks.filter(({ state }) => state === 'tracked')) {
    for (const lost of tracks.filter(({ state }) => state === 'lost')) {
      if (1 - iou(boxOf(tracked.axes), boxOf(lost.axes)) >= limits.double) continue
      gone.add(tracked.last - tracked.born > lost.last - lost.born ? lost : tracked)
    }
  }
  return tracks.filter((track) => !gone.has(track))
}

/** Centre, aspect (width / height), height. */
function measure([x1, y1, x2, y2]: Box): [number, number, number, number] {
  return [(x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / Math.max(y2 - y1, 1), y2 - y1]
}

function boxOf(axes: readonly Axis[]): Box {
  const [cx = 0, cy = 0, aspect = 0, height = 0] = axes.map(({ x }) => x)
  const width = aspect * height
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]
}

const isAspect = (at: number) => at === 2

function startAxes(box: Box): Axis[] {
  const height = box[3] - box[1]
  return measure(box).map((x, at) => ({
    x,
    v: 0,
    pxx: isAspect(at) ? 1e-2 ** 2 : (2 * share.position * height) ** 2,
    pxv: 0,
    pvv: isAspect(at) ? 1e-5 ** 2 : (10 * share.velocity * height) ** 2,
  }))
}

function predict({ axes, state }: Track): Axis[] {
  const height = axes[3]?.x ?? 1
  return axes.map((axis, at) => {
    // A lost track does not go on growing or shrinking.
    const held = at === 3 && state !== 'tracked' ? { ...axis, v: 0 } : axis
    const position = isAspect(at) ? 1e-2 ** 2 : (share.position * height) ** 2
    const velocity = isAspect(at) ? 1e-5 ** 2 : (share.velocity * height) ** 2
    return predictAxis(held, { position, velocity })
  })
}

function correct(axes: readonly Axis[], box: Box): Axis[] {
  const height = axes[3]?.x ?? 1
  const measured = measure(box)
  return axes.map((axis, at) =>
    correctAxis(axis, measured[at] ?? 0, isAspect(at) ? 1e-1 ** 2 : (share.position * height) ** 2),
  )
}
