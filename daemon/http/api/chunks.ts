/**
 * `/api/v1/streams/:id/chunks`: recorded video, what was seen in it, and corrections by its boxes. BarnHand's routes; here a
 * correction is done when it is answered, for the names of a clip are looked up when somebody looks.
 */
import { Hono } from 'hono'
import type { Clip } from '../../clip-types.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { ClipId, StreamId } from '../../types.ts'
import { chunkCorrections, chunkLimits, chunkParams, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { findCamera } from '../look-up.ts'
import { createClipAnswer } from '../media/clip.ts'
import { takesBody, takesPath, takesQuery } from '../takes.ts'
import { chunkCorrectionJson, chunkJson, chunkUrl, detectionsJson } from './chunk-json.ts'
import { byOf } from './corrections.ts'

const ofStream = takesPath(streamParams)
const ofChunk = takesPath(chunkParams)

/** A clip by its camera's address and its own: another camera's is not there. */
function findClip({ clips }: HttpDeps, { id, chunkId }: { id: StreamId; chunkId: ClipId }): Clip {
  const clip = clips.get(chunkId)
  if (clip?.streamId !== id) throw new BarnboxError('NOT_FOUND', 'There is no such clip on this camera.')
  return clip
}

export function chunksApi(deps: HttpDeps): Hono {
  const app = new Hono()
  const video = createClipAnswer()
  app.get('/streams/:id/chunks', ofStream, takesQuery(chunkLimits), (c) => {
    const { id } = findCamera(deps, c.req.valid('param').id)
    const { limit, before: beforeMs, from: fromMs, to: toMs } = c.req.valid('query')
    const found = deps.clips.list(id, limit, { beforeMs, fromMs, toMs })
    const last = found.length === limit ? found.at(-1) : undefined
    return c.json({
      chunks: found.map(chunkJson),
      next_before: last === undefined ? null : new Date(last.fromMs).toISOString(),
    })
  })
  app.get('/streams/:id/chunks/:chunkId/detections', ofChunk, (c) => {
    const clip = findClip(deps, c.req.valid('param'))
    return c.json(detectionsJson(clip, deps.clips.seen(clip)))
  })
  app.get('/streams/:id/chunks/:chunkId/video.mp4', ofChunk, (c) => {
    const clip = findClip(deps, c.req.valid('param'))
    return video(c, { path: deps.clips.path(clip), tag: clip.id })
  })
  correctionRoutes(app, deps)
  return app
}

function correctionRoutes(app: Hono, deps: HttpDeps): void {
  const { clips } = deps
  const path = '/streams/:id/chunks/:chunkId/corrections'
  app.post(path, ofChunk, takesBody(chunkCorrections), (c) => {
    const clip = findClip(deps, c.req.valid('param'))
    const { corrections } = c.req.valid('json')
    const told = corrections.map((one) => ({
      detectionIndex: one.detection_index,
      frameIndex: one.frame_index,
      kind: one.correction_type,
      originalHorseId: one.original_horse_id ?? null,
      correctedHorseId: 'corrected_horse_id' in one ? one.corrected_horse_id : null,
      correctedHorseName: 'corrected_horse_name' in one ? (one.corrected_horse_name ?? null) : null,
    }))
    clips.correct(clip, told, byOf(c, deps))
    const answer = {
      message: 'The corrections are done.',
      reprocessing_url: chunkUrl(clip, 'corrections/status'),
      corrections_count: corrections.length,
      chunk_id: clip.id,
    }
    return c.json(answer, 202)
  })
  app.get(path, ofChunk, (c) => {
    const clip = findClip(deps, c.req.valid('param'))
    const corrections = clips.corrections(clip).map(chunkCorrectionJson)
    return c.json({ chunk_id: clip.id, corrections, total: corrections.length })
  })
  app.delete(path, ofChunk, (c) => {
    const clip = findClip(deps, c.req.valid('param'))
    const undone = clips.undo(clip, byOf(c, deps))
    return c.json({ message: 'What was corrected by this clip is taken back.', chunk_id: clip.id, undone })
  })
  app.get(`${path}/status`, ofChunk, (c) => {
    const clip = findClip(deps, c.req.valid('param'))
    const all = clips.corrections(clip)
    const undone = all.filter(({ undoneMs }) => undoneMs !== null).length
    const status = all.length === 0 ? ('idle' as const) : ('completed' as const)
    const counts = { pending: 0, applied: all.length - undone, undone, failed: 0 }
    return c.json({ chunk_id: clip.id, status, progress: 100, ...counts })
  })
}
