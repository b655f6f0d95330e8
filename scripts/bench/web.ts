/**
 * The pages on the box and in a real browser: what a registry of 50 horses takes to be drawn, how long a picture and a name
 * are under way to a page, and how much a browser has to load. The limits are the product's own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { createApp } from '../../daemon/http/app.ts'
import { loadAssets } from '../../daemon/http/assets.ts'
import type { HttpDeps } from '../../daemon/http/deps.ts'
import { createHub } from '../../daemon/http/events/hub.ts'
import { startHttp } from '../../daemon/http/server.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, type Registry, registryFile } from '../../daemon/registry/registry.ts'
import type { Analysed, Horse, StreamId } from '../../daemon/types.ts'
import { analysed, fakeBox } from '../../test/http/fake-box.ts'
import { noBrowser, startBrowser } from '../../test/support/browser.ts'
import { bundleWeb } from '../../web/bundle.ts'
import { languages } from '../../web/words/languages.ts'
import { median, quantile } from './parts/statistics.ts'

const horses = 50
const yard = 'yard' as StreamId
/** Five pictures a second, as cameras are looked at. */
const pictureEveryMs = 200

type Figures = Record<string, number>

export async function run({ quick }: { quick: boolean }): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-bench-'))
  try {
    using registry = openRegistry(registryFile(folder), silentLog, 'none')
    const known = await fill(registry)
    const box = fakeBox()
    const jpeg = await sharp({ create: { width: 1280, height: 720, channels: 3, background: '#765' } })
      .jpeg()
      .toBuffer()
    const deps: HttpDeps = { ...box.deps, horses: registry.horses, sightings: registry.sightings }
    const show = (seq: number, of?: Horse) => {
      const frame = analysed(seq, of && [seenOf(of)])
      box.picture = { jpeg, analysed: frame }
      box.facts.publish('frame-analysed', frame)
    }
    return {
      ...(await pages(deps, known, quick ? 20 : 200)),
      ...(noBrowser === false && (await inBrowsers(deps, show, known, quick ? 10 : 60))),
      client_kb_gz: Math.max(...(await loads())) / 1024,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function fill(registry: Registry): Promise<Horse[]> {
  const picture = sharp({ create: { width: 200, height: 200, channels: 3, background: '#876' } })
  const jpeg = new Uint8Array(await picture.jpeg({ quality: 80 }).toBuffer())
  return Array.from({ length: horses }, (_, at) => {
    const made = { streamId: yard, seenMs: Date.now() - at * 60_000, confidence: 0.9 }
    const horse = registry.horses.create({ ...made, avatar: { jpeg, score: 1 } })
    const by = { actor: null, nowMs: Date.now() }
    return registry.horses.updateHorseDetails(horse.id, { name: `Horse of the year ${at}` }, by)
  })
}

/** On the box alone, as the router is asked: no socket, no browser. */
async function pages(deps: HttpDeps, [first]: readonly Horse[], rounds: number): Promise<Figures> {
  const stop = new AbortController()
  const app = createApp(deps, { hub: createHub(deps, stop.signal), assets: await loadAssets() })
  const times = new Map<string, number[]>()
  for (let round = 0; round < rounds + 5; round++) {
    for (const path of ['/', '/streams/yard', `/horses/${first?.id}`]) {
      const startedMs = performance.now()
      const answer = await app.request(path)
      await answer.text()
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
      // The first rounds compile.
      if (round >= 5) times.set(path, [...(times.get(path) ?? []), performance.now() - startedMs])
    }
  }
  stop.abort()
  const [now = [], stream = [], horse = []] = times.values()
  return {
    now_page_50_p95_ms: quantile(now, 0.95),
    registry_page_50_p95_ms: quantile(stream, 0.95),
    horse_page_p95_ms: quantile(horse, 0.95),
  }
}

async function inBrowsers(
  deps: HttpDeps,
  show: (seq: number, of?: Horse) => void,
  [first]: readonly Horse[],
  rounds: number,
): Promise<Figures> {
  const stop = new AbortController()
  const at = { host: '127.0.0.1', port: 0, token_file: undefined }
  await using server = await startHttp(at, deps, stop.signal, await loadAssets())
  const url = `http://127.0.0.1:${server.port}`
  const browser = await startBrowser('whole')
  try {
    const page = await browser.newPage()
    await page.goto(url)
    await page.locator('.now[data-live="true"]').waitFor()
    const pictures = await picturesShown(page, show, rounds)
    const names = await namesShown(page, url, first as Horse, rounds)
    const there = await namedByHand(browser, url, first as Horse, () => show(1000, first), rounds / 3)
    return {
      frame_to_browser_p50_ms: median(pictures),
      frame_to_browser_p95_ms: quantile(pictures, 0.95),
      rename_p50_ms: median(names),
      rename_p95_ms: quantile(names, 0.95),
      named_elsewhere_p95_ms: quantile(there.cards, 0.95),
      named_in_overlay_p95_ms: quantile(there.labels, 0.95),
    }
  } finally {
    await browser.close()
  }
}

/** From a frame that has been analysed to its picture on the page. */
async function picturesShown(page: Page, show: (seq: number) => void, rounds: number): Promise<number[]> {
  await page.evaluate(`
    window.shownAt = new Map()
    const tile = document.querySelector('.tile')
    new MutationObserver(() => window.shownAt.set(Number(tile.dataset.seq), Date.now()))
      .observe(tile, { attributeFilter: ['data-seq'] })
  `)
  const sentAt: number[] = []
  for (let seq = 1; seq <= rounds + 3; seq++) {
    sentAt[seq] = Date.now()
    show(seq)
    await wait(pictureEveryMs)
  }
  const shownAt = await page.evaluate<[number, number][]>('[...window.shownAt]')
  const warm = shownAt.filter(([seq]) => seq > 3)
  if (warm.length < rounds / 2) throw new Error('the page shows no pictures')
  return warm.map(([seq, ms]) => ms - (sentAt[seq] ?? Number.NaN))
}

/** From a name that somebody else saves to the card on the page. */
async function namesShown(page: Page, url: string, horse: Horse, rounds: number): Promise<number[]> {
  await page.evaluate(`
    window.namedAt = new Map()
    new MutationObserver(() => {
      const card = document.querySelector('.card[data-horse="${horse.id}"]')
      if (!window.namedAt.has(card?.dataset.name)) window.namedAt.set(card?.dataset.name, Date.now())
    }).observe(document.querySelector('.cards'), { childList: true, subtree: true, attributes: true })
  `)
  const saidAt = new Map<string, number>()
  for (let round = 0; round < rounds + 2; round++) {
    const name = `Thunder ${round}`
    saidAt.set(name, Date.now())
    const answer = await fetch(`${url}/api/v1/streams/yard/horses/${horse.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    if (!answer.ok) throw new Error(`the name was not taken: ${answer.status}`)
    await wait(100)
  }
  const namedAt = await page.evaluate<[string, number][]>('[...window.namedAt]')
  const took = namedAt.flatMap(([name, ms]) => {
    const said = saidAt.get(name)
    return said === undefined ? [] : [ms - said]
  })
  if (took.length < rounds) throw new Error('names do not come to the page')
  return took.slice(2)
}

const seenOf = ({ id }: Horse): Analysed['boxes'][number] => ({
  ...{ box: [150, 280, 480, 560], kind: 'horse', score: 0.9, horseId: id, trackletId: null, certainty: 0.9 },
})

/** From the tap on "Save" in the dialog to the card, and the label on the picture, in another browser. */
async function namedByHand(
  browser: Browser,
  url: string,
  horse: Horse,
  show: () => void,
  rounds: number,
): Promise<{ cards: number[]; labels: number[] }> {
  const [here, there] = [await browser.newPage(), await (await browser.newContext()).newPage()]
  for (const page of [here, there]) {
    await page.goto(url)
    await page.locator('.now[data-live="true"]').waitFor()
  }
  show()
  await there.locator('.overlay .label').waitFor()
  await there.evaluate(`
    window.seenAt = { card: new Map(), label: new Map() }
    const note = (kind, text) => {
      const [name] = /By hand \\d+/.exec(text ?? '') ?? []
      if (name && !window.seenAt[kind].has(name)) window.seenAt[kind].set(name, Date.now())
    }
    new MutationObserver(() => {
      note('card', document.querySelector('.card[data-horse="${horse.id}"]')?.dataset.name)
      note('label', document.querySelector('.overlay .label text')?.textContent)
    }).observe(document.querySelector('main'), { childList: true, subtree: true, attributes: true, characterData: true })
  `)
  await here.evaluate(`
    window.savedAt = new Map()
    document.addEventListener('submit', (event) => {
      window.savedAt.set(event.target.elements.name.value, Date.now())
    }, true)
  `)
  for (let round = 0; round < rounds; round++) {
    await here.locator(`.card[data-horse="${horse.id}"]`).click()
    await here.fill('.dialog input[name=name]', `By hand ${round}`)
    await here.locator('.dialog button', { hasText: 'Save' }).click()
    await here.locator('.dialog').waitFor({ state: 'hidden' })
    await there.locator('.overlay .label text', { hasText: `By hand ${round}` }).waitFor()
  }
  const saved = new Map(await here.evaluate<[string, number][]>('[...window.savedAt]'))
  const took = async (kind: 'card' | 'label') => {
    const seen = await there.evaluate<[string, number][]>(`[...window.seenAt.${kind}]`)
    if (seen.length < rounds) throw new Error(`a name did not come to the ${kind}`)
    return seen.map(([name, ms]) => ms - (saved.get(name) ?? Number.NaN))
  }
  return { cards: await took('card'), labels: await took('label') }
}

/** Bytes of all scripts of a language, as they go over the line. */
async function loads(): Promise<number[]> {
  const files = await bundleWeb()
  return Object.keys(languages).map((tag) =>
    files
      .filter(({ name }) => name.endsWith(`-${tag}.js`) || /^[a-z]+\.js$/.test(name))
      .reduce((sum, { body }) => sum + gzipSync(body).length, 0),
  )
}
