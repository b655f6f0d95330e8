/**
 * The sightings that are going on, between the tracker's frames and the registry's rows (pure).
 * A tracklet is one sighting as long as its horse stays the same; a change of horse closes it and opens another.
 */
import type { Verdict } from '../identity/decide.ts'
import type { SightingUpdate } from '../registry/sightings.ts'
import { type Judged, mostKept } from '../registry/whys.ts'
import type { Decision, HorseId, Sighting, SightingId, StreamId, TrackletId } from '../types.ts'

/** How the decisions of this box are made: stored with each of them. */
export interface Basis {
  readonly threshold: number
  readonly margin: number
  /** The embedder; null without one. */
  readonly model: string | null
}

/** How the box decides: whatever else there is, people have said. */
export type Decided = Exclude<Decision['kind'], 'corrected'>

export interface SightingBook {
  /** A tracklet was detected in a frame, and this is who it is now. `verdict` is undefined for one without a look. */
  note(streamId: StreamId, trackletId: TrackletId, verdict: Verdict | undefined, utcMs: number): void
  /**
   * Whether it is to be stored what was thought of a look at a tracklet: of the first since its sighting is whose it is, and of
   * nobody's some more, ever fewer. With the look itself, but where one of the same tracklet and horse was kept a moment ago.
   * A tracklet that is in doubt for a moment only keeps nothing.
   */
  wants(trackletId: TrackletId, utcMs: number): 'look' | 'words' | null
  /** The look that a tracklet's sighting was judged by. */
  judged(trackletId: TrackletId, judged: Judged): void
  /** A tracklet was made a new horse. */
  founded(trackletId: TrackletId, horseId: HorseId): void
  /**
   * A tracklet goes on that was stored before a restart, with its sighting as it stands in its row. What a person has said of
   * that goes on only where it `holds` for the tracklet.
   */
  resume(sighting: Sighting, holds?: boolean): void
  end(trackletId: TrackletId): void
  /** Nothing goes on any more. */
  endAll(): void
  /** What is to be stored: all that has changed since it was stored last. */
  pending(): SightingUpdate[]
  /** These are rows now. What has ended is forgotten with it. */
  stored(updates: readonly SightingUpdate[]): void
}

interface Open {
  id: SightingId
  streamId: StreamId
  trackletId: TrackletId
  horseId: HorseId | null
  fromMs: number
  toMs: number
  detections: number
  /** Detections already added to `horseId`. */
  counted: number
  decision: Decision & { readonly kind: Decided }
  dirty: boolean
  /** Whom its last judged look was thought to be; undefined where none was. */
  judgedAs: HorseId | null | undefined
  judgedMs: number
  /** Not stored yet. */
  judged: readonly Judged[]
  /** The last horse that a look of the tracklet was kept of, in this sighting or one before. */
  keptOf: { readonly horseId: HorseId; readonly atMs: number } | undefined
}

/** Shorter ones of nobody are a detector's flicker and are not stored. A horse that was shown is stored at once. */
const fewestDetections = 3
/** A sighting of nobody keeps a look so long after the one before, at least, and when a quarter of its time has passed since. */
const leastBetweenLooksMs = 2000
const lookAfterShare = 0.25
/** A tracklet that was in doubt for a moment, as one that moves often is, keeps no other look of the horse that it goes on as. */
const sameLookMs = 60_000
/** Sightings whose looks wait in memory while nothing can be stored. */
const mostWithLooks = 100
/** Ended sightings kept while they cannot be stored: days of a busy barn. */
const mostClosed = 10_000

