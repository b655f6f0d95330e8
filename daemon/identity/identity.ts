/**
 * Tracklets -> horses (pure: ids are minted and rows are stored by the caller). Holds each live tracklet's looks
 * and the gallery; answers who is who, and which looks are worth keeping.
 */
import { iou } from '../lib/boxes.ts'
import type { Box, HorseId, Look, StreamId, TrackletId } from '../types.ts'
import { createEvidence, type Evidence } from './belief.ts'
import { decide, keepSlack, type Rules, type Verdict } from './decide.ts'
import { createGallery, dot, type Gallery, type GalleryVector } from './gallery.ts'
import type { LookNeed, LookUse } from './look-gate.ts'

export interface Identity {
  /** How like each horse of a stream these looks are: a frame's looks in one go, for `addLook`. In their order. */
  compare(streamId: StreamId, looks: readonly Look[]): ReadonlyMap<HorseId, number>[]
  /**
   * Takes a look at a tracklet of a stream, as evidence (then it may teach) or as a mere test, as the gate said.
   * Answers `other` when the looks say that this is no longer the horse that the tracklet was given.
   */
  addLook(streamId: StreamId, trackletId: TrackletId, look: Taken): 'same' | 'other'
  /**
   * The tracker is not sure that this is still the same animal: it is nobody until a look has shown who it is.
   * Answers `other` when nothing is lost by beginning anew, as no horse was given yet.
   */
  doubt(trackletId: TrackletId): 'same' | 'other'
  /** When a tracklet was looked at last, and how urgent the next look is: what the look gate asks. */
  lookState(trackletId: TrackletId, box: Box): { lastLookMs: number | null; need: LookNeed }
  /** Who is who among the live tracklets of a stream. Tracklets without a look are unknown. */
  decide(live: readonly TrackletId[]): Verdict[]
  /** The looks by which a new horse is founded, most different first; only those that have their crop. */
  foundingLooks(trackletId: TrackletId): KeptLook[]
  /** Ties a tracklet to the horse just made from it, with the stored vectors it was founded on. */
  found(streamId: StreamId, trackletId: TrackletId, horseId: HorseId, stored: readonly GalleryVector[]): void
  /** The look (if any) that a matched tracklet's horse should learn, and the row to replace. Asked once a look. */
  lesson(streamId: StreamId, verdict: Verdict): { look: Look; instead: number | undefined } | null
  /** A lesson that is stored now. */
  learn(vector: GalleryVector, instead: number | undefined): void
  /** Lets go of a tracklet that has ended. */
  end(trackletId: TrackletId): void
  forgetHorse(streamId: StreamId, horseId: HorseId): void
}

/** A look that can be stored. */
export type KeptLook = Look & { readonly crop: Uint8Array }

/** A look with how it came about. */
export interface Taken {
  readonly look: Look
  /** What `compare` said of it in this frame; asked for when absent. */
  readonly scores?: ReadonlyMap<HorseId, number> | undefined
  readonly use: LookUse
  readonly box: Box
  readonly monoMs: number
}

interface Case {
  readonly evidence: Evidence
  readonly looks: Look[]
  current: HorseId | null
  /** Whether it was ever given a horse. */
  known: boolean
  /** Looks in a row that spoke against the horse it was given. */
  strikes: number
  /** The tracker is not sure of it, and no look has cleared it since. */
  doubtful: boolean
  unlearnt: Look | null
  lastLook: { readonly box: Box; readonly monoMs: number } | null
}

const mostFoundingLooks = 6
const mostLooks = 12
/** A look teaches only where it is at least this much nearer to its own horse than to any other. */
const lessonLead = 0.08
/** One look may be of a horse half hidden; as many in a row are of another horse. */
const strikesToBreak = 2
/** A box that overlaps that of its last look less than this has moved off: another animal may have taken it over. */
const movedBelow = 0.5

function newCase(): Case {
  return {
    evidence: createEvidence(),
    looks: [],
    current: null,
    known: false,
    strikes: 0,
    doubtful: false,
    unlearnt: null,
    lastLook: null,
  }
}

