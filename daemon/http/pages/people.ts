/**
 * The pages of who may use the box: `/users` with all people and programs, `/me` with one's own password. Plain forms: they are
 * used seldom and must work everywhere.
 */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { type MePageView, mePage } from '../../../web/pages/me.ts'
import { type UsersPageView, usersPage } from '../../../web/pages/users.ts'
import { codeLine } from '../../../web/refusals.ts'
import { boxWords } from '../../../web/words/box.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { UserId } from '../../types.ts'
import { addToken, removeToken } from '../api/tokens.ts'
import { changeOwnPassword } from '../api/users.ts'
import type { Assets } from '../assets.ts'
import type { Door } from '../auth/access.ts'
import { leaveCookie } from '../auth/login.ts'
import { hashPassword, makePassword } from '../auth/password.ts'
import { SESSION_MS } from '../auth/session.ts'
import { newPassword, newToken, newUser, parse, tokenParams, userChange, userParams } from '../checks.ts'
import { statusOf } from '../errors.ts'
import { readForm } from '../form.ts'
import { spokenTo } from '../language.ts'
import { refusedFor } from '../refused.ts'
import { takesPath } from '../takes.ts'
import { frameOf } from './board.ts'

type Form = Readonly<Record<string, unknown>>
type Shown = NonNullable<UsersPageView['shown']>

/** What was typed, or a password that is made and shown once. */
function passwordOf(form: Form, name: string): { password: unknown; shown: Shown | null } {
  if (typeof form['password'] === 'string' && form['password'] !== '')
    return { password: form['password'], shown: null }
  const password = makePassword()
  return { password, shown: { kind: 'password', name, secret: password } }
}

export function peoplePages(door: Door, assets: Assets): Hono {
  const app = new Hono()
  app.route('/', userForms(door, assets))
  app.route('/', tokenForms(door, assets))
  app.route('/', ownPage(door, assets))
  return app
}

function listOf(
  c: Context,
  { users, tokens, clock }: Door,
  assets: Assets,
  more: Partial<UsersPageView> = {},
) {
  return usersPage({
    ...frameOf(c, assets),
    // The forms post to paths below it.
    here: '/users',
    users: users.all(),
    tokens: tokens.all(),
    shown: null,
    problem: null,
    nowMs: clock.utcMs(),
    ...more,
  })
}

/** Does what a form asks for; what is wrong with it is said on the page, what is to be shown once is shown there. */
async function answered(
  c: Context,
  door: Door,
  assets: Assets,
  work: (form: Form) => Promise<Shown | null> | Shown | null,
): Promise<Response> {
  try {
    const shown = await work(await readForm(c))
    return shown === null ? c.redirect('/users', 303) : c.html(listOf(c, door, assets, { shown }))
  } catch (error) {
    if (!(error instanceof BarnboxError) || error.kind !== 'input') throw error
    const { name, role, password } = boxWords(spokenTo(c)).people
    const problem = refusedFor(c, error, { name, role, password })
    return c.html(listOf(c, door, assets, { problem }), statusOf(error))
  }
}

function userForms(door: Door, assets: Assets): Hono {
  const { users, clock } = door
  const app = new Hono()
  const ofUser = takesPath(userParams)
  const nameOf = (id: UserId) => users.get(id)?.name ?? ''

  app.get('/users', (c) => c.html(listOf(c, door, assets)))
  app.post('/users', (c) =>
    answered(c, door, assets, async (form) => {
      const typed = typeof form['name'] === 'string' ? form['name'].trim() : ''
      const { password: given, shown } = passwordOf(form, typed)
      const { name, role, password } = parse(newUser, { name: typed, role: form['role'], password: given })
      users.add({ name, role, passwordHash: await hashPassword(password) }, clock.utcMs())
      return shown
    }),
  )
  app.post('/users/:userId/role', ofUser, (c) =>
    answered(c, door, assets, (form) => {
      const { role } = parse(userChange, { role: form['role'] })
      users.change(c.req.valid('param').userId, { role })
      return null
    }),
  )
  app.post('/users/:userId/password', ofUser, (c) =>
    answered(c, door, assets, async (form) => {
      const { userId } = c.req.valid('param')
      const { password: given, shown } = passwordOf(form, nameOf(userId))
      const { password = '' } = parse(userChange, { password: given })
      users.change(userId, { passwordHash: await hashPassword(password) })
      return shown
    }),
  )
  app.post('/users/:userId/remove', ofUser, (c) =>
    answered(c, door, assets, () => {
      if (!users.remove(c.req.valid('param').userId))
        throw new BarnboxError('NOT_FOUND', 'There is no such user.')
      return null
    }),
  )
  return app
}

function tokenForms(door: Door, assets: Assets): Hono {
  const app = new Hono()
  app.post('/tokens', (c) =>
    answered(c, door, assets, ({ name, role }) => {
      const { secret, token } = addToken(door, parse(newToken, { name, role }))
      return { kind: 'token', name: token.name, secret }
    }),
  )
  app.post('/tokens/:tokenId/remove', takesPath(tokenParams), (c) =>
    answered(c, door, assets, () => {
      removeToken(door, c.req.valid('param').tokenId)
      return null
    }),
  )
  return app
}

function ownPage(door: Door, assets: Assets): Hono {
  const app = new Hono()
  const page = (c: Context, more: Partial<MePageView> = {}) => {
    const { user, role } = c.get('caller')
    return mePage({
      ...frameOf(c, assets),
      here: '/me',
      name: user?.name ?? null,
      role,
      isDone: false,
      problem: null,
      ...more,
    })
  }
  app.get('/me', (c) => c.html(page(c)))
  app.post('/me/password', async (c) => {
    const { user, by } = c.get('caller')
    try {
      if (!user) throw new HTTPException(403, { message: 'Only a user has a password.' })
      const form = await readForm(c)
      const given = parse(newPassword, { old: form['old'], password: form['password'] })
      const changed = await changeOwnPassword(c, door, user, given)
      if (by === 'cookie') leaveCookie(c, await door.passes.issue(changed, SESSION_MS))
    } catch (error) {
      const spoken = spokenTo(c)
      const { password, oldPassword: old } = boxWords(spoken).people
      const problem = refusedFor(c, error as Error, { password, old })
      // A log-in without a user has no form here: what is refused with this is the old password.
      if (error instanceof HTTPException && error.status === 403)
        return c.html(page(c, { problem: codeLine(spoken, 'OLD_PASSWORD') ?? problem }), 403)
      if (error instanceof HTTPException) return c.html(page(c, { problem }), error.status as 429)
      if (!(error instanceof BarnboxError) || error.kind !== 'input') throw error
      return c.html(page(c, { problem }), statusOf(error))
    }
    return c.html(page(c, { isDone: true }))
  })
  return app
}
