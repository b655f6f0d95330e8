/**
 * What the API answers about clips, as schemas: see `answers.ts`. The words are BarnHand's.
 */
import { z } from 'zod'

const time = z.iso.datetime().describe('UTC')
const id = z.uuid()
const count = z.int().min(0)
const share = z.number().min(0).max(1)
const words = z.string().nullable()
const number = z.int().min(1)
const color = z.string().regex(/^#[0-9A-Fa-f]{6}$/)
const horseType = z.enum(['official', 'guest'])

const Chunk = z.strictObject({
  id,
  stream_id: z.string(),
  start_time: time,
  end_time: time,
  duration: z.number().describe('Seconds'),
  bytes: z.int().min(1),
  protected: z.boolean().describe('Kept beyond its age, and let go of last where there is no room'),
  processing_status: z.literal('complete'),
  video_url: z.string(),
  detections_url: z.string(),
  horses: z
    .array(z.strictObject({ id, number, name: words, assigned_color: color }))
    .describe('Whom the camera saw meanwhile, as it is known now'),
})

const ChunkCorrection = z.strictObject({
  id: number,
  correction_id: id.describe('Boxes of one sighting are corrected together'),
  detection_index: count,
  frame_index: count,
  correction_type: z.enum(['reassign', 'new_guest', 'mark_incorrect']),
  original_horse_id: id.nullable(),
  corrected_horse_id: id.nullable(),
  corrected_horse_name: words,
  actor: words,
  created_at: time,
  applied_at: time,
  undone_at: time.nullable(),
  status: z.enum(['applied', 'undone']),
})

const TrackedHorse = z.strictObject({
  id: id.nullable().describe('The horse; null for nobody’s'),
  kind: z.enum(['horse', 'person']),
  tracking_id: words,
  tracklet_id: id.nullable(),
  sighting_id: id.nullable(),
  number: number.nullable(),
  color: color.nullable(),
  bbox: z.strictObject({ x: z.int(), y: z.int(), width: count, height: count }),
  confidence: share,
  total_detections: count.describe('Of this horse in this clip'),
  is_new: z.boolean().describe('It is the first of this horse in this clip'),
  horse_type: horseType.nullable(),
  horse_name: words,
  is_official: z.boolean(),
})

const ChunkDetections = z.strictObject({
  chunk_id: id,
  stream_id: z.string(),
  start_time: time,
  video_metadata: z.strictObject({
    fps: z.number(),
    duration: z.number(),
    resolution: words.describe('Of the analysed pictures, in whose pixels boxes are'),
    width: number.nullable(),
    height: number.nullable(),
    total_frames: count,
    frame_interval: z.number().nullable().describe('Pictures for one that was analysed'),
  }),
  summary: z.strictObject({ total_horses: count, total_detections: count, frames_analyzed: count }),
  horses: z.array(
    z.strictObject({
      id,
      tracking_id: z.string(),
      number,
      name: words,
      color,
      first_detected_frame: count,
      last_detected_frame: count,
      total_detections: count,
      avg_confidence: share,
      horse_type: horseType,
      status: z.enum(['unidentified', 'identified', 'confirmed']),
      is_official: z.boolean(),
    }),
  ),
  frames: z.array(
    z.strictObject({
      frame_index: count.describe('Counts the analysed pictures of the clip'),
      timestamp: z.number().describe('Seconds from the clip’s begin'),
      detections: count,
      tracked_horses: z.array(TrackedHorse),
    }),
  ),
})

export const chunkAnswers = {
  Chunk,
  Chunks: z.strictObject({
    chunks: z.array(Chunk),
    next_before: time.nullable().describe('`before` for the next page; null on the last one'),
  }),
  ChunkDetections,
  ChunkCorrection,
  ChunkCorrections: z.strictObject({ chunk_id: id, corrections: z.array(ChunkCorrection), total: count }),
  ChunkCorrected: z.strictObject({
    message: z.string(),
    reprocessing_url: z.string(),
    corrections_count: number,
    chunk_id: id,
  }),
  ChunkUndone: z.strictObject({ message: z.string(), chunk_id: id, undone: count }),
  ChunkStatus: z.strictObject({
    chunk_id: id,
    status: z.enum(['idle', 'completed']),
    progress: z.literal(100),
    pending: z.literal(0),
    applied: count,
    undone: count,
    failed: z.literal(0),
  }),
}
