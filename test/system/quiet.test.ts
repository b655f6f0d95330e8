/**
 * A camera in front of horses that stand still, as by night: looked at rarely, and nothing is forgotten; and the figures
 * that the daemon gives of itself meanwhile.
 */
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { startBox } from '../../scripts/demonstration/box.ts'
import { demoConfig, streamId } from '../../scripts/demonstration/check.ts'
import { watchFrames } from '../../scripts/demonstration/watch.ts'
import { parseExposition, wentBack } from '../support/exposition.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { horsesOf, noSystem, standClip, stateFolder, until, untilHorses } from './harness.ts'

const skip = await noSystem()
t.setTimeout(240_000)

const camera = { camera: streamId }
const total = (name: string) => `barnbox_frames_${name}_total`

t.test('horses that stand still for a minute', { skip }, async (t) => {
  await using rtsp = await startRtspCamera({ '/yard': await standClip() })
  await using box = await startBox({ config: demoConfig(rtsp, '/yard'), stateDir: await stateFolder(t) })
  const scrape = async () => parseExposition(await (await fetch(`${box.url}/metrics`)).text())
  const found = await untilHorses(box, streamId, 3)
  // What moves at the beginning is the picture itself: the first one is always another.
  await until('it is quiet', async () => (await scrape()).value(total('quiet'), camera) > 10, 60_000)
  using watch = watchFrames(box.url, streamId)
  const before = await scrape()
  await until(
    'half a minute more',
    async () =>
      (await scrape()).value(total('decoded'), camera) - before.value(total('decoded'), camera) > 150,
    90_000,
  )
  const after = await scrape()
  t.same(wentBack(before, after), [], 'no counter goes back')
  const grown = (name: string) => after.value(total(name), camera) - before.value(total(name), camera)
  t.comment(`quiet ${grown('quiet')}, analysed ${grown('analysed')}, dropped ${grown('dropped')}`)
  t.ok(grown('quiet') > 5 * grown('analysed'), 'few looks')
  t.ok(grown('analysed') >= 8, 'but not blind')
  const used = ['dropped', 'analysed', 'quiet', 'failed'].map((name) => after.value(total(name), camera))
  const left = after.value(total('decoded'), camera) - used.reduce((a, b) => a + b, 0)
  t.ok(left >= 0 && left <= 3, `every frame is accounted for but ${left} on their way`)
  t.equal(after.value(total('failed'), camera), 0)
  t.ok(after.value('barnbox_stage_seconds_total', { stage: 'detect' }) > 0)

  const horses = await horsesOf(box, streamId)
  t.same(
    horses.map(({ id }) => id),
    found.map(({ id }) => id),
    'the same horses',
  )
  t.equal(after.value('barnbox_horses', camera), horses.length)
  const seenMs = Math.max(...horses.map(({ last_seen }) => Date.parse(last_seen)))
  t.ok(Date.now() - seenMs < 15_000, 'seen a moment ago')
  const tracklets = new Map<string, Set<string | null>>()
  for (const { boxes } of watch.frames) {
    for (const { horseId, trackletId } of boxes) {
      if (horseId !== null) tracklets.set(horseId, (tracklets.get(horseId) ?? new Set()).add(trackletId))
    }
  }
  t.ok(tracklets.size >= 3)
  for (const [horse, ids] of tracklets) t.equal(ids.size, 1, `${horse} is one tracklet`)
})

t.test('who looks at a quiet camera sees it now', { skip }, async (t) => {
  await using rtsp = await startRtspCamera({ '/yard': await standClip() })
  const config = demoConfig(rtsp, '/yard')
  await using box = await startBox({ config, stateDir: await stateFolder(t) })
  const quiet = async () => {
    const { cameras } = await box.get<{ cameras: { frames_quiet: number }[] }>('/api/v1/system')
    return (cameras[0]?.frames_quiet ?? 0) > 10
  }
  await until('it is quiet', quiet, 60_000)
  const times: string[] = []
  const ask = async () => {
    const answer = await fetch(`${box.url}/api/v1/cameras/${streamId}/picture.jpg`)
    await answer.arrayBuffer()
    return { status: answer.status, time: answer.headers.get('barnbox-time') ?? '' }
  }
  for (let n = 0; n < 6; n++) {
    // Of a second it may be the same one, and a busy machine is late with the next; a camera that is left alone waits for five.
    await wait(1100)
    let newest = { status: 0, time: '' }
    const isNewer = async () => {
      newest = await ask()
      return newest.status === 200 && newest.time !== times.at(-1)
    }
    await until('another picture', isNewer, 4000)
    times.push(newest.time)
  }
  t.same(times, times.toSorted(), `each is newer than the one before: ${times}`)
})
