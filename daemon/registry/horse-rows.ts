/**
 * A row of the table `horses` and the horse that it is. Pure.
 */
import type { Gender, Horse, HorseId, StreamId } from '../types.ts'

export interface HorseRow {
  id: string
  stream_id: string
  number: number
  name: string | null
  notes: string | null
  color: string
  first_detected_ms: number
  last_seen_ms: number
  last_stream_id: string
  total_detections: number
  confidence: number
  has_avatar: number
  avatar_ms: number | null
  version: number
  revision: number
  standing: Horse['standing']
  official_ms: number | null
  breed: string | null
  age: number | null
  coat: string | null
  markings: string | null
  gender: Gender | null
}

export const columns = `id, stream_id, number, name, notes, color, first_detected_ms, last_seen_ms, total_detections,
  coalesce(seen_stream_id, stream_id) AS last_stream_id, confidence, avatar IS NOT NULL AS has_avatar, avatar_ms, version, revision, standing, official_ms, breed, age, coat, markings,
  gender`

/** At which camera a look `l` of a horse `h` was taken; null for a photo. Wants `withCamera` among what is joined. */
export const cameraOf = 'iif(l.photo IS NULL, coalesce(c.stream_id, h.stream_id), NULL)'
export const withCamera = 'LEFT JOIN look_cameras c ON c.look_id = l.id'

/** The id itself, or at the end of its aliases. No chain is longer: an alias is only given to who is none. */
export const resolvedBy = (parameter: string) => `WITH RECURSIVE chain (id, next) AS (
    SELECT id, merged_into FROM horses WHERE id = ${parameter}
    UNION ALL SELECT h.id, h.merged_into FROM horses h JOIN chain ON h.id = chain.next
  ) SELECT id FROM chain WHERE next IS NULL`
export const resolved = resolvedBy('?')

export function fromRow(row: HorseRow): Horse {
  const streamId = row.stream_id as StreamId
  return {
    id: row.id as HorseId,
    streamId,
    number: row.number,
    trackingId: trackingId(streamId, row.number),
    name: row.name,
    notes: row.notes,
    color: row.color,
    firstDetectedMs: row.first_detected_ms,
    lastSeenMs: row.last_seen_ms,
    lastStreamId: row.last_stream_id as StreamId,
    totalDetections: row.total_detections,
    confidence: row.confidence,
    hasAvatar: row.has_avatar === 1,
    avatarMs: row.avatar_ms,
    version: row.version,
    revision: row.revision,
    standing: row.standing,
    officialMs: row.official_ms,
    breed: row.breed,
    age: row.age,
    coat: row.coat,
    markings: row.markings,
    gender: row.gender,
  }
}

/** BarnHand's text id: at most 50 characters, shown and exchanged, never a key and never parsed. */
export function trackingId(streamId: StreamId, number: number): string {
  return `${streamId.replaceAll('-', '_')}_horse_${String(number).padStart(3, '0')}`
}
