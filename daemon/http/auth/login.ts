/**
 * The log-in page: takes the token once and leaves a cookie made from it.
 */
import { Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { loginPage } from '../../../web/pages/login.ts'
import type { Assets } from '../assets.ts'
import { readForm } from '../form.ts'
import { checkToken, type Door } from './access.ts'
import { COOKIE, makeSession, SESSION_MS } from './session.ts'

export function login(door: Door, assets: Assets): Hono {
  const app = new Hono()
  app.get('/login', (c) =>
    c.html(loginPage({ style: assets.url('style.css'), icon: assets.url('icon.svg') })),
  )
  app.post('/login', async (c) => {
    const form = await readForm(c)
    const given = typeof form['token'] === 'string' ? form['token'].trim() : ''
    if (!checkToken(c, door, given)) {
      const page = { style: assets.url('style.css'), icon: assets.url('icon.svg'), wrong: true }
      return c.html(loginPage(page), 401)
    }
    setCookie(c, COOKIE, makeSession(door.token, door.clock.utcMs()), {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: SESSION_MS / 1000,
    })
    return c.redirect('/', 303)
  })
  app.post('/logout', (c) => {
    deleteCookie(c, COOKIE, { path: '/' })
    return c.redirect('/login', 303)
  })
  return app
}
