/**
 * Who comes to the box from elsewhere, in Chromium, against the daemon on an RTSP camera: the first set-up, the log-in, what
 * each role sees and is refused, and a whole round without a mouse.
 */
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Role } from '../../daemon/types.ts'
import { startBox } from '../../scripts/demonstration/box.ts'
import { barnbox } from '../commands/cli.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { visit } from '../support/visit.ts'
import { leftNaming, noSystem, pairClip, stateFolder, until } from './harness.ts'

const skip = noBrowser || (await noSystem())
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(240_000)

const password = 'hay in the loft'
const people = { viewer: 'Vera', caretaker: 'Carl', admin: 'Anna' } as const

const stateDir = await stateFolder(t)
const camera = await startRtspCamera({ '/yard': await pairClip() })
t.teardown(() => camera[Symbol.asyncDispose]())
const url = camera.url('/yard')
const browser = await startBrowser()
t.teardown(() => browser.close())
// Who serves others is closed until it is set up.
const config = { http: { host: '0.0.0.0', port: 0 }, cameras: [{ id: 'yard', name: 'Yard', url, fps: 2 }] }
const box = await startBox({ config, stateDir })
t.teardown(() => box.end('SIGKILL'))

const pathOf = (page: Page) => new URL(page.url()).pathname
const post = (path: string, body: URLSearchParams) =>
  fetch(box.url + path, { method: 'POST', body, headers: { origin: box.url }, redirect: 'manual' })

/** The page *Now*, logged in by hand. */
async function comeIn(t: Test, role: Role): Promise<Page> {
  const page = await visit(t, browser, box.url)
  t.equal(pathOf(page), '/login')
  await page.fill('input[name=name]', people[role])
  await page.fill('input[name=password]', password)
  await page.locator('main button').click()
  await page.locator('.now[data-live="true"]').waitFor()
  return page
}

