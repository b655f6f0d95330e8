/** A sighting is set right and taken back in a real browser, on the real daemon: the live label follows both. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { startBox } from '../../scripts/demonstration/box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { visit } from '../support/visit.ts'
import {
  horsesOf,
  leftNaming,
  nameHorse,
  noSystem,
  stateFolder,
  swayClip,
  until,
  untilCamera,
  untilHorses,
} from './harness.ts'

const skip = noBrowser || (await noSystem())
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(180_000)

const labels = "[...document.querySelectorAll('.overlay .label text')].map((one) => one.textContent).join()"

/** Waits until the page has drawn a label, or none such any more. */
const untilLabel = (page: Page, name: string, isThere: boolean) =>
  until(
    `${isThere ? 'the' : 'no'} label of ${name}`,
    async () => (await page.evaluate<string>(labels)).includes(name) === isThere,
    60_000,
  )

t.test('not this horse, and undone: the label goes and comes back', async (t) => {
  const browser = await startBrowser()
  t.teardown(() => browser.close())
  const stateDir = await stateFolder(t)
  await using camera = await startRtspCamera({ '/demo': await swayClip() })
  const url = camera.url('/demo')
  const config = { http: { port: 0 }, cameras: [{ id: 'demo', name: 'Demo paddock', url }] }
  await using box = await startBox({ config, stateDir })
  await untilCamera(box, 'demo', 'live', 20_000)
  await untilHorses(box, 'demo', 2)
  const [horse] = await horsesOf(box, 'demo')
  if (!horse) throw new Error('no horse')
  await nameHorse(box, 'demo', horse.id, 'Thunder')
  const open = (path: string) => visit(t, browser, box.url + path)
  const live = await open('/')
  await untilLabel(live, 'Thunder', true)
  const page = await open(`/horses/${horse.id}`)
  await page.locator('.head.here', { hasText: 'Now at Demo paddock' }).waitFor()
  await page.locator('#sightings .tools button').first().click()
  await page.locator('.done', { hasText: 'Not this horse' }).waitFor()
  await untilLabel(live, 'Thunder', false)
  await page.locator('.done button').click()
  await page.locator('.done', { hasText: 'Undone' }).waitFor()
  await untilLabel(live, 'Thunder', true)
  const { names } = await box.get<{ names: { name: string }[] }>(`/api/v1/horses/${horse.id}/history`)
  t.equal(names[0]?.name, 'Thunder')
  t.ok(await page.locator('#sightings .rows li').count())
  await browser.close()
  t.equal(await box.end('SIGTERM'), 0)
  t.same(await leftNaming([url, stateDir], 5_000), [])
})
