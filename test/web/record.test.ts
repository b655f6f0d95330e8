/**
 * The page of a horse and of the unknown ones in a real browser: corrected and undone in place, by keys alone, without
 * scripts, at the size of a phone and of a desk, in light and dark.
 */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { mintId } from '../../daemon/lib/ids.ts'
import type { HorseId, SightingId, TrackletId } from '../../daemon/types.ts'
import { streamId } from '../http/fake-box.ts'
import { axis, like } from '../identity/vectors.ts'
import { kind } from '../pipeline/yard.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { sayElsewhere } from '../support/elsewhere.ts'
import { everyLook } from './axe.ts'
import { drawPicture, serveBarn } from './barn.ts'

const pictures = join(tmpdir(), 'barnbox-screenshots')
const yard = streamId('yard')
const minute = 60_000
const skip = noBrowser
t.setTimeout(240_000)

let browser: Browser
if (noBrowser === false) {
  browser = await startBrowser()
  t.teardown(() => browser.close())
  await mkdir(pictures, { recursive: true })
}

const cut = async (left: number, width: number, height: number) =>
  sharp(await drawPicture(1))
    .extract({ left, top: 300, width, height })
    .jpeg()
    .toBuffer()

/** Two named horses with sightings of today and yesterday, a third, and unknown ones of two kinds. */
async function populated(t: Test) {
  const barn = await serveBarn({ isRegistered: true })
  t.teardown(() => barn[Symbol.asyncDispose]())
  const { registry } = barn.box
  registry.embedders.note(kind)
  registry.embedders.use(kind.id)
  const crops = [await cut(150, 350, 250), await cut(680, 320, 300)] as const
  const looks = registry.openLooks(kind)
  const nowMs = Date.now()
  const by = { actor: 'anna', nowMs: nowMs - 60 * minute }
  const see = (horseId: HorseId | null, agoMs: number, at: 0 | 1, vector = axis(at)) => {
    const ids = { id: mintId<SightingId>(), trackletId: mintId<TrackletId>(), streamId: yard, horseId }
    const fromMs = nowMs - agoMs
    const seen = { fromMs, toMs: fromMs + 7 * minute, detections: 5, addedDetections: 5 }
    const decided = { score: 0.93, secondScore: 0.2, threshold: 0.73, margin: 2, model: kind.id }
    const look = { vector, crop: crops[at], sharpness: 1 }
    const reasons = { looks: 12, best: null, second: null, nearest: [], ofSecond: null }
    const judged = [{ kind, look, takenMs: fromMs, reasons }]
    const decision = { kind: horseId === null ? 'unknown' : 'matched', ...decided } as const
    registry.sightings.save([{ ...ids, ...seen, decision, judged }])
    return ids.id
  }
  const names = ['Thunder', 'Storm of the Long Valley by the River', null]
  const horses = names.map((name, at) => {
    const jpeg = crops[at === 1 ? 1 : 0]
    const avatar = at === 2 ? undefined : { jpeg, score: 1, takenMs: nowMs - 2900 * minute }
    const { id } = registry.horses.create({
      streamId: yard,
      seenMs: nowMs - 3000 * minute,
      confidence: 0.9,
      avatar,
    })
    if (name !== null) registry.horses.updateHorseDetails(id, { name }, by)
    const vector = axis(at + 4)
    looks.add(yard, {
      horseId: id,
      vector,
      jpeg,
      quality: 1,
      takenMs: nowMs - 2000 * minute,
      infrared: at === 1,
    })
    return id
  }) as [HorseId, HorseId, HorseId]
  const mine = [2000, 1500, 300, 30].map((ago) => see(horses[0], ago * minute, 0))
  see(horses[1], 200 * minute, 1)
  const unknown = [
    see(null, 90 * minute, 1),
    see(null, 60 * minute, 1, like(1, 0.98)),
    see(null, 20 * minute, 0),
  ]
  return { barn, registry, horses, mine, unknown }
}

/** A page that must neither complain nor ask another host for anything. */
async function visit(t: Test, url: string, more: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 360, height: 740 }, ...more })
  t.teardown(() => page.close())
  page.on('pageerror', (error) => t.fail(`script: ${error.message}`))
  page.on('console', (line) => {
    // A refusal is told in words on the page; the browser notes its status.
    if (line.type() === 'error' && !line.text().includes('409')) t.fail(`console: ${line.text()}`)
  })
  const { origin } = new URL(url)
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(origin).host) t.fail(`asked another host: ${request.url()}`)
  })
  await page.goto(url)
  return page
}

/** Goes on with the tab key until what has the focus is meant. */
const tabberOf = (page: Page) => async (selector: string) => {
  for (let n = 0; n < 150; n++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
  }
  throw new Error(`the tab key does not lead to ${selector}`)
}

