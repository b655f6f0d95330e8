/**
 * The photos that people enrolled horses by, as far as the table `looks` remembers them: their fingerprints, and what
 * became of them. Looks that a person took from their horse no longer count.
 */
import { createHash } from 'node:crypto'
import type { HorseId, ModelKind, StreamId } from '../types.ts'
import type { Db } from './database.ts'
import { isUnit, toVector } from './vectors.ts'

export interface Photos {
  /** What a photo is known again by: the bytes of its file. */
  fingerprintOf(photo: Uint8Array): string
  /** The horses that this photo was enrolled for, each of its stream. */
  holdersOf(photo: string): { readonly horseId: HorseId; readonly streamId: StreamId }[]
  /** How many photos a horse is known by, and their vectors of one embedder, as far as there are any. */
  of(horseId: HorseId, kind: ModelKind): { readonly count: number; readonly vectors: readonly Float32Array[] }
}

export function openPhotos(db: Db): Photos {
  const holders = db.prepare<[string], { horseId: HorseId; streamId: StreamId }>(
    `SELECT l.horse_id AS horseId, h.stream_id AS streamId FROM looks l JOIN living h ON h.id = l.horse_id
     WHERE l.photo = ? AND l.withdrawn_by IS NULL ORDER BY l.id`,
  )
  const vectors = db
    .prepare<[string, number, string], Buffer | null>(
      `SELECT v.vector FROM looks l LEFT JOIN vectors v ON v.look_id = l.id AND v.model = ? AND v.dim = ?
       WHERE l.horse_id = ? AND l.photo IS NOT NULL AND l.withdrawn_by IS NULL`,
    )
    .pluck()
  return {
    fingerprintOf: (photo) => createHash('sha256').update(photo).digest('hex'),
    holdersOf: (photo) => holders.all(photo),
    of(horseId, kind) {
      const rows = vectors.all(kind.id, kind.dim, horseId)
      const found = rows.flatMap((blob) => (blob === null ? [] : [toVector(blob)])).filter(isUnit)
      return { count: rows.length, vectors: found }
    },
  }
}
