/**
 * Logging in: the page, which leaves a cookie, and `POST /api/v1/auth/login` for programs, which answers a pass.
 */
import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { loginPage } from '../../../web/pages/login.ts'
import type { User } from '../../types.ts'
import { DEVICE_COOKIE, thisDevice } from '../api/devices.ts'
import { userJson } from '../api/user-json.ts'
import type { Assets } from '../assets.ts'
import { credentials } from '../checks.ts'
import type { PushDesk } from '../deps.ts'
import { readForm } from '../form.ts'
import { bareFrame } from '../language.ts'
import { refusedFor } from '../refused.ts'
import { takesBody } from '../takes.ts'
import { type Door, endSession, isOpen, isToken, passwordCounts, tryOnce } from './access.ts'
import { isPassword, longestPassword } from './password.ts'
import { COOKIE, makeSession, SESSION_MS } from './session.ts'

/** A program asks for a new pass twice a day. */
export const PASS_MS = 12 * 3600 * 1000

/** Whose name and password they are. */
async function whose({ users, atOnce }: Door, name: string, password: string): Promise<User | undefined> {
  const found = users.findByName(name)
  const isRight = await atOnce(() => isPassword(password.slice(0, longestPassword), found?.passwordHash))
  return isRight ? found?.user : undefined
}

/** Leaves the browser what it is known by from now on. */
export function leaveCookie(c: Context, value: string): void {
  // Behind a proxy that encrypts the box speaks http, and cannot know.
  const secure = new URL(c.req.url).protocol === 'https:'
  const options = {
    httpOnly: true,
    sameSite: 'Strict',
    secure,
    path: '/',
    maxAge: SESSION_MS / 1000,
  } as const
  setCookie(c, COOKIE, value, options)
}

const textIn = (form: Readonly<Record<string, unknown>>, field: string) =>
  typeof form[field] === 'string' ? form[field].trim() : ''

/** Whoever has logged out here does not want to be told here. */
async function forgetDevice(
  c: Context,
  { passes }: Door,
  push: Pick<PushDesk, 'devices' | 'remove'>,
): Promise<void> {
  const pass = await passes.read(getCookie(c, COOKIE) ?? '')
  const device = pass && thisDevice(c, push.devices(pass.id))
  if (pass && device) push.remove(pass.id, device.id)
  deleteCookie(c, DEVICE_COOKIE, { path: '/' })
}

export function login(door: Door, assets: Assets, push: Pick<PushDesk, 'devices' | 'remove'>): Hono {
  const app = new Hono()
  const page = (c: Context, more: { wrong?: boolean; problem?: string } = {}) =>
    loginPage({
      ...bareFrame(c, assets),
      hasUsers: door.users.all().length > 0,
      hasToken: door.token !== undefined,
      ...more,
    })
  /** The cookie's value for what the form says, undefined for what is wrong. */
  const cookieFor = async (form: Readonly<Record<string, unknown>>): Promise<string | undefined> => {
    const token = textIn(form, 'token')
    if (door.token !== undefined && token !== '')
      return isToken(door, token) ? makeSession(door.token, door.clock.utcMs()) : undefined
    // As typed: a password may begin with a space.
    const password = typeof form['password'] === 'string' ? form['password'] : ''
    const user = await whose(door, textIn(form, 'name'), password)
    return user && door.passes.issue(user, SESSION_MS)
  }

  app.get('/login', (c) => (isOpen(door) ? c.redirect('/', 303) : c.html(page(c))))
  app.post('/login', async (c) => {
    const form = await readForm(c)
    try {
      const cookie = await tryOnce(door, passwordCounts(c, door, textIn(form, 'name')), () => cookieFor(form))
      if (cookie === undefined) return c.html(page(c, { wrong: true }), 401)
      leaveCookie(c, cookie)
    } catch (error) {
      // A person who typed too fast gets the page again, not a line of JSON.
      if (!(error instanceof HTTPException)) throw error
      for (const [header, value] of error.res?.headers ?? []) c.header(header, value)
      return c.html(page(c, { problem: refusedFor(c, error, {}) }), error.status as 429 | 503)
    }
    return c.redirect('/', 303)
  })
  app.post('/logout', async (c) => {
    await forgetDevice(c, door, push)
    await endSession(c, door)
    deleteCookie(c, COOKIE, { path: '/' })
    // Nothing of the barn stays behind: neither pictures nor when somebody looked.
    c.header('Clear-Site-Data', '"cache", "storage"')
    return c.redirect('/login', 303)
  })
  app.post('/api/v1/auth/login', takesBody(credentials), async (c) => {
    const { name, password } = c.req.valid('json')
    const user = await tryOnce(door, passwordCounts(c, door, name), () => whose(door, name, password))
    if (!user) throw new HTTPException(401, { message: 'This name and password do not belong together.' })
    const token = await door.passes.issue(user, PASS_MS)
    const expires = new Date(door.clock.utcMs() + PASS_MS).toISOString()
    return c.json({ token, expires, user: userJson(user) })
  })
  return app
}
