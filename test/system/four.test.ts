/**
 * The four tests of the registry from end to end: the daemon on an RTSP camera, from the picture to a browser. They are
 * one story on one box, in this order: two horses, a name, two clips, a restart.
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import type { Answer } from '../../daemon/http/openapi/answers.ts'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { visit } from '../support/visit.ts'
import {
  type HorseAnswer,
  horsesOf,
  leftNaming,
  nameHorse,
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
t.setTimeout(180_000)

interface Drawn {
  /** Colour and label of each horse's box, by the horse's id. */
  readonly colors: Readonly<Record<string, string>>
  readonly labels: readonly string[]
}

const drawn = (page: Page) =>
  page.evaluate<Drawn>(`(() => {
    const all = (selector) => [...document.querySelectorAll(selector)]
    return {
      colors: Object.fromEntries(all('.overlay .box').map((one) => [one.dataset.of, one.getAttribute('stroke')])),
      labels: all('.overlay .label text').map((one) => one.textContent),
    }
  })()`)

const colorOf = ({ assigned_color }: HorseAnswer) => assigned_color.toLowerCase()
const idsOf = (horses: readonly { readonly id: string }[]) => horses.map(({ id }) => id).sort()

async function avatarOf(t: Test, box: Box, horse: HorseAnswer): Promise<Buffer> {
  const answer = await fetch(`${box.url}${horse.thumbnail_url}`)
  t.equal(answer.headers.get('content-type'), 'image/jpeg')
  const jpeg = Buffer.from(await answer.arrayBuffer())
  t.match(await sharp(jpeg).metadata(), { format: 'jpeg', width: 200, height: 200 })
  t.ok(jpeg.length <= 102_400, `${jpeg.length} bytes`)
  return jpeg
}

/** The newest two clips with horses of those that began later than `sinceMs`, the older one first. */
async function twoClips(box: Box, sinceMs: number): Promise<Answer<'ChunkDetections'>[]> {
  let found: Answer<'ChunkDetections'>[] = []
  const look = async () => {
    const { chunks } = await box.get<Answer<'Chunks'>>('/api/v1/streams/yard/chunks')
    const newest = chunks.filter(({ start_time }) => Date.parse(start_time) > sinceMs).slice(0, 3)
    const all = await Promise.all(newest.map((one) => box.get<Answer<'ChunkDetections'>>(one.detections_url)))
    found = all.filter(({ horses }) => horses.length > 0).slice(0, 2)
    return found.length === 2
  }
  await until('two clips with horses', look, 40_000)
  return found.reverse()
}

const stateDir = await stateFolder(t)
const camera = await startRtspCamera({ '/yard': await pairClip() })
const url = camera.url('/yard')
t.teardown(() => camera[Symbol.asyncDispose]())
const browser = await startBrowser()
t.teardown(() => browser.close())
const config = {
  http: { port: 0 },
  recording: { enabled: true, segment_seconds: 4, reserve_gb: 0.01 },
  cameras: [{ id: 'yard', name: 'Yard', url, fps: 2 }],
}

t.test('the registry from end to end', async (t) => {
  const startedMs = Date.now()
  let box = await startBox({ config, stateDir })
  t.teardown(() => box.end('SIGKILL'))
  let known: HorseAnswer[] = []

  await t.test('two horses are two ids, two colours and two avatars', async (t) => {
    await untilHorses(box, 'yard', 2)
    const haveFaces = async () =>
      (await horsesOf(box, 'yard')).every(({ thumbnail_url }) => thumbnail_url !== null)
    await until('both have an avatar', haveFaces, 30_000)
    known = await horsesOf(box, 'yard')
    t.equal(new Set(known.map(({ id }) => id)).size, 2)
    t.equal(new Set(known.map(({ number }) => number)).size, 2)
    t.equal(new Set(known.map(colorOf)).size, 2)
    const [one, other] = await Promise.all(known.map((horse) => avatarOf(t, box, horse)))
    t.notSame(one, other)
    const page = await visit(t, browser, `${box.url}/streams/yard`)
    const areBoth = async () => idsOf(known).every((id) => id in colors) && Object.keys(colors).length === 2
    let colors: Drawn['colors'] = {}
    await until(
      'both are drawn',
      async () => {
        colors = (await drawn(page)).colors
        return areBoth()
      },
      40_000,
    )
    for (const horse of known) {
      t.equal(colors[horse.id]?.toLowerCase(), colorOf(horse), 'the box has the horse’s colour')
      const face = page.locator(`.card[data-horse="${horse.id}"] .face img`)
      t.match(await face.getAttribute('src'), horse.thumbnail_url ?? '?', 'and the card its face')
    }
  })

  await t.test('a name reaches the overlay', async (t) => {
    const page = await visit(t, browser, `${box.url}/streams/yard`)
    await until('labels', async () => (await drawn(page)).labels.length > 0, 40_000)
    const [horse] = known
    const label = `Horse #${horse?.number} - Thunder`
    const namedMs = performance.now()
    await nameHorse(box, 'yard', horse?.id ?? '', 'Thunder')
    await until('the name is on the picture', async () => (await drawn(page)).labels.includes(label), 20_000)
    t.comment(`a name is on the picture after ${Math.round(performance.now() - namedMs)} ms`)
    t.equal((await drawn(page)).labels.filter((one) => one.includes('Thunder')).length, 1, 'on one of them')
  })

  await t.test('the same horses have the same ids in two clips, and their count goes up', async (t) => {
    const before = await horsesOf(box, 'yard')
    const [older, newer] = await twoClips(box, startedMs)
    t.not(older?.chunk_id, newer?.chunk_id)
    for (const clip of [older, newer]) {
      t.same(idsOf(clip?.horses ?? []), idsOf(known))
      for (const horse of clip?.horses ?? []) t.ok(horse.total_detections > 0, `${horse.total_detections}`)
    }
    const went = async () => {
      const now = await horsesOf(box, 'yard')
      return now.every((one, n) => one.total_detections > (before[n]?.total_detections ?? Number.NaN))
    }
    await until('both are counted on', went, 20_000)
    t.same(idsOf(await horsesOf(box, 'yard')), idsOf(known), 'and nobody is new')
  })

  await t.test('the registry survives a restart', async (t) => {
    t.equal(await box.end('SIGTERM'), 0)
    t.same(await leftNaming([url, join(stateDir, 'clips')], 5_000), [], 'nothing of it runs on')
    const restartedMs = Date.now()
    box = await startBox({ config, stateDir })
    const back = await horsesOf(box, 'yard')
    const lasting = ({ id, number, assigned_color }: HorseAnswer) => ({ id, number, assigned_color })
    t.same(back.map(lasting), known.map(lasting))
    t.equal(back[0]?.name, 'Thunder')
    await Promise.all(back.map((horse) => avatarOf(t, box, horse)))
    const seen = async () => {
      const now = await horsesOf(box, 'yard')
      return now.every((one) => Date.parse(one.last_seen) > restartedMs)
    }
    await until('both are seen again', seen, 40_000)
    const clips = await twoClips(box, restartedMs)
    for (const { horses } of clips) t.same(idsOf(horses), idsOf(known), 'under their ids')
    t.same(idsOf(await horsesOf(box, 'yard')), idsOf(known), 'and nobody is new')
    t.equal(await box.end('SIGTERM'), 0)
    t.same(await leftNaming([url, stateDir], 5_000), [], 'nothing is left')
  })
})
