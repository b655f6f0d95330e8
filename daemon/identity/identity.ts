/**
 * Tracklets -> horses (pure: ids are minted and rows are stored by the caller). Holds each live tracklet's looks
 * and the gallery; answers who is who, and which looks are worth keeping.
 */
import type { Box, HorseId, Look, ScopeId, StreamId, TrackletId } from '../types.ts'
import type { Said } from '../why-types.ts'
import { type Case, doubt, isHolding, isInDoubt, isSaid, keep, needOf, newCase } from './case.ts'
import {
  acceptScore,
  type Belief,
  type Claim,
  decide,
  type Elsewhere,
  type IsConfirmed,
  type Verdict,
} from './decide.ts'
import { createGallery, type Gallery, type GalleryVector, type Odds } from './gallery.ts'
import type { LookNeed, LookUse } from './look-gate.ts'
import { leadToAccept, logOdds, oddsOfNew, type PlainRules } from './odds.ts'
import { inDoubt, type Reasons, reasonsFrom } from './reasons.ts'
import type { RoughOdds } from './rough-odds.ts'
import { thinned } from './space.ts'
import { createUsual } from './usual.ts'
import { createLastPlaces, oddsOfPlaces, type Place } from './whereabouts.ts'

export interface Rules extends PlainRules {
  /** Looks that a first decision needs, as long as nothing has been learnt of the camera. */
  readonly looksToDecide: number
  /** Looks of nobody known that make a new horse; as many as a decision needs must have come since the tracklet was in doubt. */
  readonly looksToCreate: number
}

export interface Identity {
  /**
   * Takes a look at a tracklet of a scope, as evidence (then it may teach), a glimpse, or as a mere test, as the gate said.
   * Answers `other` when the looks say that this is no longer the horse that the tracklet was given.
   */
  addLook(scopeId: ScopeId, trackletId: TrackletId, look: Taken): 'same' | 'other'
  /**
   * The tracker is not sure that this is still the same animal: it is nobody until a look has shown who it is, and what
   * was seen before counts less.
   */
  doubt(trackletId: TrackletId): void
  /** What people have said of it stands as long as it lasts; whose it is, while it is not in doubt. */
  told(trackletId: TrackletId, said: Said): void
  /** A tracklet was found at a place. */
  seen(streamId: StreamId, trackletId: TrackletId, place: Place): void
  /** A horse was seen at a place before the start. */
  placed(streamId: StreamId, horseId: HorseId, place: Place): void
  /** When a tracklet was looked at last, and how urgent the next look is: what the look gate asks. */
  lookState(trackletId: TrackletId, box: Box): { lastLookMs: number | null; need: LookNeed }
  /**
   * Who is who among the live tracklets of a camera. Tracklets without a look are unknown. A horse that a tracklet
   * elsewhere has is free only for one that is clearly more like it.
   */
  decide(scopeId: ScopeId, live: readonly TrackletId[], elsewhere?: readonly Elsewhere[]): Verdict[]
  /** The looks by which a new horse is founded, evenly over their time (the most different ones would be the spoilt ones); only those that have their crop. */
  foundingLooks(trackletId: TrackletId): KeptLook[]
  /** Ties a tracklet to the horse just made from it, with the stored vectors it was founded on. */
  found(trackletId: TrackletId, horseId: HorseId, stored: readonly GalleryVector[]): void
  /** The look (if any) that a matched tracklet's horse should learn, and the row to replace. Asked once a look. */
  lesson(scopeId: ScopeId, verdict: Verdict): { look: Look; instead: number | undefined } | null
  /** What a verdict just given was decided from; null for a tracklet without a look that counts. */
  why(scopeId: ScopeId, verdict: Verdict): Reasons | null
  /** A lesson that is stored now. */
  learn(vector: GalleryVector, instead: number | undefined): void
  /** Lets go of a tracklet that has ended. */
  end(trackletId: TrackletId): void
}

/** A look that can be stored. */
export type KeptLook = Look & { readonly crop: Uint8Array }

/** A look with how it came about. */
export interface Taken {
  readonly look: Look
  readonly use: LookUse
  readonly box: Box
  readonly monoMs: number
}

