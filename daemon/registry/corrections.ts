/**
 * The tables `corrections` and `moves`: what people set right. Each correction is one transaction and one event that is
 * never changed; it moves sightings and looks from horse to horse, and undoing it moves them back.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { HybridClock } from '../lib/hlc.ts'
import { mintId } from '../lib/ids.ts'
import type {
  By,
  Corrected,
  Correction,
  CorrectionId,
  CorrectionKind,
  Horse,
  HorseId,
  SightingId,
  StreamId,
  TrackletId,
} from '../types.ts'
import type { Said } from '../why-types.ts'
import type { Db } from './database.ts'
import type { Edits } from './edits.ts'
import type { Horses } from './horses.ts'
import { openInherited } from './inherited.ts'
import { type Founded, openMoves } from './moves.ts'
import { openVerdicts } from './sync-verdicts.ts'

/** A sighting, or several of one horse or of nobody that are answered for together. */
export type OneOrSome = SightingId | readonly SightingId[]

/** Which horses may be one is the barn's rule: see `barn-corrections.ts`. */
export interface Corrections {
  /** This sighting was of that horse. */
  reassign(sightings: OneOrSome, horseId: HorseId, by: By): Corrected
  /** This sighting was of a horse that is not known yet. */
  newHorse(sightings: OneOrSome, by: By): Corrected
  /** This sighting was of no horse at all. */
  incorrect(sightings: OneOrSome, by: By): Corrected
  /**
   * This sighting was of another horse than was thought, nobody knows which: its looks speak against that horse from now on.
   * Of nobody's `horseId` says which horse it is not: that one is not offered for it any more.
   */
  notThisHorse(sightings: OneOrSome, by: By, horseId?: HorseId): Corrected
  /** These two are one: `horseId` becomes an alias of `intoId`, which takes over what it lacks of what people said of the other. */
  merge(horseId: HorseId, intoId: HorseId, by: By): Corrected
  /** These sightings of a horse are of another one, which is made. */
  split(horseId: HorseId, sightingIds: readonly SightingId[], by: By): Corrected
  remove(horseId: HorseId, by: By): Corrected
  /** Takes a correction back. Throws `STALE` where it is undone already, or where a later one moved the same rows. */
  undo(id: CorrectionId, by: By): Corrected
  /** Provisional horses that the box has founded since at the camera of a correction: some may be who was corrected. */
  foundedSince(id: CorrectionId): Founded[]
  get(id: CorrectionId): Correction | undefined
  /** The newest first, of one horse (and of those that were merged into it) or of all; those before a time. */
  list(limit: number, horseId?: HorseId, beforeMs?: number): Correction[]
  /** The horses that people said these sightings are not. */
  notOf(sightingIds: readonly SightingId[]): HorseId[]
  /** What people said of a tracklet's sightings while each was its newest; null where nobody has said anything. */
  saidOf(trackletId: TrackletId): Said | null
  /** Whether the box made this horse by itself, and neither sighting nor look nor anybody's word is left of it. */
  isEmpty(horseId: HorseId): boolean
  /** The deletion that a correction brought with it, as far as it still stands: of the horse that it left empty. */
  emptiedBy(id: CorrectionId): CorrectionId | undefined
  /** Pairs of horses that were merged, and that a person took apart again. */
  undoneMerges(): (readonly [HorseId, HorseId])[]
}

interface Row {
  id: string
  kind: CorrectionKind
  stream_id: string
  horse_id: string | null
  other_id: string | null
  at_ms: number
  actor: string | null
  undone_ms: number | null
  undone_by: string | null
}

const fromRow = (row: Row): Correction => ({
  id: row.id as CorrectionId,
  kind: row.kind,
  streamId: row.stream_id as StreamId,
  horseId: row.horse_id as HorseId | null,
  otherId: row.other_id as HorseId | null,
  atMs: row.at_ms,
  actor: row.actor,
  undoneMs: row.undone_ms,
  undoneBy: row.undone_by,
})

interface SightingRow {
  stream_id: string
  horse_id: string | null
  from_ms: number
  to_ms: number
  said: CorrectionKind | null
}

interface Books {
  readonly horses: Horses
  readonly edits: Edits
  readonly clock: HybridClock
}

