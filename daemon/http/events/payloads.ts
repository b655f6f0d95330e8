/**
 * What the events carry: BarnHand's payloads, with the faults of its sender left out. Pure.
 */
import type { Facts, Horse } from '../../types.ts'
import { thumbnailUrl } from '../api/horse-json.ts'

function seenJson(horse: Horse) {
  return {
    id: horse.id,
    tracking_id: horse.trackingId,
    number: horse.number,
    name: horse.name,
    assigned_color: horse.color,
    confidence_score: horse.confidence,
    first_detected: new Date(horse.firstDetectedMs).toISOString(),
    last_seen: new Date(horse.lastSeenMs).toISOString(),
    total_detections: horse.totalDetections,
    thumbnail_url: thumbnailUrl(horse),
    version: horse.version,
  }
}

/** `horses:detected`: only horses that were really sighted. */
export function detected(fact: Facts['horses-seen'], nowMs: number) {
  return {
    streamId: fact.streamId,
    horses: fact.horses.map(seenJson),
    timestamp: new Date(nowMs).toISOString(),
  }
}

/** `horses:updated`: a horse is new, was renamed, or got a better avatar. */
export function updated(fact: Facts['horse-changed'], nowMs: number) {
  return {
    streamId: fact.horse.streamId,
    horse: seenJson(fact.horse),
    change: fact.change,
    timestamp: new Date(nowMs).toISOString(),
  }
}
