/**
 * What was seen while a camera is recorded: kept in memory until its clip is whole, then packed into the clip's row. It costs
 * the way of a frame one entry in a list.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { z } from 'zod'
import type { ClipBox, ClipFrame, ClipFrames } from '../clip-types.ts'
import type { Analysed, SeenBox, StreamId, TrackletId } from '../types.ts'

/** A clip of a minute, and what waits while a disk is slow. */
const keptMs = 180_000
const mostFrames = 4000
/** No barn camera sees more animals at once. */
const mostBoxes = 64

export interface FrameMemory {
  note(frame: Analysed): void
  /** What was seen from one moment until before another; null where nobody looked. What is older is forgotten. */
  take(streamId: StreamId, fromMs: number, toMs: number): ClipFrames | null
}

export function createFrameMemory(): FrameMemory {
  const seen = new Map<StreamId, Analysed[]>()
  return {
    note(frame) {
      const frames = seen.get(frame.streamId) ?? []
      if (frames.length === 0) seen.set(frame.streamId, frames)
      frames.push(frame)
      const [oldest] = frames
      if (frames.length > mostFrames || (oldest && frame.utcMs - oldest.utcMs > keptMs)) frames.shift()
    },
    take(streamId, fromMs, toMs) {
      const frames = seen.get(streamId) ?? []
      const within = frames.filter(({ utcMs }) => utcMs >= fromMs && utcMs < toMs)
      seen.set(
        streamId,
        frames.filter(({ utcMs }) => utcMs >= toMs),
      )
      const last = within.at(-1)
      if (last === undefined) return null
      const { width, height } = last
      // A camera that has changed its size begins another stream; what is left of the one before fits nothing.
      const same = within.filter((frame) => frame.width === width && frame.height === height)
      return { width, height, frames: same.map((frame) => frameOf(frame, fromMs)) }
    },
  }
}

function frameOf({ utcMs, boxes }: Analysed, fromMs: number): ClipFrame {
  const boxOf = ({ box: [x1, y1, x2, y2], kind, score, trackletId }: SeenBox): ClipBox => ({
    box: [Math.round(x1), Math.round(y1), Math.round(x2), Math.round(y2)],
    ...{ kind, score, trackletId },
  })
  return { offsetMs: utcMs - fromMs, boxes: boxes.slice(0, mostBoxes).map(boxOf) }
}

const kinds = ['horse', 'person'] as const
const mostPackedBytes = 16 * 1024 * 1024
const perMille = 1000

const whole = z.number().int()
const packed = z.object({
  size: z.tuple([whole.min(1), whole.min(1)]),
  tracklets: z.array(z.string()),
  /** Offset, then boxes: four sides, kind, score in thousandths, which tracklet. */
  frames: z.array(z.tuple([whole, z.array(z.array(whole).length(7))])),
})

/** About a kilobyte for ten seconds with three horses. */
export function packFrames({ width, height, frames }: ClipFrames): Uint8Array {
  const tracklets = [...new Set(frames.flatMap(({ boxes }) => boxes.flatMap((one) => one.trackletId ?? [])))]
  const at = new Map(tracklets.map((id, index) => [id, index]))
  const row = ({ box, kind, score, trackletId }: ClipBox) => {
    const tracklet = trackletId === null ? -1 : (at.get(trackletId) ?? -1)
    return [...box, kinds.indexOf(kind), Math.round(score * perMille), tracklet]
  }
  const told: z.infer<typeof packed> = {
    size: [width, height],
    tracklets,
    frames: frames.map(({ offsetMs, boxes }) => [offsetMs, boxes.map(row)]),
  }
  return deflateRawSync(JSON.stringify(told))
}

/** Undefined where it makes no sense. */
export function unpackFrames(bytes: Uint8Array): ClipFrames | undefined {
  try {
    const text = inflateRawSync(bytes, { maxOutputLength: mostPackedBytes }).toString('utf8')
    const { size, tracklets, frames } = packed.parse(JSON.parse(text))
    const boxOf = ([
      x1 = 0,
      y1 = 0,
      x2 = 0,
      y2 = 0,
      kind = 0,
      score = 0,
      tracklet = -1,
    ]: number[]): ClipBox => ({
      box: [x1, y1, x2, y2],
      kind: kinds[kind] ?? 'horse',
      score: score / perMille,
      trackletId: (tracklets[tracklet] as TrackletId | undefined) ?? null,
    })
    const [width, height] = size
    return {
      ...{ width, height },
      frames: frames.map(([offsetMs, boxes]) => ({ offsetMs, boxes: boxes.map(boxOf) })),
    }
  } catch {
    return undefined
  }
}