/** What the corrections below work with. */
function openDesk(db: Db, { horses, edits, clock }: Books) {
  const insert = db.prepare(
    `INSERT INTO corrections (id, kind, stream_id, horse_id, other_id, at_ms, stamp, actor)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const select = db.prepare<[string], Row>('SELECT * FROM corrections WHERE id = ?')
  const sighting = db.prepare<[string], SightingRow>(
    `SELECT s.stream_id, s.horse_id, s.from_ms, s.to_ms, c.kind AS said
     FROM sightings s LEFT JOIN corrections c ON c.id = s.corrected_by WHERE s.id = ?`,
  )
  const markUndone = db.prepare('UPDATE corrections SET undone_ms = ?, undone_by = ? WHERE id = ?')
  const mustSee = (id: SightingId) => {
    const row = sighting.get(id)
    if (!row) throw new BarnboxError('NOT_FOUND', 'There is no such sighting.')
    const [horseId, streamId] = [row.horse_id as HorseId | null, row.stream_id as StreamId]
    return { id, horseId, streamId, fromMs: row.from_ms, toMs: row.to_ms, said: row.said }
  }
  const get = (id: CorrectionId) => {
    const row = select.get(id)
    return row && fromRow(row)
  }
  const mustGet = (id: CorrectionId): Correction => {
    const correction = get(id)
    if (!correction) throw new BarnboxError('NOT_FOUND', 'There is no such correction.')
    return correction
  }
  const moves = openMoves(db)
  return {
    horses,
    moves,
    verdicts: openVerdicts(db, moves),
    inherited: openInherited(db, horses, edits),
    get,
    mustGet,
    markUndone: (id: CorrectionId, { actor, nowMs }: By) => markUndone.run(nowMs, actor, id),
    note(kind: CorrectionKind, streamId: StreamId, [from, to]: FromTo, { actor, nowMs }: By): Correction {
      const id = mintId<CorrectionId>()
      insert.run(id, kind, streamId, from, to, nowMs, clock.next(), actor)
      return mustGet(id)
    },
    /** Of whom they are, and over which time. */
    mustSee(given: OneOrSome) {
      const seen = [...new Set(Array.isArray(given) ? given : [given])].map(mustSee)
      const [first] = seen.toSorted((a, b) => a.fromMs - b.fromMs)
      if (!first || seen.some(({ horseId }) => horseId !== first.horseId))
        throw new BarnboxError('BAD_REQUEST', 'Name sightings of one horse, and at least one.')
      const { horseId, streamId, fromMs } = first
      const span = { fromMs, toMs: Math.max(...seen.map(({ toMs }) => toMs)) }
      return { horseId, streamId, span, ids: seen.map(({ id }) => id), said: seen.map(({ said }) => said) }
    },
    mustHave(id: HorseId): Horse {
      const horse = horses.get(id)
      if (!horse) throw new BarnboxError('NOT_FOUND', 'There is no such horse.')
      return horse
    },
  }
}

type Desk = ReturnType<typeof openDesk>
type FromTo = readonly [from: HorseId | null, to: HorseId | null]

export function openCorrections(db: Db, books: Books): Corrections {
  const desk = openDesk(db, books)
  const newest = db.prepare<[number, number], Row>(
    'SELECT * FROM corrections WHERE at_ms < ? ORDER BY stamp DESC LIMIT ?',
  )
  const ofHorse = db.prepare<[string, number, number], Row>(
    `WITH RECURSIVE names (id) AS (
       VALUES (?) UNION SELECT h.id FROM horses h JOIN names ON h.merged_into = names.id
     ) SELECT * FROM corrections WHERE (horse_id IN names OR other_id IN names) AND at_ms < ?
     ORDER BY stamp DESC LIMIT ?`,
  )
  const denied = db
    .prepare<[string], HorseId>(
      `SELECT DISTINCT c.horse_id FROM corrections c JOIN moves m ON m.correction_id = c.id AND m.what = 'sighting'
       WHERE c.kind = 'not-this-horse' AND c.undone_ms IS NULL AND m.row_id IN (SELECT value FROM json_each(?))`,
    )
    .pluck()
  const undone = db
    .prepare<[], [HorseId, HorseId]>(
      `SELECT horse_id, other_id FROM corrections WHERE kind = 'merge' AND undone_ms IS NOT NULL`,
    )
    .raw()
  /** All of it or nothing. */
  const whole = <Args extends unknown[]>(work: (desk: Desk, ...args: Args) => Corrected) => {
    const transaction = db.transaction((...args: Args) => work(desk, ...args))
    return (...args: Args): Corrected => transaction.immediate(...args)
  }
  return {
    reassign: whole(reassign),
    newHorse: whole(newHorse),
    incorrect: whole(incorrect),
    notThisHorse: whole(notThisHorse),
    merge: whole(merge),
    split: whole(split),
    remove: whole(remove),
    undo: whole(undo),
    foundedSince: desk.moves.foundedSince,
    get: desk.get,
    notOf: (sightingIds) => denied.all(JSON.stringify(sightingIds)),
    saidOf: openWords(db, books.horses),
    ...openEmptied(db),
    undoneMerges: () => undone.all(),
    list(limit, horseId, beforeMs = Number.MAX_SAFE_INTEGER) {
      const rows = horseId === undefined ? newest.all(beforeMs, limit) : ofHorse.all(horseId, beforeMs, limit)
      return rows.map(fromRow)
    },
  }
}

function openEmptied(db: Db): Pick<Corrections, 'isEmpty' | 'emptiedBy'> {
  const empty = db
    .prepare<[string], 1>(
      `SELECT 1 FROM living h WHERE id = ? AND standing = 'provisional'
         AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.horse_id = h.id)
         AND NOT EXISTS (SELECT 1 FROM looks l WHERE l.horse_id = h.id AND l.withdrawn_by IS NULL)
         AND NOT EXISTS (SELECT 1 FROM stall_horses s WHERE s.horse_id = h.id)`,
    )
    .pluck()
  const emptied = db
    .prepare<[string], CorrectionId>(
      `SELECT d.id FROM corrections c JOIN corrections d ON d.horse_id = c.horse_id AND d.at_ms = c.at_ms + 1 AND d.stamp > c.stamp
       WHERE c.id = ? AND c.kind <> 'delete' AND d.kind = 'delete' AND d.undone_ms IS NULL`,
    )
    .pluck()
  return { isEmpty: (id) => empty.get(id) === 1, emptiedBy: (id) => emptied.get(id) }
}

/** A sighting that began so shortly before a person spoke may come of a picture that was on its way: it was not on the page. */
const onItsWayMs = 2000

function openWords(db: Db, horses: Horses): Corrections['saidOf'] {
  const words = db.prepare<[string, number], Pick<Row, 'kind' | 'horse_id' | 'other_id'>>(
    // One word on a sighting after the other, the newest first: each knows which was there before it.
    `WITH RECURSIVE word (id, sighting, tracklet, from_ms) AS (
       SELECT corrected_by, id, tracklet_id, from_ms FROM sightings WHERE tracklet_id = ? AND corrected_by IS NOT NULL
       UNION SELECT m.before_correction, w.sighting, w.tracklet, w.from_ms FROM word w
       JOIN moves m ON m.correction_id = w.id AND m.what = 'sighting' AND m.row_id = w.sighting
       WHERE m.before_correction IS NOT NULL
     ) SELECT c.kind, c.horse_id, c.other_id FROM word w JOIN corrections c ON c.id = w.id
     WHERE c.kind <> 'merge' AND c.undone_ms IS NULL AND NOT EXISTS (
       SELECT 1 FROM sightings o WHERE o.tracklet_id = w.tracklet AND o.from_ms > w.from_ms AND o.from_ms < c.at_ms - ?)
     ORDER BY c.stamp`,
  )
  const now = (id: string | null) => (id === null ? null : (horses.get(id as HorseId)?.id ?? null))
  return (trackletId) => {
    const all = words.all(trackletId, onItsWayMs)
    if (all.length === 0) return null
    let [horseId, isNothing]: [HorseId | null, boolean] = [null, false]
    const not = new Set<HorseId>()
    for (const { kind, horse_id, other_id } of all) {
      const from = now(horse_id)
      if (from !== null) not.add(from)
      isNothing = kind === 'incorrect'
      if (kind !== 'not-this-horse' || horseId === from) horseId = now(other_id)
      if (horseId !== null) not.delete(horseId)
    }
    return { horseId, isNothing, not: [...not] }
  }
}

/** Moves sightings of one horse, with the looks that taught it. */
function send({ moves }: Desk, correction: Correction, ids: readonly SightingId[]): Corrected {
  const { id, otherId } = correction
  moves.sightings(id, ids, otherId)
  moves.looksOf(id, otherId)
  moves.recount(id)
  return { correction, told: moves.told(id) }
}

/** A horse that a person has seen. */
function make(
  { horses }: Desk,
  streamId: StreamId,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Horse {
  const horse = horses.create({ streamId, seenMs: fromMs, confidence: 1, standing: 'horse' })
  horses.addSeen({ horseId: horse.id, streamId, lastSeenMs: toMs, detections: 0, confidence: 1 })
  return horse
}

function reassign(desk: Desk, sightings: OneOrSome, horseId: HorseId, by: By): Corrected {
  const { ids, streamId, horseId: before } = desk.mustSee(sightings)
  const horse = desk.mustHave(horseId)
  if (horse.id === before) throw new BarnboxError('BAD_REQUEST', 'It is this horse’s already.')
  return send(desk, desk.note('reassign', streamId, [before, horse.id], by), ids)
}

function newHorse(desk: Desk, sightings: OneOrSome, by: By): Corrected {
  const { ids, streamId, horseId, span } = desk.mustSee(sightings)
  const { id } = make(desk, streamId, span)
  return send(desk, desk.note('new-horse', streamId, [horseId, id], by), ids)
}

function incorrect(desk: Desk, sightings: OneOrSome, by: By): Corrected {
  const { ids, streamId, horseId, said } = desk.mustSee(sightings)
  if (horseId === null && said.every((kind) => kind === 'incorrect'))
    throw new BarnboxError('BAD_REQUEST', 'It is known already that it is no horse.')
  return send(desk, desk.note('incorrect', streamId, [horseId, null], by), ids)
}

function notThisHorse(desk: Desk, sightings: OneOrSome, by: By, given?: HorseId): Corrected {
  const { ids, streamId, horseId } = desk.mustSee(sightings)
  const meant = given === undefined ? horseId : desk.mustHave(given).id
  if (meant === null) throw new BarnboxError('BAD_REQUEST', 'It is nobody’s already.')
  if (horseId !== null && horseId !== meant)
    throw new BarnboxError('BAD_REQUEST', 'It is not thought to be of that horse.')
  return send(desk, desk.note('not-this-horse', streamId, [meant, null], by), ids)
}

function merge(desk: Desk, horseId: HorseId, intoId: HorseId, by: By): Corrected {
  const [horse, into] = [desk.mustHave(horseId), desk.mustHave(intoId)]
  if (horse.id === into.id) throw new BarnboxError('BAD_REQUEST', 'They are one horse already.')
  const correction = desk.note('merge', horse.streamId, [horse.id, into.id], by)
  desk.moves.allOf(correction.id, horse.id, into.id)
  desk.moves.recount(correction.id)
  desk.inherited.give(correction.id, horse, into, by)
  desk.horses.alias(horse.id, into.id)
  desk.moves.followOthers()
  return { correction, told: desk.moves.told(correction.id) }
}

function split(desk: Desk, horseId: HorseId, sightingIds: readonly SightingId[], by: By): Corrected {
  const horse = desk.mustHave(horseId)
  const seen = desk.mustSee(sightingIds)
  if (seen.horseId !== horse.id) throw new BarnboxError('BAD_REQUEST', 'Name sightings of this horse.')
  // As if it had been founded then.
  const fresh = make(desk, seen.streamId, seen.span)
  return send(desk, desk.note('split', horse.streamId, [horse.id, fresh.id], by), seen.ids)
}

function remove(desk: Desk, horseId: HorseId, by: By): Corrected {
  const horse = desk.mustHave(horseId)
  const correction = desk.note('delete', horse.streamId, [horse.id, null], by)
  desk.horses.remove(horse.id, by.nowMs)
  return { correction, told: [] }
}

function undo(desk: Desk, id: CorrectionId, by: By): Corrected {
  const { horses, moves, inherited } = desk
  const { kind, horseId, otherId, undoneMs } = desk.mustGet(id)
  if (undoneMs !== null) throw new BarnboxError('STALE', 'This was undone already.')
  if (moves.movedOn(id) > 0) {
    throw new BarnboxError('STALE', 'Some of it was corrected again since: undo that first.')
  }
  const told = moves.told(id, 'back')
  if (kind === 'merge' && otherId !== null) inherited.takeBack(id, otherId, by)
  if (kind === 'delete' && horseId !== null) horses.restore(horseId)
  if ((kind === 'new-horse' || kind === 'split') && otherId !== null) horses.remove(otherId, by.nowMs)
  desk.markUndone(id, by)
  if (kind !== 'merge') putBack(desk, id)
  // What it goes back to may be another one's name by now; and another box may have said that they are one as well, or that it is a third.
  const turned = desk.verdicts.settle().flatMap(({ horseId: one, into }) => (into ? [one, into] : [one]))
  moves.followOthers()
  return { correction: desk.mustGet(id), told, turned }
}

function putBack({ moves }: Desk, id: CorrectionId): void {
  moves.back(id)
  moves.recount(id, 'back')
}
