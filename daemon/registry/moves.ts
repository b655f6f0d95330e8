/**
 * The table `moves`: the rows that corrections moved from horse to horse. All within the correction's transaction.
 */
import type { CorrectionId, HorseId, SightingId, TrackletId } from '../types.ts'
import type { Db } from './database.ts'
import { resolvedBy } from './horse-rows.ts'

export interface Moves {
  /** Gives sightings to a horse, or to nobody, by a person's word. */
  sightings(by: CorrectionId, ids: readonly SightingId[], to: HorseId | null): void
  /**
   * The looks of the sightings just moved, as far as they taught the horse that had them: to the new one, or withdrawn. Where
   * none of a sighting did, those that were kept for it teach the new one.
   */
  looksOf(by: CorrectionId, to: HorseId | null): void
  /** Everything of a horse, as it was decided, but for looks of other boxes. */
  allOf(by: CorrectionId, from: HorseId, to: HorseId): void
  /** Puts every moved row back as it was. */
  back(by: CorrectionId): void
  /** How many of the rows stand elsewhere by now. */
  movedOn(by: CorrectionId): number
  /** Corrects the counters of the horses that gained or lost rows: after a move, or after it was put `back`. */
  recount(by: CorrectionId, way?: 'back'): void
  /** The tracklets that were moved and whose they are by it; `back`: whose they were before. */
  told(
    by: CorrectionId,
    way?: 'back',
  ): { readonly trackletId: TrackletId; readonly horseId: HorseId | null }[]
  /**
   * Looks of other boxes stand where their box's last word has them, through who is merged here by now. Only that box moves them
   * for good: what two boxes heard in another order would leave them elsewhere on each.
   */
  followOthers(): void
  /** Provisional horses that were founded at the moved sightings' camera after a correction was made. */
  foundedSince(by: CorrectionId): Founded[]
}

/** A horse that the box has founded after a correction. */
export interface Founded {
  readonly horseId: HorseId
  /** Whose the corrected sighting was. */
  readonly before: HorseId
  /** The same tracklet goes on as this one. */
  readonly goesOn: boolean
}

const listed = '(SELECT value FROM json_each(?))'

