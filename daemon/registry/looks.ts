/**
 * The table `looks`: the crops that horses are known by, for embedders that come later. Those of deleted horses, those
 * that a person took from their horse, and those of nobody are answered as pictures at most. They are most of the file, so the check at the start
 * leaves them out, and `inspect` reads them by and by.
 */
import type { HorseId, SightingId, StreamId, TrackletId } from '../types.ts'
import type { Db } from './database.ts'
import { cameraOf, withCamera } from './horse-rows.ts'

/** The hard limit of a stored crop in bytes: the table's CHECK. */
export const largestCropBytes = 65_536

export interface NewCrop {
  /** Of a look that this box had before; the next number when absent. */
  readonly lookId?: number | undefined
  /** Null: nobody's. It is never matched against, and becomes a horse's by a person's word. */
  readonly horseId: HorseId | null
  /** The sighting that a look of nobody is kept for. */
  readonly sightingId?: SightingId | undefined
  /** Of which tracklet it is: where a person gives that to another horse, it goes along. */
  readonly trackletId?: TrackletId | undefined
  /** At which camera it was taken; undefined for a photo. */
  readonly camera?: StreamId | undefined
  /** The box's pixels. */
  readonly jpeg: Uint8Array
  /** What the look was worth when it was taken; higher is better. */
  readonly quality: number
  readonly takenMs: number
  /** Whether its picture has no colour. */
  readonly infrared?: boolean | undefined
  /** A person said that it is this horse: it is never let go of. */
  readonly isAnchor?: boolean | undefined
  /** The fingerprint of the photo that a person gave. */
  readonly photo?: string | undefined
}

export interface Crop {
  readonly lookId: number
  readonly horseId: HorseId
  /** Its horse's. */
  readonly streamId: StreamId
  /** At which camera it was taken; null for a photo. */
  readonly camera: StreamId | null
  readonly jpeg: Uint8Array
  readonly quality: number
  readonly isAnchor: boolean
  readonly infrared: boolean
}

/** A look without its picture: whose it is thought to be, and what people said of that. */
export interface LookRow {
  readonly lookId: number
  /** Null: nobody's. */
  readonly horseId: HorseId | null
  readonly streamId: StreamId
  readonly trackletId: TrackletId | null
  /** The sighting that a look of nobody is kept for. */
  readonly sightingId: SightingId | null
  readonly takenMs: number
  readonly isAnchor: boolean
  readonly isWithdrawn: boolean
}

/** A look that a horse is known by, without its picture. */
export interface HorseLook {
  readonly lookId: number
  readonly takenMs: number
  readonly infrared: boolean
  /** A person said that it is this horse. */
  readonly isAnchor: boolean
  /** It is a photo that a person gave. */
  readonly isPhoto: boolean
  /** The horse's sighting that it is of, as far as that is kept. */
  readonly sightingId: SightingId | null
}

export interface Crops {
  /** Answers the new look's id. */
  add(crop: NewCrop): number
  get(lookId: number): Crop | undefined
  /** What may be shown of a look, whosever it is or was taken from; undefined where it is gone, or its horse is. */
  picture(lookId: number): Uint8Array | undefined
  /** Those of nobody that are kept for sightings, by the sighting, in their order. */
  keptFor(sightingIds: readonly SightingId[]): Map<SightingId, KeptLook[]>
  /** Those that a horse is known by, the newest first. */
  ofHorse(horseId: HorseId, limit: number): HorseLook[]
  /** All looks but those of deleted horses: those of nobody too, and those that were taken from their horse. */
  rows(): LookRow[]
  /** How many there are. */
  count(): number
  /** Looks without a vector of this model: every horse's first one, then every horse's second, and so on. */
  missing(model: string): number[]
  /** At most so many, the newest of every horse first. */
  sample(most: number): Uint8Array[]
  /** Lets go of a look and of its vectors of all models. */
  remove(lookId: number): void
  /** The next look's number is greater: those up to this one were given before the registry was put back from a backup. */
  goOnAfter(lookId: number): void
  /** Reads so many stored crops, those after a look's; throws what SQLite throws where the file is damaged. */
  inspect(afterId: number, most: number): Inspected
}

