/**
 * `POST /api/v1/streams/:id/photos?name=NAME`: a photo of a horse that a person names, the body as it is in the file.
 */
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Enrolled, StreamId } from '../../types.ts'
import { photoQuery, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { limitBody } from '../limit.ts'
import { cameraName, findCamera } from '../look-up.ts'
import { takesPath, takesQuery } from '../takes.ts'
import { byOf } from './corrections.ts'
import { horseJson } from './horse-json.ts'

/** What the vision room takes. */
const MOST_PHOTO_BYTES = 20 * 1024 * 1024
/** Photos held at a time: they are looked at one by one, and each waits with all its bytes. */
const MOST_WAITING = 3

export const isPhotoUpload = (c: Context) =>
  c.req.method === 'POST' && /^\/api\/v1\/streams\/[^/]+\/photos$/.test(c.req.path)

export function enrolledJson(
  { outcome, horse, isNew, hasNewAvatar }: Enrolled,
  nameOf: (id: StreamId) => string,
) {
  return { outcome, is_new: isNew, has_new_avatar: hasNewAvatar, horse: horseJson(horse, nameOf) }
}

/** Lets only so many requests past at a time, before their bodies are read. */
function atMost(most: number): MiddlewareHandler {
  let inside = 0
  return async (_c, next) => {
    if (inside >= most) {
      throw new HTTPException(503, {
        message: 'Other photos are being looked at. Try again in a few seconds.',
        res: new Response(null, { headers: { 'Retry-After': '3' } }),
      })
    }
    inside++
    try {
      await next()
    } finally {
      inside--
    }
  }
}

export function photosApi(deps: HttpDeps): Hono {
  const app = new Hono()
  app.post(
    '/streams/:id/photos',
    takesPath(streamParams),
    takesQuery(photoQuery),
    atMost(MOST_WAITING),
    limitBody(MOST_PHOTO_BYTES),
    async (c) => {
      const camera = findCamera(deps, c.req.valid('param').id)
      const photo = new Uint8Array(await c.req.arrayBuffer())
      const { name } = c.req.valid('query')
      const enrolled = await deps.enrol(photo, { streamId: camera.id, name, by: byOf(c, deps) })
      const told = enrolledJson(enrolled, (id) => cameraName(deps, id))
      return c.json(told, enrolled.outcome === 'kept' ? 201 : 200)
    },
  )
  return app
}