/** Tracklets with a horse that are weighed anew with one frame: it must not take the longer the more horses are there. */
const mostInTurn = 4
const mostFoundingLooks = 8
/** So many looks at a tracklet of nobody are told of at once. */
const tellAfter = 5
/** A tracklet teaches its horse only where it is surer than it need be to be given it, by so much. */
const surerToTeach = 1
const teachEveryMs = 3000
/** Odds that anybody else would have: a horse that fits less than that is spoken against by nobody in particular. */
const nobodysOdds = -3
/** What one look may say against the horse that its tracklet was given: it may be of a horse half hidden. */
const mostAgainst = 4
/** What a look says against it by chance. */
const againstByChance = 0.5
/** What a look says against it that comes in doubt and does not clear it. */
const uncleared = 2
/** From here on the tracklet is another horse. */
const breakFrom = 8
/** Odds by which a look clears a doubt: half a horse that is only rather alike proves nothing. */
const clears = { evidence: -2, test: 1 } as const

export function createIdentity(
  rules: Rules,
  stored: readonly GalleryVector[],
  isConfirmed: IsConfirmed,
): Identity {
  const gallery = createGallery(rules, stored)
  const cases = new Map<TrackletId, Case>()
  const lastPlaces = createLastPlaces()
  const caseOf = (id: TrackletId): Case => {
    const one = cases.get(id) ?? newCase()
    cases.set(id, one)
    return one
  }
  return {
    addLook: (scopeId, trackletId, taken) =>
      takeLook(gallery, scopeId, [trackletId, caseOf(trackletId)], taken),
    doubt: (trackletId) => doubt(caseOf(trackletId)),
    told(trackletId, said) {
      caseOf(trackletId).said = said
    },
    seen(streamId, trackletId, place) {
      const one = caseOf(trackletId)
      const places = lastPlaces(streamId)
      one.prior ??= oddsOfPlaces(places, place)
      if (one.current !== null && !isInDoubt(one)) places.set(one.current, place)
    },
    placed: (streamId, horseId, place) => void lastPlaces(streamId).set(horseId, place),
    lookState(trackletId, box) {
      const one = cases.get(trackletId)
      const lastLookMs = one?.lastLook?.monoMs ?? null
      return { lastLookMs, need: one ? needOf(one, box) : 'undecided' }
    },
    decide(scopeId, live, elsewhere = []) {
      const others = elsewhere.filter(({ trackletId }) => isHolding(cases.get(trackletId)))
      const all = [...live, ...others.map(({ trackletId }) => trackletId)]
      weigh(
        gallery,
        scopeId,
        all.flatMap((id) => cases.get(id) ?? []),
      )
      const isLearnt = gallery.space(scopeId).chance !== null
      const verdicts = decideAll([live, others], cases, {
        isLearnt,
        maturity: gallery.maturity(scopeId),
        rules,
        isConfirmed: confirmedIn(gallery, scopeId, isConfirmed),
      })
      for (const { trackletId, horseId } of verdicts)
        if (horseId !== null) gallery.nobody(scopeId, trackletId, [])
      return verdicts
    },
    foundingLooks: (trackletId) =>
      thinned(
        (cases.get(trackletId)?.looks ?? []).map(({ look }) => look).filter(hasCrop),
        mostFoundingLooks,
      ),
    found(trackletId, horseId, vectors) {
      for (const vector of vectors) gallery.add(vector)
      const one = caseOf(trackletId)
      one.odds = undefined
      one.current = horseId
      one.isGuess = !isConfirmed(horseId)
      one.usual = createUsual()
      one.known = true
      one.unlearnt = null
    },
    lesson: (scopeId, verdict) => lessonOf(gallery, scopeId, cases.get(verdict.trackletId), verdict),
    why: (scopeId, verdict) => reasonsOf(gallery, scopeId, cases.get(verdict.trackletId), verdict),
    learn: (vector, instead) => gallery.add(vector, instead),
    end: (trackletId) => void cases.delete(trackletId),
  }
}

