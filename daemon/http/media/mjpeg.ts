/**
 * A camera's analysed pictures one after the other, as MJPEG: for programs that can show nothing else.
 */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { stream } from 'hono/streaming'
import { createPatience, sleep } from '../../lib/abort.ts'
import type { StreamId } from '../../types.ts'
import type { HttpDeps } from '../deps.ts'
import { findCamera } from '../look-up.ts'
import { noPicture, type TakePicture } from './picture.ts'

/** Each picture is a JPEG to encode, shared by all who look at that camera. */
const MOST_VIEWERS = 8
/** How long until the same picture is sent again: programs take a silence for an end. */
const AGAIN_MS = 5_000
/** Whoever takes nothing for so long has gone without a word. */
const GONE_MS = 30_000
const BOUNDARY = 'barnbox-picture'

/** Answers when another picture of the camera has been analysed, or after a while. */
async function nextPicture({ facts }: HttpDeps, id: StreamId, signal: AbortSignal): Promise<void> {
  const own = new AbortController()
  const ending = AbortSignal.any([signal, own.signal])
  const seen = ({ streamId }: { streamId: StreamId }) => {
    if (streamId === id) own.abort()
  }
  facts.on('frame-analysed', seen, ending)
  await sleep(AGAIN_MS, ending)
  own.abort()
}

/** A viewer that is slow gets fewer pictures: the next is taken when the last has gone out. */
export function mjpeg(deps: HttpDeps, take: TakePicture, goneMs = GONE_MS) {
  let viewers = 0
  return async (c: Context<object, string, { out: { param: { id: StreamId } } }>) => {
    const camera = findCamera(deps, c.req.valid('param').id)
    const { id } = camera
    const { isValid } = c.get('caller')
    if ((await take(id)) === undefined) throw noPicture(camera)
    c.header('Content-Type', `multipart/x-mixed-replace; boundary=${BOUNDARY}`)
    if (c.req.method === 'HEAD') return c.body(null)
    if (viewers >= MOST_VIEWERS) throw new HTTPException(503, { message: 'Too many viewers of MJPEG.' })
    viewers++
    return stream(c, async (out) => {
      const gone = new AbortController()
      out.onAbort(() => gone.abort())
      const patience = createPatience(goneMs, () => out.abort())
      try {
        while (!gone.signal.aborted && isValid()) {
          const next = nextPicture(deps, id, gone.signal)
          const seen = await take(id)
          if (seen) {
            await out.write(
              `--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${seen.jpeg.length}\r\n\r\n`,
            )
            await out.write(seen.jpeg)
            await out.write('\r\n')
            patience.renew()
          }
          await next
        }
      } finally {
        viewers--
        patience.end()
        gone.abort()
      }
    })
  }
}
