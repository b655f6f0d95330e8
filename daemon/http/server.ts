/**
 * Opens the port and closes it again: the only file of this room with a socket.
 */
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type WebSocketServerLike } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import type { HttpConfig } from '../config/schema.ts'
import { repeat, sleep } from '../lib/abort.ts'
import { BarnboxError } from '../lib/errors.ts'
import { isLoopback } from '../lib/loopback.ts'
import { createApp } from './app.ts'
import { type Assets, loadAssets } from './assets.ts'
import type { HttpDeps } from './deps.ts'
import { createHub } from './events/hub.ts'
import { isPatient } from './upload.ts'

export type RunningHttp = { readonly port: number } & AsyncDisposable

/** How long requests under way may take to finish when the server stops. */
const CLOSE_MS = 1000
const LARGEST_MESSAGE = 4096
/** A request's head, also one that is never begun, and a whole request may take so long; looked at every few seconds. */
const HEAD_MS = 10_000
const REQUEST_MS = 30_000
const CHECK_MS = 5_000
/** How soon a changed certificate is served with. */
const TLS_MS = 60_000

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    const at = `${host}:${port}`
    if (code === 'EADDRINUSE') {
      const message = `${at} is in use. Stop the other program, or set http.port to a free port.`
      throw new BarnboxError('PORT_IN_USE', message, { context: { host, port }, cause })
    }
    const message = `Cannot serve on ${at}: ${code ?? String(cause)}. Check http.host and http.port.`
    throw new BarnboxError('CONFIG_INVALID', message, { context: { host, port }, cause })
  }
  return (server.address() as AddressInfo).port
}

async function close(server: Server, wss: WebSocketServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const given = new AbortController()
  await Promise.race([closed, sleep(CLOSE_MS, given.signal)])
  given.abort()
  server.closeAllConnections()
  // Upgraded sockets are no longer the HTTP server's, but it waits for them all the same.
  for (const socket of wss.clients) socket.terminate()
  await closed
}

/** Ends requests that do not come to their end. Node's own limit knows no exception, and a backup may take its time. */
function limitRequests(server: Server): void {
  server.prependListener('request', (request: IncomingMessage) => {
    const late = () => {
      if (!request.complete && !isPatient(request)) request.socket.destroy()
    }
    const timer = setTimeout(late, REQUEST_MS)
    request.once('close', () => clearTimeout(timer))
  })
}

/** Takes another certificate for connections from now on; those that are open go on with the old one. */
function followTls(
  server: HttpsServer,
  { freshTls, log }: HttpDeps,
  everyMs: number,
  signal: AbortSignal,
): void {
  void repeat(
    everyMs,
    () => {
      const fresh = freshTls()
      if (fresh === undefined) return
      try {
        server.setSecureContext({ cert: fresh.cert, key: fresh.key })
        log.info({ fingerprint: fresh.fingerprint }, 'serving with another certificate')
      } catch (error) {
        log.warn({ err: error }, 'the changed certificate is not taken; the old one goes on')
      }
    },
    signal,
  )
}

/** Serves until disposed of or until the signal aborts. `assets` is given only by tests that serve many times. */
export async function startHttp(
  config: HttpConfig,
  deps: HttpDeps,
  signal: AbortSignal,
  assets?: Assets,
  tlsMs = TLS_MS,
): Promise<RunningHttp> {
  const own = new AbortController()
  const hub = createHub(deps, AbortSignal.any([own.signal, signal]))
  // Pings are answered by hand: by itself `ws` answers them however much a client leaves unread.
  const wss = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, autoPong: false })
  const { tls } = deps
  const isShared = !isLoopback(config.host)
  const app = createApp(deps, { hub, isShared, assets: assets ?? (await loadAssets()) })
  const server = createAdaptorServer({
    fetch: app.fetch,
    // The same thing; only the two packages' ways of writing optional fields differ.
    websocket: { server: wss as unknown as WebSocketServerLike },
    ...(tls && { createServer: createHttpsServer }),
    serverOptions: {
      requestTimeout: 0,
      headersTimeout: HEAD_MS,
      connectionsCheckingInterval: CHECK_MS,
      ...(tls && { cert: tls.cert, key: tls.key, handshakeTimeout: HEAD_MS }),
    },
  }) as Server
  limitRequests(server)
  let port: number
  try {
    port = await listen(server, config.host, config.port)
  } catch (error) {
    own.abort()
    throw error
  }
  deps.log.info({ host: config.host, port, https: tls !== undefined }, 'serving')
  if (tls) followTls(server as unknown as HttpsServer, deps, tlsMs, AbortSignal.any([own.signal, signal]))

  let ending: Promise<void> | undefined
  const onAbort = () => void stop()
  const stop = () => {
    ending ??= (async () => {
      signal.removeEventListener('abort', onAbort)
      own.abort()
      hub.closeAll()
      wss.close()
      await close(server, wss)
    })()
    return ending
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) await stop()
  return { port, [Symbol.asyncDispose]: stop }
}
