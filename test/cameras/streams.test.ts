/** Real cameras that work: codecs, transports, credentials, sizes, the substream. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { tryCamera } from '../../daemon/cameras/try-camera.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { cameraConfig, childrenOf, type Watched, watchCamera } from './harness.ts'

const skip = await noRtsp()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
/** With everything that could break an address, a log line or a command line. */
const PASSWORD = `p@s/s:w%d"x'?# y`

const rtsp = await startRtspCamera({
  '/h264': await makeClip({ width: 640, height: 360 }),
  '/h265': await makeClip({ codec: 'h265' }),
  '/big': await makeClip({ width: 640, height: 360 }),
  '/odd': await makeClip({ width: 362, height: 202 }),
})
t.teardown(() => rtsp[Symbol.asyncDispose]())

async function liveAndCounting(watched: Watched, frames = 4): Promise<number> {
  return watched.until('live', () => watched.frames.length >= frames, 15_000)
}

for (const codec of ['h264', 'h265']) {
  for (const transport of ['tcp', 'udp'] as const) {
    t.test(`${codec} over ${transport}`, async (t) => {
      await using watched = await watchCamera(cameraConfig(rtsp.url(`/${codec}`), { transport }))
      await liveAndCounting(watched)
      t.match(watched.camera.view, { state: 'live', detail: null, framesDropped: 0 })
      t.match(watched.frames[0], { format: 'nv12', width: codec === 'h264' ? 640 : 320, seq: 1 })
    })
  }
}

t.test('pictures come at the asked rate and size, and are pictures', async (t) => {
  const config = cameraConfig(rtsp.url('/odd'), { fps: 10, longest_side: 181 })
  await using watched = await watchCamera(config)
  await liveAndCounting(watched, 18)
  // The first ones come at once, out of ffmpeg's look at the stream.
  const [first, last] = [watched.frames[7], watched.frames[17]]
  t.match(first, { width: 180, height: 100 })
  const perSecond = 10_000 / ((last?.monoMs ?? 0) - (first?.monoMs ?? 0))
  t.ok(perSecond > 7 && perSecond < 12, `${perSecond.toFixed(1)} pictures a second`)
  const luma = first?.pixels.subarray(0, 180 * 100) ?? new Uint8Array()
  t.ok(new Set(luma).size > 20, 'the test picture has many shades')
})

t.test('the substream is the one that is analysed', async (t) => {
  const more = { detect_url: rtsp.url('/h265') }
  await using watched = await watchCamera(cameraConfig(rtsp.url('/big'), more))
  await liveAndCounting(watched, 1)
  t.match(watched.frames[0], { width: 320, height: 180 })
})

t.test('digest: the right password works, and stands in no line', async (t) => {
  const clip = await makeClip()
  await using locked = await startRtspCamera({ '/cam': clip }, { user: 'joe', password: PASSWORD })
  await using watched = await watchCamera(cameraConfig(locked.url('/cam'), { username: 'joe' }), PASSWORD)
  await liveAndCounting(watched, 2)
  t.equal(watched.camera.view.state, 'live')
  await using wrong = await watchCamera(cameraConfig(locked.url('/cam'), { username: 'joe' }), 'open-sesame')
  await wrong.until('down', () => wrong.camera.view.state === 'down', 10_000)
  t.match(wrong.camera.view.detail, /refused the user name or password \(401\)/)
  t.match(wrong.lines.join(''), 'CAMERA_REFUSED')
  const everything = JSON.stringify([watched.lines, watched.changes, wrong.lines, wrong.changes])
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'open-sesame', 'joe']) {
    t.notOk(everything.includes(secret) || everything.includes(JSON.stringify(secret).slice(1, -1)), secret)
  }
})

t.test('a try says whether the camera would give pictures, and leaves nothing running', async (t) => {
  const ffmpeg = await findFfmpeg({}, new AbortController().signal)
  const deps = { ffmpeg, password: undefined, clock: systemClock, log: silentLog }
  const before = await childrenOf(process.pid)
  const ask = (path: string) => tryCamera(cameraConfig(rtsp.url(path)), deps, new AbortController().signal)
  t.match(await ask('/h264'), { state: 'live', detail: null })
  t.match(await ask('/nowhere'), { state: 'down', detail: /no stream at this path \(404\)/ })
  t.same(await childrenOf(process.pid), before)
})

t.test('rtsps', async (t) => {
  const folder = t.testdir({})
  const [key, cert, both] = ['k.pem', 'c.pem', 'both.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=camera']
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'))
  await using secure = await startRtspCamera({ '/cam': await makeClip() }, { tls: both })
  await using watched = await watchCamera(cameraConfig(secure.url('/cam')))
  await liveAndCounting(watched, 2)
  t.equal(watched.camera.view.state, 'live')
})

t.test('disposal ends the child', async (t) => {
  const watched = await watchCamera(cameraConfig(rtsp.url('/h264')))
  await liveAndCounting(watched, 1)
  t.equal((await childrenOf(process.pid)).length, 2, 'the RTSP camera and ffmpeg')
  const startedMs = performance.now()
  await watched[Symbol.asyncDispose]()
  t.ok(performance.now() - startedMs < 3_000)
  t.equal((await childrenOf(process.pid)).length, 1)
})
