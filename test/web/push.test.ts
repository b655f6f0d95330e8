/**
 * A browser that wants to be told: switched on by a tap on the page, tried, shown what comes, led to the alert, switched off again.
 * Chromium without a screen has no push service of its own: what it would answer is put in its place, the rest is real.
 */

import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createPasses } from '../../daemon/http/auth/passes.ts'
import type { StreamId } from '../../daemon/types.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { startPushService } from '../support/push-service.ts'
import { until } from '../support/until.ts'
import { violations } from './axe.ts'
import { serveBarn } from './barn.ts'
import { changeLanguage } from './service-worker.ts'

const skip = noBrowser
t.setTimeout(180_000)

let browser: Browser
if (noBrowser === false) {
  browser = await startBrowser('whole')
  t.teardown(() => browser.close())
}

/** A push service in the page: keeps what was subscribed, as a browser does over pages. */
const subscribing = (found: object) => `{
  const as = (key) => ({
    options: { applicationServerKey: Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)).buffer },
    toJSON: () => (${JSON.stringify(found)}),
    unsubscribe: async () => localStorage.removeItem('push') ?? true,
  })
  PushManager.prototype.getSubscription = async () => localStorage.push ? as(localStorage.push) : null
  PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => as(localStorage.push = key)
}`

async function setUp(t: Test) {
  const service = await startPushService()
  const barn = await serveBarn({ push: { services: [service.origin], stateDir: t.testdir({}) } })
  const { deps, registry } = barn.box
  const anna = deps.users.add({ name: 'Anna', role: 'admin', passwordHash: 'x'.repeat(60) }, Date.now())
  const context = await browser.newContext({ viewport: { width: 360, height: 740 } })
  t.teardown(async () => {
    await context.close()
    await barn[Symbol.asyncDispose]()
    await service.close()
  })
  const value = await createPasses(deps.passKey, deps.clock).issue(anna, 3_600_000)
  await context.addCookies([{ name: 'barnbox_session', value, url: barn.url }])
  await context.addInitScript({ content: subscribing(service.browser('phone')) })
  const page = await context.newPage()
  const raise = () =>
    registry.alerts.raise(
      {
        ...{ kind: 'camera_down', severity: 'warning', streamId: 'yard' as StreamId, stallId: null },
        ...{ horseId: null, part: null, detail: null },
      },
      [],
      Date.now(),
    )
  return { service, barn, registry, context, page, raise }
}

t.test('switched on by a tap, tried, changed, and switched off', { skip }, async (t) => {
  const { service, barn, registry, context, page } = await setUp(t)
  await page.goto(`${barn.url}/alerts`)
  const on = page.getByRole('button', { name: 'Tell this device' })
  await on.waitFor()
  await context.grantPermissions(['notifications'], { origin: barn.url })
  await page.getByLabel('Tell me').selectOption('critical')
  await on.focus()
  await page.keyboard.press('Enter')
  await page.getByText('This device is told.').waitFor()
  t.match(registry.pushDevices.all(), [{ least: 'critical', endpoint: `${service.origin}/push/phone` }])
  t.same(await violations(page), [])
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByRole('status').getByText('A test is on its way').waitFor()
  t.match(service.got, [{ note: { title: 'A test from the barn' } }])
  service.answer = () => 500
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByRole('status').getByText('That did not work').waitFor()
  await changeLanguage(page, barn.url, 'de')
  await until(() => registry.pushDevices.all()[0]?.language === 'de', 'it is told in German from now on')
  await page.goto(`${barn.url}/alerts`)
  await page.getByRole('button', { name: 'Hier nicht mehr melden' }).click()
  await page.getByText('Dieses Gerät erfährt nichts.').waitFor()
  t.same(registry.pushDevices.all(), [])
  t.same(service.faults, [])
})

t.test('what was switched off in the browser is off at the box', { skip }, async (t) => {
  const { barn, registry, context, page } = await setUp(t)
  await context.grantPermissions(['notifications'], { origin: barn.url })
  await page.goto(`${barn.url}/alerts`)
  await page.getByRole('button', { name: 'Tell this device' }).click()
  await page.getByText('This device is told.').waitFor()
  await page.evaluate('localStorage.removeItem("push")')
  await page.reload()
  await page.getByText('This device is not told.').waitFor()
  t.same(registry.pushDevices.all(), [])
})

/** What the worker shows. */
const shown = (page: Page) =>
  page.evaluate<{ title: string; body: string; tag: string; stays: boolean }[]>(
    `navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) =>
       all.map(({ title, body, tag, requireInteraction: stays }) => ({ title, body, tag, stays })))`,
  )

async function delivering(context: BrowserContext, page: Page, origin: string) {
  const devtools = await context.newCDPSession(page)
  const found = new Promise<string>((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [one] = registrations.filter(({ scopeURL }) => scopeURL.startsWith(origin))
      if (one) resolve(one.registrationId)
    })
  })
  await devtools.send('ServiceWorker.enable')
  const registrationId = await found
  return (data: string) => devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data })
}

t.test('what comes is shown, the newest of each alert, and leads there', { skip }, async (t) => {
  const { barn, context, page, raise } = await setUp(t)
  const { id } = raise()
  await context.grantPermissions(['notifications'], { origin: barn.url })
  await page.goto(barn.url)
  await until(
    () =>
      page.evaluate<boolean>(
        'navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)',
      ),
    'the worker controls the page',
  )
  const push = await delivering(context, page, barn.url)
  const note = { tag: id, url: `/alerts#alert-${id}`, language: 'en', occurredMs: Date.now(), isQuiet: false }
  await push(JSON.stringify({ ...note, title: 'Warning: Camera offline', body: 'Yard', stays: true }))
  await until(async () => (await shown(page)).length === 1, 'it is shown')
  t.match(await shown(page), [{ title: 'Warning: Camera offline', body: 'Yard', tag: id, stays: true }])
  await push(
    JSON.stringify({ ...note, title: 'Over: Camera offline', body: 'Yard', stays: false, isQuiet: true }),
  )
  await until(async () => /^Over/.test((await shown(page))[0]?.title ?? ''), 'it is replaced')
  t.equal((await shown(page)).length, 1)
  const [worker] = context.serviceWorkers()
  await worker?.evaluate(`self.registration.getNotifications().then(([notification]) =>
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification })))`)
  await page.locator(`#alert-${id}:target`).waitFor()
  t.same(await shown(page), [], 'and is gone')
  await until(async () => {
    // A busy browser may end the worker of a tapped notification just as the next push comes: a push service would send it again.
    await push('{ no JSON')
    await wait(500)
    return (await shown(page)).length === 1
  }, 'something is shown of whatever comes')
})