export function createIdentity(rules: Rules, stored: readonly GalleryVector[]): Identity {
  const gallery = createGallery(stored)
  const cases = new Map<TrackletId, Case>()
  const caseOf = (id: TrackletId): Case => {
    const one = cases.get(id) ?? newCase()
    cases.set(id, one)
    return one
  }
  return {
    compare: (streamId, looks) =>
      gallery.scoresOfAll(
        streamId,
        looks.map(({ vector }) => vector),
      ),
    addLook(
      streamId,
      trackletId,
      { look, scores = gallery.scores(streamId, look.vector), use, box, monoMs },
    ) {
      const one = caseOf(trackletId)
      one.lastLook = { box, monoMs }
      if (one.current !== null && contradicts(scores, one.current, rules)) {
        one.strikes++
        return one.strikes >= strikesToBreak ? 'other' : 'same'
      }
      one.strikes = 0
      // Half a horse that is only rather alike proves nothing: it is nobody until a better look.
      one.doubtful = use === 'test' && scoreOf(scores, one.current) < rules.sameAbove
      if (use === 'test') return 'same'
      one.evidence.add(scores)
      one.unlearnt = look
      one.looks.push(look)
      if (one.looks.length > mostLooks) one.looks.shift()
      return 'same'
    },
    doubt(trackletId) {
      const one = caseOf(trackletId)
      if (one.current === null) return one.looks.length > 0 ? 'other' : 'same'
      one.doubtful = true
      return 'same'
    },
    lookState(trackletId, box) {
      const one = cases.get(trackletId)
      const lastLookMs = one?.lastLook?.monoMs ?? null
      return { lastLookMs, need: one ? needOf(one, box) : 'undecided' }
    },
    decide: (live) => decideAll(live, cases, rules),
    foundingLooks: (trackletId) =>
      spread((cases.get(trackletId)?.looks ?? []).filter(hasCrop), mostFoundingLooks),
    found(streamId, trackletId, horseId, vectors) {
      for (const vector of vectors) gallery.add(vector)
      const one = caseOf(trackletId)
      one.evidence.clear()
      for (const look of one.looks) one.evidence.add(gallery.scores(streamId, look.vector))
      one.current = horseId
      one.known = true
      one.unlearnt = null
    },
    lesson(streamId, verdict) {
      const one = cases.get(verdict.trackletId)
      const look = one?.unlearnt
      if (!one || !look || verdict.kind !== 'matched' || verdict.horseId === null) return null
      one.unlearnt = null
      return lessonFor(gallery, streamId, verdict.horseId, look, rules)
    },
    learn: (vector, instead) => gallery.add(vector, instead),
    end: (trackletId) => void cases.delete(trackletId),
    forgetHorse: (streamId, horseId) => gallery.forgetHorse(streamId, horseId),
  }
}

function needOf(one: Case, box: Box): LookNeed {
  if (one.current === null) return 'undecided'
  if (isInDoubt(one)) return 'urgent'
  const overlap = one.lastLook === null ? 1 : iou(one.lastLook.box, box)
  return overlap < movedBelow ? 'moved' : 'decided'
}

function isInDoubt(one: Case): boolean {
  return one.doubtful || one.strikes > 0
}

function scoreOf(scores: ReadonlyMap<HorseId, number>, horseId: HorseId | null): number {
  return (horseId === null ? undefined : scores.get(horseId)) ?? -1
}

/** Whether a look is not of this horse: too unlike it, or clearly like another one. */
function contradicts(scores: ReadonlyMap<HorseId, number>, horseId: HorseId, rules: Rules): boolean {
  const own = scoreOf(scores, horseId)
  const rival = Math.max(-1, ...[...scores].filter(([id]) => id !== horseId).map(([, score]) => score))
  return own < rules.sameAbove - keepSlack || (rival >= rules.sameAbove && rival - own >= rules.margin)
}

/** One assignment; a tracklet in doubt claims nobody, so that the horse it had can be found elsewhere. */
function decideAll(
  live: readonly TrackletId[],
  cases: ReadonlyMap<TrackletId, Case>,
  rules: Rules,
): Verdict[] {
  const sure = live.filter((id) => {
    const one = cases.get(id)
    return !one || !isInDoubt(one)
  })
  const claims = sure.map((trackletId) => {
    const one = cases.get(trackletId)
    return {
      trackletId,
      belief: one?.evidence.belief ?? { looks: 0, means: new Map() },
      current: one?.current ?? null,
      known: one?.known ?? false,
    }
  })
  const verdicts = decide(claims, rules)
  for (const { trackletId, horseId } of verdicts) {
    const one = cases.get(trackletId)
    if (!one) continue
    one.current = horseId
    one.known ||= horseId !== null
  }
  const doubtful = live.filter((id) => !sure.includes(id))
  return [...verdicts, ...doubtful.map(nobody)]
}

function nobody(trackletId: TrackletId): Verdict {
  return { trackletId, kind: 'unknown', horseId: null, score: null, secondScore: null }
}

function lessonFor(gallery: Gallery, streamId: StreamId, horseId: HorseId, look: Look, rules: Rules) {
  const scores = gallery.scores(streamId, look.vector)
  const own = scores.get(horseId) ?? -1
  if (own < rules.sameAbove) return null
  for (const [other, score] of scores) {
    if (other !== horseId && own - score < lessonLead) return null
  }
  const place = gallery.place(streamId, horseId, look.vector)
  return place && { look, instead: place.instead }
}

const hasCrop = (look: Look): look is KeptLook => look.crop !== undefined

/** Up to `most` looks, greedily the one least like those already chosen (k-centre), beginning with the sharpest. */
function spread(looks: readonly KeptLook[], most: number): KeptLook[] {
  const rest = [...looks].sort((a, b) => b.sharpness - a.sharpness)
  const chosen = rest.splice(0, 1)
  while (chosen.length < most && rest.length > 0) {
    const nearness = rest.map(({ vector }) => Math.max(...chosen.map((one) => dot(one.vector, vector))))
    const index = nearness.indexOf(Math.min(...nearness))
    chosen.push(...rest.splice(index, 1))
  }
  return chosen
}
