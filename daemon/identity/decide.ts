/**
 * Who is who at one moment (pure): one assignment over all live tracklets of a scope, each free to stay unknown. What is
 * before other cameras takes part, but is decided with their own pictures.
 */
import { assign } from '../lib/assignment.ts'
import type { HorseId, TrackletId } from '../types.ts'
import type { Odds } from './gallery.ts'
import { acceptAbove, keepAbove, leadToAccept, lessForUnconfirmed, probability } from './odds.ts'

/** What is believed of a tracklet. */
export interface Belief {
  /** Log odds of each horse. */
  readonly odds: Odds
  /** Whether it was looked at enough to be given a horse. */
  readonly mayMatch: boolean
  /** Log odds that all free horses must be below where it is a new one; null where it was not looked at enough to say so. */
  readonly newBelow: number | null
}

export interface Claim {
  readonly trackletId: TrackletId
  readonly belief: Belief
  /** The horse it was given last, which it keeps on less. */
  readonly current: HorseId | null
  /** The current horse was given when nobody had confirmed it: that somebody names it is no reason to let it go. */
  readonly isGuess?: boolean | undefined
  /** Whether it was ever given a horse: then it may fall into doubt, but never founds a new horse. */
  readonly known: boolean
  /** It may be gone by now: that its horse is its own still, does not prove that another tracklet is not. */
  readonly mayBeGone?: boolean | undefined
}

/** A tracklet of another camera, which stands where the horse cannot be here too. */
export interface Elsewhere {
  readonly trackletId: TrackletId
  /** Whether it was seen in that camera's newest picture; else it may just have left. */
  readonly isSeen: boolean
}

/** Whether a person has named a horse, or made it official. */
export type IsConfirmed = (horseId: HorseId) => boolean

export interface Verdict {
  readonly trackletId: TrackletId
  /** `new`: looks enough, and like nobody known. `unknown`: too few looks, or doubtful. */
  readonly kind: 'matched' | 'new' | 'unknown'
  readonly horseId: HorseId | null
  /** The horse that it is most like, given or not; null without a horse to compare with. */
  readonly nearest: HorseId | null
  /** The runner-up: the next one that is free. */
  readonly second: HorseId | null
  /** How probable the best horse and the runner-up are, 0-1; null without a horse to compare with. */
  readonly score: number | null
  readonly secondScore: number | null
  /** How probable the horse in question must be for a tracklet to be given it. */
  readonly threshold: number
}

/** From this probability on a tracklet is given a horse, and from this one on a horse that nobody has confirmed. */
export const acceptScore = probability(acceptAbove)
export const guessScore = probability(acceptAbove - lessForUnconfirmed)
/** What is decided by where no horse is in question, for those who read it later: a probability, and a lead in log odds. */
export const decisionBasis = { threshold: acceptScore, margin: leadToAccept } as const
/** A horse that another tracklet surely is, is no reason to wait: unless this one is even more like it. */
const newBelowTaken = 0

export function decide(claims: readonly Claim[], isConfirmed: IsConfirmed): Verdict[] {
  const all = new Set<HorseId>()
  for (const { belief } of claims) for (const horseId of belief.odds.keys()) all.add(horseId)
  const horses = [...all]
  // A row a tracklet; a column a horse, then a column "unknown" for each tracklet, which costs nothing.
  const costs = claims.map((claim, row) => {
    const line = new Array<number>(horses.length + claims.length).fill(1e3)
    for (let at = 0; at < horses.length; at++) {
      const horseId = horses[at] as HorseId
      line[at] = neededFor(claim, horseId) - oddsFor(claim, horseId)
    }
    line[horses.length + row] = 0
    return line
  })
  const given = assign(costs).map((column) => horses[column] ?? null)
  const taken = new Map(given.flatMap((horseId, row) => (horseId === null ? [] : [[horseId, row] as const])))
  const isTakenFrom = (row: number) => (horseId: HorseId) => {
    const by = taken.get(horseId) ?? row
    return by !== row && claims[by]?.mayBeGone !== true
  }
  const verdicts = claims.map((claim, row) =>
    verdict(claim, given[row] ?? null, isTakenFrom(row), isConfirmed),
  )
  // A guess never takes a horse from a tracklet that fits by all that is asked for, nor a tracklet from such a horse.
  const guesses = claims.flatMap((claim, row) => {
    const one = verdicts[row]?.kind === 'unknown' && guess(claim, isTakenFrom(row), isConfirmed)
    return one ? [{ ...one, row }] : []
  })
  for (const { row, verdict } of guesses.sort((a, b) => b.odds - a.odds)) {
    if (taken.has(verdict.horseId)) continue
    taken.set(verdict.horseId, row)
    verdicts[row] = verdict
  }
  return verdicts
}

