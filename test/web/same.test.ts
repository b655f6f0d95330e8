/**
 * Two horses that may be one, in a real browser: merged from the dialog of a card, and taken apart again.
 */
import t from 'tap'
import { streamId } from '../http/fake-box.ts'
import { axis, cropOf } from '../identity/vectors.ts'
import { kind } from '../pipeline/yard.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { serveBarn } from './barn.ts'

const now = Date.UTC(2026, 10, 22)

t.test('a merge from the dialog, and back', { skip: noBrowser, timeout: 60_000 }, async (t) => {
  const barn = await serveBarn()
  t.teardown(() => barn[Symbol.asyncDispose]())
  const { registry } = barn.box
  registry.embedders.note(kind)
  registry.embedders.use(kind.id)
  const looks = registry.openLooks(kind)
  const [a, b] = [0, 1].map(() => {
    const { id } = registry.horses.create({ streamId: streamId('yard'), seenMs: now, confidence: 0.5 })
    for (const side of [0, 1, 2]) {
      const vector = axis(side)
      looks.add(streamId('yard'), { horseId: id, vector, jpeg: cropOf(vector), quality: 1, takenMs: now })
    }
    const horse = registry.horses.get(id)
    if (horse) barn.box.put(horse)
    return id
  })
  if (!a || !b) throw new Error('two horses were expected')
  const browser = await startBrowser()
  t.teardown(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } })
  page.on('pageerror', (error) => t.fail(`script: ${error.message}`))
  page.on('console', (line) => {
    if (line.type() === 'error') t.fail(`console: ${line.text()}`)
  })
  await page.goto(barn.url)
  await page.locator('.now[data-live="true"]').waitFor()
  await page.click(`.card[data-horse="${b}"]`)
  const choice = page.locator('.dialog .same form')
  await choice.waitFor()
  t.match(await choice.textContent(), /Horse #1.*Merge/s)
  const box = await choice.locator('button').boundingBox()
  t.ok(box && box.x >= 0 && box.x + box.width <= 360 && box.height >= 44, 'a finger finds it on a telephone')
  await choice.locator('button').click()
  await page.waitForURL(`**/horses/${a}?done=*`)
  t.equal(registry.horses.get(b)?.id, a)
  await page.locator('.done button').click()
  await page.locator('.done', { hasText: 'Undone' }).waitFor()
  t.equal(registry.horses.get(b)?.id, b)
})