/** Asks as a program would, with the pass of a user. */
async function askAs(role: Role) {
  const answer = await fetch(`${box.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: people[role], password }),
  })
  const { token } = (await answer.json()) as { token: string }
  return (method: string, path: string, body?: object) =>
    fetch(box.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
}

t.test('the first set-up: nothing but the PIN opens it, and then there is an admin', async (t) => {
  t.equal((await fetch(`${box.url}/api/v1/cameras`)).status, 401)
  const page = await visit(t, browser, box.url)
  t.equal(pathOf(page), '/setup')
  const wrong = new URLSearchParams({ pin: '0', name: people.admin, password })
  t.equal((await post('/setup', wrong)).status, 403)
  const { stdout } = await barnbox(['setup-pin'], { BARNBOX_STATE_DIR: stateDir })
  await page.fill('input[name=pin]', stdout.trim())
  await page.fill('input[name=name]', people.admin)
  await page.fill('input[name=password]', password)
  await page.locator('main button').click()
  await page.locator('.now[data-live="true"]').waitFor()
  t.equal(pathOf(page), '/')
  await page.locator('.tile[data-state="live"] img.picture').waitFor({ timeout: 60_000 })
  const again = await post('/setup', new URLSearchParams({ pin: stdout.trim(), name: 'Eve', password }))
  t.equal(again.headers.get('location'), '/login', 'once only')

  await page.locator('.menu a[href="/users"]').click()
  for (const role of ['caretaker', 'viewer'] as const) {
    await page.locator('form[action="/users"]').locator('xpath=..').locator('summary').click()
    const form = page.locator('form[action="/users"]')
    await form.locator('input[name=name]').fill(people[role])
    await form.locator('select').selectOption(role)
    await form.locator('input[name=password]').fill(password)
    await form.locator('button').click()
    await page.locator('.rows', { hasText: people[role] }).waitFor()
  }
})

t.test('log-in and log-out', async (t) => {
  t.equal((await post('/login', new URLSearchParams({ name: people.viewer, password: 'oats' }))).status, 401)
  const page = await comeIn(t, 'viewer')
  await page.reload()
  await page.locator('.now[data-live="true"]').waitFor()
  // From a page without pictures: of one that is asked for at that moment the browser complains, for it is refused.
  await page.goto(`${box.url}/system`)
  await page.locator('.who button').click()
  await page.waitForURL('**/login')
  await page.goto(`${box.url}/streams/yard`)
  t.equal(pathOf(page), '/login', 'and out')
})

interface Limits {
  readonly pages: readonly string[]
  readonly mayCorrect: boolean
  /** What naming a horse, and asking for the users, are answered with. */
  readonly answers: readonly [name: number, users: number]
}

const limits: Readonly<Record<Role, Limits>> = {
  viewer: {
    pages: ['/', '/alerts', '/unknowns', '/cameras', '/system'],
    mayCorrect: false,
    answers: [403, 403],
  },
  caretaker: {
    pages: ['/', '/alerts', '/unknowns', '/cameras', '/system'],
    mayCorrect: true,
    answers: [200, 403],
  },
  admin: {
    pages: ['/', '/alerts', '/unknowns', '/cameras', '/system', '/users'],
    mayCorrect: true,
    answers: [200, 200],
  },
}

for (const [role, { pages, mayCorrect, answers }] of Object.entries(limits) as [Role, Limits][])
  t.test(`what the role ${role} sees, and is refused`, async (t) => {
    const page = await comeIn(t, role)
    const places = `[...document.querySelectorAll('.menu a')].map((one) => one.getAttribute('href'))`
    t.same(await page.evaluate<string[]>(places), pages)
    const card = page.locator('.card').first()
    await card.waitFor({ timeout: 60_000 })
    const id = (await card.getAttribute('data-horse')) ?? ''
    await card.click()
    await page.locator('.dialog[open] .buttons').waitFor()
    t.equal(await page.locator('.dialog input[name=name]').count(), mayCorrect ? 1 : 0)
    await page.locator('.dialog a', { hasText: 'All about this horse' }).click()
    await page.locator('main.record').waitFor()
    for (const part of ['form.facts', '.remove', '#sightings .tools form'])
      t.equal((await page.locator(part).count()) > 0, mayCorrect, part)
    for (const place of pages) {
      const answer = await page.goto(box.url + place)
      t.equal(answer?.status(), 200, place)
    }
    const ask = await askAs(role)
    const named = await ask('PUT', `/api/v1/streams/yard/horses/${id}`, { notes: `by ${role}` })
    t.same([named.status, (await ask('GET', '/api/v1/users')).status], answers)
    t.equal((await ask('DELETE', `/api/v1/horses/${'0'.repeat(36)}`)).status === 403, !mayCorrect)
  })

interface Stop {
  readonly isWanted: boolean
  readonly what: string
  readonly isSeen: boolean
}

const stopAt = (selector: string) => `(() => {
  const at = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(at)
  const { top, bottom, width, height } = at.getBoundingClientRect()
  return {
    isWanted: at.matches(${JSON.stringify(selector)}),
    what: at.outerHTML.slice(0, 80),
    isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && width * height > 0
      && bottom > 0 && top < innerHeight,
  }
})()`

/** Goes on by the tab key alone; whoever looks must see at each stop where it is. */
async function tabTo(t: Test, page: Page, selector: string): Promise<void> {
  const stops: string[] = []
  for (let at = 0; at < 60; at++) {
    await page.keyboard.press('Tab')
    const { isWanted, what, isSeen } = await page.evaluate<Stop>(stopAt(selector))
    if (!isSeen) t.fail(`the focus is not seen at ${what}`)
    if (isWanted) return
    stops.push(what)
  }
  throw new Error(`no way to ${selector}: ${stops.join('\n')}`)
}

t.test('a whole round by keys alone', async (t) => {
  const page = await visit(t, browser, `${box.url}/login`)
  const { keyboard } = page
  await tabTo(t, page, 'input[name=password]')
  await keyboard.press('Shift+Tab')
  await keyboard.type(people.caretaker)
  await tabTo(t, page, 'input[name=password]')
  await keyboard.type(password)
  await keyboard.press('Enter')
  await page.locator('.now[data-live="true"] .card').first().waitFor()
  await tabTo(t, page, '.camera-name')
  await keyboard.press('Enter')
  await page.waitForURL('**/streams/yard')
  await page.locator('.now[data-live="true"]').waitFor()
  await tabTo(t, page, '.search input')
  await keyboard.type('#2')
  await until('one is found', async () => (await page.locator('.card:visible').count()) === 1, 10_000)
  await tabTo(t, page, '.card')
  await keyboard.press('Enter')
  await page.locator('.dialog[open] input[name=name]:focus').waitFor()
  await keyboard.type('Storm')
  await tabTo(t, page, '.dialog .buttons button')
  await keyboard.press('Enter')
  await page.locator('.card', { hasText: 'Storm' }).waitFor()
  t.equal(await page.locator('.dialog').isVisible(), false)

  await keyboard.press('Enter')
  await page.locator('.dialog[open] input[name=name]:focus').waitFor()
  await keyboard.press('Escape')
  await page.locator('.dialog').waitFor({ state: 'hidden' })
  await keyboard.press('Enter')
  await page.locator('.dialog[open]').waitFor()
  await tabTo(t, page, '.dialog a[href^="/horses/"]')
  await keyboard.press('Enter')
  await page.locator('main.record').waitFor()
  await tabTo(t, page, 'form.facts input[name=breed]')
  await keyboard.type('Noriker')
  await keyboard.press('Enter')
  await page.locator('.done', { hasText: 'Saved' }).waitFor()
  t.equal(await page.inputValue('form.facts input[name=breed]'), 'Noriker')
  t.equal(await page.inputValue('form.facts input[name=name]'), 'Storm')
})

t.test('nothing is left', async (t) => {
  await browser.close()
  t.equal(await box.end('SIGTERM'), 0)
  t.same(await leftNaming([url, stateDir], 5_000), [])
})
