/**
 * Every page by the rules of WCAG 2.2 AA, as far as axe-core can tell: at the size of a phone and of a desk, light and dark.
 */
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { cameraView, horse, horseId } from '../http/fake-box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { everyLook, violations } from './axe.ts'
import { type ServedBarn, seen, serveBarn } from './barn.ts'

/** Horses with and without a name, a camera that is live and one that is not. */
async function populated(t: Test, more: Parameters<typeof serveBarn>[0] = {}): Promise<ServedBarn> {
  const barn = await serveBarn({ stopgap: true, ...more })
  t.teardown(() => barn[Symbol.asyncDispose]())
  const { box } = barn
  const note = 'vaapi: no such device'
  box.cameras = [
    cameraView('yard', 'live', { name: 'Yard', decode: { asked: 'vaapi', used: 'software', why: note } }),
    cameraView('stall', 'down', { name: 'Stall' }),
  ]
  box.faults = [{ part: 'identity', detail: 'the embedder is gone' }]
  box.put(horse(1, { name: 'Thunder' }))
  box.put(horse(2, { color: '#1f6fb2' }))
  return barn
}

/** Where a page is, and what is done before it is looked at. */
const pages: readonly { readonly name: string; readonly path: string; act?(page: Page): Promise<unknown> }[] =
  [
    { name: 'Now', path: '/' },
    {
      name: 'Now, with the naming dialog',
      path: '/',
      async act(page) {
        await page.locator('.now[data-live="true"]').waitFor()
        await page.locator('.card').first().click()
        await page.locator('.dialog[open] input').first().waitFor()
      },
    },
    { name: 'a camera', path: '/streams/yard' },
    { name: 'a camera, searched in vain', path: '/streams/yard?q=nobody' },
    { name: 'a camera that is down', path: '/streams/stall' },
    { name: 'a horse', path: `/horses/${horseId(1)}` },
  ]

let browser: Browser
if (noBrowser === false) {
  browser = await startBrowser()
  t.teardown(() => browser.close())
}

async function check(t: Test, url: string, act?: (page: Page) => Promise<unknown>): Promise<void> {
  const page = await browser.newPage()
  await page.goto(url)
  await act?.(page)
  await everyLook(t, page, url)
  await page.close()
}

t.test('pages', { skip: noBrowser, timeout: 180_000 }, async (t) => {
  const barn = await populated(t)
  await barn.show([seen([150, 280, 480, 560], horseId(1))])
  for (const { name, path, act } of pages) await t.test(name, (t) => check(t, barn.url + path, act))
})

t.test('the log-in page', { skip: noBrowser, timeout: 60_000 }, async (t) => {
  const barn = await populated(t, { token: 'correct-horse-battery' })
  barn.box.registry.users.add({ name: 'anna', role: 'admin', passwordHash: 'h'.repeat(80) }, Date.now())
  await check(t, `${barn.url}/login`)
})

t.test('a page with a fault is found out', { skip: noBrowser, timeout: 60_000 }, async (t) => {
  const page = await browser.newPage()
  await page.setContent('<html lang="en"><title>x</title><main><img src="x"><input></main></html>')
  t.match((await violations(page)).join(), /image-alt.*label/s)
  await page.close()
})
