/**
 * How much is believed that a horse is in a place (pure), in log odds: evidence adds up, and what is not seen again fades to what one
 * would think anyway. One belief a horse and place, so that two may be there and nobody must be. The worths are those of a recogniser
 * that names a known horse rightly two thirds of the time, and wrongly a twentieth of that (decision 0012).
 */

/** Nobody is surer than this: 99.5 %. */
const surest = 5.3
/**
 * What a name is worth that the recogniser is sure of: a horse is called so 130 times as often when it is that horse as when it is one
 * certain other.
 */
const byName = 5
/** Looks that follow one another say the same. Their evidence is in after so many seconds; that there is nobody takes longest. */
export const inSeconds = { named: 4, nobody: 15, somebody: 60 } as const
/** That an animal was seen there says so much for somebody being there. */
const byAnimal = 3
/** What evidence against a horse is worth once it is in. */
const against = { elsewhere: 3, others: 2, nobody: 1.5, somebody: 1 } as const
/** That somebody is there whom nobody knows does not say by itself that it is not this horse. */
const leastBySomebody = -1.5
/** Without evidence half of the belief is gone after so long. */
const halfLifeMs = 20 * 60_000

/**
 * What one thinks without having looked: of a horse that is expected, and of any other, in a stall and where nobody is at home. In a
 * stall it takes three names one after the other to believe in another horse: two wrong ones in a row come every day.
 */
export const priors = { expected: 0, other: -8, passing: -2 } as const

/** That two stand in each other's stalls is one event and not two: what one would think of it counts half in each. */
export const byExchange = -priors.other / 2

export const clamp = (belief: number): number => Math.min(Math.max(belief, priors.other), surest)

export function fade(belief: number, prior: number, ms: number): number {
  return prior + (belief - prior) * 0.5 ** (Math.max(0, ms) / halfLifeMs)
}

/** It was named there: a share of the naming's evidence. */
export const named = (belief: number, certainty: number, share: number): number =>
  clamp(belief + share * byName * Math.max(0, 2 * certainty - 1))

/** It was named elsewhere. */
export const elsewhere = (belief: number, certainty: number, share: number): number =>
  clamp(belief - share * against.elsewhere * certainty)

/** All that are there were named, and are others. */
export const others = (belief: number, share: number): number => clamp(belief - share * against.others)

/** The place was looked at for so many seconds, and there was nobody. */
export const nobody = (belief: number, seconds: number): number =>
  clamp(belief - Math.min(1, seconds / inSeconds.nobody) * against.nobody)

/** Somebody was there for so many seconds, and nobody knows who. */
export function somebody(belief: number, seconds: number): number {
  const less = belief - Math.min(1, seconds / inSeconds.somebody) * against.somebody
  return clamp(Math.max(less, Math.min(belief, leastBySomebody)))
}

/** That anybody is there at all: an animal was seen there for so many seconds. */
export const anybody = (belief: number, seconds: number): number =>
  clamp(belief + Math.min(1, seconds / inSeconds.named) * byAnimal)

export const probability = (belief: number): number => 1 / (1 + Math.exp(-belief))

/**
 * Names of one tracklet that follow one another are one and the same, right or wrong: so long until they count once more, and so long it
 * must have had no name in between to have been named anew.
 */
const againAfterSeconds = 240
const anewAfterSeconds = 20
/** Tracklets that are remembered: more are not seen at once. */
const mostNamings = 64

/** How much of a naming's evidence is new. */
export interface Namings {
  /** A tracklet is this horse for so many seconds more, at a time: the share that this adds, 0-1. */
  share(tracklet: string, horse: string, seconds: number, atMs: number): number
}

interface Naming {
  readonly horse: string
  readonly begunMs: number
  /** Of it that count. */
  seconds: number
  seenMs: number
}

export function createNamings(): Namings {
  const namings = new Map<string, Naming>()
  const goesOn = (last: Naming, horse: string, atMs: number) =>
    last.horse === horse &&
    atMs - last.seenMs < anewAfterSeconds * 1000 &&
    atMs - last.begunMs < againAfterSeconds * 1000
  return {
    share(tracklet, horse, seconds, atMs) {
      const last = namings.get(tracklet)
      const naming =
        last && goesOn(last, horse, atMs) ? last : { horse, begunMs: atMs, seconds: 0, seenMs: atMs }
      // The one seen last stands last.
      namings.delete(tracklet)
      namings.set(tracklet, naming)
      naming.seenMs = atMs
      const [oldest] = namings.keys()
      if (namings.size > mostNamings && oldest !== undefined) namings.delete(oldest)
      const before = naming.seconds
      naming.seconds = Math.min(inSeconds.named, before + seconds)
      return (naming.seconds - before) / inSeconds.named
    },
  }
}
