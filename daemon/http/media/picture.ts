/**
 * A camera's newest analysed picture, with what was seen in exactly that picture in its headers: so boxes and picture
 * are always in step, however slow the line.
 */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Analysed, CameraView, Clock, StreamId } from '../../types.ts'
import type { HttpDeps, SeenPicture } from '../deps.ts'

export type TakePicture = (id: StreamId) => Promise<SeenPicture | undefined>

/**
 * The last picture stays for a moment where no new one comes, as when the pipeline begins anew after a correction: no
 * longer than a camera may be silent, and with the time when it was taken.
 */
const KEPT_MS = 10_000

/** Many viewers who ask at once share one encoding. */
export function sharePictures(picture: HttpDeps['picture'], clock: Clock): TakePicture {
  const running = new Map<StreamId, ReturnType<TakePicture>>()
  const last = new Map<StreamId, SeenPicture>()
  const newest: TakePicture = async (id) => {
    const fresh = await picture(id)
    if (fresh !== undefined) last.set(id, fresh)
    const kept = last.get(id)
    if (kept === undefined || kept === fresh || clock.utcMs() - kept.analysed.utcMs < KEPT_MS) return kept
    last.delete(id)
    return undefined
  }
  return (id) => {
    const now = running.get(id)
    if (now !== undefined) return now
    const taking = newest(id).finally(() => running.delete(id))
    running.set(id, taking)
    return taking
  }
}

/** Bounds the header: no barn camera sees more animals at once. */
const MOST_BOXES = 64

/** ASCII by construction: numbers, ids and two words. */
function frameHeader(analysed: Analysed): string {
  const boxes = analysed.boxes.slice(0, MOST_BOXES).map((seen) => ({
    box: seen.box.map(Math.round),
    kind: seen.kind,
    horseId: seen.horseId,
    certainty: seen.certainty,
  }))
  const { seq, utcMs, width, height } = analysed
  return JSON.stringify({ seq, utcMs, width, height, boxes })
}

export function noPicture({ name, detail }: CameraView): HTTPException {
  const why = detail ?? 'no picture has been looked at yet'
  return new HTTPException(503, { message: `There is no picture of ${name}: ${why}` })
}

export async function pictureAnswer(c: Context, take: TakePicture, camera: CameraView): Promise<Response> {
  const seen = await take(camera.id)
  if (seen === undefined) throw noPicture(camera)
  return c.body(new Uint8Array(seen.jpeg), 200, {
    'Content-Type': 'image/jpeg',
    'Barnbox-Time': new Date(seen.analysed.utcMs).toISOString(),
    'Barnbox-Frame': frameHeader(seen.analysed),
  })
}
