/**
 * What tests have seen: frames of a made-up camera.
 */
import type { SeenBy, SeenFrame } from '../../daemon/replay-types.ts'
import type { Box, StreamId } from '../../daemon/types.ts'
import { axis, dim } from '../identity/vectors.ts'

export const north = 'north' as StreamId
export const startMs = Date.UTC(2026, 10, 22, 20)

export const by: SeenBy = {
  detector: 'made-up',
  threshold: 0.25,
  embedder: { id: 'made-up@1', dim, name: 'made-up', preprocess: {}, licence: null },
  sameAbove: 0.8,
  margin: 0.05,
}

/** A frame with one horse that was looked at. */
export function seenAt(takenMs: number, more: Partial<SeenFrame> = {}): SeenFrame {
  const box: Box = [100.125, 200, 400, 450]
  return {
    ...{ streamId: north, takenMs, sceneMs: takenMs, width: 1280, height: 720 },
    detections: [{ box, score: 0.875, kind: 'horse', label: 'cow' }],
    looks: [{ box, look: { vector: axis(0), sharpness: 100, infrared: true } }],
    ...more,
  }
}
