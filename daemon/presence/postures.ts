/**
 * How the horse of each stall lies or stands (pure): which box in a picture is that of the horse, and whether it can be judged.
 */
import { area, intersection } from '../lib/boxes.ts'
import { contains, footOf } from '../lib/polygon.ts'
import type { Posture, StallView } from '../presence-types.ts'
import type { Analysed, Box, HorseId, SeenBox, StallId, StreamId } from '../types.ts'
import { createPosture, type PostureOf } from './posture.ts'

export interface Postures {
  /** An analysed picture, and how the stalls stand. */
  look(seen: Analysed, stalls: readonly StallView[]): void
  read(nowMs: number): Map<StallId, Posture>
}

/** A look stands for the time since the one before, and for no longer than this. */
const mostSeconds = 3
/** A box so near to the picture's border, in its heights, is cut by it. */
const atBorder = 0.01
/** Of a box, behind or before another one. */
const mostHidden = 0.1

interface Held {
  readonly posture: PostureOf
  horseId: HorseId | null
}

export function createPostures(): Postures {
  const held = new Map<StallId, Held>()
  const looked = new Map<StreamId, number>()
  const of = ({ stall, match, horseId }: StallView): PostureOf => {
    const one = held.get(stall.id) ?? { posture: createPosture(), horseId }
    held.set(stall.id, one)
    const isAnother = horseId !== null && one.horseId !== null && horseId !== one.horseId
    if (isAnother || match === 'empty') one.posture.forget()
    one.horseId = match === 'empty' ? null : (horseId ?? one.horseId)
    return one.posture
  }
  return {
    look(seen, stalls) {
      const { streamId, utcMs } = seen
      const gapMs = utcMs - (looked.get(streamId) ?? utcMs)
      const seconds = Math.min(mostSeconds, Math.max(0, gapMs / 1000))
      looked.set(streamId, utcMs)
      const there = stalls.filter(({ stall }) => stall.streamId === streamId && stall.kind === 'stall')
      for (const view of there) of(view).look(lookOf(seen, view), seconds, utcMs)
      for (const id of held.keys()) if (!stalls.some(({ stall }) => stall.id === id)) held.delete(id)
    },
    read: (nowMs) => new Map([...held].map(([id, { posture }]) => [id, posture.read(nowMs)])),
  }
}

/** The one horse in a stall. Of several nobody can say which is which, or how much of each is seen. */
function lookOf({ width, height, boxes }: Analysed, { stall }: StallView) {
  const isHere = ({ kind, box }: SeenBox) =>
    kind === 'horse' && contains(stall.corners, footOf(box, width, height))
  const [one, ...more] = boxes.filter(isHere)
  if (!one || more.length > 0) return { box: null, isWhole: false }
  const [x1, y1, x2, y2] = one.box
  const box: Box = [x1 / height, y1 / height, x2 / height, y2 / height]
  const right = width / height
  const isCut = box[0] < atBorder || box[1] < atBorder || box[2] > right - atBorder || box[3] > 1 - atBorder
  const isHidden = boxes.some(
    (other) => other !== one && intersection(other.box, one.box) > mostHidden * area(one.box),
  )
  return { box, isWhole: !isCut && !isHidden }
}
