/**
 * What a caretaker does at the page, in Chromium, against the daemon on an RTSP camera with two horses in view and 48 more
 * in the registry: names, sets right, takes back, merges, searches; and sees that the camera is gone.
 */
import type { Page } from 'playwright-core'
import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { startBox } from '../../scripts/demonstration/box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { PHONE, visit } from '../support/visit.ts'
import {
  type HorseAnswer,
  horsesOf,
  leftNaming,
  noSystem,
  pairClip,
  stateFolder,
  until,
  untilHorses,
} from './harness.ts'

const skip = noBrowser || (await noSystem())
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(240_000)

const elsewhere = 48

/** Horses that were seen before, and are not in the picture: they have no looks. */
function fillRegistry(stateDir: string): void {
  using registry = openRegistry(registryFile(stateDir), silentLog)
  const yard = 'yard' as StreamId
  const nowMs = Date.now()
  for (let n = 1; n <= elsewhere; n++) {
    const { id } = registry.horses.create({ streamId: yard, seenMs: nowMs - n * 60_000, confidence: 0.9 })
    registry.horses.updateHorseDetails(id, { name: `Lena ${n}` }, { actor: null, nowMs })
  }
}

const labelsOf = (page: Page) =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll('.overlay .label text')].map((one) => one.textContent)`,
  )

/** Waits until the page has drawn a label, or none such any more. */
const untilLabel = (page: Page, name: string, isThere = true) =>
  until(
    `${isThere ? 'the' : 'no'} label of ${name}`,
    async () => (await labelsOf(page)).some((label) => label.includes(name)) === isThere,
    60_000,
  )

const stateDir = await stateFolder(t)
fillRegistry(stateDir)
const camera = await startRtspCamera({ '/yard': await pairClip() })
t.teardown(() => camera[Symbol.asyncDispose]())
const url = camera.url('/yard')
const browser = await startBrowser()
t.teardown(() => browser.close())
const config = { http: { port: 0 }, cameras: [{ id: 'yard', name: 'Yard', url, fps: 2 }] }

t.test('a caretaker at the page', async (t) => {
  const box = await startBox({ config, stateDir })
  t.teardown(() => box.end('SIGKILL'))
  const known = await untilHorses(box, 'yard', elsewhere + 2)
  const thunder = known[elsewhere] as HorseAnswer
  const stream = await visit(t, browser, `${box.url}/streams/yard`)
  await until('horses are drawn', async () => (await labelsOf(stream)).length >= 2, 60_000)

  await t.test('a name is in another browser, and on its picture', async (t) => {
    const page = await visit(t, browser, box.url, PHONE)
    await page.locator('.now[data-live="true"]').waitFor()
    await page.locator(`.card[data-horse="${thunder.id}"]`).click()
    await page.fill('.dialog input[name=name]', 'Thunder')
    const name = `Horse #${thunder.number} - Thunder`
    const startedMs = performance.now()
    const passed = () => `${Math.round(performance.now() - startedMs)} ms`
    const onCard = stream.locator('.card', { hasText: name }).waitFor()
    await page.locator('.dialog button', { hasText: 'Save' }).click()
    await Promise.all([
      onCard.then(() => t.comment(`in the other browser after ${passed()} (500 are meant)`)),
      untilLabel(stream, name).then(() => t.comment(`on its picture after ${passed()} (1000 are meant)`)),
    ])
    t.equal((await horsesOf(box, 'yard')).find(({ id }) => id === thunder.id)?.name, 'Thunder')
    t.equal((await labelsOf(stream)).filter((label) => label === name).length, 1)
  })

  await t.test('a stall is drawn on the picture, and the box knows who is in it', async (t) => {
    const page = await visit(t, browser, `${box.url}/streams/yard/stalls`)
    await page.locator('a', { hasText: 'Draw a stall' }).click()
    await page.locator('.stage img').waitFor()
    await page.evaluate('document.querySelector(".stage img").decode()')
    const stage = await page.locator('.stage').boundingBox()
    if (!stage) throw new Error('there is no picture')
    for (const [x, y] of [
      [0.02, 0.05],
      [0.98, 0.05],
      [0.98, 0.95],
      [0.02, 0.95],
    ] as const)
      await page.mouse.click(stage.x + x * stage.width, stage.y + y * stage.height)
    await page.locator('.corner').first().click()
    await page.locator('[name="name"]').fill('Stall 1')
    await page.locator('label', { hasText: 'Thunder' }).click()
    await page.locator('.draw button', { hasText: 'Save' }).click()
    await page.locator('.done', { hasText: 'Saved' }).waitFor()
    const other = await visit(t, browser, `${box.url}/streams/yard/stalls`, PHONE)
    await other.locator('.rows', { hasText: 'Stall 1' }).waitFor()
    const standing = async () =>
      (await box.get<{ stalls: { match: string; occupied: boolean; watch: string }[] }>('/api/v1/stalls'))
        .stalls[0]
    await until('somebody is in the stall', async () => (await standing())?.occupied === true, 60_000)
    t.equal((await standing())?.watch, 'watching')
  })

  await t.test('not this horse, and undone: the label goes and comes back', async (t) => {
    // Two pages that ask for pictures while the pipeline begins anew.
    const now = await visit(t, browser, box.url)
    await untilLabel(now, 'Thunder')
    const page = await visit(t, browser, `${box.url}/horses/${thunder.id}`)
    await page.locator('.head.here', { hasText: 'Now at Yard' }).waitFor()
    await page.locator('#sightings .tools button').first().click()
    await page.locator('.done', { hasText: 'Not this horse' }).waitFor()
    await untilLabel(now, 'Thunder', false)
    const count = async () => (await horsesOf(box, 'yard')).length
    // It stands there still, and is nobody known: the box makes it a new horse, which it is not once that is undone.
    await until('a new horse is founded', async () => (await count()) === elsewhere + 3, 60_000)
    await page.locator('.done button').click()
    await page.locator('.done', { hasText: 'Undone' }).waitFor()
    t.equal(await count(), elsewhere + 2)
    await untilLabel(now, 'Thunder')
    await untilLabel(stream, 'Thunder')
    const { names } = await box.get<{ names: { name: string }[] }>(`/api/v1/horses/${thunder.id}/history`)
    t.equal(names[0]?.name, 'Thunder')
    t.ok(await page.locator('#sightings .rows li').count())
  })

  await t.test('two horses are merged, and are two again', async (t) => {
    const [lena] = await horsesOf(box, 'yard')
    const page = await visit(t, browser, `${box.url}/horses/${lena?.id}`)
    await page.locator('a', { hasText: 'Merge with another horse' }).click()
    await page.fill('.search input[name=q]', 'Thunder')
    await page.locator('.faces .pick', { hasText: 'Thunder' }).click()
    await page.locator('.done', { hasText: 'Merged' }).waitFor()
    t.match(page.url(), thunder.id, 'the page is the other’s')
    t.equal((await box.get<{ id: string }>(`/api/v1/streams/yard/horses/${lena?.id}`)).id, thunder.id)
    t.equal((await horsesOf(box, 'yard')).length, elsewhere + 1)
    await stream.locator(`.card[data-horse="${lena?.id}"]`).waitFor({ state: 'detached' })
    await page.locator('.done button').click()
    await page.locator('.done', { hasText: 'Undone' }).waitFor()
    t.equal((await horsesOf(box, 'yard')).length, elsewhere + 2)
    await stream.locator(`.card[data-horse="${lena?.id}"]`).waitFor()
  })

  await t.test('fifty horses are searched and sorted', async (t) => {
    const cards = stream.locator('.cards .card:visible')
    t.equal(await cards.count(), elsewhere + 2)
    await stream.fill('.search input[name=q]', 'lena 17')
    await until('one is left', async () => (await cards.count()) === 1, 10_000)
    t.match(await cards.textContent(), /Horse #17 - Lena 17/)
    await stream.fill('.search input[name=q]', 'nobody')
    await stream.locator('.none-found').waitFor()
    await stream.fill('.search input[name=q]', '')
    t.equal(await cards.count(), elsewhere + 2)
    const data = (name: string) =>
      stream.evaluate<number[]>(
        `[...document.querySelectorAll('.cards .card')].map((one) => Number(one.dataset.${name}))`,
      )
    const times = () =>
      stream.evaluate<number[]>(
        `[...document.querySelectorAll('.cards .card .seen time')].map((one) => Date.parse(one.dateTime))`,
      )
    const falls = (values: readonly number[]) =>
      values.length === elsewhere + 2 && values.every((value, n) => n === 0 || value <= (values[n - 1] ?? 0))
    const countedMost = async () => Math.max(...(await data('sightings')))
    const before = await countedMost()
    await until('cards count on', async () => (await countedMost()) > before, 20_000)
    const inView = new Set([elsewhere + 1, elsewhere + 2])
    for (const [order, values] of [
      ['count', () => data('sightings')],
      ['recent', times],
    ] as const) {
      await stream.selectOption('.search select', order)
      await until(`the order is ${order}`, async () => falls(await values()), 10_000)
      t.same(new Set((await data('number')).slice(0, 2)), inView, `${order}: those in view are first`)
    }
    await stream.selectOption('.search select', 'number')
    t.same(
      await data('number'),
      Array.from({ length: elsewhere + 2 }, (_, at) => at + 1),
    )
  })

  await t.test('a camera that is gone is offline since then, and shows no frozen picture', async (t) => {
    const now = await visit(t, browser, box.url)
    await untilLabel(now, 'Thunder')
    await camera.kill('SIGKILL')
    for (const page of [now, stream]) {
      await page.locator('.tile .state', { hasText: /^Offline since \d\d:\d\d/ }).waitFor({ timeout: 40_000 })
      t.ok(await page.locator('.tile .why').isVisible())
      t.equal(await page.locator('.tile .picture:visible').count(), 0)
    }
  })

  await browser.close()
  t.equal(await box.end('SIGTERM'), 0)
  t.same(await leftNaming([url, stateDir], 5_000), [])
})
