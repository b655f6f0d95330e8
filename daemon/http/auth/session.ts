/**
 * The access token and the cookie that stands for it. Pure but for hashing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

export const COOKIE = 'barnbox_session'
/** A tablet on a barn wall stays logged in; a changed token ends every session at once. */
export const SESSION_MS = 90 * 24 * 3600 * 1000

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

export function isSession(cookie: string, token: string, nowMs: number): boolean {
  const [expiry = '', given = ''] = cookie.split('.')
  if (!/^\d{1,16}$/.test(expiry) || Number(expiry) < nowMs) return false
  const right = mac(token, `barnbox session ${expiry}`)
  const offered = Buffer.from(given, 'base64url')
  return offered.length === right.length && timingSafeEqual(offered, right)
}