function oddsFor({ belief }: Claim, horseId: HorseId): number {
  return belief.odds.get(horseId) ?? -1e2
}

function neededFor(claim: Claim, horseId: HorseId): number {
  if (claim.current === horseId) return keepAbove
  // A held tracklet goes over to another horse only for a clear lead.
  return claim.current === null ? acceptAbove : acceptAbove + leadToAccept
}

function verdict(
  claim: Claim,
  horseId: HorseId | null,
  isTaken: (horseId: HorseId) => boolean,
  isConfirmed: IsConfirmed,
): Verdict {
  const { odds, mayMatch, newBelow } = claim.belief
  const best = highest(odds)
  const inQuestion = horseId ?? best?.horseId
  const threshold = inQuestion === undefined || isConfirmed(inQuestion) ? acceptScore : guessScore
  const base = { trackletId: claim.trackletId, horseId: null, nearest: best?.horseId ?? null, threshold }
  if (horseId !== null) {
    const { lead, scores } = standing(claim, horseId, isTaken)
    if (claim.current === horseId || (lead >= leadToAccept && mayMatch)) {
      return { ...base, kind: 'matched', horseId, ...scores }
    }
    return { ...base, kind: 'unknown', ...scores }
  }
  const isNobody =
    newBelow !== null && [...odds].every(([id, value]) => value < (isTaken(id) ? newBelowTaken : newBelow))
  const kind = isNobody && !claim.known ? 'new' : 'unknown'
  const second = highest(odds, (id) => id !== best?.horseId)
  const score = (one: typeof best) => (one ? probability(one.value) : null)
  return { ...base, kind, score: score(best), second: second?.horseId ?? null, secondScore: score(second) }
}

/**
 * A horse that nobody has confirmed, for a tracklet that is nobody's: the best by the usual lead, on lower odds. One that it has is kept
 * as long as no other has that lead over it.
 */
function guess(claim: Claim, isTaken: (horseId: HorseId) => boolean, isConfirmed: IsConfirmed) {
  const { trackletId, current, belief } = claim
  const { odds, mayMatch, newBelow } = belief
  const best = highest(odds, (id) => !isTaken(id))
  const horseId = current ?? best?.horseId
  if (horseId === undefined || !best) return undefined
  const { own, lead, scores } = standing(claim, horseId, isTaken)
  const isGiven =
    current === null
      ? // As many looks as it takes to say that it is a new one.
        mayMatch && newBelow !== null && own >= acceptAbove - lessForUnconfirmed && lead >= leadToAccept
      : own >= keepAbove - lessForUnconfirmed && lead > -leadToAccept
  if (!isGiven || !((current !== null && claim.isGuess) || !isConfirmed(horseId))) return undefined
  const as = { trackletId, kind: 'matched' as const, horseId, nearest: best.horseId, threshold: guessScore }
  return { odds: own, verdict: { ...as, ...scores } }
}

/** How a horse stands for a tracklet: its odds, its lead over the next one that is free, and both as a verdict says them. */
function standing(claim: Claim, horseId: HorseId, isTaken: (horseId: HorseId) => boolean) {
  const own = oddsFor(claim, horseId)
  const rival = highest(claim.belief.odds, (id) => id !== horseId && !isTaken(id))
  const secondScore = rival ? probability(rival.value) : null
  return {
    own,
    lead: own - (rival?.value ?? Number.NEGATIVE_INFINITY),
    scores: { score: probability(own), second: rival?.horseId ?? null, secondScore },
  }
}

/** The horse of the highest odds among some. */
function highest(odds: Odds, isAmong: (horseId: HorseId) => boolean = () => true) {
  let best: { readonly horseId: HorseId; readonly value: number } | undefined
  for (const [horseId, value] of odds)
    if ((!best || value > best.value) && isAmong(horseId)) best = { horseId, value }
  return best
}
