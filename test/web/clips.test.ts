/** Clips on the page of a camera, in a real browser: they play, with the boxes and names of what was seen in them. */
import { copyFile, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import t, { type Test } from 'tap'
import { packFrames } from '../../daemon/clips/frames.ts'
import { nameOf } from '../../daemon/clips/names.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import type { ClipId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'
import { noBrowser, startBrowser } from '../support/browser.ts'
import { makeClip } from '../support/rtsp.ts'
import { everyLook } from './axe.ts'
import { serveBarn } from './barn.ts'

const yard = 'yard' as StreamId
const player = "document.querySelector('.clip video')"
let browser: Browser
if (noBrowser === false) {
  browser = await startBrowser()
  t.teardown(() => browser.close())
}

async function withClips(t: Test, count: number) {
  const root = t.testdir({})
  const barn = await serveBarn({ clips: root })
  t.teardown(() => barn[Symbol.asyncDispose]())
  const { registry } = barn.box
  const source = await makeClip({ width: 640, height: 360 })
  const { size } = await stat(source)
  const startMs = Date.now() - 60_000 - count * 4000
  const { id: horseId } = registry.horses.create({ streamId: yard, seenMs: startMs, confidence: 1 })
  const trackletId = mintId<TrackletId>()
  const decision = { kind: 'matched', score: 1, secondScore: 0, threshold: 0, margin: 0, model: 'm' } as const
  const sighting = { id: mintId<SightingId>(), streamId: yard, trackletId, horseId, decision }
  const times = { fromMs: startMs, toMs: startMs + count * 4000 }
  registry.sightings.save([{ ...sighting, ...times, detections: 9, addedDetections: 9 }])
  const frames = [0, 1000, 2000, 3000].map((offsetMs, n) => ({
    offsetMs,
    boxes: [
      {
        box: [100 + n * 50, 100, 250 + n * 50, 300] as const,
        ...{ kind: 'horse' as const, score: 1, trackletId },
      },
    ],
  }))
  for (let n = 0; n < count; n++) {
    const clip = { streamId: yard, fromMs: startMs + n * 4000, toMs: startMs + n * 4000 + 4000 }
    const file = nameOf(clip)
    await mkdir(dirname(join(root, file)), { recursive: true })
    await copyFile(source, join(root, file))
    const about = { bytes: size, pictures: 100, isProtected: false }
    const seen = packFrames({ width: 640, height: 360, frames })
    registry.clips.add({ id: mintId<ClipId>(), ...clip, file, ...about, frames: seen })
  }
  const rename = (name: string) => {
    const horse = registry.horses.updateHorseDetails(horseId, { name }, { actor: null, nowMs: Date.now() })
    barn.box.facts.publish('horse-changed', { horse, change: 'details' })
  }
  return { ...barn, rename, horseId, sighting, address: `${barn.url}/streams/yard` }
}

t.test(
  'a clip plays with its boxes, and a rename shows in it',
  { skip: noBrowser, timeout: 90_000 },
  async (t) => {
    const { address, rename, horseId, sighting, box } = await withClips(t, 2)
    const page = await browser.newPage()
    t.teardown(() => page.close())
    const complaints: string[] = []
    // The box of this test has no live video, and no card of the horse.
    const isKnown = (text: string) => /cameras\/yard\/live|status of 404/.test(text)
    page.on('console', (said) => {
      if (said.type() === 'error' && !isKnown(said.text())) complaints.push(said.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(address)
    await page.locator('.now[data-live="true"]').waitFor()
    t.equal(await page.locator('.clip').count(), 2)
    const first = page.locator('.clip').first()
    t.match(await first.locator('summary').textContent(), /\d\d:\d\d:\d\d\s+4 s\s+Horse #1/)
    await first.locator('summary').click()
    await page.evaluate(`${player}.play()`)
    while ((await page.evaluate<number>(`${player}.currentTime`)) < 1.2) await wait(50)
    const played = await page.evaluate<{ width: number; frames: number }>(
      `({ width: ${player}.videoWidth, frames: ${player}.getVideoPlaybackQuality().totalVideoFrames })`,
    )
    t.equal(played.width, 640)
    t.ok(played.frames > 10, `${played.frames} pictures`)
    const shown = first.locator(`.overlay [data-of="${horseId}"]`)
    await shown.waitFor()
    const x = Number(await shown.getAttribute('x'))
    t.ok([150, 200, 250].includes(x), `the box of now: ${x}`)
    t.equal(await first.locator('.overlay text').textContent(), 'Horse #1')
    await page.evaluate(`${player}.pause(); ${player}.currentTime = 0.5`)
    await page.locator(`.clip .overlay [data-of="${horseId}"][x="100"]`).waitFor()
    if (process.env['LOOK']) await page.screenshot({ path: process.env['LOOK'], fullPage: true })
    rename('Thunder')
    await page.locator('.clip .overlay text', { hasText: 'Horse #1 - Thunder' }).waitFor()
    box.deps.corrections.incorrect(sighting.id, { actor: null, nowMs: Date.now() })
    await page.locator('.clip .overlay text', { hasText: 'unknown' }).waitFor()
    t.same(complaints, [])
    await everyLook(t, page, 'with a clip')
  },
)

t.test(
  'older ones are a page on; without scripts a clip plays too',
  { skip: noBrowser, timeout: 90_000 },
  async (t) => {
    const { address } = await withClips(t, 15)
    const context = await browser.newContext({ javaScriptEnabled: false })
    t.teardown(() => context.close())
    const page = await context.newPage()
    await page.goto(address)
    t.equal(await page.locator('.clip').count(), 12)
    await page.getByText('Older clips').click()
    await page.getByText('Newest clips').waitFor()
    t.equal(await page.locator('.clip').count(), 3)
    await page.locator('.clip summary').first().click()
    t.equal(await page.locator('.clip video[controls]').first().isVisible(), true)
    const link = page.locator('.clip .save a').first()
    t.match(await link.getAttribute('download'), /^yard-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.mp4$/)
    const answer = await context.request.get(new URL((await link.getAttribute('href')) ?? '', address).href)
    t.equal(answer.headers()['content-type'], 'video/mp4')
  },
)