/** Every statement, prepared once. */
function prepareAll(db: Db) {
  return {
    noteSightings: db.prepare(
      `INSERT INTO moves (correction_id, what, row_id, from_id, to_id, before_decision, before_correction)
       SELECT ?, 'sighting', id, horse_id, ?, decision, corrected_by FROM sightings WHERE id IN ${listed}`,
    ),
    noteAllSightings: db.prepare(
      `INSERT INTO moves (correction_id, what, row_id, from_id, to_id, before_decision, before_correction)
       SELECT ?, 'sighting', id, horse_id, ?, decision, corrected_by FROM sightings WHERE horse_id = ?`,
    ),
    noteLooks: db.prepare(
      `INSERT INTO moves (correction_id, what, row_id, from_id, to_id, before_decision, before_correction)
       SELECT DISTINCT ?, 'look', l.id, l.horse_id, ?, l.anchor, l.withdrawn_by FROM looks l
       JOIN moves m ON m.correction_id = ? AND m.what = 'sighting' AND m.from_id = l.horse_id
       JOIN sightings s ON s.id = m.row_id AND s.tracklet_id = l.tracklet_id
       WHERE l.withdrawn_by IS NULL`,
    ),
    // Where no look of a sighting taught anybody, those that were kept for it do now.
    noteKept: db.prepare(
      `INSERT INTO moves (correction_id, what, row_id, from_id, to_id, before_decision, before_correction)
       SELECT m.correction_id, 'look', l.id, NULL, m.to_id, l.anchor, NULL FROM moves m
       JOIN looks l ON l.sighting_id = m.row_id AND l.horse_id IS NULL
       WHERE m.correction_id = @by AND m.what = 'sighting' AND m.to_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM moves o JOIN looks taught ON CAST(taught.id AS TEXT) = o.row_id
           WHERE o.correction_id = @by AND o.what = 'look' AND taught.tracklet_id = l.tracklet_id)`,
    ),
    noteAllLooks: db.prepare(
      `INSERT INTO moves (correction_id, what, row_id, from_id, to_id, before_decision, before_correction)
       SELECT ?, 'look', id, horse_id, ?, anchor, withdrawn_by FROM looks
       WHERE horse_id = ? AND id NOT IN (SELECT look_id FROM other_looks)`,
    ),
    // One that was taken where its horse was founded need not have said so.
    noteCameras: db.prepare(
      `INSERT INTO look_cameras (look_id, stream_id)
       SELECT l.id, h.stream_id FROM moves m JOIN looks l ON l.id = CAST(m.row_id AS INTEGER) JOIN horses h ON h.id = m.from_id
       WHERE m.correction_id = @by AND m.what = 'look' AND l.photo IS NULL ON CONFLICT DO NOTHING`,
    ),
    giveSightings: db.prepare(
      `UPDATE sightings SET horse_id = m.to_id, corrected_by = m.correction_id,
         decision = iif(@as IS NULL, decision, @as)
       FROM moves m WHERE m.correction_id = @by AND m.what = 'sighting' AND m.row_id = sightings.id`,
    ),
    giveLooks: db.prepare(
      `UPDATE looks SET horse_id = coalesce(m.to_id, horse_id), withdrawn_by = iif(m.to_id IS NULL, @by, withdrawn_by),
         anchor = iif(m.to_id IS NULL, 0, max(anchor, @confirmed))
       FROM moves m WHERE m.correction_id = @by AND m.what = 'look' AND m.row_id = CAST(looks.id AS TEXT)`,
    ),
    takeBackSightings: db.prepare(
      `UPDATE sightings SET horse_id = m.from_id, corrected_by = m.before_correction, decision = m.before_decision
       FROM moves m WHERE m.correction_id = ? AND m.what = 'sighting' AND m.row_id = sightings.id`,
    ),
    takeBackLooks: db.prepare(
      `UPDATE looks SET horse_id = m.from_id, withdrawn_by = m.before_correction,
         anchor = CAST(m.before_decision AS INTEGER)
       FROM moves m WHERE m.correction_id = ? AND m.what = 'look' AND m.row_id = CAST(looks.id AS TEXT)`,
    ),
    // A vector lies with its look's horse.
    vectorsFollow: db.prepare(
      `UPDATE vectors SET horse_id = (SELECT l.horse_id FROM looks l WHERE l.id = vectors.look_id)
       WHERE look_id IN (SELECT CAST(row_id AS INTEGER) FROM moves WHERE correction_id = ? AND what = 'look')`,
    ),
    movedOn: db
      .prepare<[string], number>(
        `SELECT count(*) FROM moves m WHERE m.correction_id = ? AND m.what = 'sighting' AND NOT EXISTS (
           SELECT 1 FROM sightings s WHERE s.id = m.row_id AND s.corrected_by = m.correction_id)
         AND EXISTS (SELECT 1 FROM sightings s WHERE s.id = m.row_id)`,
      )
      .pluck(),
    // Detections are added and subtracted, not summed anew: old sightings are cleaned away, their count stays.
    addGained: db.prepare(
      `UPDATE horses SET total_detections = max(0, total_detections + @sign * g.detections), version = version + 1
       FROM (SELECT m.to_id AS id, sum(s.detections) AS detections FROM moves m JOIN sightings s ON s.id = m.row_id
             WHERE m.correction_id = @by AND m.what = 'sighting' AND m.to_id IS NOT NULL GROUP BY m.to_id) g
       WHERE horses.id = g.id`,
    ),
    addLost: db.prepare(
      `UPDATE horses SET total_detections = max(0, total_detections - @sign * g.detections), version = version + 1
       FROM (SELECT m.from_id AS id, sum(s.detections) AS detections FROM moves m JOIN sightings s ON s.id = m.row_id
             WHERE m.correction_id = @by AND m.what = 'sighting' AND m.from_id IS NOT NULL GROUP BY m.from_id) g
       WHERE horses.id = g.id`,
    ),
    lastSeen: db.prepare(
      `UPDATE horses SET last_seen_ms = max(first_detected_ms, coalesce(
         (SELECT max(ms) FROM last_sights s WHERE s.horse_id = horses.id), last_seen_ms)),
       seen_stream_id = coalesce((SELECT s.stream_id FROM last_sights s WHERE s.horse_id = horses.id
         ORDER BY s.ms DESC LIMIT 1), seen_stream_id)
       WHERE id IN (SELECT from_id FROM moves WHERE correction_id = @by AND what = 'sighting'
                    UNION SELECT to_id FROM moves WHERE correction_id = @by AND what = 'sighting')`,
    ),
    told: db.prepare<[string], { tracklet_id: string; from_id: string | null; to_id: string | null }>(
      `SELECT s.tracklet_id, m.from_id, m.to_id FROM moves m JOIN sightings s ON s.id = m.row_id
       WHERE m.correction_id = ? AND m.what = 'sighting' ORDER BY s.to_ms DESC LIMIT 100`,
    ),
    foundedSince: db.prepare<[string], Omit<Founded, 'goesOn'> & { goesOn: 0 | 1 }>(
      `SELECT h.id AS horseId, m.from_id AS before, max(EXISTS (
           SELECT 1 FROM sightings f WHERE f.tracklet_id = s.tracklet_id AND f.horse_id = h.id)) AS goesOn
         FROM moves m JOIN corrections c ON c.id = m.correction_id JOIN sightings s ON s.id = m.row_id
         JOIN horses h ON h.stream_id = s.stream_id AND h.first_detected_ms > c.at_ms
           AND h.standing = 'provisional' AND h.merged_into IS NULL AND h.deleted_ms IS NULL
         WHERE m.correction_id = ? AND m.what = 'sighting' AND m.from_id IS NOT NULL GROUP BY h.id, m.from_id`,
    ),
  }
}

