/**
 * The access token and the cookie that stands for it. Pure but for hashing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const COOKIE = 'barnbox_session'
/** A tablet on a barn wall stays logged in; a changed token ends every session at once. */
export const SESSION_MS = 90 * 24 * 3600 * 1000

/** Sessions that somebody has logged out of. */
export interface EndedSessions {
  /** `untilMs`: when it would have ended by itself. */
  end(word: string, untilMs: number, nowMs: number): void
  has(word: string): boolean
}

function mac(key: string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Compares without telling by its duration where the texts differ, nor how long the token is. */
export function sameToken(given: string, token: string): boolean {
  return timingSafeEqual(mac('compare', given), mac('compare', token))
}

/** `<expiry>.<mac>`: made from the token, but the token cannot be had from it. */
export function makeSession(token: string, nowMs: number): string {
  const expiry = String(nowMs + SESSION_MS)
  return `${expiry}.${mac(token, `barnbox session ${expiry}`).toString('base64url')}`
}

/** When it ends, and the word that it is known by once it was ended before that. Of one that is no session: nonsense. */
export function sessionEnd(cookie: string): { readonly word: string; readonly expiresMs: number } {
  const [expiry = ''] = cookie.split('.')
  return { word: `token ${expiry}`, expiresMs: Number(expiry) }
}

export function isSession(cookie: string, token: string, nowMs: number): boolean {
  const [expiry = '', given = ''] = cookie.split('.')
  if (!/^\d{1,16}$/.test(expiry) || Number(expiry) < nowMs) return false
  const right = mac(token, `barnbox session ${expiry}`)
  const offered = Buffer.from(given, 'base64url')
  return offered.length === right.length && timingSafeEqual(offered, right)
}
