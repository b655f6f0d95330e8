/**
 * Sightings and corrections as the API tells them. Pure.
 */
import type { Correction, Sighting } from '../../types.ts'
import type { Answer } from '../openapi/answers.ts'

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
}: Sighting): Answer<'Sighting'> {
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
