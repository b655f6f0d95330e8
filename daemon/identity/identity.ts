/**
 * Tracklets -> horses (pure: ids are minted and rows are stored by the caller). Holds each live tracklet's looks
 * and the gallery; answers who is who, and which looks are worth keeping.
 */
import type { HorseId, Look, StreamId, TrackletId } from '../types.ts'
import { createEvidence, type Evidence } from './belief.ts'
import { decide, type Rules, type Verdict } from './decide.ts'
import { createGallery, dot, type Gallery, type GalleryVector } from './gallery.ts'

export interface Identity {
  /** Takes a look at a tracklet of a stream. Only looks that passed the gate may come here: they may teach. */
  addLook(streamId: StreamId, trackletId: TrackletId, look: Look, monoMs: number): void
  /** When a tracklet was looked at last, and whether it has a horse: what the look gate asks. */
  lookState(trackletId: TrackletId): { lastLookMs: number | null; decided: boolean }
  /** Who is who among the live tracklets of a stream. Tracklets without a look are unknown. */
  decide(live: readonly TrackletId[]): Verdict[]
  /** The looks by which a new horse is founded, most different first. */
  foundingLooks(trackletId: TrackletId): Look[]
  /** Ties a tracklet to the horse just made from it, with the stored vectors it was founded on. */
  found(streamId: StreamId, trackletId: TrackletId, horseId: HorseId, stored: readonly GalleryVector[]): void
  /** The look (if any) that a matched tracklet's horse should learn, and the row to replace. Asked once a look. */
  lesson(streamId: StreamId, verdict: Verdict): { look: Look; instead: number | undefined } | null
  learn(vector: GalleryVector): void
  /** Lets go of a tracklet that has ended. */
  end(trackletId: TrackletId): void
  forgetHorse(streamId: StreamId, horseId: HorseId): void
}

interface Case {
  readonly evidence: Evidence
  readonly looks: Look[]
  current: HorseId | null
  known: boolean
  unlearnt: Look | null
  lastLookMs: number | null
}

const mostFoundingLooks = 6
const mostLooks = 12
/** A look teaches only where it is at least this much nearer to its own horse than to any other. */
const lessonLead = 0.08

export function createIdentity(rules: Rules, stored: readonly GalleryVector[]): Identity {
  const gallery = createGallery(stored)
  const cases = new Map<TrackletId, Case>()
  const caseOf = (id: TrackletId): Case => {
    const known = cases.get(id)
    if (known) return known
    const fresh: Case = {
      evidence: createEvidence(),
      looks: [],
      current: null,
      known: false,
      unlearnt: null,
      lastLookMs: null,
    }
    cases.set(id, fresh)
    return fresh
  }
  return {
    addLook(streamId, trackletId, look, monoMs) {
      const one = caseOf(trackletId)
      one.evidence.add(gallery.scores(streamId, look.vector))
      one.unlearnt = look
      one.lastLookMs = monoMs
      one.looks.push(look)
      if (one.looks.length > mostLooks) one.looks.shift()
    },
    lookState(trackletId) {
      const one = cases.get(trackletId)
      return { lastLookMs: one?.lastLookMs ?? null, decided: one?.current != null }
    },
    decide(live) {
      const claims = live.map((trackletId) => {
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
      return verdicts
    },
    foundingLooks: (trackletId) => spread(cases.get(trackletId)?.looks ?? [], mostFoundingLooks),
    found(streamId, trackletId, horseId, vectors) {
      for (const vector of vectors) gallery.add(vector)
      const one = caseOf(trackletId)
      const looks = one.looks
      one.evidence.clear()
      for (const look of looks) one.evidence.add(gallery.scores(streamId, look.vector))
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
    learn: (vector) => gallery.add(vector),
    end: (trackletId) => void cases.delete(trackletId),
    forgetHorse: (streamId, horseId) => gallery.forgetHorse(streamId, horseId),
  }
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

/** Up to `most` looks, greedily the one least like those already chosen (k-centre), beginning with the sharpest. */
function spread(looks: readonly Look[], most: number): Look[] {
  const rest = [...looks].sort((a, b) => b.sharpness - a.sharpness)
  const chosen = rest.splice(0, 1)
  while (chosen.length < most && rest.length > 0) {
    const nearness = rest.map(({ vector }) => Math.max(...chosen.map((one) => dot(one.vector, vector))))
    const index = nearness.indexOf(Math.min(...nearness))
    chosen.push(...rest.splice(index, 1))
  }
  return chosen
}
