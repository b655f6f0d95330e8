/**
 * `/api/v1/tokens`: which programs may use the box.
 */
import { Hono } from 'hono'
import { BarnboxError } from '../../lib/errors.ts'
import type { ApiToken, Role } from '../../types.ts'
import type { Door } from '../auth/access.ts'
import { hashApiToken, makeApiToken } from '../auth/api-token.ts'
import { newToken, tokenParams } from '../checks.ts'
import type { Answer } from '../openapi/answers.ts'
import { takesBody, takesPath } from '../takes.ts'

function tokenJson({ id, name, role, createdMs, lastUsedMs }: ApiToken): Answer<'ApiToken'> {
  const lastUsed = lastUsedMs === null ? null : new Date(lastUsedMs).toISOString()
  return { id, name, role, created: new Date(createdMs).toISOString(), last_used: lastUsed }
}

/** The only moment at which a token is known: what is stored is its hash. */
export function addToken(
  { tokens, clock }: Pick<Door, 'tokens' | 'clock'>,
  of: { readonly name: string; readonly role: Role },
): { readonly secret: string; readonly token: ApiToken } {
  const secret = makeApiToken()
  const hash = hashApiToken(secret)
  if (!hash) throw new BarnboxError('INTERNAL', 'a new token is none')
  return { secret, token: tokens.add({ ...of, hash }, clock.utcMs()) }
}

export function removeToken({ tokens }: Pick<Door, 'tokens'>, id: ApiToken['id']): void {
  if (!tokens.remove(id)) throw new BarnboxError('NOT_FOUND', 'There is no such token.')
}

export function tokensApi(door: Door): Hono {
  const app = new Hono()
  app.get('/tokens', (c) => {
    const all = door.tokens.all().map(tokenJson)
    return c.json({ tokens: all, total: all.length })
  })
  app.post('/tokens', takesBody(newToken), (c) => {
    const { secret, token } = addToken(door, c.req.valid('json'))
    return c.json({ ...tokenJson(token), token: secret }, 201)
  })
  app.delete('/tokens/:tokenId', takesPath(tokenParams), (c) => {
    removeToken(door, c.req.valid('param').tokenId)
    return c.body(null, 204)
  })
  return app
}
