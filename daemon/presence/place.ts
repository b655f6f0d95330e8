/**
 * Who is in one stall or zone (pure): beliefs about each horse, one about whether anybody is there at all, and what follows. What is
 * so stays so until something else is surely so, or it is no longer believed: a look that fails is no event.
 */
import type { Match } from '../presence-types.ts'
import type { HorseId } from '../types.ts'
import { type Evidence, fade, priorOf, probability, weigh } from './belief.ts'

/** An animal that was seen in a look. */
export interface Animal {
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
  /** Takes a look that stands for so many seconds. */
  look(look: PlaceLook, seconds: number): void
  /** These were seen at another camera: a look that says nothing of anybody else. */
  away(animals: readonly Animal[], seconds: number): void
  /** So long nobody looked. */
  fade(ms: number): void
  /** A horse was seen here that long ago, before a restart. */
  remember(horseId: HorseId, certainty: number, agoMs: number): void
  /** A horse is another one from now on, or gone. */
  rename(from: HorseId, into: HorseId | null): void
  verdict(): Verdict
}

/** From here on it is so; and so long it stays so. */
const sureFrom = 0.9
const keptFrom = 0.6
/** Belief in a horse that is hardly there any more is let go of. */
const forgottenBelow = 0.02

const unsure: Verdict = { match: 'unsure', occupied: null, horseId: null, certainty: null }

export function createPlace(): Place {
  const beliefs = new Map<HorseId, number>()
  let expected: ReadonlySet<HorseId> = new Set()
  /** That anybody is there. */
  let anybody = 0
  let last: Verdict = unsure
  const priorFor = (horseId: HorseId) => priorOf(expected.has(horseId))
  const beliefIn = (horseId: HorseId) => beliefs.get(horseId) ?? priorFor(horseId)
  const chanceOf = (horseId: HorseId) => probability(beliefIn(horseId))

  return {
    expect(horses) {
      expected = new Set(horses)
    },
    look({ here, elsewhere }, seconds) {
      const horses = new Set([...beliefs.keys(), ...expected, ...[...here, ...elsewhere].flatMap(idOf)])
      const isUnknownHere = here.some(({ horseId }) => horseId === null)
      for (const horseId of horses) {
        const evidence = evidenceOf(horseId, { here, elsewhere }, isUnknownHere)
        const belief = weigh(beliefIn(horseId), evidence, seconds)
        beliefs.set(horseId, belief)
        if (!expected.has(horseId) && probability(belief) < forgottenBelow) beliefs.delete(horseId)
      }
      const any: Evidence = here.length > 0 ? { kind: 'seen', certainty: 0.95 } : { kind: 'nobody' }
      anybody = weigh(anybody, any, seconds)
    },
    away(animals, seconds) {
      for (const { horseId, certainty } of animals) {
        const belief = horseId === null ? undefined : beliefs.get(horseId)
        if (horseId === null || belief === undefined) continue
        beliefs.set(horseId, weigh(belief, { kind: 'elsewhere', certainty: certainty ?? 0.5 }, seconds))
      }
    },
    fade(ms) {
      for (const [horseId, belief] of beliefs) beliefs.set(horseId, fade(belief, priorFor(horseId), ms))
      anybody = fade(anybody, 0, ms)
    },
    remember(horseId, certainty, agoMs) {
      const full = 60
      beliefs.set(
        horseId,
        fade(weigh(beliefIn(horseId), { kind: 'seen', certainty }, full), priorFor(horseId), agoMs),
      )
      anybody = Math.max(anybody, fade(weigh(0, { kind: 'seen', certainty: 0.95 }, full), 0, agoMs))
    },
    rename(from, into) {
      const belief = beliefs.get(from)
      if (belief === undefined) return
      beliefs.delete(from)
      if (into) beliefs.set(into, Math.max(belief, beliefIn(into)))
    },
    verdict() {
      const here = probability(anybody)
      const ranked = [...new Set([...beliefs.keys(), ...expected])]
        .map((horseId) => ({ horseId, chance: chanceOf(horseId) }))
        .sort((a, b) => b.chance - a.chance)
      last = decide(ranked, here, expected, last)
      return last
    },
  }
}

const idOf = ({ horseId }: Animal) => (horseId === null ? [] : [horseId])

function evidenceOf(horseId: HorseId, { here, elsewhere }: PlaceLook, isUnknownHere: boolean): Evidence {
  const seen = here.find((one) => one.horseId === horseId)
  if (seen) return { kind: 'seen', certainty: seen.certainty ?? 0.5 }
  const away = elsewhere.find((one) => one.horseId === horseId)
  if (away) return { kind: 'elsewhere', certainty: away.certainty ?? 0.5 }
  if (here.length === 0) return { kind: 'nobody' }
  return isUnknownHere ? { kind: 'somebody' } : { kind: 'others' }
}

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
