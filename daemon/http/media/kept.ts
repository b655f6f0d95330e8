/**
 * Pictures that are stored, as answers: browsers keep them, and ask each time, for who has logged out sees none of them.
 */
import type { Context } from 'hono'
import { BarnboxError } from '../../lib/errors.ts'
import type { Horse } from '../../types.ts'
import type { HttpDeps } from '../deps.ts'

export const KEPT = 'private, no-cache'

/** What goes by `tag` is one JPEG for ever. Throws `NOT_FOUND` with `missing` where it is not there (any more). */
export function keptJpeg(
  c: Context,
  tag: string,
  jpeg: Uint8Array | undefined | null,
  missing: string,
): Response {
  if (!jpeg) throw new BarnboxError('NOT_FOUND', missing)
  return asked(c, tag) ?? c.body(Uint8Array.from(jpeg), 200, { 'Content-Type': 'image/jpeg' })
}

export function avatarAnswer(c: Context, deps: HttpDeps, horse: Horse): Response {
  const missing = 'This horse has no picture yet.'
  if (!horse.hasAvatar) throw new BarnboxError('NOT_FOUND', missing)
  // The version is known without reading the picture.
  const tag = String(horse.version)
  return asked(c, tag) ?? keptJpeg(c, tag, deps.horses.avatar(horse.id), missing)
}

/** The answer to a browser that has it already. */
function asked(c: Context, tag: string): Response | undefined {
  c.header('ETag', `"${tag}"`)
  c.header('Cache-Control', KEPT)
  return c.req.header('if-none-match') === `"${tag}"` ? c.body(null, 304) : undefined
}
