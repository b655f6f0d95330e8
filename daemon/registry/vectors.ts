/**
 * The table `vectors`: what each horse looks like to one embedder. The truth that every index is rebuilt from.
 */
import { endianness } from 'node:os'
import { BarnboxError } from '../lib/errors.ts'
import type { HorseId, ModelKind, StreamId } from '../types.ts'
import type { Db } from './database.ts'

export interface StoredVector {
  readonly id: number
  readonly horseId: HorseId
  readonly streamId: StreamId
  readonly vector: Float32Array
  readonly quality: number
}

export interface NewVector {
  readonly horseId: HorseId
  readonly vector: Float32Array
  /** What the look was worth when it was taken; higher is better. */
  readonly quality: number
  readonly takenMs: number
}

export interface Vectors {
  /** Every vector of one model of the horses that are not deleted. Rows whose bytes are not a unit vector are left out and counted. */
  all(kind: ModelKind): { readonly vectors: StoredVector[]; readonly refused: number }
  /** Stores a vector, after letting go of `instead` if given. Throws `VECTOR_KIND` for a wrong length, NaN or a norm that is not 1. */
  add(kind: ModelKind, vector: NewVector, instead?: number): number
}

const normTolerance = 1e-3

/** Whether the numbers are finite and of unit length (within 1e-3). */
export function isUnit(vector: Float32Array): boolean {
  let sum = 0
  // By index, which is four times as fast as `for ... of`: all stored vectors come by here at a start.
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2
  // NaN and infinities fail the comparison.
  return Math.abs(Math.sqrt(sum) - 1) <= normTolerance
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

function fromBlob(blob: Buffer): Float32Array {
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
}

export function openVectors(db: Db): Vectors {
  const selectAll = db.prepare<[string, number], Row>(
    `SELECT v.id, v.horse_id, h.stream_id, v.vector, v.quality FROM vectors v
     JOIN horses h ON h.id = v.horse_id AND h.deleted_ms IS NULL
     WHERE v.model = ? AND v.dim = ? ORDER BY v.id`,
  )
  const insert = db.prepare(
    'INSERT INTO vectors (horse_id, model, dim, vector, quality, taken_ms) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const drop = db.prepare('DELETE FROM vectors WHERE id = ?')
  const replace = db.transaction((kind: ModelKind, one: NewVector, instead: number | undefined): number => {
    if (instead !== undefined) drop.run(instead)
    const blob = toBlob(one.vector)
    return Number(insert.run(one.horseId, kind.id, kind.dim, blob, one.quality, one.takenMs).lastInsertRowid)
  })
  return {
    all(kind) {
      const rows = selectAll.all(kind.id, kind.dim)
      const vectors = rows
        .map((row) => ({
          id: row.id,
          horseId: row.horse_id as HorseId,
          streamId: row.stream_id as StreamId,
          vector: fromBlob(row.vector),
          quality: row.quality,
        }))
        .filter(({ vector }) => isUnit(vector))
      return { vectors, refused: rows.length - vectors.length }
    },
    add(kind, one, instead) {
      checkVector(kind, one.vector)
      return replace.immediate(kind, one, instead)
    },
  }
}
