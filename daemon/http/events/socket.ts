/**
 * `/api/v1/events`: the WebSocket. Access was checked before; here the page's origin, and what the client asks for.
 */
import { upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { WebSocket } from 'ws'
import { z } from 'zod'
import type { StreamId } from '../../types.ts'
import { clipId, parse } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { originOf, refuseOrigin } from '../origin.ts'
import { note } from '../takes.ts'
import type { Client, Hub } from './hub.ts'

/** More than a barn has screens; bounds what strangers on the LAN can take. */
const MOST_CLIENTS = 100
const TRY_LATER = 1013
const TEXT_BYTES = 4096

const want = z.object({
  after: z.coerce.number().int().min(0).optional().describe('The newest id that the client knows'),
  frames: z.array(z.string().max(40)).max(32).optional().describe('Cameras whose frames are told too'),
})

/** `{subscribe: stream}`, `{subscribe_chunk: clip}` and their ends; anything else is passed over. */
const request = z.strictObject({
  subscribe: z.string().optional(),
  unsubscribe: z.string().optional(),
  subscribe_chunk: clipId.optional(),
  unsubscribe_chunk: clipId.optional(),
})

function obey(client: Client, text: string, known: (id: string) => StreamId | undefined): void {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return
  }
  const { subscribe = '', unsubscribe = '', ...chunks } = request.safeParse(json).data ?? {}
  const wanted = known(subscribe)
  const unwanted = known(unsubscribe)
  if (wanted !== undefined) client.watch(wanted)
  if (unwanted !== undefined) client.unwatch(unwanted)
  if (chunks.subscribe_chunk) client.follow(chunks.subscribe_chunk)
  if (chunks.unsubscribe_chunk) client.unfollow(chunks.unsubscribe_chunk)
}

export function events(deps: HttpDeps, hub: Hub): Hono {
  const known = (id: string) => deps.cameras().find((camera) => camera.id === id)?.id
  const upgrade = upgradeWebSocket((c) => {
    const asked = parse(want, { after: c.req.query('after'), frames: c.req.queries('frames') })
    const frames = (asked.frames ?? []).flatMap((id) => known(id) ?? [])
    const { isValid: isWelcome } = c.get('caller')
    let client: Client | undefined
    return {
      onOpen(_event, ws) {
        // The adapter's type hides what the `ws` package's socket can do; it is always that.
        const line = ws.raw as unknown as WebSocket
        // Others may have come in since it was asked for.
        if (hub.size >= MOST_CLIENTS) return ws.close(TRY_LATER, 'too many live clients')
        client = hub.join(line, { after: asked.after, frames, isWelcome })
        line.on('pong', () => client?.alive())
        line.on('ping', (data) => {
          if (client?.mayAsk() === true) client.pinged(data)
        })
      },
      onMessage(event) {
        if (client?.mayAsk() === true && typeof event.data === 'string' && event.data.length <= TEXT_BYTES)
          obey(client, event.data, known)
      },
      onClose: () => client?.gone(),
      onError: () => client?.gone(),
    }
  })
  const app = new Hono()
  app.get(
    '/events',
    async (c, next) => {
      if (originOf(c) === 'other') throw refuseOrigin()
      if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
        throw new HTTPException(426, { message: 'This address speaks WebSocket.' })
      }
      if (hub.size >= MOST_CLIENTS) throw new HTTPException(503, { message: 'Too many live clients.' })
      await next()
    },
    note(upgrade, 'query', want),
  )
  return app
}
