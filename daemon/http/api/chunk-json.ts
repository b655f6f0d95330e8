/**
 * Clips as the API tells them, and what was seen in one as BarnHand's clip files have it. Pure.
 */
import type { Clip, ClipSeen, ListedClip, SeenInClip, StoredClipCorrection } from '../../clip-types.ts'
import type { Horse, HorseId } from '../../types.ts'
import type { Answer } from '../openapi/answers.ts'
import { statusOf } from './horse-json.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const seconds = (ms: number) => ms / 1000
const round = (share: number) => Number(share.toFixed(4))

export const chunkUrl = ({ streamId, id }: Pick<Clip, 'streamId' | 'id'>, of: string) =>
  `/api/v1/streams/${streamId}/chunks/${id}/${of}`

export function chunkJson(clip: ListedClip): Answer<'Chunk'> {
  return {
    id: clip.id,
    stream_id: clip.streamId,
    start_time: iso(clip.fromMs),
    end_time: iso(clip.toMs),
    duration: seconds(clip.toMs - clip.fromMs),
    bytes: clip.bytes,
    protected: clip.isProtected,
    processing_status: 'complete',
    video_url: chunkUrl(clip, 'video.mp4'),
    detections_url: chunkUrl(clip, 'detections'),
    horses: clip.horses.map(({ id, number, name, color }) => ({ id, number, name, assigned_color: color })),
  }
}

const isHorse = ({ kind }: SeenInClip) => kind === 'horse'
const typeOf = ({ officialMs }: Horse) => (officialMs === null ? ('guest' as const) : ('official' as const))

/** How often, from where to where and how surely a horse was seen. */
interface Told {
  readonly horse: Horse
  first: number
  last: number
  count: number
  score: number
}

function toldOf({ frames }: ClipSeen): ReadonlyMap<HorseId, Told> {
  const told = new Map<HorseId, Told>()
  frames.forEach(({ boxes }, index) => {
    for (const { horse, score } of boxes) {
      if (horse === null) continue
      const one = told.get(horse.id) ?? { horse, first: index, last: index, count: 0, score: 0 }
      told.set(horse.id, Object.assign(one, { last: index, count: one.count + 1, score: one.score + score }))
    }
  })
  return told
}

function boxJson(one: SeenInClip, isNew: boolean, told: ReadonlyMap<HorseId, Told>) {
  const {
    box: [x1, y1, x2, y2],
    kind,
    score,
    trackletId,
    sightingId,
    horse,
  } = one
  return {
    id: horse?.id ?? null,
    kind,
    tracking_id: horse?.trackingId ?? null,
    tracklet_id: trackletId,
    sighting_id: sightingId,
    number: horse?.number ?? null,
    color: horse?.color ?? null,
    bbox: { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) },
    confidence: round(score),
    total_detections: horse === null ? 0 : (told.get(horse.id)?.count ?? 0),
    is_new: isNew,
    horse_type: horse === null ? null : typeOf(horse),
    horse_name: horse?.name ?? null,
    is_official: horse !== null && horse.officialMs !== null,
  }
}

/** Where nobody looked there are no frames. */
export function detectionsJson(clip: Clip, seen: ClipSeen | null): Answer<'ChunkDetections'> {
  const frames = seen?.frames ?? []
  const told = seen ? toldOf(seen) : new Map<HorseId, Told>()
  const duration = seconds(clip.toMs - clip.fromMs)
  const detections = frames.reduce((sum, { boxes }) => sum + boxes.filter(isHorse).length, 0)
  return {
    chunk_id: clip.id,
    stream_id: clip.streamId,
    start_time: iso(clip.fromMs),
    video_metadata: {
      fps: round(clip.pictures / duration),
      duration,
      resolution: seen ? `${seen.width}x${seen.height}` : null,
      width: seen?.width ?? null,
      height: seen?.height ?? null,
      total_frames: clip.pictures,
      frame_interval: frames.length === 0 ? null : round(clip.pictures / frames.length),
    },
    summary: { total_horses: told.size, total_detections: detections, frames_analyzed: frames.length },
    horses: [...told.values()].map(({ horse, first, last, count, score }) => ({
      id: horse.id,
      tracking_id: horse.trackingId,
      number: horse.number,
      name: horse.name,
      color: horse.color,
      first_detected_frame: first,
      last_detected_frame: last,
      total_detections: count,
      avg_confidence: round(score / count),
      horse_type: typeOf(horse),
      status: statusOf(horse),
      is_official: horse.officialMs !== null,
    })),
    frames: frames.map(({ offsetMs, boxes }, index) => ({
      frame_index: index,
      timestamp: seconds(offsetMs),
      detections: boxes.length,
      tracked_horses: boxes.map((one) =>
        boxJson(one, one.horse !== null && told.get(one.horse.id)?.first === index, told),
      ),
    })),
  }
}

export function chunkCorrectionJson(one: StoredClipCorrection): Answer<'ChunkCorrection'> {
  return {
    id: one.id,
    correction_id: one.correctionId,
    detection_index: one.detectionIndex,
    frame_index: one.frameIndex,
    correction_type: one.kind,
    original_horse_id: one.originalHorseId,
    corrected_horse_id: one.correctedHorseId,
    corrected_horse_name: one.correctedHorseName,
    actor: one.actor,
    created_at: iso(one.atMs),
    applied_at: iso(one.atMs),
    undone_at: one.undoneMs === null ? null : iso(one.undoneMs),
    status: one.undoneMs === null ? 'applied' : 'undone',
  }
}
