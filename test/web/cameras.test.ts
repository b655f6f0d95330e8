/**
 * Pages of a box with two cameras: which horses have a card there, and what it says of where they are.
 */
import type { Browser } from 'playwright-core'
import t, { type Test } from 'tap'
import { cameraView, horse, horseId, streamId } from '../http/fake-box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { serveBarn } from './barn.ts'

const [yard, aisle] = [streamId('yard'), streamId('aisle')]

let browser: Browser
if (noBrowser === false) {
  browser = await startBrowser()
  t.teardown(() => browser.close())
}

async function visit(t: Test, path: string) {
  const barn = await serveBarn()
  t.teardown(() => barn[Symbol.asyncDispose]())
  barn.box.cameras = [
    cameraView('yard', 'live', { name: 'Yard' }),
    cameraView('aisle', 'live', { name: 'Aisle' }),
  ]
  const lastSeenMs = Date.now() - 120_000
  barn.box.put(horse(1, { name: 'Thunder', lastSeenMs }))
  barn.box.put(horse(2, { lastSeenMs }))
  barn.box.put(horse(3, { number: 1, lastSeenMs, streamId: aisle, lastStreamId: aisle }))
  const page = await browser.newPage()
  t.teardown(() => page.close())
  await page.goto(new URL(path, barn.url).href)
  await page.locator('.now[data-live="true"]').waitFor()
  const see = (n: number, at: typeof yard) => {
    const found = barn.box.horses.get(horseId(n))
    if (!found) throw new Error('there is no such horse')
    const seen = { ...found, lastSeenMs: Date.now(), lastStreamId: at }
    barn.box.put(seen)
    barn.box.facts.publish('horses-seen', { streamId: at, horses: [seen] })
  }
  const card = (n: number) => page.locator(`.card[data-horse="${horseId(n)}"]`)
  return { barn, page, see, card }
}

t.test(
  'a horse that goes to another camera takes its card along',
  { skip: noBrowser, timeout: 60_000 },
  async (t) => {
    const { page, see, card } = await visit(t, '/')
    t.match(await card(2).textContent(), /Horse #2\s[\s\S]*Camera Yard/)
    see(2, aisle)
    await page.locator('.card', { hasText: 'Horse #2 (Yard)' }).waitFor()
    t.match(await card(2).textContent(), /Camera Aisle/)
    t.equal(await page.locator('.card').count(), 3)
  },
)

t.test(
  'the page of a camera has its horses and those that come there, and no others',
  { skip: noBrowser, timeout: 60_000 },
  async (t) => {
    const { barn, page, see, card } = await visit(t, '/streams/yard')
    t.equal(await page.locator('.card').count(), 2)
    see(3, aisle)
    const other = barn.box.horses.get(horseId(3))
    if (other) barn.box.facts.publish('horse-changed', { horse: other, change: 'details' })
    see(1, yard)
    await page.locator('.card.here', { hasText: 'Thunder' }).waitFor()
    t.equal(await card(3).count(), 0, 'what another camera shows makes no card here')
    see(2, aisle)
    await page.locator('.card', { hasText: 'Camera Aisle' }).waitFor()
    see(3, yard)
    await page.locator('.card', { hasText: 'Horse #1 (Aisle)' }).waitFor()
  },
)

t.test(
  'cards in the order of who was seen last stay where they are while somebody is among them',
  { skip: noBrowser, timeout: 60_000 },
  async (t) => {
    const { barn, page, see, card } = await visit(t, '/streams/yard')
    const order = () => page.locator('.card').evaluateAll((all) => all.map(({ dataset }) => dataset.number))
    await page.selectOption('select[name=sort]', 'recent')
    see(1, yard)
    await page.locator('.card.here[data-number="1"]').waitFor()
    t.same(await order(), ['1', '2'])
    await card(2).focus()
    see(2, yard)
    await page.locator('.card.here[data-number="2"]').waitFor()
    t.same(await order(), ['1', '2'])
    t.equal(await card(2).evaluate((one) => one.matches(':focus')), true)
    await page.locator('input[name=q]').focus()
    const horse2 = barn.box.horses.get(horseId(2))
    if (horse2) barn.box.facts.publish('horse-changed', { horse: horse2, change: 'details' })
    await page.locator('.card:first-child[data-number="2"]').waitFor()
  },
)
