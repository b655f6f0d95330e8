/**
 * The table `sightings`: one row a tracklet and identity, rewritten while it lasts.
 */
import type { HorseId, SightingId, StreamId, TrackletId } from '../types.ts'
import { type Db, isRefusal, writeFailure } from './database.ts'
import type { Horses } from './horses.ts'

/** Why a tracklet was given its horse (or none): all that the decision was made from. */
export interface Decision {
  readonly kind: 'matched' | 'created' | 'unknown'
  readonly score: number | null
  readonly secondScore: number | null
  readonly threshold: number | null
  readonly margin: number | null
  readonly model: string | null
}

export interface Sighting {
  readonly id: SightingId
  readonly streamId: StreamId
  readonly trackletId: TrackletId
  readonly horseId: HorseId | null
  readonly fromMs: number
  readonly toMs: number
  readonly detections: number
  readonly decision: Decision
}

/** A sighting as it stands now, and how many detections came since it was saved last. */
export interface SightingUpdate extends Sighting {
  readonly addedDetections: number
}

export interface Sightings {
  /**
   * Writes the sightings and what they add to their horses in one transaction. Rows that the table refuses are left
   * out and answered. Throws `DB_WRITE` when nothing can be written: a full disk, a locked file.
   */
  save(updates: readonly SightingUpdate[]): SightingUpdate[]
  /** The newest sightings of a horse. */
  findByHorseId(horseId: HorseId, limit: number): Sighting[]
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

export function openSightings(db: Db, horses: Horses): Sightings {
  const addStream = db.prepare('INSERT INTO streams (id, created_ms) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const upsert = db.prepare(
    `INSERT INTO sightings (id, stream_id, tracklet_id, horse_id, from_ms, to_ms, detections, decision, score,
       second_score, threshold, margin, model) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET horse_id = excluded.horse_id, to_ms = excluded.to_ms,
       detections = excluded.detections, decision = excluded.decision, score = excluded.score,
       second_score = excluded.second_score, threshold = excluded.threshold, margin = excluded.margin,
       model = excluded.model`,
  )
  const byHorse = db.prepare<[string, number], Row>(
    'SELECT * FROM sightings WHERE horse_id = ? ORDER BY to_ms DESC, id DESC LIMIT ?',
  )
  const save = db.transaction((updates: readonly SightingUpdate[]) => {
    for (const one of updates) {
      const { kind, score, secondScore, threshold, margin, model } = one.decision
      addStream.run(one.streamId, one.fromMs)
      upsert.run(
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
      if (one.horseId === null) continue
      const confidence = Math.min(1, Math.max(0, score ?? 0))
      horses.addSeen({
        horseId: one.horseId,
        lastSeenMs: one.toMs,
        detections: one.addedDetections,
        confidence,
      })
    }
  })
  return {
    save(updates) {
      if (updates.length === 0) return []
      if (saveOrRefuse(() => save.immediate(updates))) return []
      // One row that the table refuses must not take the others with it.
      return updates.filter((one) => !saveOrRefuse(() => save.immediate([one])))
    },
    findByHorseId: (horseId, limit) => byHorse.all(horseId, limit).map(fromRow),
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
