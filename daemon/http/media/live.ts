/**
 * `/api/v1/cameras/:id/live`: a camera's video over a WebSocket. A text message begins a stream (`{"mime": ...}`) or says
 * that it has ended (`null`); each binary one is eight bytes of time (UTC ms as a big-endian double, 0 for the bytes that come first) and a piece of MP4.
 */
import { upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { WebSocket } from 'ws'
import { repeat } from '../../lib/abort.ts'
import type { LivePiece, LiveStart, LiveViewer } from '../../live-types.ts'
import type { Clock } from '../../types.ts'
import { parse, streamParams } from '../checks.ts'
import type { HttpDeps } from '../deps.ts'
import { findCamera } from '../look-up.ts'
import { originOf, refuseOrigin } from '../origin.ts'
import { takesPath } from '../takes.ts'

/** Each costs the line what the camera sends; bounds what strangers on the LAN can take. */
const MOST_VIEWERS = 32
/** With so much unsent a viewer is behind: it gets nothing until a keyframe comes while it has caught up. */
const BEHIND_BYTES = 1024 * 1024
const CAUGHT_UP_BYTES = 64 * 1024
/** Whoever takes nothing for so long has gone without a word. */
const GONE_MS = 30_000
const CHECK_MS = 5_000
/** A viewer has nothing to say. */
const POLICY_VIOLATION = 1008
const TRY_LATER = 1013

/** One open connection, as far as it is used here. */
export interface LiveLine {
  readonly bufferedAmount: number
  send(data: string | Uint8Array, done?: () => void): void
}

/** Sends what the line can take: whoever is behind goes on at the newest keyframe, and nothing waits without bound. */
export function createLiveSender(line: LiveLine): LiveViewer {
  let isBehind = false
  const isSkipped = ({ isKey }: LivePiece): boolean => {
    const waiting = line.bufferedAmount
    if (waiting > BEHIND_BYTES) isBehind = true
    else if (isBehind && isKey && waiting <= CAUGHT_UP_BYTES) isBehind = false
    return isBehind
  }
  return {
    start({ mime, init }: LiveStart) {
      isBehind = false
      line.send(JSON.stringify({ mime }))
      line.send(init)
    },
    lost: () => line.send(JSON.stringify({ mime: null })),
    piece(piece, done) {
      if (isSkipped(piece)) done()
      else line.send(piece.message, done)
    },
  }
}

/** Ends a connection whose viewer may no longer look, or takes nothing any more. */
function watchLine(line: WebSocket, isWelcome: () => boolean, clock: Clock, signal: AbortSignal): void {
  let lastMs = clock.monoMs()
  const check = () => {
    if (line.bufferedAmount <= CAUGHT_UP_BYTES) lastMs = clock.monoMs()
    if (!isWelcome() || clock.monoMs() - lastMs > GONE_MS) line.terminate()
  }
  void repeat(CHECK_MS, check, signal)
}

export function liveVideo(deps: HttpDeps): Hono {
  const viewers = new Set<WebSocket>()
  const upgrade = upgradeWebSocket((c) => {
    const live = deps.live(parse(streamParams, c.req.param()).id)
    const { isValid } = c.get('caller')
    const own = new AbortController()
    return {
      onOpen(_event, ws) {
        // The adapter's type hides what the `ws` package's socket can do; it is always that.
        const line = ws.raw as unknown as WebSocket
        // Others may have come in since it was asked for.
        if (viewers.size >= MOST_VIEWERS) return ws.close(TRY_LATER, 'too many live viewers')
        viewers.add(line)
        watchLine(line, isValid, deps.clock, own.signal)
        const leave = live?.join(createLiveSender(line))
        own.signal.addEventListener('abort', () => {
          viewers.delete(line)
          leave?.()
        })
      },
      onMessage: (_event, ws) => ws.close(POLICY_VIOLATION, 'nothing is asked for here'),
      onClose: () => own.abort(),
      onError: () => own.abort(),
    }
  })
  const app = new Hono()
  app.get(
    '/cameras/:id/live',
    takesPath(streamParams),
    async (c, next) => {
      if (originOf(c) === 'other') throw refuseOrigin()
      if (deps.live(findCamera(deps, c.req.valid('param').id).id) === undefined)
        throw new HTTPException(503, {
          message: 'This camera is not watched: it is switched off, or ffmpeg is missing.',
        })
      if (c.req.header('upgrade')?.toLowerCase() !== 'websocket')
        throw new HTTPException(426, { message: 'This address speaks WebSocket.' })
      if (viewers.size >= MOST_VIEWERS) throw new HTTPException(503, { message: 'Too many live viewers.' })
      await next()
    },
    upgrade,
  )
  return app
}
