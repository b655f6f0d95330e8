/** The demo's footage through the whole box into a real browser: pictures, boxes, names, and how late they are. */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Analysed } from '../../daemon/types.ts'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { panFootage } from '../../scripts/footage.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { BIG, PHONE, visit } from '../support/visit.ts'
import {
  horsesOf,
  leftNaming,
  nameHorse,
  noSystem,
  percentile,
  stateFolder,
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

const renames = 15
/** For so long nothing but the pictures is on the lines while their delay is measured. */
const quietMs = 8_000
const pictures = join(tmpdir(), 'barnbox-screenshots')

/** The page *Now*, once it hears what happens. */
async function openNow(t: Test, browser: Browser, box: Box, viewport: typeof BIG): Promise<Page> {
  const page = await visit(t, browser, box.url, viewport)
  await page.locator('.now[data-live="true"]').waitFor()
  return page
}

/** Notes when the page puts each picture on the screen. */
async function noteShown(page: Page): Promise<void> {
  await page.evaluate(`
    window.shownAt = []
    const tile = document.querySelector('.tile')
    new MutationObserver(() => window.shownAt.push([Number(tile.dataset.seq), Date.now()]))
      .observe(tile, { attributeFilter: ['data-seq'] })
  `)
}

interface Heard extends Disposable {
  /** When each frame was whole in the box, by its number. */
  readonly utcMs: ReadonlyMap<number, number>
  readonly delaysMs: number[]
}

/** Hears the frames as any client does, and how long each was under way. */
function hearFrames(box: Box): Heard {
  const utcMs = new Map<number, number>()
  const delaysMs: number[] = []
  const socket = new WebSocket(`${box.url.replace('http', 'ws')}/api/v1/events?frames=demo`)
  socket.addEventListener('message', ({ data }) => {
    const nowMs = Date.now()
    const { event, data: frame } = JSON.parse(String(data)) as { event: string; data: Analysed }
    if (event !== 'frame') return
    utcMs.set(frame.seq, frame.utcMs)
    delaysMs.push(nowMs - frame.utcMs)
  })
  return { utcMs, delaysMs, [Symbol.dispose]: () => socket.close() }
}

interface Drawn {
  readonly boxes: number
  readonly labels: readonly string[]
  readonly wide: number
  readonly stopgap: string
  readonly scroll: number
}

const drawnOf = (horseId: string) => `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)]
  return {
    boxes: all('.overlay .box[data-of="${horseId}"]').length,
    labels: all('.overlay .label text').map((one) => one.textContent),
    wide: document.querySelector('.picture')?.naturalWidth ?? 0,
    stopgap: document.querySelector('.stopgap')?.textContent ?? '',
    scroll: document.documentElement.scrollWidth,
  }
})()`

/** What is drawn at a moment when the horse's box and its name are. */
async function untilDrawn(page: Page, horseId: string, name: string): Promise<Drawn> {
  let drawn: Drawn | undefined
  await until(
    `the box and the name of ${name}`,
    async () => {
      drawn = await page.evaluate<Drawn>(drawnOf(horseId))
      return drawn.boxes > 0 && drawn.labels.includes(name)
    },
    60_000,
  )
  return drawn as Drawn
}

const spread = (ms: readonly number[]) =>
  `p50 ${percentile(ms, 0.5)} ms, p95 ${percentile(ms, 0.95)} ms of ${ms.length}`

t.test('the page shows the horses, and a name is everywhere at once', async (t) => {
  const browser = await startBrowser()
  t.teardown(() => browser.close())
  await mkdir(pictures, { recursive: true })
  const stateDir = await stateFolder(t)
  await using camera = await startRtspCamera({ '/demo': await panFootage(AbortSignal.timeout(60_000)) })
  const url = camera.url('/demo')
  const config = { http: { port: 0 }, cameras: [{ id: 'demo', name: 'Demo paddock', url, fps: 2 }] }
  await using box = await startBox({ config, stateDir })
  await untilCamera(box, 'demo', 'live', 20_000)
  const here = await openNow(t, browser, box, BIG)
  const there = await openNow(t, browser, box, PHONE)
  using heard = hearFrames(box)
  await noteShown(here)
  await untilHorses(box, 'demo', 2)
  const horse = (await horsesOf(box, 'demo')).toSorted((a, b) => b.last_seen.localeCompare(a.last_seen))[0]
  if (!horse) throw new Error('no horse')

  await here.locator(`.card[data-horse="${horse.id}"]`).click()
  await here.fill('input[name=name]', 'Thunder')
  let startedMs = performance.now()
  await here.click('.dialog button')
  const name = `Horse #${horse.number} - Thunder`
  await there.locator('.card', { hasText: name }).waitFor()
  t.comment(`from the page's button to the other page: ${Math.round(performance.now() - startedMs)} ms`)
  await here.locator('.card', { hasText: name }).waitFor()
  t.equal((await horsesOf(box, 'demo')).find(({ id }) => id === horse.id)?.name, 'Thunder')

  for (const [page, file] of [
    [here, 'now-1280x800.png'],
    [there, 'now-360x740.png'],
  ] as const) {
    // The horse may have left the picture: the pan brings it back.
    const drawn = await untilDrawn(page, horse.id, name)
    await page.screenshot({ path: join(pictures, file) })
    t.comment(`screenshot: ${join(pictures, file)}`)
    t.ok(drawn.boxes >= 1 && drawn.labels.includes(name), `labels: ${drawn.labels.join(', ')}`)
    t.equal(drawn.wide, 640, 'on the picture')
    t.match(drawn.stopgap, /appearance-mnv3/, 'it is said that recognition is a stopgap')
    t.ok(drawn.scroll <= (page.viewportSize()?.width ?? 0), 'nothing sticks out')
  }

  const renamedMs: number[] = []
  for (let n = 0; n < renames; n++) {
    startedMs = performance.now()
    await nameHorse(box, 'demo', horse.id, `Thunder ${n}.`)
    await there.locator('.card', { hasText: `Thunder ${n}.` }).waitFor()
    renamedMs.push(performance.now() - startedMs)
  }
  heard.delaysMs.length = 0
  await here.evaluate('window.shownAt.length = 0')
  await wait(quietMs)
  const shownAt = await here.evaluate<[seq: number, ms: number][]>('window.shownAt')
  const screenMs = shownAt.flatMap(([seq, ms]) => {
    const utcMs = heard.utcMs.get(seq)
    return utcMs === undefined ? [] : [ms - utcMs]
  })
  t.comment(`a name from the API to the other page: ${spread(renamedMs)}`)
  t.comment(`a frame from the box's hands to a client, inference included: ${spread(heard.delaysMs)}`)
  t.comment(`a frame from the box's hands to the screen, inference included: ${spread(screenMs)}`)
  t.ok(screenMs.length > 10, 'pictures followed each other')
  // Even on a machine that is busy with other tests; the figures above are the ones to look at.
  t.ok(percentile(heard.delaysMs, 0.5) < 3_000 && percentile(renamedMs, 0.5) < 3_000)
  await browser.close()
  t.equal(await box.end('SIGTERM'), 0)
  t.same(await leftNaming([url, stateDir], 5_000), [])
})
