/**
 * The first set-up: a box that serves other machines and has neither users nor a token is closed but for this page, which
 * makes the first admin of whoever knows the PIN.
 */
import { type Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { type SetupView, setupPage } from '../../../web/pages/setup.ts'
import { boxWords } from '../../../web/words/box.ts'
import { BarnboxError } from '../../lib/errors.ts'
import type { Assets } from '../assets.ts'
import { firstUser, parse } from '../checks.ts'
import { readForm } from '../form.ts'
import { bareFrame, spokenTo } from '../language.ts'
import { refusedFor } from '../refused.ts'
import { type Door, isOpen, tryOnce } from './access.ts'
import { leaveCookie } from './login.ts'
import { hashPassword } from './password.ts'
import { SESSION_MS, sameToken } from './session.ts'

/** One count for all addresses: a PIN is short, and a neighbour has many addresses. */
const EVERYBODY = 'set-up'

type Given = Pick<SetupView, 'pin' | 'name'>

export function setup(door: Door, assets: Assets): Hono {
  const app = new Hono()
  const page = (c: Context, more: Partial<SetupView> = {}) =>
    setupPage({ ...bareFrame(c, assets), pin: '', name: '', problem: null, ...more })

  app.get('/setup', (c) => (isOpen(door) ? c.html(page(c)) : c.redirect('/login', 303)))
  app.post('/setup', async (c) => {
    const form = await readForm(c)
    if (!isOpen(door)) return c.redirect('/login', 303)
    const text = (field: string) => (typeof form[field] === 'string' ? form[field].trim() : '')
    const given: Given = { pin: text('pin').replaceAll(/[\s-]/g, ''), name: text('name') }
    try {
      if (!(await tryOnce(c, door, () => isPin(given.pin) || undefined, EVERYBODY)))
        return c.html(page(c, { ...given, pin: '', problem: 'pin' }), 403)
      await makeFirst(c, given.name, form['password'])
    } catch (error) {
      const status = error instanceof HTTPException ? 429 : 400
      if (!(error instanceof HTTPException) && !isTheirs(error)) throw error
      if (error instanceof HTTPException)
        for (const [header, value] of error.res?.headers ?? []) c.header(header, value)
      const { name, password } = boxWords(spokenTo(c)).people
      const problem = refusedFor(c, error as Error, { name, password })
      return c.html(page(c, { ...given, problem }), status)
    }
    return c.redirect('/', 303)
  })
  return app

  function isPin(given: string): boolean {
    const pin = door.setupPin.read()
    return pin !== undefined && sameToken(given, pin)
  }

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

const isTheirs = (error: unknown) => error instanceof BarnboxError && error.kind === 'input'
