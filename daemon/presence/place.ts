/**
 * Who is in one stall or zone (pure): beliefs about each horse, one about whether anybody is there at all, and what follows. What is
 * so stays so until something else is surely so, or it is no longer believed: a look that fails is no event.
 */
import type { Match } from '../presence-types.ts'
import type { HorseId } from '../types.ts'
import * as belief from './belief.ts'

/** An animal that was seen in a look. */
export interface Animal {
  readonly trackletId: string
  /** Null: nobody knows who. */
  readonly horseId: HorseId | null
  /** 0-1; null without a horse. */
  readonly certainty: number | null
}

/** A look at a place: who stands in it, and who was seen elsewhere at that moment. */
export interface PlaceLook {
  readonly here: readonly Animal[]
  readonly elsewhere: readonly Animal[]
}

export interface Verdict {
  readonly match: Match
  readonly occupied: boolean | null
  readonly horseId: HorseId | null
  readonly certainty: number | null
}

export interface Place {
  /** Other horses are expected there now. */
  expect(horses: readonly HorseId[]): void
  /** Takes a look at a time (UTC ms) that stands for so many seconds. */
  look(look: PlaceLook, seconds: number, atMs: number): void
  /** These were seen at another camera: a look that says nothing of anybody else. */
  away(animals: readonly Animal[], seconds: number, atMs: number): void
  /** So long nobody looked. */
  fade(ms: number): void
  /** A horse was seen here that long ago, before a restart. */
  remember(horseId: HorseId, certainty: number, agoMs: number): void
  /** A horse is another one from now on, or gone. */
  rename(from: HorseId, into: HorseId | null): void
  /** Whether a horse is more likely here than not. */
  isLikely(horseId: HorseId): boolean
  /** `exchanged`: horses of other places, in each of which one of this place's own is likely. */
  verdict(exchanged?: ReadonlySet<HorseId>): Verdict
}

/** From here on it is so; and so long it stays so. */
const sureFrom = 0.9
const keptFrom = 0.6

const nobodys: ReadonlySet<HorseId> = new Set()
const unsure: Verdict = { match: 'unsure', occupied: null, horseId: null, certainty: null }

/** `isHome`: it is somebody's, as a stall is; nobody is at home in a zone. */
export function createPlace(isHome = true): Place {
  const beliefs = new Map<HorseId, number>()
  const namings = belief.createNamings()
  let expected: ReadonlySet<HorseId> = new Set()
  /** That anybody is there. */
  let anybody = 0
  /** For so long no look has shown anybody. */
  let nobodySeconds = 0
  let last: Verdict = unsure
  const usual = isHome ? belief.priors.other : belief.priors.passing
  const priorFor = (horseId: HorseId) => (expected.has(horseId) ? belief.priors.expected : usual)
  const beliefIn = (horseId: HorseId) => beliefs.get(horseId) ?? priorFor(horseId)
  const newOf = ({ trackletId, horseId }: Animal, seconds: number, atMs: number) =>
    horseId === null ? 0 : namings.share(trackletId, horseId, seconds, atMs)

  return {
    expect(horses) {
      expected = new Set(horses)
    },
    look({ here, elsewhere }, seconds, atMs) {
      const all = [...here, ...elsewhere]
      const told = new Map(all.map((one): [Animal, number] => [one, newOf(one, seconds, atMs)]))
      const newHere = Math.max(0, ...here.map((one) => told.get(one) ?? 0))
      for (const horseId of new Set([...beliefs.keys(), ...expected, ...all.flatMap(idOf)])) {
        const held = beliefIn(horseId)
        const seen = here.find((one) => one.horseId === horseId)
        const away = elsewhere.find((one) => one.horseId === horseId)
        const after = (): number => {
          if (seen) return belief.named(held, seen.certainty ?? 0.5, told.get(seen) ?? 0)
          if (away) return belief.elsewhere(held, away.certainty ?? 0.5, told.get(away) ?? 0)
          return unseen(held, here, newHere, seconds)
        }
        beliefs.set(horseId, after())
      }
      nobodySeconds = here.length > 0 ? 0 : nobodySeconds + seconds
      anybody = here.length > 0 ? belief.anybody(anybody, seconds) : belief.nobody(anybody, seconds)
      forgetUnlikely(beliefs, expected, priorFor)
    },
    away(animals, seconds, atMs) {
      for (const one of animals) {
        const held = one.horseId === null ? undefined : beliefs.get(one.horseId)
        if (one.horseId === null || held === undefined) continue
        beliefs.set(one.horseId, belief.elsewhere(held, one.certainty ?? 0.5, newOf(one, seconds, atMs)))
      }
    },
    fade(ms) {
      for (const [horseId, held] of beliefs) beliefs.set(horseId, belief.fade(held, priorFor(horseId), ms))
      anybody = belief.fade(anybody, 0, ms)
      forgetUnlikely(beliefs, expected, priorFor)
    },
    remember(horseId, certainty, agoMs) {
      const there = belief.named(beliefIn(horseId), certainty, 1)
      beliefs.set(horseId, belief.fade(there, priorFor(horseId), agoMs))
      anybody = Math.max(anybody, belief.fade(belief.anybody(0, rememberedSeconds), 0, agoMs))
    },
    rename(from, into) {
      const held = beliefs.get(from)
      if (!beliefs.delete(from) || !into) return
      beliefs.set(into, Math.max(held ?? 0, beliefIn(into)))
    },
    isLikely: (horseId) => beliefIn(horseId) > 0,
    verdict(exchanged = nobodys) {
      const more = (horseId: HorseId) => (exchanged.has(horseId) ? belief.byExchange : 0)
      const ranked = [...new Set([...beliefs.keys(), ...expected])]
        .map((horseId) => ({ horseId, chance: belief.probability(beliefIn(horseId) + more(horseId)) }))
        .sort((a, b) => b.chance - a.chance)
      last = decide(ranked, belief.probability(anybody), expected, last)
      // Whoever comes next may be anybody. One who is coming has a name before it is believed that anybody is there.
      if (last.match === 'empty' && nobodySeconds >= belief.inSeconds.nobody) beliefs.clear()
      return last
    },
  }
}