/** A look at a tracklet, for what the gate said it is good for. */
function takeLook(
  gallery: Gallery,
  scopeId: ScopeId,
  [trackletId, one]: readonly [TrackletId, Case],
  { look, use, box, monoMs }: Taken,
): 'same' | 'other' {
  const space = gallery.space(scopeId)
  one.newest = gallery.roughOdds(scopeId, space.place(look))
  const seconds = one.lastLook === null ? 0 : (monoMs - one.lastLook.monoMs) / 1000
  one.lastLook = { box, monoMs }
  if (isSaid(one)) one.against = 0
  else if (one.current !== null) {
    const own = one.newest.get(one.current) ?? -mostAgainst
    one.doubtful &&= own < clears[use === 'evidence' ? 'evidence' : 'test']
    const said = speaksAgainst(one.newest, one.current)
    // So does a look far off the usual ones, and a doubt that looks do not clear; where neither is, nothing is added.
    const unclear = one.doubtful && use === 'evidence' ? uncleared : 0
    const odd = Math.max(one.usual.surprise(own), unclear)
    one.against = Math.max(
      0,
      one.against + secondsThatCount(seconds) * (odd > 0 ? Math.max(odd, said) : said),
    )
    if (one.against >= breakFrom) return 'other'
  }
  if (use === 'test' || isInDoubt(one)) return 'same'
  if (one.current !== null) one.usual.add(one.newest.get(one.current) ?? -mostAgainst)
  one.isStale = true
  if (use === 'glimpse') {
    one.evidence.glimpse(look, monoMs)
    return 'same'
  }
  one.evidence.add(look, monoMs)
  one.unlearnt = look
  one.sinceDoubt++
  keep(one, look, monoMs)
  // Not at every look: what follows from it is much work.
  if (one.current === null && one.evidence.looks % tellAfter === 0)
    gallery.nobody(
      scopeId,
      trackletId,
      one.looks.map((kept) => kept.look),
    )
  return 'same'
}

/** What a matched tracklet's newest look can teach. */
function lessonOf(
  gallery: Gallery,
  scopeId: ScopeId,
  one: Case | undefined,
  verdict: Verdict,
): { look: Look; instead: number | undefined } | null {
  const look = one?.unlearnt
  if (!one || !look || verdict.kind !== 'matched' || verdict.horseId === null) return null
  one.unlearnt = null
  const nowMs = one.lastLook?.monoMs ?? 0
  if (nowMs - one.taughtMs < teachEveryMs || !isSure(one, verdict.horseId, verdict.threshold)) return null
  const place = gallery.place(scopeId, verdict.horseId, look.vector)
  if (place) one.taughtMs = nowMs
  return place && { look, instead: place.instead }
}

function reasonsOf(gallery: Gallery, scopeId: ScopeId, one: Case | undefined, verdict: Verdict) {
  if (one && isInDoubt(one)) return inDoubt
  const mean = one?.evidence.mean(gallery.space(scopeId))
  return one && mean ? reasonsFrom(verdict, one.evidence.looks, gallery.nearest(scopeId, mean)) : null
}

const everyHorse: IsConfirmed = () => true

/**
 * Who counts as confirmed in a scope. As long as nothing has been learnt, the threshold is the config's; where nobody is confirmed, guesses would
 * make one of two horses that are known alike.
 */
function confirmedIn(gallery: Gallery, scopeId: ScopeId, isConfirmed: IsConfirmed): IsConfirmed {
  const guesses = gallery.space(scopeId).chance !== null && gallery.horses(scopeId).some(isConfirmed)
  return guesses ? isConfirmed : everyHorse
}

/** Looks of one moment are alike in what spoils them: together they count as one. */
function secondsThatCount(seconds: number): number {
  return Math.min(1, Math.max(seconds, 0.35))
}

/** What the looks of these tracklets say now, in one go: of all that have no horse, and of some of the others in turn. */
function weigh(gallery: Gallery, scopeId: ScopeId, cases: readonly Case[]): void {
  const space = gallery.space(scopeId)
  const canWait = (one: Case) => one.current !== null && one.odds?.space === space
  const waiting = cases
    .filter((one) => canWait(one) && one.isStale)
    .sort((a, b) => (a.odds?.turn ?? 0) - (b.odds?.turn ?? 0))
  const due = [
    ...cases.filter((one) => !canWait(one) && (one.isStale || one.odds?.space !== space)),
    ...waiting.slice(0, mostInTurn),
  ]
  const stale = due.flatMap((one) => {
    const mean = one.evidence.mean(space)
    return mean ? [{ one, mean }] : []
  })
  if (stale.length === 0) return
  const odds = gallery.odds(
    scopeId,
    stale.map(({ mean }) => mean),
  )
  const turn = 1 + Math.max(...cases.map((one) => one.odds?.turn ?? 0))
  stale.forEach(({ one }, at) => {
    one.odds = { of: odds[at] ?? new Map(), space, turn }
    one.isStale = false
  })
}

/** How much a look says against its tracklet's horse: that another fits better, or that it fits less than anybody should. */
function speaksAgainst(odds: RoughOdds, horseId: HorseId): number {
  const own = odds.get(horseId) ?? -mostAgainst
  const rival = Math.max(nobodysOdds, odds.highestBut(horseId))
  return Math.min((rival - own) / 2, mostAgainst) - againstByChance
}