export function openMoves(db: Db): Moves {
  const sql = prepareAll(db)
  return {
    sightings(by, ids, to) {
      sql.noteSightings.run(by, to, JSON.stringify(ids))
      sql.giveSightings.run({ by, as: 'corrected' })
    },
    looksOf(by, to) {
      sql.noteLooks.run(by, to, by)
      sql.noteKept.run({ by })
      sql.noteCameras.run({ by })
      sql.giveLooks.run({ by, confirmed: 1 })
      sql.vectorsFollow.run(by)
    },
    allOf(by, from, to) {
      sql.noteAllSightings.run(by, to, from)
      sql.giveSightings.run({ by, as: null })
      sql.noteAllLooks.run(by, to, from)
      sql.noteCameras.run({ by })
      sql.giveLooks.run({ by, confirmed: 0 })
      sql.vectorsFollow.run(by)
    },
    back(by) {
      sql.takeBackSightings.run(by)
      sql.takeBackLooks.run(by)
      sql.vectorsFollow.run(by)
    },
    followOthers: openFollowing(db),
    movedOn: (by) => sql.movedOn.get(by) ?? 0,
    recount(by, way) {
      const sign = way === 'back' ? -1 : 1
      sql.addGained.run({ by, sign })
      sql.addLost.run({ by, sign })
      sql.lastSeen.run({ by })
    },
    told: (by, way) =>
      sql.told.all(by).map(({ tracklet_id, from_id, to_id }) => ({
        trackletId: tracklet_id as TrackletId,
        horseId: (way === 'back' ? from_id : to_id) as HorseId | null,
      })),
    foundedSince: (by) => sql.foundedSince.all(by).map((one) => ({ ...one, goesOn: one.goesOn === 1 })),
  }
}

function openFollowing(db: Db): Moves['followOthers'] {
  const move = db
    .prepare<[], number>(
      `UPDATE looks SET horse_id = f.horse_id FROM (
         SELECT o.look_id, (${resolvedBy('o.horse_id')}) AS horse_id
         FROM other_looks o JOIN looks l ON l.id = o.look_id JOIN horses h ON h.id = o.horse_id
         WHERE h.merged_into IS NOT NULL OR l.horse_id <> o.horse_id) f
       WHERE looks.id = f.look_id AND looks.horse_id <> f.horse_id RETURNING id`,
    )
    .pluck()
  const vectors = db.prepare(
    `UPDATE vectors SET horse_id = l.horse_id FROM looks l WHERE l.id = vectors.look_id AND l.id IN ${listed}`,
  )
  return () => {
    const moved = move.all()
    if (moved.length > 0) vectors.run(JSON.stringify(moved))
  }
}