export interface Inspected {
  /** Looks whose crops are not whole JPEGs. */
  readonly broken: readonly number[]
  /** The last look that was read; undefined where none was left. */
  readonly last: number | undefined
}

interface BareRow {
  id: number
  horse_id: HorseId | null
  stream_id: StreamId
  tracklet_id: TrackletId | null
  sighting_id: SightingId | null
  taken_ms: number
  anchor: 0 | 1
  withdrawn: 0 | 1
}

const fromBare = (row: BareRow): LookRow => ({
  lookId: row.id,
  horseId: row.horse_id,
  streamId: row.stream_id,
  trackletId: row.tracklet_id,
  sightingId: row.sighting_id,
  takenMs: row.taken_ms,
  isAnchor: row.anchor === 1,
  isWithdrawn: row.withdrawn === 1,
})

interface Row {
  id: number
  horse_id: string
  stream_id: string
  camera: string | null
  crop: Buffer
  quality: number
  anchor: 0 | 1
  infrared: 0 | 1
}

/** A look of nobody, without its picture. */
export interface KeptLook {
  readonly lookId: number
  readonly takenMs: number
  readonly infrared: boolean
}

type KeptRow = Omit<KeptLook, 'infrared'> & { sightingId: SightingId; infrared: 0 | 1 }

interface OwnRow {
  id: number
  taken_ms: number
  infrared: 0 | 1
  anchor: 0 | 1
  photo: 0 | 1
  sighting_id: SightingId | null
}

const fromOwn = (row: OwnRow): HorseLook => ({
  lookId: row.id,
  takenMs: row.taken_ms,
  infrared: row.infrared === 1,
  isAnchor: row.anchor === 1,
  isPhoto: row.photo === 1,
  sightingId: row.sighting_id,
})

const ofLiving =
  'looks l JOIN horses h ON h.id = l.horse_id AND h.deleted_ms IS NULL AND l.withdrawn_by IS NULL'
const rankedBy = (order: string) =>
  `SELECT l.id, row_number() OVER (PARTITION BY l.horse_id ORDER BY l.id ${order}) AS place FROM ${ofLiving}`

