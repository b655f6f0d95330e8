/** A camera's own video in a real browser: it plays, names stand on it in step, and it never freezes. */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { startBox } from '../../scripts/demonstration/box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { PHONE, visit } from '../support/visit.ts'
import { nameHorse, noSystem, processesNaming, stateFolder, swayClip, until, untilHorses } from './harness.ts'

const skip = noBrowser || (await noSystem())
if (skip) {
  t.plan(0, skip)
  process.exit()
}
t.setTimeout(180_000)

const pictures = join(tmpdir(), 'barnbox-screenshots')

interface Shown {
  readonly shows: string
  readonly seconds: number
  readonly frames: number
  /** How old the picture on the screen is, by the box's clock, which is this machine's. */
  readonly ageMs: number
  readonly boxes: number
  readonly labels: readonly string[]
  readonly state: string
}

const shown = (page: Page) =>
  page.evaluate<Shown>(`(() => {
    const tile = document.querySelector('.tile')
    const video = document.querySelector('video')
    return {
      shows: tile.dataset.shows ?? '',
      seconds: video.currentTime,
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      ageMs: Date.now() - Number(tile.dataset.taken),
      boxes: document.querySelectorAll('.overlay .box').length,
      labels: [...document.querySelectorAll('.overlay .label text')].map((one) => one.textContent),
      state: document.querySelector('.tile .state').textContent.trim(),
    }
  })()`)

async function untilShown(
  page: Page,
  what: string,
  isSo: (now: Shown) => boolean,
  ms = 40_000,
): Promise<Shown> {
  let now: Shown | undefined
  const look = async () => {
    now = await shown(page)
    return isSo(now)
  }
  await until(what, look, ms)
  return now as Shown
}

t.test(
  'the video plays with names on it, ends with the last page, and says when the camera is away',
  async (t) => {
    const browser = await startBrowser()
    t.teardown(() => browser.close())
    await mkdir(pictures, { recursive: true })
    const stateDir = await stateFolder(t)
    const clip = await swayClip()
    const camera = await startRtspCamera({ '/cam': clip })
    const url = camera.url('/cam')
    const config = { http: { port: 0 }, cameras: [{ id: 'yard', name: 'Yard', url, fps: 2 }] }
    await using box = await startBox({ config, stateDir })
    const [horse] = await untilHorses(box, 'yard', 1)
    t.equal((await processesNaming(url)).length, 1, 'one ffmpeg, which analyses')

    const page = await visit(t, browser, `${box.url}/streams/yard`)
    const first = await untilShown(
      page,
      'video with boxes',
      ({ shows, boxes }) => shows === 'video' && boxes > 0,
    )
    t.equal((await processesNaming(url)).length, 2, 'and one that brings the video')
    await wait(2_000)
    const later = await shown(page)
    t.ok(later.seconds > first.seconds + 1, `from ${first.seconds} s to ${later.seconds} s`)
    t.ok(later.frames > first.frames + 10, `from ${first.frames} to ${later.frames} pictures decoded`)
    t.ok(later.ageMs > -500 && later.ageMs < 5_000, `the picture is ${later.ageMs} ms old`)
    t.comment(`the picture on the screen is ${later.ageMs} ms old`)

    const startedMs = performance.now()
    await nameHorse(box, 'yard', horse?.id ?? '', 'Thunder')
    const name = `Horse #${horse?.number} - Thunder`
    await untilShown(page, 'the name on the video', ({ labels }) => labels.includes(name))
    t.comment(`a name is on the video after ${Math.round(performance.now() - startedMs)} ms`)
    await page.screenshot({ path: join(pictures, 'stream-1280x800.png') })
    await page.setViewportSize(PHONE)
    await wait(500)
    await page.screenshot({ path: join(pictures, 'stream-360x740.png') })
    t.ok(
      (await page.evaluate<number>('document.documentElement.scrollWidth')) <= PHONE.width,
      'nothing sticks out',
    )

    const { port } = camera
    await camera.kill('SIGKILL')
    await untilShown(page, 'offline', ({ state }) => /^Offline since \d\d:\d\d/.test(state))
    t.equal(await page.locator('video').isVisible(), false, 'no frozen picture')
    await using _back = await startRtspCamera({ '/cam': clip }, { port })
    const again = await untilShown(
      page,
      'video again',
      ({ shows, state }) => shows === 'video' && state === 'Live',
    )
    await wait(1_500)
    t.ok((await shown(page)).seconds > again.seconds)
    await page.close()
    await until('the video’s ffmpeg has ended', async () => (await processesNaming(url)).length === 1, 20_000)
    await browser.close()
    t.equal(await box.end('SIGTERM'), 0)
  },
)
