/**
 * A horse as the API and the events tell it: BarnHand's field names. Never its vectors. Pure.
 */
import type { Horse, StreamId } from '../../types.ts'
import type { Answer } from '../openapi/answers.ts'

export function thumbnailUrl(horse: Horse): string | null {
  if (!horse.hasAvatar) return null
  // The version makes a better avatar another address, so that browsers may keep the old one for good.
  return `/api/v1/streams/${horse.streamId}/horses/${horse.id}/avatar?v=${horse.version}`
}

/** What answers and events tell alike. */
export function horseFacts(horse: Horse): Answer<'HorseFacts'> {
  return {
    id: horse.id,
    number: horse.number,
    tracking_id: horse.trackingId,
    name: horse.name,
    assigned_color: horse.color,
    first_detected: new Date(horse.firstDetectedMs).toISOString(),
    last_seen: new Date(horse.lastSeenMs).toISOString(),
    last_stream_id: horse.lastStreamId,
    total_detections: horse.totalDetections,
    confidence_score: horse.confidence,
    thumbnail_url: thumbnailUrl(horse),
    thumbnail_taken_at: horse.avatarMs === null ? null : new Date(horse.avatarMs).toISOString(),
    version: horse.version,
    revision: horse.revision,
    breed: horse.breed,
    age: horse.age,
    color: horse.coat,
    markings: horse.markings,
    gender: horse.gender,
    is_official: horse.officialMs !== null,
  }
}

/** BarnHand's words: what a person has confirmed, what the box is sure of, what it only thinks. */
export function statusOf({ standing, name, officialMs }: Horse): Answer<'Horse'>['status'] {
  if (name !== null || officialMs !== null) return 'confirmed'
  return standing === 'horse' ? 'identified' : 'unidentified'
}

/** `nameOf` answers what people call a camera. */
export function horseJson(horse: Horse, nameOf: (id: StreamId) => string): Answer<'Horse'> {
  return {
    ...horseFacts(horse),
    stream_id: horse.streamId,
    stream_name: nameOf(horse.streamId),
    last_stream_name: nameOf(horse.lastStreamId),
    ui_color: horse.color,
    status: statusOf(horse),
    made_official_at: horse.officialMs === null ? null : new Date(horse.officialMs).toISOString(),
    metadata: { notes: horse.notes },
  }
}
