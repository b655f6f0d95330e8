/**
 * The table `whys`: what each sighting was decided from, with the looks of nobody that are kept for it. An unknown sighting
 * keeps some, evenly over its time, so that a person can say later whose they are; another keeps the one that it was judged by.
 */
import type { EmbedderKind, HorseId, Look, Sighting, SightingId } from '../types.ts'
import type { Likely, NearLook, Why } from '../why-types.ts'
import type { Db } from './database.ts'
import type { Embedders } from './embedders.ts'
import { type Crops, largestCropBytes } from './looks.ts'
import { isUnit, type Vectors } from './vectors.ts'

/** A stored vector that a tracklet was held against. */
export interface NearVector {
  /** Its row. */
  readonly id: number
  readonly horseId: HorseId
  readonly similarity: number
}

/** A look at a tracklet, and what was thought of it. */
export interface Judged {
  /** What made its vector. */
  readonly kind: EmbedderKind
  /** Null where the one before it of the same tracklet and horse will do. */
  readonly look: (Look & { readonly crop: Uint8Array }) | null
  readonly takenMs: number
  readonly reasons: Reasons
}

/** What identity says of a decision. */
export interface Reasons {
  readonly looks: number
  readonly best: Likely | null
  readonly second: Likely | null
  readonly nearest: readonly NearVector[]
  readonly ofSecond: NearVector | null
}

export interface Whys {
  /** Stores what a sighting was judged by, in place of what was stored before. Within the transaction that stores the sighting. */
  put(sighting: Pick<Sighting, 'id' | 'trackletId' | 'horseId'>, judged: Judged): void
  get(id: SightingId): Why | undefined
}

/** Looks kept of a sighting that is nobody's; of another, one. */
export const mostKept = 4

interface Row {
  at_ms: number
  look_id: number | null
  reasons: string
}

type Stored = Pick<Why, 'looks' | 'best' | 'second' | 'nearest' | 'ofSecond'>

export function openWhys(
  db: Db,
  { crops, vectors, embedders }: { crops: Crops; vectors: Vectors; embedders: Embedders },
): Whys {
  const upsert = db.prepare(
    `INSERT INTO whys (sighting_id, at_ms, look_id, reasons) VALUES (?, ?, ?, ?)
     ON CONFLICT (sighting_id) DO UPDATE SET at_ms = excluded.at_ms, look_id = excluded.look_id, reasons = excluded.reasons`,
  )
  const select = db.prepare<[string], Row>('SELECT at_ms, look_id, reasons FROM whys WHERE sighting_id = ?')
  const kept = db.prepare<[string], { id: number; atMs: number }>(
    'SELECT id, taken_ms AS atMs FROM looks WHERE sighting_id = ? AND horse_id IS NULL ORDER BY taken_ms, id',
  )
  const lastLook = db
    .prepare<[string, string | null, string], number | null>(
      `SELECT w.look_id FROM sightings s JOIN whys w ON w.sighting_id = s.id
       WHERE s.tracklet_id = ? AND s.horse_id IS ? AND s.id <> ? ORDER BY w.at_ms DESC LIMIT 1`,
    )
    .pluck()
  const nearLook = db.prepare<[number], { lookId: number | null; takenMs: number }>(
    'SELECT look_id AS lookId, taken_ms AS takenMs FROM vectors WHERE id = ?',
  )
  const isShown = db.prepare<[number], 1>('SELECT 1 FROM pictures WHERE id = ?').pluck()

  const toStored = ({ id, horseId, similarity }: NearVector): NearLook => {
    const { lookId = null, takenMs = null } = nearLook.get(id) ?? {}
    return { lookId, horseId, takenMs, similarity }
  }
  const shown = (lookId: number | null) => (lookId !== null && isShown.get(lookId) ? lookId : null)
  const fromStored = (one: NearLook): NearLook => ({ ...one, lookId: shown(one.lookId) })
  const store = (
    { id: sightingId, trackletId }: Pick<Sighting, 'id' | 'trackletId'>,
    kind: EmbedderKind,
    { crop: jpeg, sharpness: quality, infrared, camera, vector }: NonNullable<Judged['look']>,
    takenMs: number,
  ): number | null => {
    // The picture is worth less than the sighting: one that the table would refuse is left out.
    if (jpeg.length < 1 || jpeg.length > largestCropBytes) return null
    const seen = { sightingId, trackletId, camera, takenMs }
    const lookId = crops.add({ horseId: null, ...seen, jpeg, quality, infrared })
    embedders.note(kind)
    if (vector.length === kind.dim && isUnit(vector)) vectors.add(kind, lookId, vector)
    return lookId
  }
  return {
    put(sighting, { kind, look, takenMs, reasons }) {
      const { id: sightingId, trackletId, horseId } = sighting
      const before = () => lastLook.get(trackletId, horseId, sightingId) ?? null
      const lookId = look ? store(sighting, kind, look, takenMs) : before()
      const present = kept.all(sightingId)
      // What was kept in doubt is of no use where it is known whose the sighting is.
      const most = look ? 1 : 0
      for (const old of surplus(present, horseId === null ? mostKept : most)) crops.remove(old)
      const { nearest, ofSecond, ...rest } = reasons
      const stored: Stored = {
        ...rest,
        nearest: nearest.map(toStored),
        ofSecond: ofSecond && toStored(ofSecond),
      }
      upsert.run(sightingId, takenMs, lookId, JSON.stringify(stored))
    },
    get(id) {
      const row = select.get(id)
      if (!row) return undefined
      const { nearest, ofSecond, ...rest } = JSON.parse(row.reasons) as Stored
      return {
        ...rest,
        atMs: row.at_ms,
        lookId: shown(row.look_id),
        nearest: nearest.map(fromStored),
        ofSecond: ofSecond && fromStored(ofSecond),
      }
    },
  }
}

/** Which looks to let go of, so that those that are left lie most evenly over their time, the newest among them. */
export function surplus(
  kept: readonly { readonly id: number; readonly atMs: number }[],
  most: number,
): number[] {
  const left = [...kept]
  const gone: number[] = []
  while (left.length > most) {
    const gap = (at: number) =>
      (left[at + 1]?.atMs ?? Number.POSITIVE_INFINITY) - (left[at - 1]?.atMs ?? Number.NEGATIVE_INFINITY)
    // The first goes only where but one may stay.
    const free = [...left.keys()].slice(most > 1 ? 1 : 0, -1)
    const [dense = 0] = free.sort((a, b) => gap(a) - gap(b))
    gone.push(...left.splice(dense, 1).map(({ id }) => id))
  }
  return gone
}
