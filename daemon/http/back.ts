/**
 * Which page a form stood on, and the way back to it.
 */
import type { Context } from 'hono'
import type { CorrectionId } from '../types.ts'

/** The page that a request came from. Only its path: what it says of the host leads nowhere else. */
export function pageOf(referer: string | undefined): string {
  if (referer === undefined || !URL.canParse(referer)) return '/'
  const { pathname, search } = new URL(referer)
  // Two slashes would begin a host.
  return `/${pathname.replace(/^\/+/, '')}${search}`
}

/** That page again, which then says what was done. */
export function backTo(c: Context, done: CorrectionId): string {
  const page = new URL(pageOf(c.req.header('referer')), 'http://box')
  // What was answered for is not asked any more.
  if (page.pathname.startsWith('/unknowns/')) return withDone('/unknowns', done)
  page.searchParams.delete('split')
  page.searchParams.set('done', done)
  return `${page.pathname}${page.search}`
}

export const withDone = (path: string, done: CorrectionId) => `${path}?done=${done}`
