/**
 * Who is asking: which name the browser thinks it talks to, and which page made it ask.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { isRead } from './auth/rights.ts'

const LOCAL_NAME = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** The `host:port` that the request was addressed to. */
export function hostOf(c: Context): string {
  return (c.req.header('host') ?? new URL(c.req.url).host).toLowerCase()
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, '')
}

/** Proxies say that they are there; then whoever asks need not sit at this machine, whatever name the proxy calls it by. */
const isForwarded = (c: Context) =>
  [...c.req.raw.headers.keys()].some((name) => /^(x-forwarded-|x-real-ip$|forwarded$|via$)/.test(name))

/**
 * Without a token or users only this machine is served, and a foreign page could still reach it by pointing its own name at
 * 127.0.0.1 (DNS rebinding): so the name must be a local one. The port may differ, as behind an ssh tunnel.
 */
export const onlyLocalNames: MiddlewareHandler = async (c, next) => {
  if (!LOCAL_NAME.test(nameOf(hostOf(c))) || isForwarded(c)) {
    throw new HTTPException(403, {
      message: 'Without users or an access token barnbox answers to localhost only.',
    })
  }
  await next()
}

/** What the request says of the page that made it. Browsers always say it on POST, PUT and WebSocket upgrades. */
export function originOf(c: Context): 'same' | 'other' | 'unsaid' {
  const origin = c.req.header('origin')
  if (origin === undefined) return 'unsaid'
  if (!URL.canParse(origin)) return 'other'
  // Only the host is compared: behind a TLS proxy the page is https while this server speaks http.
  return new URL(origin).host.toLowerCase() === hostOf(c) ? 'same' : 'other'
}

export const refuseOrigin = () =>
  new HTTPException(403, { message: 'This was asked for by a page of another site.' })

/** No page of another site may change anything here. */
export const onlyOwnPagesChange: MiddlewareHandler = async (c, next) => {
  if (!isRead(c.req.method) && originOf(c) === 'other') throw refuseOrigin()
  await next()
}
