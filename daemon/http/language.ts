/**
 * Which language somebody is spoken to in: the one that they chose, else the first that their browser says and we speak.
 */
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Frame } from '../../web/layout.ts'
import { isLanguage, languageFor, languages, type Spoken } from '../../web/words/languages.ts'
import type { Assets } from './assets.ts'
import { pageOf } from './back.ts'

const COOKIE = 'barnbox-language'
const YEAR_S = 365 * 24 * 3600

/** Dates are in the box's zone: the same for all who talk about them. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

export function spokenTo(c: Context): Spoken {
  const chosen = getCookie(c, COOKIE)
  const language = isLanguage(chosen) ? chosen : languageFor(c.req.header('accept-language') ?? '')
  return { words: languages[language], zone }
}

/** What stands around a page whoever looks at it. */
export const bareFrame = (c: Context, assets: Assets): Frame => ({
  ...spokenTo(c),
  style: assets.url('style.css'),
  icon: assets.url('icon.svg'),
  shell: assets.url('shell.js'),
  homeIcon: assets.url('icon-192.png'),
})

/** Open to all, for the log-in page has words too. Leads back to the page that it was chosen on. */
export function languageChoice(): Hono {
  return new Hono().get('/language/:tag', (c) => {
    const tag = c.req.param('tag')
    if (!isLanguage(tag)) return c.notFound()
    setCookie(c, COOKIE, tag, { path: '/', sameSite: 'Lax', httpOnly: true, maxAge: YEAR_S })
    return c.redirect(pageOf(c.req.header('referer')), 303)
  })
}
