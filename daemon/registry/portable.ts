/**
 * Horses as another system is told of them: where they stand, at little cost, and all of one where that has changed.
 */
import type { PortableHorse, PortableMark } from '../sync-types.ts'
import type { Box, HorseId, StreamId } from '../types.ts'
import type { Db } from './database.ts'
import type { Embedders } from './embedders.ts'
import { toVector } from './vectors.ts'

export interface Portable {
  /** The horses that these cameras founded and that are more than provisional, also those that are gone. */
  marks(streams: readonly string[]): PortableMark[]
  /** Those that are there. `model` names the embedder whose vectors may be told: no other's is. */
  read(ids: readonly HorseId[], model: { readonly name: string; readonly dim: number }): PortableHorse[]
}

interface MarkRow {
  id: HorseId
  streamId: StreamId
  gone: 0 | 1
  sign: string
}

type Row = Omit<PortableHorse, 'avatar' | 'box' | 'vector'> & {
  avatar: Buffer | null
  x1: number | null
} & Record<'y1' | 'x2' | 'y2' | 'width' | 'height', number>

const listed = '(SELECT value FROM json_each(?))'

export function openPortable(db: Db, embedders: Embedders): Portable {
  // A horse that was seen has a place; its box is in pixels of the pictures of the camera that saw it.
  const placed = `LEFT JOIN last_places p ON p.horse_id = h.id
     LEFT JOIN tracks t ON t.stream_id = coalesce(p.stream_id, h.stream_id)`
  const marks = db.prepare<[string], MarkRow>(
    `SELECT h.id, h.stream_id AS streamId, h.deleted_ms IS NOT NULL OR h.merged_into IS NOT NULL AS gone,
       format('%d %d %d %d %d', h.version, h.last_seen_ms, h.total_detections, p.x1 IS NOT NULL AND t.width IS NOT NULL,
         (SELECT coalesce(max(v.id), 0) FROM vectors v WHERE v.horse_id = h.id)) AS sign
     FROM horses h ${placed} WHERE h.standing = 'horse' AND h.stream_id IN ${listed} ORDER BY h.stream_id, h.number`,
  )
  const rows = db.prepare<[string], Row>(
    `SELECT h.id, h.stream_id AS streamId, h.name, h.color, h.first_detected_ms AS firstMs, h.last_seen_ms AS lastMs,
       h.total_detections AS detections, h.confidence, h.official_ms AS officialMs, h.avatar,
       p.x1, p.y1, p.x2, p.y2, t.width, t.height
     FROM living h ${placed} WHERE h.id IN ${listed} ORDER BY h.stream_id, h.number`,
  )
  const vectors = db
    .prepare<[string, string], Buffer>(
      `SELECT v.vector FROM vectors v LEFT JOIN looks l ON l.id = v.look_id
       WHERE v.horse_id = ? AND v.model = ? AND l.withdrawn_by IS NULL ORDER BY v.id`,
    )
    .pluck()
  return {
    marks(streams) {
      const embedder = embedders.inUse()?.id ?? ''
      return marks
        .all(JSON.stringify(streams))
        .map(({ gone, sign, ...row }) => ({ ...row, isGone: gone === 1, sign: `${sign} ${embedder}` }))
    },
    read(ids, model) {
      const kind = embedders.inUse()
      const isTold = kind?.name === model.name && kind.dim === model.dim
      return rows.all(JSON.stringify(ids)).map(({ x1, y1, x2, y2, width, height, ...row }) => ({
        ...row,
        box: x1 === null || width === null ? null : boxOf([x1, y1, x2, y2], width, height),
        vector: isTold ? meanOf(vectors.all(row.id, kind.id).map(toVector)) : null,
      }))
    },
  }
}

const boxOf = ([x1, y1, x2, y2]: Box, width: number, height: number): Box => [
  ...([x1 * width, y1 * height] as const),
  ...([x2 * width, y2 * height] as const),
]

/** Of unit length; null of none, and where they cancel each other out. */
export function meanOf(vectors: readonly Float32Array[]): Float32Array | null {
  const [first] = vectors
  if (!first) return null
  const sum = new Float64Array(first.length)
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0)
  const norm = Math.hypot(...sum)
  return norm > 1e-6 ? Float32Array.from(sum, (value) => value / norm) : null
}
