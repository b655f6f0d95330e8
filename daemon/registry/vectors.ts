/**
 * The table `vectors`: what each horse looks like to one embedder. The truth that every index is rebuilt from.
 */
import { endianness } from 'node:os'
import { dot } from '../lib/dot.ts'
import { BarnboxError } from '../lib/errors.ts'
import type { HorseId, ModelKind, StreamId } from '../types.ts'
import { type Db, writeFailure } from './database.ts'
import { cameraOf, withCamera } from './horse-rows.ts'

export interface StoredVector {
  readonly id: number
  readonly horseId: HorseId
  /** Its horse's. */
  readonly streamId: StreamId
  /** At which camera its look was taken; null for a photo, and where that is not known. */
  readonly camera?: StreamId | null
  readonly vector: Float32Array
  readonly quality: number
  /** A person said that its look is this horse. */
  readonly isAnchor?: boolean
  /** Its look's picture has no colour. */
  readonly infrared?: boolean
}

export interface Vectors {
  /** Every vector of one model of the horses that are not deleted, but for looks that a person took from them. Rows whose bytes are not a unit vector are left out and counted. */
  all(kind: ModelKind): { readonly vectors: StoredVector[]; readonly refused: number }
  /** Those of some horses. */
  ofHorses(kind: ModelKind, horseIds: readonly HorseId[]): StoredVector[]
  /** Those of some looks, whosever they are, by the look. */
  ofLooks(kind: ModelKind, lookIds: readonly number[]): Map<number, Pick<StoredVector, 'vector' | 'camera'>>
  /**
   * Stores what a noted embedder makes of a look; undefined where the look is gone by now, or has such a vector. Throws
   * `VECTOR_KIND` for a wrong length, NaN or a norm that is not 1, and `DB_WRITE`.
   */
  add(kind: ModelKind, lookId: number, vector: Float32Array): number | undefined
  /** The look that a vector was made of; null for one from before looks were kept. */
  lookOf(id: number): number | null
  /** Lets go of one vector. */
  remove(id: number): void
  /** Horses that have vectors of one model and none of the other. */
  onlyKnownBy(model: string, other: string): number
}

const normTolerance = 1e-3

/** Whether the numbers are finite and of unit length (within 1e-3). */
export function isUnit(vector: Float32Array): boolean {
  // NaN and infinities fail the comparison.
  return Math.abs(Math.sqrt(dot(vector, vector)) - 1) <= normTolerance
}

/** Throws `VECTOR_KIND` unless this can be a vector of the model: of its length, finite, of unit length. */
export function checkVector(kind: ModelKind, vector: Float32Array): void {
  if (vector.length === kind.dim && isUnit(vector)) return
  throw new BarnboxError('VECTOR_KIND', `not a unit vector of ${kind.id}`, {
    context: { model: kind.id, expected: kind.dim, length: vector.length },
  })
}

/** The stored bytes of a vector: float32, little-endian on every machine. */
export function toBlob(vector: Float32Array): Buffer {
  const blob = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
  return endianness() === 'LE' ? blob : Buffer.from(blob).swap32()
}

/** The vector of stored bytes. */
export function toVector(blob: Buffer): Float32Array {
  const bytes = endianness() === 'LE' ? blob : Buffer.from(blob).swap32()
  // Read in place where that can be: thousands are read at a start.
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Float32Array(buffer, byteOffset, length / 4)
}

interface Row {
  id: number
  horse_id: string
  stream_id: string
  vector: Buffer
  quality: number
  anchor: 0 | 1
  infrared: 0 | 1
  camera: string | null
}

type LookVector = Pick<Row, 'vector'> & { look_id: number; camera: StreamId | null }

function fromRow(row: Row): StoredVector {
  return {
    id: row.id,
    horseId: row.horse_id as HorseId,
    streamId: row.stream_id as StreamId,
    vector: toVector(row.vector),
    quality: row.quality,
    isAnchor: row.anchor === 1,
    infrared: row.infrared === 1,
    camera: row.camera as StreamId | null,
  }
}

export function openVectors(db: Db): Vectors {
  const ofLiving = `SELECT v.id, v.horse_id, h.stream_id, v.vector, v.quality, coalesce(l.anchor, 0) AS anchor,
     coalesce(l.infrared, 0) AS infrared, ${cameraOf} AS camera FROM vectors v
     JOIN horses h ON h.id = v.horse_id AND h.deleted_ms IS NULL LEFT JOIN looks l ON l.id = v.look_id ${withCamera}
     WHERE v.model = ? AND v.dim = ? AND l.withdrawn_by IS NULL`
  const selectAll = db.prepare<[string, number], Row>(`${ofLiving} ORDER BY v.id`)
  const selectSome = db.prepare<[string, number, string], Row>(
    `${ofLiving} AND v.horse_id IN (SELECT value FROM json_each(?)) ORDER BY v.id`,
  )
  const selectLooks = db.prepare<[string, number, string], LookVector>(
    `SELECT v.look_id, v.vector, coalesce(${cameraOf}, s.stream_id) AS camera FROM vectors v
     JOIN looks l ON l.id = v.look_id LEFT JOIN horses h ON h.id = l.horse_id ${withCamera}
     LEFT JOIN sightings s ON s.id = l.sighting_id
     WHERE v.model = ? AND v.dim = ? AND v.look_id IN (SELECT value FROM json_each(?))`,
  )
  const insert = db.prepare(
    `INSERT INTO vectors (horse_id, look_id, model, dim, vector, quality, taken_ms)
     SELECT horse_id, id, ?, ?, ?, quality, taken_ms FROM looks WHERE id = ?
     ON CONFLICT (look_id, model) DO NOTHING`,
  )
  const selectLook = db.prepare<[number], number | null>('SELECT look_id FROM vectors WHERE id = ?').pluck()
  const drop = db.prepare('DELETE FROM vectors WHERE id = ?')
  const countOnly = db
    .prepare<[string, string], number>(
      `SELECT count(*) FROM horses h WHERE h.deleted_ms IS NULL
       AND EXISTS (SELECT 1 FROM vectors v WHERE v.horse_id = h.id AND v.model = ?)
       AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.horse_id = h.id AND v.model = ?)`,
    )
    .pluck()
  return {
    all(kind) {
      const rows = selectAll.all(kind.id, kind.dim)
      const vectors = rows.map(fromRow).filter(({ vector }) => isUnit(vector))
      return { vectors, refused: rows.length - vectors.length }
    },
    ofHorses: (kind, horseIds) =>
      selectSome
        .all(kind.id, kind.dim, JSON.stringify(horseIds))
        .map(fromRow)
        .filter(({ vector }) => isUnit(vector)),
    ofLooks: (kind, lookIds) =>
      new Map(
        selectLooks
          .all(kind.id, kind.dim, JSON.stringify(lookIds))
          .map(({ look_id, vector, camera }) => [look_id, { vector: toVector(vector), camera }] as const)
          .filter(([, { vector }]) => isUnit(vector)),
      ),
    add(kind, lookId, vector) {
      checkVector(kind, vector)
      try {
        const { changes, lastInsertRowid } = insert.run(kind.id, kind.dim, toBlob(vector), lookId)
        return changes === 0 ? undefined : Number(lastInsertRowid)
      } catch (error) {
        throw writeFailure(error)
      }
    },
    lookOf: (id) => selectLook.get(id) ?? null,
    remove: (id) => void drop.run(id),
    onlyKnownBy: (model, other) => countOnly.get(model, other) ?? 0,
  }
}