/** `ended` counts the sightings that were worth a row, once they have ended. */
export function createSightingBook(
  basis: Basis,
  mintId: () => SightingId,
  ended: Record<Decided, number> = { matched: 0, created: 0, unknown: 0 },
): SightingBook {
  const open = new Map<TrackletId, Open>()
  let closed: Open[] = []
  const begin = (streamId: StreamId, trackletId: TrackletId, utcMs: number): Open => ({
    ...{ id: mintId(), streamId, trackletId, horseId: null, fromMs: utcMs, toMs: utcMs, detections: 0 },
    decision: { kind: 'unknown', score: null, secondScore: null, ...basis },
    ...{ counted: 0, dirty: false, judgedAs: undefined, judgedMs: utcMs, judged: [], keptOf: undefined },
  })
  const close = (one: Open) => {
    closed.push(one)
    if (isWorthARow(one)) ended[one.decision.kind]++
  }
  return {
    note(streamId, trackletId, verdict, utcMs) {
      const horseId = verdict?.horseId ?? null
      let one = open.get(trackletId) ?? begin(streamId, trackletId, utcMs)
      if (one.horseId !== null && one.horseId !== horseId) {
        close(one)
        const { keptOf } = one
        one = { ...begin(streamId, trackletId, utcMs), keptOf }
      }
      open.set(trackletId, one)
      one.decision = decisionOf(one, verdict, basis)
      one.horseId = horseId
      // A clock set back must not turn a sighting inside out.
      one.toMs = Math.max(one.toMs, utcMs)
      one.detections++
      one.dirty = true
    },
    wants(trackletId, utcMs) {
      const one = open.get(trackletId)
      return one ? wantsOf(one, utcMs) : null
    },
    judged(trackletId, judged) {
      const one = open.get(trackletId)
      if (one) putLook(one, judged)
    },
    founded(trackletId, horseId) {
      const one = open.get(trackletId)
      if (!one) return
      one.horseId = horseId
      one.decision = { ...one.decision, kind: 'created' }
      one.dirty = true
    },
    resume(sighting, holds = false) {
      const one = resumed(sighting, holds, basis)
      if (one) open.set(one.trackletId, one)
    },
    end(trackletId) {
      const one = open.get(trackletId)
      if (!one) return
      open.delete(trackletId)
      close(one)
    },
    endAll() {
      for (const one of open.values()) close(one)
      open.clear()
    },
    pending() {
      closed = closed.filter(isWorthARow).slice(-mostClosed)
      for (const one of closed.slice(0, -mostWithLooks)) one.judged = []
      return [...closed, ...open.values()].filter((one) => one.dirty && isWorthARow(one)).map(toUpdate)
    },
    stored(updates) {
      const rows = new Map(updates.map((one) => [one.id, one]))
      for (const one of [...closed, ...open.values()]) {
        const row = rows.get(one.id)
        if (row) noteStored(one, row)
      }
      closed = closed.filter((one) => one.dirty)
    },
  }
}

function wantsOf(one: Open, utcMs: number): 'look' | 'words' | null {
  const { horseId, judgedAs, judgedMs, fromMs, keptOf } = one
  if (keptOf && !isWorthARow(one)) return null
  if (judgedAs === undefined || judgedAs !== horseId) {
    return keptOf?.horseId === horseId && utcMs - keptOf.atMs < sameLookMs ? 'words' : 'look'
  }
  const waitMs = Math.max(leastBetweenLooksMs, lookAfterShare * (utcMs - fromMs))
  return horseId === null && utcMs - judgedMs >= waitMs ? 'look' : null
}

function putLook(one: Open, judged: Judged): void {
  // Words alone, where no look of it is kept yet, leave it to be judged by one.
  if (judged.look || one.keptOf?.horseId === one.horseId) one.judgedAs = one.horseId
  one.judgedMs = judged.takenMs
  if (judged.look && one.horseId !== null) one.keptOf = { horseId: one.horseId, atMs: judged.takenMs }
  one.judged = [...one.judged, judged].slice(-mostKept)
  one.dirty = true
}

function resumed(sighting: Sighting, holds: boolean, basis: Basis): Open | undefined {
  const { kind: stored, score, secondScore } = sighting.decision
  // The box has its own mind of what comes then: that is another sighting.
  if (stored === 'corrected' && !holds) return undefined
  const ofWord = sighting.horseId === null ? 'unknown' : 'matched'
  const kind = stored === 'corrected' ? ofWord : stored
  const counted = sighting.horseId === null ? 0 : sighting.detections
  const decision = { kind, score, secondScore, ...basis }
  // The look that it was judged by is stored with it.
  const judged = { judgedAs: sighting.horseId, judgedMs: sighting.toMs, judged: [], keptOf: undefined }
  return { ...sighting, counted, decision, dirty: false, ...judged }
}

function noteStored(one: Open, row: SightingUpdate): void {
  one.judged = one.judged.filter((look) => !row.judged?.includes(look))
  one.dirty = one.detections > row.detections || one.judged.length > 0
  if (row.horseId !== null) one.counted = row.detections
}

function isWorthARow(one: Open): boolean {
  return one.horseId !== null || one.detections >= fewestDetections
}

/** A horse made from this tracklet stays `created` while it keeps it. */
function decisionOf(one: Open, verdict: Verdict | undefined, basis: Basis): Open['decision'] {
  const horseId = verdict?.horseId ?? null
  const created = one.decision.kind === 'created' && one.horseId === horseId
  const kind = horseId === null ? 'unknown' : created ? 'created' : 'matched'
  const { score = null, secondScore = null, threshold = basis.threshold } = verdict ?? {}
  return { kind, score, secondScore, ...basis, threshold }
}

function toUpdate({
  dirty: _,
  judgedAs: _as,
  judgedMs: _ms,
  keptOf: _of,
  counted,
  ...sighting
}: Open): SightingUpdate {
  return { ...sighting, addedDetections: sighting.horseId === null ? 0 : sighting.detections - counted }
}
