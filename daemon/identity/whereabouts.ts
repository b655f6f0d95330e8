/**
 * Where the horses of a camera were seen last (pure): an animal that appears where one was lost just now is probably that
 * one, unless several were lost there; one that was seen far off a moment ago cannot be it. Knows nothing of looks.
 */
import type { Box, HorseId, StreamId } from '../types.ts'

export interface Place {
  readonly box: Box
  readonly monoMs: number
}

/** How many times as likely as any other the horse is that was lost here at once, and how soon it is half of that. */
const likelier = 4
const halfLifeSeconds = 5
/** Log odds of what is out of reach: boxes are sometimes far off. */
const outOfReach = -3
/** How far a horse gets, in its heights in the picture: at once (boxes jump), and a second. */
const reachAtOnce = 0.6
const reachPerSecond = 1.2
/** After so long it may be anywhere, and anybody may be there. */
export const forgottenSeconds = 60

/** The last place of each horse, by camera. */
export function createLastPlaces(): (streamId: StreamId) => Map<HorseId, Place> {
  const all = new Map<StreamId, Map<HorseId, Place>>()
  return (streamId) => {
    const places = all.get(streamId) ?? new Map<HorseId, Place>()
    all.set(streamId, places)
    return places
  }
}

/** Log odds that what appeared at a place is each horse, before any look. Horses not seen for long are left out. */
export function oddsOfPlaces(last: ReadonlyMap<HorseId, Place>, appeared: Place): Map<HorseId, number> {
  const recent = [...last].filter(([, { monoMs }]) => appeared.monoMs - monoMs <= forgottenSeconds * 1000)
  const near = new Map(recent.map(([horseId, place]) => [horseId, nearness(place, appeared)]))
  const all = [...near.values()].reduce((sum, value) => sum + value, 0)
  return new Map(
    [...near].map(([horseId, own]) => [
      horseId,
      own > 0 ? Math.log(Math.max(own, 1) / (1 + all - own)) : outOfReach,
    ]),
  )
}

function nearness(seen: Place, appeared: Place): number {
  const seconds = Math.max(0, appeared.monoMs - seen.monoMs) / 1000
  const height = Math.max(seen.box[3] - seen.box[1], appeared.box[3] - appeared.box[1], 1)
  const [ax, ay] = centre(seen.box)
  const [bx, by] = centre(appeared.box)
  const heights = Math.hypot(ax - bx, ay - by) / height
  if (heights > reachAtOnce + reachPerSecond * seconds) return 0
  return likelier * 0.5 ** (seconds / halfLifeSeconds)
}

function centre([x1, y1, x2, y2]: Box): [number, number] {
  return [(x1 + x2) / 2, (y1 + y2) / 2]
}
