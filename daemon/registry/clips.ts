/**
 * The tables `clips` and `clip_corrections`: which video there is on the disk, what was seen in it and whose that is now, and
 * what people set right by it.
 */
import type { Clip, ClipCorrection, ClipSpan, StoredClipCorrection, WhoWas } from '../clip-types.ts'
import type { ClipId, CorrectionId, HorseId, SightingId, StreamId, TrackletId } from '../types.ts'
import { type Db, writeFailure } from './database.ts'
import { columns, type HorseRow, fromRow as horseFrom } from './horse-rows.ts'

export interface NewClip extends Clip {
  /** What was seen in it, packed; null where nobody looked. */
  readonly frames: Uint8Array | null
}

export interface Clips {
  /** Throws `DB_WRITE`. */
  add(clip: NewClip): void
  get(id: ClipId): Clip | undefined
  /** The newest first. */
  list(streamId: StreamId, limit: number, span?: ClipSpan): Clip[]
  /** What was seen in it, packed as it was stored. */
  frames(id: ClipId): Uint8Array | null
  /** The oldest, those that are not protected before those that are. */
  oldest(limit: number, isProtected: boolean): Clip[]
  totals(): { readonly count: number; readonly bytes: number }
  /** How many that are not protected begin before a time. */
  countBefore(ms: number): number
  /** Those of a camera whose files begin so. */
  filesOf(streamId: StreamId, prefix: string): Pick<Clip, 'id' | 'file' | 'bytes' | 'fromMs'>[]
  /** The streams that have clips. */
  streams(): StreamId[]
  remove(ids: readonly ClipId[]): void
  /**
   * Protects what was recorded where an alert began, a minute to both sides, and no longer once people said that it was not
   * useful or it is forgotten. Answers for how many clips that is new.
   */
  protectAlerts(sinceMs: number): number
  /** Whose tracklets are now: one look-up, whatever their number. */
  whoWas(trackletIds: readonly TrackletId[]): WhoWas
  /** Whom a camera saw within a span, as it is known now. */
  whoWasThere(streamId: StreamId, span: { fromMs: number; toMs: number }): WhoWas
  /** Notes by which box of a clip a correction was made. */
  noteCorrection(clipId: ClipId, correctionId: CorrectionId, what: ClipCorrection): void
  /** The newest first. */
  corrections(clipId: ClipId): StoredClipCorrection[]
}

interface Row {
  id: string
  stream_id: string
  from_ms: number
  to_ms: number
  file: string
  bytes: number
  pictures: number
  protected: number
}

interface SightingRow {
  id: SightingId
  trackletId: TrackletId
  horseId: HorseId | null
  fromMs: number
  toMs: number
}

const clipColumns = 'id, stream_id, from_ms, to_ms, file, bytes, pictures, protected'
const sightingColumns = 'id, tracklet_id AS trackletId, horse_id AS horseId, from_ms AS fromMs, to_ms AS toMs'
/** What came before an alert, and how it went on. */
const aroundAlertMs = 60_000
/** A clip is at most a minute long, and as much again where keyframes are rare: what is older needs no look. */
const longestMs = 120_000
/** More horses a camera does not see in what a page shows. */
const mostSightings = 5000

const fromRow = (row: Row): Clip => ({
  id: row.id as ClipId,
  streamId: row.stream_id as StreamId,
  fromMs: row.from_ms,
  toMs: row.to_ms,
  file: row.file,
  bytes: row.bytes,
  pictures: row.pictures,
  isProtected: row.protected === 1,
})

export function openClips(db: Db): Clips {
  return { ...openRows(db), ...openWho(db), ...openClipCorrections(db) }
}

type Rows = Omit<Clips, 'whoWas' | 'whoWasThere' | 'noteCorrection' | 'corrections'>

