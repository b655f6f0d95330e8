/**
 * What this box has to tell of a row, as it stands: read when it is told, so that many changes are told once.
 */
import { createHash } from 'node:crypto'
import type { Stamp } from '../lib/hlc.ts'
import type {
  CorrectionState,
  HorseState,
  Inheritance,
  LookState,
  Register,
  SeenState,
  SightingState,
} from '../sync-types.ts'
import type { Db } from './database.ts'
import { facts } from './horse-details.ts'

export interface SyncRows {
  /** A row that is gone is left out. */
  horses(ids: readonly string[]): HorseState[]
  /** With the avatars, by their hash. Notes what it answers: see `last_sights`. */
  seen(ids: readonly string[]): { rows: SeenState[]; blobs: Map<string, Uint8Array> }
  corrections(ids: readonly string[]): CorrectionState[]
  /** Also those that are gone. With the crops, by their hash. */
  looks(ids: readonly string[]): { rows: LookState[]; blobs: Map<string, Uint8Array> }
  sightings(ids: readonly string[]): SightingState[]
}

export const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** What may be said of a horse, and the column that it stands in. */
export const columnOf: Readonly<Record<string, string>> = {
  ...Object.fromEntries(facts.map((fact) => [fact, fact])),
  official: 'official_ms',
}

type HorseRow = Omit<HorseState, 'fields' | 'confirmed'> & {
  confirmed: 0 | 1
  values: string
  edits: string
}
type SeenRow = Omit<SeenState, 'avatar' | 'stream'> & { stream: string | null; jpeg: Buffer | null }
type LookRow = Omit<LookState, 'gone' | 'crop' | 'anchor' | 'infrared' | 'vectors'> & {
  withdrawn: 0 | 1
  anchor: 0 | 1
  infrared: 0 | 1
  jpeg: Buffer
}

const listed = '(SELECT value FROM json_each(@ids))'
const values = `json_object(${Object.entries(columnOf)
  .map(([field, column]) => `'${field}', h.${column}`)
  .join(', ')})`

/** Every statement, prepared once. */
function prepareAll(db: Db) {
  return {
    horses: db.prepare<{ ids: string; box: string }, HorseRow>(
      `SELECT h.id, coalesce(o.box_id, @box) AS box, coalesce(o.stream_id, h.stream_id) AS stream, h.number, h.color,
         h.first_detected_ms AS firstMs, h.standing = 'horse' AS confirmed, ${values} AS "values",
         (SELECT json_group_array(json_array(e.field, e.stamp, e.actor)) FROM edits e WHERE e.horse_id = h.id) AS edits
       FROM horses h LEFT JOIN other_streams o ON o.id = h.stream_id WHERE h.id IN ${listed} ORDER BY h.id`,
    ),
    // In `horses` is what all boxes saw together.
    seen: db.prepare<{ ids: string; box: string }, SeenRow>(
      `SELECT @box AS box, h.id AS horse, coalesce(s.stream_id, b.stream_id, iif(o.id IS NULL, h.stream_id, NULL)) AS stream,
         coalesce(s.to_ms, b.last_seen_ms, iif(o.id IS NULL, h.last_seen_ms, NULL)) AS lastMs, h.confidence,
         max(0, h.total_detections - (SELECT coalesce(sum(x.detections), 0) FROM box_seen x
           WHERE x.horse_id = h.id AND x.box_id <> @box)) AS detections, h.avatar AS jpeg, h.avatar_score AS score, h.avatar_ms AS avatarMs
       FROM horses h LEFT JOIN other_streams o ON o.id = h.stream_id
         LEFT JOIN box_seen b ON b.horse_id = h.id AND b.box_id = @box
         LEFT JOIN sightings s ON s.id = (SELECT id FROM sightings w WHERE w.horse_id = h.id ORDER BY w.to_ms DESC LIMIT 1)
       WHERE h.id IN ${listed} ORDER BY h.id`,
    ),
    noteSeen: db.prepare(
      `INSERT INTO box_seen (horse_id, box_id, stream_id, last_seen_ms, detections)
       VALUES (@horse, @box, @stream, @lastMs, @detections)
       ON CONFLICT (horse_id, box_id) DO UPDATE SET stream_id = @stream, last_seen_ms = @lastMs, detections = @detections`,
    ),
    corrections: db.prepare<
      { ids: string; box: string },
      Omit<CorrectionState, 'inherited'> & { inherited: string }
    >(
      `SELECT c.id, c.kind, coalesce(o.box_id, @box) AS streamBox, coalesce(o.stream_id, c.stream_id) AS stream, c.horse_id AS horse,
         c.other_id AS other, c.at_ms AS atMs, c.stamp, c.actor, c.undone_ms AS undoneMs, c.undone_by AS undoneBy,
         (SELECT json_group_array(json_object('field', i.field, 'value', i.value)) FROM inherited i
          WHERE i.correction_id = c.id) AS inherited
       FROM corrections c LEFT JOIN other_streams o ON o.id = c.stream_id WHERE c.id IN ${listed} ORDER BY c.id`,
    ),
    looks: db.prepare<{ ids: string; box: string }, LookRow>(
      `SELECT @box AS box, l.id, l.horse_id AS horse, iif(l.photo IS NULL, coalesce(c.stream_id, h.stream_id), NULL) AS stream,
         l.quality, l.taken_ms AS takenMs, l.tracklet_id AS tracklet, l.anchor, l.infrared, l.photo,
         l.withdrawn_by IS NOT NULL AS withdrawn, l.crop AS jpeg
       FROM looks l JOIN horses h ON h.id = l.horse_id LEFT JOIN look_cameras c ON c.look_id = l.id
       WHERE l.id IN ${listed} AND l.id NOT IN (SELECT look_id FROM other_looks) ORDER BY l.id`,
    ),
    isOther: db.prepare<[number], 1>('SELECT 1 FROM other_looks WHERE look_id = ?').pluck(),
    vectors: db.prepare<[number], { model: string; dim: number; data: Buffer }>(
      'SELECT model, dim, vector AS data FROM vectors WHERE look_id = ? ORDER BY model',
    ),
    sightings: db.prepare<{ ids: string }, SightingState>(
      `SELECT id, stream_id AS stream, tracklet_id AS tracklet, horse_id AS horse, from_ms AS fromMs, to_ms AS toMs, detections,
         decision, score, model FROM sightings WHERE id IN ${listed}`,
    ),
  }
}

