/**
 * The table `sightings`: one row a tracklet and identity, rewritten while it lasts.
 */
import type {
  CorrectionId,
  Decision,
  HorseId,
  Sighting,
  SightingId,
  StoredSighting,
  StreamId,
  TrackletId,
} from '../types.ts'
import { type Db, isRefusal, writeFailure } from './database.ts'
import { resolved } from './horse-rows.ts'
import type { Horses } from './horses.ts'
import type { Judged, Whys } from './whys.ts'

/** A sighting as it stands now, and how many detections came since it was saved last. */
export interface SightingUpdate extends Sighting {
  readonly addedDetections: number
  /** The looks that it was judged by since, in order. */
  readonly judged?: readonly Judged[] | undefined
}

/** For how long a horse was seen at a camera. */
export interface Stay {
  readonly streamId: StreamId
  readonly ms: number
}

export interface Sightings {
  /**
   * Writes the sightings and what they add to their horses in one transaction. Rows that the table refuses are left
   * out and answered. `alongside` writes more in the same transaction: each costs the disk a flush. Throws `DB_WRITE` when
   * nothing can be written: a full disk, a locked file.
   */
  save(updates: readonly SightingUpdate[], alongside?: () => void): SightingUpdate[]
  get(id: SightingId): StoredSighting | undefined
  /** The newest sighting of a tracklet. */
  latestOf(trackletId: TrackletId): Sighting | undefined
  /** The newest sightings of a horse, or those before a time. */
  findByHorseId(horseId: HorseId, limit: number, beforeMs?: number): StoredSighting[]
  /** The newest sightings of a stream that are nobody's, or those before a time. */
  unknowns(streamId: StreamId, limit: number, beforeMs?: number): StoredSighting[]
  /** For how long a horse was seen within a time, by camera, the longest first. */
  staysOf(horseId: HorseId, fromMs: number, toMs: number): Stay[]
  /** From when to when a horse was seen, and where, as far as it is still known. */
  spansOf(horseId: HorseId): (readonly [fromMs: number, toMs: number, streamId: StreamId])[]
  /** From when to when which of some horses was seen, and where, the newest first. */
  spans(
    horseIds: readonly HorseId[],
    limit: number,
  ): { horseId: HorseId; span: readonly [fromMs: number, toMs: number, streamId: StreamId] }[]
}

interface Row {
  id: string
  stream_id: string
  tracklet_id: string
  horse_id: string | null
  from_ms: number
  to_ms: number
  detections: number
  decision: Decision['kind']
  score: number | null
  second_score: number | null
  threshold: number | null
  margin: number | null
  model: string | null
}

type StoredRow = Row & { look_id: number | null; corrected_by: CorrectionId | null }

const stored = `SELECT s.*, (SELECT p.id FROM whys w JOIN pictures p ON p.id = w.look_id WHERE w.sighting_id = s.id)
  AS look_id FROM sightings s`

/** Nobody has said whose it is, at most whose it is not. */
const isOpen = `(corrected_by IS NULL OR
  (SELECT c.kind FROM corrections c WHERE c.id = s.corrected_by) = 'not-this-horse')`

const fromStored = (row: StoredRow): StoredSighting => ({
  ...fromRow(row),
  lookId: row.look_id,
  correctedBy: row.corrected_by,
})

function fromRow(row: Row): Sighting {
  return {
    id: row.id as SightingId,
    streamId: row.stream_id as StreamId,
    trackletId: row.tracklet_id as TrackletId,
    horseId: row.horse_id as HorseId | null,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    detections: row.detections,
    decision: {
      kind: row.decision,
      score: row.score,
      secondScore: row.second_score,
      threshold: row.threshold,
      margin: row.margin,
      model: row.model,
    },
  }
}