t.test(
  'a sighting is another horse’s: corrected and undone in place',
  { skip, timeout: 60_000 },
  async (t) => {
    const { barn, registry, horses, mine } = await populated(t)
    const page = await visit(t, `${barn.url}/horses/${horses[0]}`)
    const newest = mine[3] as SightingId
    await page.locator('#sightings .tools button').first().click()
    await page.locator('.done', { hasText: 'Not this horse' }).waitFor()
    t.equal(registry.sightings.get(newest)?.horseId, null)
    t.equal(await page.evaluate('document.activeElement.className'), 'done', 'what was done has the focus')
    await page.locator('.done button').click()
    await page.locator('.done', { hasText: 'Undone' }).waitFor()
    t.equal(registry.sightings.get(newest)?.horseId, horses[0])

    await page.locator('#sightings a', { hasText: 'It is another' }).first().click()
    await page.locator('.faces .pick').first().waitFor()
    await page.fill('.search input', 'storm')
    t.equal(await page.locator('.faces .pick:visible').count(), 1, 'filtered while one types')
    await page.locator('.faces .pick:visible').click()
    await page.locator('.done', { hasText: 'Given to another horse' }).waitFor()
    t.equal(registry.sightings.get(newest)?.horseId, horses[1])
    await page.locator('.done a', { hasText: 'Storm' }).click()
    await page.locator('h1', { hasText: 'Storm' }).waitFor()
  },
)

t.test(
  'an edit that comes too late is told, and what was typed stays',
  { skip, timeout: 60_000 },
  async (t) => {
    const { barn, registry, horses } = await populated(t)
    const [id] = horses
    const page = await visit(t, `${barn.url}/horses/${id}`)
    await page.fill('.facts [name=breed]', 'Haflinger')
    registry.horses.updateHorseDetails(id, { breed: 'Pony' }, { actor: null, nowMs: Date.now() })
    await page.click('.facts button')
    await page.locator('.there', { hasText: 'Pony' }).waitFor()
    t.equal(await page.inputValue('.facts [name=breed]'), 'Haflinger')
    await page.screenshot({ path: join(pictures, 'horse-stale-360.png'), fullPage: true })
    await page.click('.facts button')
    await page.locator('.done', { hasText: 'Saved' }).waitFor()
    t.equal(registry.horses.get(id)?.breed, 'Haflinger')
  },
)

t.test(
  'a name given elsewhere shows at once; a half-written note stays',
  { skip, timeout: 60_000 },
  async (t) => {
    const { barn, registry, horses } = await populated(t)
    const [id] = horses
    const page = await visit(t, `${barn.url}/horses/${id}`)
    await page.locator('body[data-line="live"]').waitFor()
    await page.fill('.facts [name=notes]', 'bites')
    const horse = registry.horses.updateHorseDetails(
      id,
      { name: 'Blitz' },
      { actor: null, nowMs: Date.now() },
    )
    barn.box.facts.publish('horse-changed', { horse, change: 'details' })
    await page.locator('h1', { hasText: 'Blitz' }).waitFor()
    t.equal(await page.inputValue('.facts [name=notes]'), 'bites')
  },
)

t.test(
  'what another box said comes by itself, and goes by keys alone',
  { skip, timeout: 60_000 },
  async (t) => {
    const { barn, registry, horses } = await populated(t)
    const [id] = horses
    const page = await visit(t, `${barn.url}/horses/${id}`)
    await page.locator('body[data-line="live"]').waitFor()
    sayElsewhere(registry, id, { name: 'Donner' }, { actor: 'ben', nowMs: Date.now() })
    const horse = registry.horses.get(id)
    if (horse) barn.box.facts.publish('horse-changed', { horse, change: 'details' })
    await page.locator('[data-part="elsewhere"] strong', { hasText: 'Donner' }).waitFor()
    const box = await page.locator('[data-part="elsewhere"] button').boundingBox()
    t.ok(box && box.height >= 44, 'a finger finds it')
    await tabberOf(page)('[data-part="elsewhere"] button')
    await page.keyboard.press('Enter')
    await page.locator('.done', { hasText: 'Saved' }).waitFor()
    t.equal(registry.horses.get(id)?.name, 'Thunder')
    t.equal(await page.locator('[data-part="elsewhere"] button').count(), 0, 'and is not offered twice')
  },
)

t.test('split, merge and delete by keys alone', { skip, timeout: 60_000 }, async (t) => {
  const { barn, registry, horses, mine } = await populated(t)
  const [a] = horses
  const page = await visit(t, `${barn.url}/horses/${a}?split=1`, { viewport: { width: 1280, height: 800 } })
  const tabTo = tabberOf(page)
  await tabTo('.split input')
  await page.keyboard.type('Nova')
  await tabTo('.choose input')
  await page.keyboard.press('Space')
  await page.focus('.split input')
  await page.keyboard.press('Enter')
  await page.locator('h1', { hasText: 'Nova' }).waitFor()
  const fresh = registry.sightings.get(mine[3] as SightingId)?.horseId as HorseId
  t.match(registry.horses.get(fresh), { name: 'Nova' })
  await page.goto(`${barn.url}/horses/${fresh}/merge`)
  await page.focus('.search input')
  await page.keyboard.type('thunder')
  await tabTo('.pick')
  await page.keyboard.press('Enter')
  await page.locator('.done', { hasText: 'Merged' }).waitFor()
  t.equal(registry.horses.get(fresh)?.id, a)
  await tabTo('.remove summary')
  await page.keyboard.press('Enter')
  await tabTo('.danger')
  await page.keyboard.press('Enter')
  await page.locator('.done', { hasText: 'Deleted: Thunder' }).waitFor()
  t.equal(registry.horses.get(a), undefined)
  await page.locator('.done button').click()
  await page.locator('h1', { hasText: 'Thunder' }).waitFor()
  t.ok(registry.horses.get(a))
})