/** How far a scope's horses are known. */
interface Knowledge {
  readonly isLearnt: boolean
  readonly maturity: number
  readonly rules: Rules
  readonly isConfirmed: IsConfirmed
}

/** One assignment; a tracklet in doubt claims nobody, so that the horse it had can be found elsewhere. */
function decideAll(
  [live, others]: readonly [readonly TrackletId[], readonly Elsewhere[]],
  cases: ReadonlyMap<TrackletId, Case>,
  knowledge: Knowledge,
): Verdict[] {
  const isSettled = (id: TrackletId) => !isInDoubt(cases.get(id) ?? newCase())
  const claim = (id: TrackletId) => claimOf(id, cases.get(id) ?? newCase(), knowledge)
  const settled = live.filter(isSettled)
  const claims = [
    ...settled.map(claim),
    ...others.map(({ trackletId, isSeen }) => ({ ...claim(trackletId), mayBeGone: !isSeen })),
  ]
  const verdicts = decide(claims, knowledge.isConfirmed).slice(0, settled.length)
  for (const { trackletId, horseId, threshold } of verdicts) {
    const one = cases.get(trackletId)
    if (!one) continue
    if (one.current !== horseId) {
      one.against = 0
      one.usual = createUsual()
      one.isGuess = threshold < acceptScore
    }
    one.current = horseId
    one.known ||= horseId !== null
  }
  const doubtful = live.filter((id) => !isSettled(id))
  return [...verdicts, ...doubtful.map(nobody)]
}

function claimOf(trackletId: TrackletId, one: Case, knowledge: Knowledge): Claim {
  const { isLearnt, maturity, rules, isConfirmed } = knowledge
  const { looks, seconds } = one.evidence
  const { said, current, known } = one
  if (said?.isNothing) return { trackletId, belief: nothing, current, known }
  if (isSaid(one)) return { trackletId, belief: sureOf(current as HorseId), current, known }
  // A single look after a doubt may be of another animal than those before it.
  const isPure = one.sinceDoubt >= Math.min(rules.looksToDecide, rules.looksToCreate)
  const odds = withPrior(one.odds?.of ?? new Map(), one.prior)
  const belief = {
    odds: said ? new Map([...odds].filter(([horseId]) => !said.not.includes(horseId))) : odds,
    // What few looks are worth is in the odds, where anything has been learnt.
    mayMatch: isLearnt || looks >= rules.looksToDecide,
    newBelow: isPure && looks >= rules.looksToCreate ? oddsOfNew(seconds, isLearnt, maturity) : null,
  }
  return { trackletId, belief, current, isGuess: isConfirmed !== everyHorse && one.isGuess, known }
}

/** Of what a person has said is no horse. */
const nothing: Belief = { odds: new Map(), mayMatch: false, newBelow: null }
/** Log odds of a person's word: more than looks that say otherwise of another tracklet come to. */
const saidOdds = 12
/** It has that horse already: nothing needs to be matched, or founded. */
const sureOf = (horseId: HorseId): Belief => ({ ...nothing, odds: new Map([[horseId, saidOdds]]) })

function withPrior(odds: Odds, prior: Odds | undefined): Odds {
  if (!prior || prior.size === 0) return odds
  const both = new Map(odds)
  for (const [horseId, value] of prior)
    if (odds.has(horseId)) both.set(horseId, (odds.get(horseId) ?? 0) + value)
  return both
}

function nobody(trackletId: TrackletId): Verdict {
  const none = { horseId: null, nearest: null, score: null, second: null, secondScore: null }
  return { trackletId, kind: 'unknown', ...none, threshold: acceptScore }
}

/** Whether a tracklet is surely a horse, and its newest look is no exception: only then it teaches. */
function isSure(one: Case, horseId: HorseId, threshold: number): boolean {
  const odds = one.odds?.of ?? new Map<HorseId, number>()
  const own = odds.get(horseId) ?? 0
  const newest = one.newest.get(horseId) ?? -mostAgainst
  if (own < logOdds(threshold) + surerToTeach || newest < clears.evidence) return false
  return [...odds].every(
    ([other, value]) =>
      other === horseId ||
      (own - value >= leadToAccept + surerToTeach && (one.newest.get(other) ?? -mostAgainst) <= newest),
  )
}

const hasCrop = (look: Look): look is KeptLook => look.crop !== undefined
