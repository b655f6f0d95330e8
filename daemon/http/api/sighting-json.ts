/**
 * Sightings and corrections as the API tells them. Pure.
 */
import type { Correction, StoredSighting } from '../../types.ts'
import type { Answer } from '../openapi/answers.ts'

/** Where the picture of a look is. */
export const lookUrl = (lookId: number | null) => (lookId === null ? null : `/api/v1/looks/${lookId}`)

const iso = (ms: number) => new Date(ms).toISOString()

export function sightingJson({
  id,
  streamId,
  trackletId,
  horseId,
  fromMs,
  toMs,
  detections,
  decision,
  lookId,
}: StoredSighting): Answer<'Sighting'> {
  const { kind, score, secondScore, threshold, margin, model } = decision
  return {
    id,
    stream_id: streamId,
    tracklet_id: trackletId,
    horse_id: horseId,
    from: iso(fromMs),
    to: iso(toMs),
    detections,
    decision: { kind, score, second_score: secondScore, threshold, margin, model },
    picture_url: lookUrl(lookId),
  }
}

export function correctionJson(one: Correction): Answer<'Correction'> {
  return {
    id: one.id,
    kind: one.kind,
    stream_id: one.streamId,
    horse_id: one.horseId,
    other_id: one.otherId,
    at: iso(one.atMs),
    actor: one.actor,
    undone: one.undoneMs === null ? null : iso(one.undoneMs),
    undone_by: one.undoneBy,
  }
}