t.test('one tap on a face answers for a group, and undo asks again', { skip, timeout: 60_000 }, async (t) => {
  const { barn, registry, horses, unknown } = await populated(t)
  const page = await visit(t, `${barn.url}/unknowns`)
  t.equal(await page.locator('article').count(), 2, 'two look like one animal, one is alone')
  const pair = page.locator('article', { hasText: '2 sightings' })
  const face = pair.locator(`.pick[value="${horses[1]}"]`)
  const box = await face.boundingBox()
  t.ok(box && box.width >= 100 && box.height >= 100, 'a glove finds it')
  await face.click()
  await page.locator('.done', { hasText: 'Given to another horse' }).waitFor()
  t.equal(await page.locator('article').count(), 1)
  for (const id of unknown.slice(0, 2)) t.equal(registry.sightings.get(id)?.horseId, horses[1])
  await page.locator('.done button').click()
  await pair.waitFor()
  t.equal(registry.sightings.get(unknown[0] as SightingId)?.horseId, null)
  await pair.locator('.fresh [name=name]').fill('Nova')
  await pair.locator('.fresh button').click()
  await page.locator('.done', { hasText: 'Nova' }).waitFor()
  await page.locator('article button', { hasText: 'Not a horse' }).click()
  await page.locator('.empty', { hasText: 'Nobody is unknown' }).waitFor()
})

t.test('all of it without scripts', { skip, timeout: 60_000 }, async (t) => {
  const { barn, registry, horses, unknown } = await populated(t)
  const page = await visit(t, `${barn.url}/unknowns`, { javaScriptEnabled: false })
  await page.locator('article', { hasText: '1 sighting' }).locator('a', { hasText: 'Another horse' }).click()
  await page.fill('.search input', 'thun')
  await page.click('.search button')
  await page.click('.pick')
  await page.locator('.done', { hasText: 'Given to another horse' }).waitFor()
  t.equal(registry.sightings.get(unknown[2] as SightingId)?.horseId, horses[0])
  await page.click('.done a')
  await page.fill('.facts [name=age]', '12')
  await page.click('.facts button')
  await page.locator('.done', { hasText: 'Saved' }).waitFor()
  t.equal(registry.horses.get(horses[0])?.age, 12)
  await page.click('#sightings .tools button')
  await page.click('.done button')
  await page.locator('.done', { hasText: 'Undone' }).waitFor()
  await page.click('a[href*="split=1"]')
  await page.locator('.choose input').first().check()
  await page.click('.split button')
  await page.locator('h1', { hasText: 'Horse #4' }).waitFor()
})

t.test('every page fits, and breaks no rule of WCAG', { skip, timeout: 180_000 }, async (t) => {
  const { barn, registry, horses, unknown, mine } = await populated(t)
  registry.horses.setOfficial(horses[0], true, { actor: 'anna', nowMs: Date.now() })
  barn.box.deps.corrections.reassign(mine[0] as SightingId, horses[2], {
    actor: 'anna',
    nowMs: Date.now() - minute,
  })
  const { correction } = barn.box.deps.corrections.reassign(mine[1] as SightingId, horses[1], {
    actor: 'anna',
    nowMs: Date.now(),
  })
  const said = { name: 'Donner', notes: 'Left hind: shoe in two weeks. '.repeat(9), official: null, age: 9 }
  barn.box.alikes = [registry.horses.get(horses[1])].flatMap((one) => one ?? [])
  sayElsewhere(registry, horses[0], said, { actor: 'ben', nowMs: Date.now() })
  for (const [name, path] of [
    ['horse', `/horses/${horses[0]}?done=${correction.id}`],
    ['horse-new', `/horses/${horses[2]}`],
    ['horse-split', `/horses/${horses[0]}?split=1`],
    ['merge', `/horses/${horses[0]}/merge`],
    ['sighting', `/sightings/${mine[2]}`],
    ['unknowns', '/unknowns'],
    ['unknown', `/unknowns/${unknown[0]}`],
    ['corrections', '/corrections'],
    ['sorry', `/horses/${mintId<HorseId>()}`],
  ] as const) {
    const page = await browser.newPage()
    await page.goto(barn.url + path)
    for (const picture of await page.locator('img:not([loading="lazy"])').all())
      await picture.evaluate('(one) => one.decode()')
    await everyLook(t, page, name, async (width, colorScheme) => {
      if ((width === 360) === (colorScheme === 'light'))
        await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true })
    })
    await page.close()
  }
})
