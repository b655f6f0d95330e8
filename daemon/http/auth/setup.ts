/**
 * The first set-up: a box that serves other machines and has neither users nor a token is closed but for this page, which
 * makes the first admin of whoever knows the PIN, or lets them restore a backup, which brings its own.
 */
import { type Context, Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { type SetupView, setupPage, showPinPage } from '../../../web/pages/setup.ts'
import { boxWords } from '../../../web/words/box.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { Assets } from '../assets.ts'
import { firstUser, parse } from '../checks.ts'
import { readForm } from '../form.ts'
import { bareFrame, spokenTo } from '../language.ts'
import { refusedFor } from '../refused.ts'
import { type Door, isOpen, RESTORE, SETUP_COOKIE, tryOnce } from './access.ts'
import { leaveCookie } from './login.ts'
import { hashPassword } from './password.ts'
import { SESSION_MS, sameToken } from './session.ts'
import { VISIT_MS } from './visits.ts'

/** One count for all addresses: a PIN is short, and a neighbour has many addresses. */
const EVERYBODY = [{ of: 'set-up', most: 10 }]

type Given = Pick<SetupView, 'pin' | 'name'>

export function setup(door: Door, assets: Assets): Hono {
  const app = new Hono()
  const page = (c: Context, more: Partial<SetupView> = {}) =>
    setupPage({ ...bareFrame(c, assets), pin: '', name: '', problem: null, ...more })

  app.get('/setup', (c) => (isOpen(door) ? c.html(page(c)) : c.redirect('/login', 303)))
  app.post('/setup', async (c) => {
    const form = await readForm(c)
    if (!isOpen(door)) return c.redirect('/login', 303)
    const name = typeof form['name'] === 'string' ? form['name'].trim() : ''
    const given: Given = { pin: pinIn(form), name }
    try {
      if (!(await isPinOf(door, given.pin)))
        return c.html(page(c, { ...given, pin: '', problem: 'pin' }), 403)
      await makeFirst(c, given.name, form['password'])
    } catch (error) {
      const status = tooFast(c, error) ? 429 : 400
      if (status === 400 && !isTheirs(error)) throw error
      const { name, password } = boxWords(spokenTo(c)).people
      const problem = refusedFor(c, error as Error, { name, password })
      return c.html(page(c, { ...given, problem }), status)
    }
    return c.redirect('/', 303)
  })
  app.route('/', toRestore(door, assets))
  return app

  async function makeFirst(c: Context, givenName: string, givenPassword: unknown): Promise<void> {
    const { name, password } = parse(firstUser, { name: givenName, password: givenPassword })
    const passwordHash = await hashPassword(password)
    // Somebody else may have been first while the password was hashed.
    if (!isOpen(door)) throw new BarnboxError('SET_UP', 'The box is set up already: log in.')
    const user = door.users.add({ name, role: 'admin', passwordHash }, door.clock.utcMs())
    door.setupPin.end()
    leaveCookie(c, await door.passes.issue(user, SESSION_MS))
  }
}

/** The PIN alone lets a backup in: its users are the ones that the box then has. */
function toRestore(door: Door, assets: Assets): Hono {
  const app = new Hono()
  const page = (c: Context, problem: string | null = null) =>
    showPinPage({ ...bareFrame(c, assets), problem })
  // Whoever sits at a box that serves nobody else needs no PIN.
  const isAsked = () => isOpen(door) && door.isShared
  app.get('/setup/restore', (c) => (isAsked() ? c.html(page(c)) : c.redirect(RESTORE, 303)))
  app.post('/setup/restore', async (c) => {
    const form = await readForm(c)
    if (!isAsked()) return c.redirect(RESTORE, 303)
    try {
      if (!(await isPinOf(door, pinIn(form)))) return c.html(page(c, 'pin'), 403)
    } catch (error) {
      if (!tooFast(c, error)) throw error
      return c.html(page(c, refusedFor(c, error as Error, {})), 429)
    }
    const secure = new URL(c.req.url).protocol === 'https:'
    const how = { httpOnly: true, sameSite: 'Strict', secure, path: RESTORE } as const
    setCookie(c, SETUP_COOKIE, door.visits.begin(), { ...how, maxAge: VISIT_MS / 1000 })
    return c.redirect(RESTORE, 303)
  })
  return app
}

const pinIn = ({ pin }: Readonly<Record<string, unknown>>) =>
  typeof pin === 'string' ? pin.replaceAll(/[\s-]/g, '') : ''

/** Throws where it was tried too often. */
const isPinOf = (door: Door, given: string) =>
  tryOnce(door, EVERYBODY, () => {
    const pin = door.setupPin.read()
    return (pin !== undefined && sameToken(given, pin)) || undefined
  })

/** Whether it was refused for being tried too often; the answer then says for how long. */
function tooFast(c: Context, error: unknown): boolean {
  if (!(error instanceof HTTPException)) return false
  for (const [header, value] of error.res?.headers ?? []) c.header(header, value)
  return true
}

const isTheirs = (error: unknown) => error instanceof BarnboxError && error.kind === 'input'