export function openCrops(db: Db): Crops {
  const insert = db.prepare(
    `INSERT INTO looks (id, horse_id, crop, quality, taken_ms, tracklet_id, anchor, photo, infrared, sighting_id)
     VALUES (@lookId, @horseId, @jpeg, @quality, @takenMs, @trackletId, @anchor, @photo, @infrared, @sightingId)`,
  )
  const select = db.prepare<[number], Row>(
    `SELECT l.id, l.horse_id, h.stream_id, ${cameraOf} AS camera, l.crop, l.quality, l.anchor, l.infrared FROM ${ofLiving} ${withCamera} WHERE l.id = ?`,
  )
  const insertCamera = db.prepare('INSERT INTO look_cameras (look_id, stream_id) VALUES (?, ?)')
  const picture = db.prepare<[number], Buffer>('SELECT crop FROM pictures WHERE id = ?').pluck()
  const count = db.prepare<[], number>(`SELECT count(*) FROM ${ofLiving}`).pluck()
  const missing = db
    .prepare<[string], number>(
      `SELECT one.id FROM (${rankedBy('ASC')}) one
       WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.look_id = one.id AND v.model = ?)
       ORDER BY one.place, one.id`,
    )
    .pluck()
  const bare = db.prepare<[], BareRow>(
    `SELECT p.id, p.horse_id, coalesce(h.stream_id, s.stream_id) AS stream_id, p.tracklet_id, p.sighting_id, p.taken_ms, p.anchor,
       p.withdrawn_by IS NOT NULL AS withdrawn
     FROM pictures p LEFT JOIN horses h ON h.id = p.horse_id LEFT JOIN sightings s ON s.id = p.sighting_id
     WHERE coalesce(h.stream_id, s.stream_id) IS NOT NULL ORDER BY p.id`,
  )
  const sample = db
    .prepare<[number], Buffer>(
      `SELECT looks.crop FROM (${rankedBy('DESC')} ORDER BY place, l.id LIMIT ?) one JOIN looks USING (id)
       ORDER BY one.place, one.id`,
    )
    .pluck()
  const remove = db.prepare('DELETE FROM looks WHERE id = ?')
  const raise = db.prepare(`UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'looks'`)
  const after = db.prepare<[number, number], { id: number; crop: Buffer }>(
    'SELECT id, crop FROM looks WHERE id > ? ORDER BY id LIMIT ?',
  )
  return {
    add({ camera, trackletId = null, sightingId = null, isAnchor, photo = null, infrared, ...rest }) {
      const flags = { anchor: isAnchor ? 1 : 0, infrared: infrared ? 1 : 0 }
      const { lookId: wanted = null, horseId, jpeg, quality, takenMs } = rest
      const row = { lookId: wanted, horseId, jpeg, quality, takenMs, trackletId, sightingId, photo, ...flags }
      const lookId = Number(insert.run(row).lastInsertRowid)
      if (camera !== undefined) insertCamera.run(lookId, camera)
      return lookId
    },
    get(lookId) {
      const row = select.get(lookId)
      if (!row) return undefined
      const { id, horse_id, stream_id, crop, quality } = row
      const [horseId, streamId] = [horse_id as HorseId, stream_id as StreamId]
      const flags = { isAnchor: row.anchor === 1, infrared: row.infrared === 1 }
      const camera = row.camera as StreamId | null
      return { lookId: id, horseId, streamId, camera, jpeg: crop, quality, ...flags }
    },
    ...openLists(db),
    picture: (lookId) => picture.get(lookId),
    rows: () => bare.all().map(fromBare),
    count: () => count.get() ?? 0,
    missing: (model) => missing.all(model),
    sample: (most) => sample.all(most),
    remove: (lookId) => void remove.run(lookId),
    goOnAfter: (lookId) => void raise.run(lookId),
    inspect(afterId, most) {
      const rows = after.all(afterId, most)
      const broken = rows.filter(({ crop }) => !isJpeg(crop)).map(({ id }) => id)
      return { broken, last: rows.at(-1)?.id }
    },
  }
}

/** Looks without their pictures. */
function openLists(db: Db): Pick<Crops, 'keptFor' | 'ofHorse'> {
  const keptFor = db.prepare<[string], KeptRow>(
    `SELECT l.sighting_id AS sightingId, l.id AS lookId, l.taken_ms AS takenMs, l.infrared
     FROM looks l WHERE l.horse_id IS NULL AND l.sighting_id IN (SELECT value FROM json_each(?))
     ORDER BY l.taken_ms, l.id`,
  )
  const ofHorse = db.prepare<[string, number], OwnRow>(
    `SELECT l.id, l.taken_ms, l.infrared, l.anchor, l.photo IS NOT NULL AS photo,
       (SELECT s.id FROM sightings s WHERE s.tracklet_id = l.tracklet_id AND s.horse_id = l.horse_id
        ORDER BY s.to_ms DESC LIMIT 1) AS sighting_id
     FROM ${ofLiving} WHERE l.horse_id = ? ORDER BY l.taken_ms DESC, l.id DESC LIMIT ?`,
  )
  return {
    keptFor(sightingIds) {
      const rows = keptFor.all(JSON.stringify(sightingIds))
      const looks = Map.groupBy(rows, ({ sightingId }) => sightingId)
      return new Map(
        [...looks].map(([id, some]) => [
          id,
          some.map(({ sightingId: _, ...look }) => ({ ...look, infrared: look.infrared === 1 })),
        ]),
      )
    },
    ofHorse: (horseId, limit) => ofHorse.all(horseId, limit).map(fromOwn),
  }
}

/** By its first and last bytes. */
function isJpeg(bytes: Buffer): boolean {
  return (
    bytes.length > 4 && bytes.readUInt16BE(0) === 0xffd8 && bytes.readUInt16BE(bytes.length - 2) === 0xffd9
  )
}
