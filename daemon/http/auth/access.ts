/**
 * The door: a Bearer token or the cookie of a logged-in browser.
 */
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import type { Clock } from '../../types.ts'
import { originOf, refuseOrigin } from '../origin.ts'
import { COOKIE, isSession, sameToken } from './session.ts'
import type { Tries } from './tries.ts'

export interface Door {
  readonly token: string
  readonly tries: Tries
  readonly clock: Clock
}

/** The other end's address; one shared name where there is no socket (in-process requests). */
function addressOf(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

/** Compares a token that somebody typed or sent; wrong ones are counted, and too many are refused unseen. */
export function checkToken(c: Context, door: Door, given: string): boolean {
  const address = addressOf(c)
  const wait = door.tries.waitMs(address)
  if (wait > 0) {
    throw new HTTPException(429, {
      message: 'Too many wrong tokens from this address. Wait a minute and try again.',
      res: new Response(null, { headers: { 'Retry-After': String(Math.ceil(wait / 1000)) } }),
    })
  }
  if (sameToken(given, door.token)) {
    door.tries.right(address)
    return true
  }
  door.tries.wrong(address)
  return false
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

function hasAccess(c: Context, door: Door): boolean {
  const header = c.req.header('authorization')
  if (header !== undefined) {
    const given = /^Bearer +(\S+) *$/i.exec(header)?.[1]
    return given !== undefined && checkToken(c, door, given)
  }
  const cookie = getCookie(c, COOKIE)
  // Wrong cookies are not counted: they cannot be guessed, and every tablet has one after the token was changed.
  if (cookie === undefined || !isSession(cookie, door.token, door.clock.utcMs())) return false
  // A browser sends its cookie whoever made it ask, so a change needs the word that our own page did.
  if (!READS.has(c.req.method) && originOf(c) !== 'same') throw refuseOrigin()
  return true
}

/** Lets nobody past without the token. A person who opens a page is led to the log-in page instead. */
export function requireAccess(door: Door): MiddlewareHandler {
  return async (c, next) => {
    if (hasAccess(c, door)) return next()
    const isPage = c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html')
    if (isPage) return c.redirect('/login', 303)
    throw new HTTPException(401, {
      message: 'This needs the access token.',
      res: new Response(null, { headers: { 'WWW-Authenticate': 'Bearer realm="barnbox"' } }),
    })
  }
}