/** Of all horses that ever passed only those are held that may be there. */
function forgetUnlikely(
  beliefs: Map<HorseId, number>,
  expected: ReadonlySet<HorseId>,
  priorFor: (horseId: HorseId) => number,
): void {
  for (const [horseId, held] of beliefs)
    if (!expected.has(horseId) && held <= priorFor(horseId) + 0.01) beliefs.delete(horseId)
}

/** A horse that was not seen, by who was. That nothing is seen says whether anybody is there, and not who that is. */
function unseen(held: number, here: readonly Animal[], share: number, seconds: number): number {
  if (here.length === 0) return held
  const isUnknown = here.some(({ horseId }) => horseId === null)
  return isUnknown ? belief.somebody(held, seconds) : belief.others(held, share)
}

/** One that was seen there before a restart was so for as long as makes it sure. */
const rememberedSeconds = 60

const idOf = ({ horseId }: Animal) => (horseId === null ? [] : [horseId])

interface Ranked {
  readonly horseId: HorseId
  readonly chance: number
}

/** One that is not expected goes before one that is: it is what somebody must look after. */
function decide(
  ranked: readonly Ranked[],
  here: number,
  expected: ReadonlySet<HorseId>,
  last: Verdict,
): Verdict {
  const isStranger = ({ horseId }: Ranked) => !expected.has(horseId)
  const sure = ranked.filter(({ chance }) => chance >= sureFrom)
  const found = sure.find(isStranger) ?? sure[0]
  if (here >= keptFrom && found) return told(found, expected)
  if (here <= 1 - sureFrom) return { match: 'empty', occupied: false, horseId: null, certainty: 1 - here }
  // What was so, as long as it is more probable than not.
  const kept = ranked.find(({ horseId }) => horseId === last.horseId)
  if (last.horseId !== null && kept && kept.chance >= keptFrom && here >= keptFrom)
    return told(kept, expected)
  if (last.match === 'empty' && 1 - here >= keptFrom) return { ...last, certainty: 1 - here }
  return { ...unsure, occupied: here >= sureFrom ? true : null }
}

function told({ horseId, chance }: Ranked, expected: ReadonlySet<HorseId>): Verdict {
  return {
    match: expected.has(horseId) ? 'expected' : 'other',
    occupied: true,
    horseId,
    certainty: chance,
  }
}
