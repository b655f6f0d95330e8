/**
 * Pairs of stored looks of which it is known whether they are of one animal (pure). For nothing: looks of one unbroken tracklet
 * that are far apart in time are of one, and horses seen at the same time are two. By a person's word: what was confirmed, told
 * apart, or taken from a horse.
 */
import type { HorseId, SightingId, TrackletId } from '../types.ts'
import { thinned } from './space.ts'

/** A stored look, without its pixels. */
export interface LabelledLook {
  readonly lookId: number
  /** Null: nobody's. */
  readonly horseId: HorseId | null
  readonly trackletId: TrackletId | null
  /** The sighting that a look of nobody is kept for. */
  readonly sightingId: SightingId | null
  readonly takenMs: number
  /** A person said that it is its horse. */
  readonly isAnchor: boolean
  /** A person said that it is not. */
  readonly isWithdrawn: boolean
}

export type Pair = readonly [lookId: number, lookId: number]

export interface LabelledPairs {
  readonly same: readonly Pair[]
  readonly different: readonly Pair[]
}

/** The vision reference, section 6: nearer ones are alike in what spoils them. */
export const apartMs = 60_000
/** Pairs of one tracklet, of one horse's anchors, of two horses: one of them must not be all that is learnt from. */
const mostEach = 6

/** `two` are horses that are not one. */
export function labelledPairs(
  looks: readonly LabelledLook[],
  two: readonly (readonly [HorseId, HorseId])[],
): LabelledPairs {
  const good = looks.filter(({ isWithdrawn }) => !isWithdrawn).sort((a, b) => a.takenMs - b.takenMs)
  const tracklets = Map.groupBy(
    good.filter(({ trackletId }) => trackletId !== null),
    // One of nobody may have been taken in doubt whether it is still the same animal: it is held against its sighting's own.
    ({ trackletId, horseId, sightingId }) => `${trackletId} ${horseId ?? sightingId}`,
  )
  const horses = Map.groupBy(good, ({ horseId }) => horseId)
  const withdrawn = looks.filter(({ isWithdrawn }) => isWithdrawn)
  const ofHorse = (horseId: HorseId | null) => (horseId === null ? [] : (horses.get(horseId) ?? []))
  return {
    same: [
      ...[...tracklets.values()].flatMap(farApart),
      ...[...horses].flatMap(([horseId, own]) => (horseId === null ? [] : confirmed(own))),
    ],
    different: [
      ...two.flatMap(([one, other]) => across(ofHorse(one), ofHorse(other))),
      ...withdrawn.flatMap((look) => {
        const others = ofHorse(look.horseId).filter(({ trackletId }) => trackletId !== look.trackletId)
        return across([look], thinned(others, 2))
      }),
    ],
  }
}

/** Looks of one tracklet, each with the first one that is far enough from it. */
function farApart(looks: readonly LabelledLook[]): Pair[] {
  const pairs = looks.flatMap((one): Pair[] => {
    const other = looks.find(({ takenMs }) => takenMs - one.takenMs > apartMs)
    return other ? [[one.lookId, other.lookId]] : []
  })
  return thinned(pairs, mostEach)
}

/** Looks that a person confirmed, each with the next one of another tracklet. */
function confirmed(looks: readonly LabelledLook[]): Pair[] {
  const anchors = looks.filter(({ isAnchor }) => isAnchor)
  const pairs = anchors.flatMap((one, at): Pair[] => {
    const other = anchors
      .slice(at + 1)
      .find(({ trackletId }) => trackletId !== one.trackletId || trackletId === null)
    return other ? [[one.lookId, other.lookId]] : []
  })
  return thinned(pairs, mostEach)
}

/** Looks of the one, each with another look of the other. */
function across(some: readonly LabelledLook[], others: readonly LabelledLook[]): Pair[] {
  if (some.length === 0 || others.length === 0) return []
  const [few, many] = some.length < others.length ? [some, others] : [others, some]
  return thinned(many, mostEach).map((one, at): Pair => {
    const other = few[at % few.length] as LabelledLook
    return [one.lookId, other.lookId]
  })
}