export function openSightings(db: Db, horses: Horses, whys: Whys): Sightings {
  const addStream = db.prepare('INSERT INTO streams (id, created_ms) VALUES (?, ?) ON CONFLICT DO NOTHING')
  // What a person has said of a sighting stays, however the box goes on with it; nor does a frame that was looked at
  // before a merge give anything to a name that is another's now.
  const upsert = db.prepare<unknown[], { horse_id: HorseId | null; corrected_by: string | null }>(
    `INSERT INTO sightings (id, stream_id, tracklet_id, horse_id, from_ms, to_ms, detections, decision, score,
     second_score, threshold, margin, model) VALUES (?, ?, ?, (${resolved}), ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET to_ms = excluded.to_ms, detections = excluded.detections,
       horse_id = iif(corrected_by IS NULL, excluded.horse_id, horse_id),
       decision = iif(corrected_by IS NULL, excluded.decision, decision), score = excluded.score,
       second_score = excluded.second_score, threshold = excluded.threshold, margin = excluded.margin,
       model = excluded.model
     RETURNING horse_id, corrected_by`,
  )
  const select = db.prepare<[string], StoredRow>(`${stored} WHERE s.id = ?`)
  const byHorse = db.prepare<[string, number, number], StoredRow>(
    `${stored} WHERE horse_id = ? AND to_ms < ? ORDER BY to_ms DESC, id DESC LIMIT ?`,
  )
  const unknowns = db.prepare<[string, number, number], StoredRow>(
    `${stored} WHERE stream_id = ? AND horse_id IS NULL AND ${isOpen} AND to_ms < ?
     ORDER BY to_ms DESC, id DESC LIMIT ?`,
  )
  const save = db.transaction((updates: readonly SightingUpdate[], alongside?: () => void) => {
    alongside?.()
    for (const one of updates) {
      const { kind, score, secondScore, threshold, margin, model } = one.decision
      addStream.run(one.streamId, one.fromMs)
      const row = upsert.get(
        one.id,
        one.streamId,
        one.trackletId,
        one.horseId,
        one.fromMs,
        one.toMs,
        one.detections,
        kind,
        score,
        secondScore,
        threshold,
        margin,
        model,
      )
      // Why the box thought so is as it was when a person said otherwise.
      if (row?.corrected_by === null) for (const judged of one.judged ?? []) whys.put(one, judged)
      const horseId = row?.horse_id ?? null
      if (horseId === null) continue
      const confidence = Math.min(1, Math.max(0, score ?? 0))
      horses.addSeen({
        horseId,
        streamId: one.streamId,
        lastSeenMs: one.toMs,
        detections: one.addedDetections,
        confidence,
      })
    }
  })
  return {
    ...openPast(db),
    save(updates, alongside) {
      if (updates.length === 0 && !alongside) return []
      if (saveOrRefuse(() => save.immediate(updates, alongside))) return []
      // One row that the table refuses must not take the others with it.
      if (alongside) saveOrRefuse(() => save.immediate([], alongside))
      return updates.filter((one) => !saveOrRefuse(() => save.immediate([one])))
    },
    get(id) {
      const row = select.get(id)
      return row && fromStored(row)
    },
    findByHorseId: (horseId, limit, beforeMs = Number.MAX_SAFE_INTEGER) =>
      byHorse.all(horseId, beforeMs, limit).map(fromStored),
    unknowns: (streamId, limit, beforeMs = Number.MAX_SAFE_INTEGER) =>
      unknowns.all(streamId, beforeMs, limit).map(fromStored),
  }
}

/** What the box itself asks of what was seen. */
function openPast(db: Db): Pick<Sightings, 'latestOf' | 'spansOf' | 'spans' | 'staysOf'> {
  const latest = db.prepare<[string], Row>(
    'SELECT * FROM sightings WHERE tracklet_id = ? ORDER BY to_ms DESC, id DESC LIMIT 1',
  )
  const spans = db
    .prepare<[string], [number, number, StreamId]>(
      'SELECT from_ms, to_ms, stream_id FROM sightings WHERE horse_id = ?',
    )
    .raw()
  const stays = db.prepare<{ horseId: string; from: number; to: number }, Stay>(
    `SELECT stream_id AS streamId, sum(min(to_ms, @to) - max(from_ms, @from)) AS ms FROM sightings
     WHERE horse_id = @horseId AND to_ms > @from AND from_ms < @to GROUP BY stream_id ORDER BY ms DESC, stream_id`,
  )
  const newest = db
    .prepare<[string, number], [HorseId, number, number, StreamId]>(
      `SELECT horse_id, from_ms, to_ms, stream_id FROM sightings
       WHERE horse_id IN (SELECT value FROM json_each(?)) ORDER BY to_ms DESC LIMIT ?`,
    )
    .raw()
  return {
    latestOf(trackletId) {
      const row = latest.get(trackletId)
      return row && fromRow(row)
    },
    spansOf: (horseId) => spans.all(horseId),
    staysOf: (horseId, from, to) => stays.all({ horseId, from, to }),
    spans: (horseIds, limit) =>
      newest.all(JSON.stringify(horseIds), limit).map(([horseId, ...span]) => ({ horseId, span })),
  }
}

/** False when a row breaks a rule of the table. */
function saveOrRefuse(write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    if (isRefusal(error)) return false
    throw writeFailure(error)
  }
}
