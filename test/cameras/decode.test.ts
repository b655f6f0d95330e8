/** Hardware that does not decode: the camera goes on in software and says so. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { FfmpegPath } from '../../daemon/cameras/ffmpeg.ts'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { tryCamera } from '../../daemon/cameras/try-camera.ts'
import type { CameraConfig } from '../../daemon/config/schema.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { makeClip, noGst, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { cameraConfig, type Watched, watchCamera } from './harness.ts'

const fixture = fileURLToPath(new URL('fixtures/ffmpeg.sh', import.meta.url))
const NO_NODE = '/dev/dri/barnbox-has-none'
/** None of these tests is about how fast a machine is. */
const SOON_MS = 30_000

interface Faulty {
  /** What its next runs do. */
  does(hardware: string, software: string): void
  readonly runs: string[]
  watch(more?: Partial<CameraConfig>): Promise<Watched>
}

function faultyFfmpeg(t: Test): Faulty {
  const folder = t.testdir({})
  const path = join(folder, 'ffmpeg')
  copyFileSync(fixture, path)
  writeFileSync(join(folder, 'runs'), '')
  const ffmpeg: FfmpegPath = {
    ...{ path, from: 'config', version: '5.1', major: 5, minor: 1, h264: true, hevc: true },
  }
  return {
    does(hardware, software) {
      writeFileSync(join(folder, 'hardware'), `${hardware}\n`)
      writeFileSync(join(folder, 'software'), `${software}\n`)
    },
    get runs() {
      return readFileSync(join(folder, 'runs'), 'utf8').split('\n').slice(0, -1)
    },
    watch: (more = {}) =>
      watchCamera(cameraConfig('rtsp://10.0.0.9/a', { decode: 'vaapi', ...more }), 'sesame', {
        ffmpeg,
        random: () => 0,
      }),
  }
}

const isLive = (watched: Watched) => () => watched.camera.view.state === 'live'
const warnings = ({ lines }: Watched) => lines.filter((line) => line.includes('CAMERA_DECODER'))

t.test('no such hardware: software at once, with one warning, and for good', async (t) => {
  const faulty = faultyFfmpeg(t)
  faulty.does('no-device', 'breaks')
  await using watched = await faulty.watch()
  const why = 'No VA display found for device /dev/dri/renderD128.'
  await watched.until('live', isLive(watched), SOON_MS)
  t.same(faulty.runs, ['hardware', 'software'])
  t.same(watched.camera.view.decode, { asked: 'vaapi', used: 'software', why })
  t.match(watched.changes[0], { state: 'live', decode: { used: 'software', why } }, 'it was never down')
  await watched.until('more runs', () => faulty.runs.length >= 4, SOON_MS)
  t.same(new Set(faulty.runs.slice(1)), new Set(['software']))
  t.match(warnings(watched), [/"level":"warn".*"decode":"vaapi".*No VA display found.*Device setup failed/])
  t.equal(warnings(watched).length, 1)
  t.notMatch(JSON.stringify([watched.lines, watched.changes]), /sesame/)
})

t.test('hardware that hangs: software after its time, live again', async (t) => {
  const faulty = faultyFfmpeg(t)
  faulty.does('hangs', 'good')
  await using watched = await faulty.watch({ silence_seconds: 2 })
  await watched.until('live', isLive(watched), SOON_MS)
  t.same(faulty.runs, ['hardware', 'software'])
  t.match(watched.camera.view.decode, { used: 'software', why: 'no picture came' })
})

t.test(
  'a stream that gives nothing to software either: hardware again, and it may prove itself',
  async (t) => {
    const faulty = faultyFfmpeg(t)
    faulty.does('no-device', 'refused')
    await using watched = await faulty.watch()
    await watched.until('hardware again', () => faulty.runs.length >= 3, SOON_MS)
    t.same(faulty.runs.slice(0, 3), ['hardware', 'software', 'hardware'])
    t.match(watched.camera.view, { state: 'down', detail: /connection refused/, decode: { why: null } })
    faulty.does('good', 'refused')
    await watched.until('live', isLive(watched), SOON_MS)
    t.same(watched.camera.view.decode, { asked: 'vaapi', used: 'vaapi', why: null })
    t.same(warnings(watched), [])
  },
)

t.test('a camera that refuses, or hangs up, does not accuse the hardware', async (t) => {
  const faulty = faultyFfmpeg(t)
  faulty.does('refused', 'good')
  await using watched = await faulty.watch()
  await watched.until('down', () => watched.camera.view.state === 'down', SOON_MS)
  faulty.does('ends', 'good')
  await watched.until('many ends', () => faulty.runs.length >= 5, SOON_MS)
  t.same(new Set(faulty.runs), new Set(['hardware']))
  t.same(warnings(watched), [])
})

t.test('hardware that breaks off three times in good streams: software', async (t) => {
  const faulty = faultyFfmpeg(t)
  faulty.does('breaks', 'good')
  await using watched = await faulty.watch()
  await watched.until('fallen back', () => watched.camera.view.decode.why !== null, SOON_MS)
  t.match(
    watched.changes.at(-1)?.decode,
    { used: 'software', why: /3 times.*Failed to end picture/ },
    'it is told',
  )
  await watched.until('live', isLive(watched), SOON_MS)
  t.same(faulty.runs, ['hardware', 'hardware', 'hardware', 'software'])
  t.equal(warnings(watched).length, 1)
})

t.test("with this machine's ffmpeg", { skip: await noRtsp() }, async (t) => {
  await using rtsp = await startRtspCamera({ '/cam': await makeClip({ width: 640, height: 360 }) })
  for (const [decode, decode_device, why] of [
    ['vaapi', NO_NODE, /No VA display found for device .*barnbox-has-none|VAAPI|vaapi/i],
    ['cuda', '99', /CUDA/i],
  ] as const) {
    const config = cameraConfig(rtsp.url('/cam'), { decode, decode_device })
    await t.test(`${decode} that is not there`, async (t) => {
      await using watched = await watchCamera(config)
      const ms = await watched.until('live', isLive(watched), SOON_MS)
      t.comment(`live after ${Math.round(ms)} ms`)
      t.match(watched.camera.view, {
        state: 'live',
        detail: null,
        decode: { asked: decode, used: 'software', why },
      })
      t.match(watched.frames[0], { width: 640, height: 360 })
      t.equal(warnings(watched).length, 1)
      t.notOk(watched.changes.some(({ state }) => state === 'down'))
    })
    await t.test(`${decode}: who only looks sees it too`, async (t) => {
      const ffmpeg = await findFfmpeg({}, new AbortController().signal)
      const deps = { ffmpeg, password: undefined, clock: systemClock, log: silentLog }
      const view = await tryCamera(config, deps, new AbortController().signal)
      t.match(view, { state: 'live', decode: { asked: decode, used: 'software', why } })
    })
  }
  await t.test('a Jetson that is none', { skip: await noGst() }, async (t) => {
    await using watched = await watchCamera(cameraConfig(rtsp.url('/cam'), { decode: 'nvv4l2' }))
    await watched.until('live', isLive(watched), SOON_MS)
    t.match(watched.camera.view.decode, { used: 'software', why: /GStreamer has no nvv4l2decoder/ })
  })
})
