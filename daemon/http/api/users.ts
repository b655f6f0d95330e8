/**
 * `/api/v1/users`: who may use the box; `/api/v1/me`: who is asking, and its own password.
 */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { BarnboxError } from '../../lib/errors.ts'
import type { User } from '../../types.ts'
import { type Door, passwordCounts, tryOnce } from '../auth/access.ts'
import { leaveCookie, PASS_MS } from '../auth/login.ts'
import { hashPassword, isPassword } from '../auth/password.ts'
import { SESSION_MS } from '../auth/session.ts'
import { newPassword, newUser, userChange, userParams } from '../checks.ts'
import { takesBody, takesPath } from '../takes.ts'
import { userJson } from './user-json.ts'

/** Takes the old password for it, and counts wrong ones: a pass that was left open is no licence to guess. */
export async function changeOwnPassword(
  c: Context,
  door: Door,
  user: User,
  { old, password }: { readonly old: string; readonly password: string },
): Promise<User> {
  const knows = async () =>
    (await door.atOnce(() => isPassword(old, door.users.findByName(user.name)?.passwordHash))) || undefined
  if (!(await tryOnce(door, passwordCounts(c, door, user.name), knows)))
    throw new HTTPException(403, { message: 'The old password is wrong.' })
  return door.users.change(user.id, { passwordHash: await hashPassword(password) })
}

export function usersApi(door: Door): Hono {
  const { users, passes, clock } = door
  const app = new Hono()
  const ofUser = takesPath(userParams)

  app.get('/users', (c) => {
    const all = users.all().map(userJson)
    return c.json({ users: all, total: all.length })
  })
  app.post('/users', takesBody(newUser), async (c) => {
    const { name, role, password } = c.req.valid('json')
    const user = users.add({ name, role, passwordHash: await hashPassword(password) }, clock.utcMs())
    return c.json(userJson(user), 201)
  })
  app.patch('/users/:userId', ofUser, takesBody(userChange), async (c) => {
    const { role, password } = c.req.valid('json')
    const passwordHash = password === undefined ? undefined : await hashPassword(password)
    return c.json(userJson(users.change(c.req.valid('param').userId, { role, passwordHash })))
  })
  app.delete('/users/:userId', ofUser, (c) => {
    if (!users.remove(c.req.valid('param').userId)) {
      throw new BarnboxError('NOT_FOUND', 'There is no such user.')
    }
    return c.body(null, 204)
  })

  app.get('/me', (c) => {
    const { user, role } = c.get('caller')
    return c.json({ user: user && userJson(user), role })
  })
  app.put('/me/password', takesBody(newPassword), async (c) => {
    const { user, by } = c.get('caller')
    if (!user) throw new HTTPException(403, { message: 'Only a user has a password.' })
    const changed = await changeOwnPassword(c, door, user, c.req.valid('json'))
    // The old pass has just ended; whoever knew the password goes on with a new one.
    if (by === 'cookie') leaveCookie(c, await passes.issue(changed, SESSION_MS))
    const token = by === 'header' ? await passes.issue(changed, PASS_MS) : undefined
    return c.json({ user: userJson(changed), ...(token !== undefined && { token }) })
  })
  return app
}