function openRows(db: Db): Rows {
  const insert = db.prepare(
    `INSERT INTO clips (id, stream_id, from_ms, to_ms, file, bytes, pictures, protected, frames)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const select = db.prepare<[string], Row>(`SELECT ${clipColumns} FROM clips WHERE id = ?`)
  const listed = db.prepare<[string, number, number, number, number], Row>(
    `SELECT ${clipColumns} FROM clips WHERE stream_id = ? AND from_ms < ? AND from_ms < ? AND to_ms > ?
     ORDER BY from_ms DESC, id DESC LIMIT ?`,
  )
  const frames = db.prepare<[string], Uint8Array | null>('SELECT frames FROM clips WHERE id = ?').pluck()
  const oldest = db.prepare<[number, number], Row>(
    `SELECT ${clipColumns} FROM clips WHERE protected = ? ORDER BY from_ms LIMIT ?`,
  )
  const totals = db.prepare<[], { count: number; bytes: number }>(
    'SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM clips',
  )
  const before = db
    .prepare<[number], number>('SELECT count(*) FROM clips WHERE protected = 0 AND from_ms < ?')
    .pluck()
  const files = db.prepare<[string, string], Pick<Clip, 'id' | 'file' | 'bytes' | 'fromMs'>>(
    `SELECT id, file, bytes, from_ms AS fromMs FROM clips WHERE stream_id = ? AND file GLOB ? || '*'`,
  )
  const streams = db.prepare<[], StreamId>('SELECT DISTINCT stream_id FROM clips').pluck()
  const remove = db.prepare('DELETE FROM clips WHERE id IN (SELECT value FROM json_each(?))')
  // A stall's camera where the alert names none.
  const beginnings = `alerts a LEFT JOIN stalls s ON s.id = a.stall_id
    JOIN clips c ON c.stream_id = coalesce(a.stream_id, s.stream_id)
      AND c.from_ms < a.opened_ms + ${aroundAlertMs} AND c.to_ms > a.opened_ms - ${aroundAlertMs}
      AND c.from_ms > a.opened_ms - ${aroundAlertMs + longestMs}
    WHERE a.verdict IS NOT 'not_useful'`
  const protect = db.prepare<[number]>(
    `UPDATE clips SET protected = 1 WHERE id IN (SELECT c.id FROM ${beginnings}
       AND a.opened_ms > ? AND c.protected = 0)`,
  )
  const release = db.prepare(
    `UPDATE clips SET protected = 0 WHERE protected = 1
       AND id NOT IN (SELECT c.id FROM ${beginnings} AND c.protected = 1)`,
  )
  const never = Number.MAX_SAFE_INTEGER
  return {
    add({ id, streamId, fromMs, toMs, file, bytes, pictures, isProtected, frames: seen }) {
      try {
        insert.run(id, streamId, fromMs, toMs, file, bytes, pictures, isProtected ? 1 : 0, seen)
      } catch (error) {
        throw writeFailure(error)
      }
    },
    get(id) {
      const row = select.get(id)
      return row && fromRow(row)
    },
    list: (streamId, limit, { beforeMs = never, fromMs = 0, toMs = never } = {}) =>
      listed.all(streamId, beforeMs, toMs, fromMs, limit).map(fromRow),
    frames: (id) => frames.get(id) ?? null,
    oldest: (limit, isProtected) => oldest.all(isProtected ? 1 : 0, limit).map(fromRow),
    totals: () => totals.get() ?? { count: 0, bytes: 0 },
    countBefore: (ms) => before.get(ms) ?? 0,
    filesOf: (streamId, prefix) => files.all(streamId, prefix),
    streams: () => streams.all(),
    remove: (ids) => void remove.run(JSON.stringify(ids)),
    protectAlerts: (sinceMs) => release.run().changes + protect.run(sinceMs).changes,
  }
}

function openWho(db: Db): Pick<Clips, 'whoWas' | 'whoWasThere'> {
  const ofTracklets = db.prepare<[string, number], SightingRow>(
    `SELECT ${sightingColumns} FROM sightings WHERE tracklet_id IN (SELECT value FROM json_each(?))
     ORDER BY from_ms DESC, id DESC LIMIT ?`,
  )
  const there = db.prepare<[string, number, number, number], SightingRow>(
    `SELECT ${sightingColumns} FROM sightings WHERE stream_id = ? AND to_ms >= ? AND from_ms < ?
     AND horse_id IS NOT NULL ORDER BY to_ms DESC LIMIT ?`,
  )
  const horses = db.prepare<[string], HorseRow>(
    `SELECT ${columns} FROM horses WHERE id IN (SELECT id FROM living)
     AND id IN (SELECT value FROM json_each(?))`,
  )
  const whose = (sightings: readonly SightingRow[]): WhoWas => {
    const ids = new Set(sightings.flatMap(({ horseId }) => horseId ?? []))
    const found = horses.all(JSON.stringify([...ids])).map(horseFrom)
    return { sightings, horses: new Map(found.map((horse) => [horse.id, horse])) }
  }
  return {
    whoWas: (trackletIds) => whose(ofTracklets.all(JSON.stringify(trackletIds), mostSightings)),
    whoWasThere: (streamId, { fromMs, toMs }) => whose(there.all(streamId, fromMs, toMs, mostSightings)),
  }
}

function openClipCorrections(db: Db): Pick<Clips, 'noteCorrection' | 'corrections'> {
  const insert = db.prepare(
    `INSERT INTO clip_corrections (clip_id, correction_id, detection_index, frame_index, kind, original_horse_id,
     corrected_horse_id, corrected_horse_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const select = db.prepare<[string], StoredClipCorrection>(
    `SELECT n.id, n.correction_id AS correctionId, n.detection_index AS detectionIndex, n.frame_index AS frameIndex,
       n.kind, n.original_horse_id AS originalHorseId, n.corrected_horse_id AS correctedHorseId,
       n.corrected_horse_name AS correctedHorseName, c.actor, c.at_ms AS atMs, c.undone_ms AS undoneMs
     FROM clip_corrections n JOIN corrections c ON c.id = n.correction_id WHERE n.clip_id = ? ORDER BY n.id DESC`,
  )
  return {
    noteCorrection(clipId, correctionId, what) {
      const { detectionIndex, frameIndex, kind, originalHorseId, correctedHorseId, correctedHorseName } = what
      insert.run(
        ...[clipId, correctionId, detectionIndex, frameIndex, kind],
        ...[originalHorseId, correctedHorseId, correctedHorseName],
      )
    },
    corrections: (clipId) => select.all(clipId),
  }
}
