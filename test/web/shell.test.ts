/**
 * The pages as an app in a real browser: it can be installed, says itself that the box is away, in the language of whoever
 * looks, comes back by itself, and keeps nothing of the barn.
 */
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { languages } from '../../web/words/languages.ts'
import { horse } from '../http/fake-box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { until } from '../support/until.ts'
import { violations } from './axe.ts'
import { serveBarn } from './barn.ts'
import { changeLanguage } from './service-worker.ts'

const skip = noBrowser
t.setTimeout(180_000)

let browser: Browser
if (noBrowser === false) {
  browser = await startBrowser()
  t.teardown(() => browser.close())
}

const isKept = (page: Page) =>
  page.evaluate<boolean>(
    'navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)',
  )
const keptNames = (page: Page) => page.evaluate<string[]>('caches.keys()')
const keptPaths = (page: Page) =>
  page.evaluate<string[]>(`(async () => {
    const found = []
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname)
    return found
  })()`)

interface Manifest {
  readonly icons: readonly { readonly src: string; readonly sizes: string; readonly type: string }[]
}

async function visit(t: Test, url: string, locale = 'en') {
  const context = await browser.newContext({ locale })
  t.teardown(() => context.close())
  const page = await context.newPage()
  await page.goto(url)
  await until(() => isKept(page), 'the worker controls the page')
  return page
}

t.test('the manifest is valid in every language, and its icons are what it says', { skip }, async (t) => {
  await using barn = await serveBarn()
  for (const tag of Object.keys(languages)) {
    const page = await visit(t, barn.url, tag)
    const devtools = await page.context().newCDPSession(page)
    const { errors, url } = await devtools.send('Page.getAppManifest')
    t.same(errors, [], tag)
    t.match(url, new RegExp(`/manifest/${tag}$`))
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
    const ids = installabilityErrors.map(({ errorId }) => errorId)
    // Each page of a test has a profile of its own, as a private window has.
    t.same(
      ids.filter((id) => id !== 'in-incognito'),
      [],
      tag,
    )
    const manifest = (await (await fetch(url)).json()) as Manifest
    t.match(manifest, { lang: tag, start_url: '/', display: 'standalone' })
    for (const { src, sizes, type } of manifest.icons) {
      const answer = await fetch(new URL(src, barn.url))
      t.equal(answer.headers.get('content-type'), type)
      const { width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata()
      if (sizes !== 'any') t.equal(`${width}x${height}`, sizes, src)
    }
  }
})

t.test('the box away: its words, since when, and the page again once it is back', { skip }, async (t) => {
  const barn = await serveBarn()
  barn.box.put(horse(1, { name: 'Thunder' }))
  const port = Number(new URL(barn.url).port)
  const page = await visit(t, `${barn.url}/system`, 'de')
  await page.goto(barn.url)
  await page.locator('.card', { hasText: 'Thunder' }).waitFor()
  await until(async () => (await keptPaths(page)).includes('/reached'), 'noted')
  await barn[Symbol.asyncDispose]()
  await page.reload()
  await page.locator('h1', { hasText: 'Die Box ist nicht zu erreichen' }).waitFor()
  t.match(await page.locator('.since').textContent(), /Die letzte Seite kam um \d\d:\d\d$/)
  t.notMatch(await page.content(), /Thunder/)
  t.same(await violations(page), [])
  const width = await page.evaluate<string>(
    "getComputedStyle(document.querySelector('.panel')).borderTopStyle",
  )
  t.equal(width, 'solid', 'its style is kept too')
  await using again = await serveBarn({}, port)
  again.box.put(horse(1, { name: 'Thunder' }))
  await page.locator('.card', { hasText: 'Thunder' }).waitFor({ timeout: 20_000 })
  t.equal(page.url(), `${barn.url}/`)
})

t.test('only the shell is kept, an older one goes, and a log-out leaves nothing', { skip }, async (t) => {
  await using barn = await serveBarn()
  barn.box.put(horse(1, { name: 'Thunder' }))
  await barn.show([])
  const page = await visit(t, barn.url)
  for (const path of ['/streams/yard', '/cameras', '/']) await page.goto(barn.url + path)
  await until(async () => (await keptPaths(page)).includes('/reached'), 'noted')
  const paths = await keptPaths(page)
  const known = /^\/(offline\/en|reached|assets\/(style|offline|icon)-\w+\.(css|js|svg))$/
  t.same(
    paths.filter((path) => !known.test(path)),
    [],
    'no page, no picture, no answer',
  )
  t.equal(paths.length, 5)
  await page.evaluate("caches.open('shell-of-before')")
  await changeLanguage(page, barn.url, 'fr')
  t.ok((await keptPaths(page)).includes('/offline/fr'), 'kept in French')
  await until(async () => (await keptNames(page)).length === 1, 'the old one is gone')
  t.match(await keptNames(page), [/^shell-[0-9a-f]{12}$/])
  const answer = await page.request.post(`${barn.url}/logout`, { maxRedirects: 0 })
  t.equal(answer.headers()['clear-site-data'], '"cache", "storage"')
  await page.evaluate("fetch('/logout', { method: 'POST', redirect: 'manual' }).then(() => {})")
  await until(async () => (await keptNames(page)).length === 0, 'nothing is left')
})

t.test('the offline page fits every language, size and colour', { skip }, async (t) => {
  await using barn = await serveBarn()
  for (const [n, tag] of Object.keys(languages).entries()) {
    const viewport = n % 2 === 0 ? { width: 360, height: 740 } : { width: 1280, height: 800 }
    const page = await browser.newPage({ viewport, colorScheme: n < 2 ? 'light' : 'dark' })
    await page.goto(`${barn.url}/offline/${tag}`)
    await page.locator('.since').waitFor({ state: 'hidden' })
    t.same(await violations(page), [], tag)
    t.equal(await page.evaluate('document.documentElement.lang'), tag)
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    t.ok(wide <= viewport.width, 'nothing sticks out')
    await page.close()
  }
})
