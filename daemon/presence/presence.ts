/**
 * Who is in which stall, since when, and whether anybody can see it (pure): looks at pictures become beliefs about places. Nothing
 * here is stored: after a restart it is made again from where each horse was seen last.
 */
import { contains, footOf, type Point } from '../lib/polygon.ts'
import type { StallView, Watch } from '../presence-types.ts'
import type { Analysed, HorseId, LastPlace, Stall, StallId, StreamId } from '../types.ts'
import { type Animal, createPlace, type Place, type Verdict } from './place.ts'

export interface Presence {
  /** The stalls are these from now on. Beliefs about those that stay are kept. */
  draw(stalls: readonly Stall[], nowMs: number): void
  /** An analysed picture. */
  look(seen: Analysed): void
  /** How well each camera sees; those that are left out see nothing. */
  see(cameras: ReadonlyMap<StreamId, Watch>, nowMs: number): void
  /** Where horses were before a restart, at one camera. */
  remember(streamId: StreamId, places: readonly LastPlace[], nowMs: number): void
  /** A horse is gone, or is another one from now on. */
  rename(from: HorseId, into: HorseId | null): void
  /** How each stall stands, in the order in which they were given. */
  views(): StallView[]
  /** The stall that a horse is in, as far as that is known. */
  stallOf(horseId: HorseId): StallView | undefined
}

/** A look stands for the time since the one before, and for no longer than this: more was not seen. */
const mostSeconds = 3
/** With a longer gap what was believed fades meanwhile. A quiet camera is looked at every 10 s at least. */
const unseenAfterMs = 15_000
/** What was so longer ago says nothing of now. */
const rememberedMs = 12 * 3600_000
const rememberedCertainty = 0.95

interface Held {
  stall: Stall
  readonly place: Place
  verdict: Verdict
  sinceMs: number
  watch: Watch
  watchSinceMs: number
  lookedMs: number | null
  /** Up to when the belief has faded. */
  fadedMs: number
}

/** `overlap`: cameras that show in part the same place; a horse may be before both at once. */
export function createPresence(overlap: (a: StreamId, b: StreamId) => boolean): Presence {
  let held = new Map<StallId, Held>()
  /** When each camera's last picture was. */
  const looked = new Map<StreamId, number>()
  const settle = (one: Held, nowMs: number) => {
    const before = one.verdict
    one.verdict = one.place.verdict(exchangedIn(one, held.values()))
    const isNew = before.match !== one.verdict.match || before.horseId !== one.verdict.horseId
    if (isNew || before.occupied !== one.verdict.occupied) one.sinceMs = nowMs
  }
  const pass = (one: Held, nowMs: number) => {
    if (nowMs - (one.lookedMs ?? 0) > unseenAfterMs && nowMs > one.fadedMs) {
      one.place.fade(nowMs - Math.max(one.fadedMs, one.lookedMs ?? one.fadedMs))
      one.fadedMs = nowMs
    }
  }
  return {
    draw(stalls, nowMs) {
      held = new Map(
        stalls.map((stall) => [stall.id, { ...(held.get(stall.id) ?? begin(stall, nowMs)), stall }]),
      )
      for (const { place, stall } of held.values()) place.expect(stall.expected)
      for (const one of held.values()) settle(one, nowMs)
    },
    look({ streamId, utcMs, width, height, boxes }) {
      const animals = boxes.flatMap(({ kind, box, trackletId, horseId, certainty }) =>
        kind === 'horse'
          ? [
              {
                foot: footOf(box, width, height),
                animal: { trackletId: trackletId ?? '', horseId, certainty },
              },
            ]
          : [],
      )
      // A clock that was set back: this look counts for nothing, the next one does.
      const gapMs = utcMs - (looked.get(streamId) ?? utcMs - 1000)
      const seconds = Math.min(mostSeconds, Math.max(0, gapMs / 1000))
      looked.set(streamId, utcMs)
      for (const one of held.values()) {
        if (one.stall.streamId === streamId) lookAt(one, animals, seconds, utcMs)
        else if (!overlap(one.stall.streamId, streamId))
          one.place.away(
            animals.map(({ animal }) => animal),
            seconds,
            utcMs,
          )
        settle(one, utcMs)
      }
    },
    see(cameras, nowMs) {
      for (const one of held.values()) {
        const watch = cameras.get(one.stall.streamId) ?? 'blind'
        if (watch !== one.watch) Object.assign(one, { watch, watchSinceMs: nowMs })
        pass(one, nowMs)
        settle(one, nowMs)
      }
    },
    remember(streamId, places, nowMs) {
      for (const one of held.values()) {
        if (one.stall.streamId !== streamId) continue
        for (const { horseId, box, atMs } of places) {
          const agoMs = nowMs - atMs
          if (agoMs < 0 || agoMs > rememberedMs || !contains(one.stall.corners, footOf(box))) continue
          one.place.remember(horseId, rememberedCertainty, agoMs)
        }
        settle(one, nowMs)
      }
    },
    rename(from, into) {
      for (const { place } of held.values()) place.rename(from, into)
    },
    views: () => [...held.values()].map(viewOf),
    stallOf(horseId) {
      const found = [...held.values()].find(({ verdict }) => verdict.horseId === horseId)
      return found && viewOf(found)
    },
  }
}

function begin(stall: Stall, nowMs: number): Held {
  const nothing: Verdict = { match: 'unsure', occupied: null, horseId: null, certainty: null }
  return {
    ...{ stall, place: createPlace(stall.kind === 'stall'), verdict: nothing, sinceMs: nowMs },
    ...{ watch: 'blind', watchSinceMs: nowMs, lookedMs: null, fadedMs: nowMs },
  }
}

/** Horses of other stalls that are likely here, in each of which one of this stall's own is likely. Who belongs into a zone may be anywhere. */
function exchangedIn({ stall, place }: Held, all: Iterable<Held>): Set<HorseId> {
  const exchanged = new Set<HorseId>()
  if (stall.kind === 'zone') return exchanged
  const own = stall.expected
  for (const other of all) {
    if (other.stall.kind === 'zone') continue
    const theirs = other.stall.expected
    // Hardly ever is one of theirs here, and that is asked at every look.
    const here = theirs.filter((horseId) => place.isLikely(horseId) && !own.includes(horseId))
    if (here.length === 0) continue
    const isThere = own.some((horseId) => other.place.isLikely(horseId) && !theirs.includes(horseId))
    if (isThere) for (const horseId of here) exchanged.add(horseId)
  }
  return exchanged
}

interface Found {
  readonly foot: Point
  readonly animal: Animal
}

function lookAt(one: Held, animals: readonly Found[], seconds: number, utcMs: number): void {
  const isHere = ({ foot }: Found) => contains(one.stall.corners, foot)
  one.place.look(
    {
      here: animals.filter(isHere).map(({ animal }) => animal),
      elsewhere: animals.filter((found) => !isHere(found)).map(({ animal }) => animal),
    },
    seconds,
    utcMs,
  )
  one.lookedMs = utcMs
  one.fadedMs = utcMs
}

const viewOf = ({ stall, verdict, sinceMs, watch, watchSinceMs, lookedMs }: Held): StallView => ({
  ...{ stall, ...verdict, sinceMs, watch, watchSinceMs, lookedMs },
})
