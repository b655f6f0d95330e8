/**
 * A horse's avatar as an answer.
 */
import type { Context } from 'hono'
import { BarnboxError } from '../../lib/errors.ts'
import type { Horse } from '../../types.ts'
import type { HttpDeps } from '../deps.ts'

/** Kept by browsers, and asked about each time: who has logged out sees none of it. */
const KEPT = 'private, no-cache'

export function avatarAnswer(c: Context, deps: HttpDeps, horse: Horse): Response {
  if (!horse.hasAvatar) throw new BarnboxError('NOT_FOUND', 'This horse has no picture yet.')
  const tag = `"${horse.version}"`
  c.header('ETag', tag)
  c.header('Cache-Control', KEPT)
  // The version is known without reading the picture.
  if (c.req.header('if-none-match') === tag) return c.body(null, 304)
  const avatar = deps.horses.avatar(horse.id)
  if (avatar === undefined) throw new BarnboxError('NOT_FOUND', 'This horse has no picture yet.')
  return c.body(new Uint8Array(avatar), 200, { 'Content-Type': 'image/jpeg' })
}
