/**
 * Headers of every answer. Nothing on a page may come from, or go to, another host.
 */
import type { MiddlewareHandler } from 'hono'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // blob: the client shows a picture together with the boxes that came in its headers.
  "img-src 'self' blob:",
  // blob: video that a script puts together.
  "media-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const YEAR_S = 365 * 24 * 3600

/**
 * `isTrusted`: served with a certificate that browsers trust by themselves. With another one a browser that has been told to
 * insist (HSTS) would not let anybody past its warning.
 */
export const securityHeaders =
  (isTrusted: boolean): MiddlewareHandler =>
  async (c, next) => {
    await next()
    if (isTrusted) c.header('Strict-Transport-Security', `max-age=${YEAR_S}`)
    c.header('Content-Security-Policy', POLICY)
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('X-Frame-Options', 'DENY')
    c.header('Cross-Origin-Resource-Policy', 'same-origin')
    // Not `no-referrer`: with it browsers send `Origin: null` from our own forms.
    c.header('Referrer-Policy', 'same-origin')
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store')
  }