export function openSyncRows(db: Db, box: string): SyncRows {
  const sql = prepareAll(db)
  const given = (ids: readonly string[]) => ({ ids: JSON.stringify(ids), box })
  const readSeen = db.transaction((of: { ids: string; box: string }) => {
    const blobs = new Map<string, Uint8Array>()
    const rows = sql.seen.all(of).flatMap(({ jpeg, stream, ...row }): SeenState[] => {
      // Another box's horse that was never seen here.
      if (stream === null) return []
      const avatar = jpeg && hashOf(jpeg)
      if (jpeg && avatar) blobs.set(avatar, jpeg)
      sql.noteSeen.run({ ...row, stream })
      return [
        { ...row, stream, avatar, score: avatar ? row.score : null, avatarMs: avatar ? row.avatarMs : null },
      ]
    })
    return { rows, blobs }
  })
  return {
    horses: (ids) => sql.horses.all(given(ids)).map(toHorse),
    seen: (ids) => readSeen(given(ids)),
    corrections: (ids) =>
      sql.corrections
        .all(given(ids))
        .map(({ inherited, ...row }) => ({ ...row, inherited: JSON.parse(inherited) as Inheritance[] })),
    looks(ids) {
      const numbers = ids.map(Number)
      const blobs = new Map<string, Uint8Array>()
      const rows = sql.looks.all({ ids: JSON.stringify(numbers), box }).map((row): LookState => {
        const { withdrawn, anchor, infrared, jpeg, ...rest } = row
        const crop = hashOf(jpeg)
        if (withdrawn) return gone(box, row.id)
        blobs.set(crop, jpeg)
        const flags = { gone: false, anchor: anchor === 1, infrared: infrared === 1 }
        return { ...rest, ...flags, crop, vectors: sql.vectors.all(row.id) }
      })
      const there = new Set(rows.map(({ id }) => id))
      const left = numbers.filter((id) => !there.has(id) && sql.isOther.get(id) === undefined)
      return { rows: [...rows, ...left.map((id) => gone(box, id))].sort((a, b) => a.id - b.id), blobs }
    },
    sightings: (ids) => sql.sightings.all({ ids: JSON.stringify(ids) }),
  }
}

function toHorse({ values: said, edits, confirmed, ...row }: HorseRow): HorseState {
  const now = JSON.parse(said) as Record<string, string | number | null>
  const stamps = JSON.parse(edits) as [field: string, at: Stamp, by: string | null][]
  const fields = stamps
    .filter(([field]) => field in columnOf)
    .map(([field, at, by]): [string, Register] => [field, { at, by, v: now[field] ?? null }])
  return { ...row, confirmed: confirmed === 1, fields: Object.fromEntries(fields) }
}

const gone = (box: string, id: number): LookState => ({
  ...{ box, id, gone: true, horse: null, stream: null, crop: null, quality: 0, takenMs: 0 },
  ...{ tracklet: null, anchor: false, infrared: false, photo: null, vectors: [] },
})
