/** A stream is opened for a moment: what it is, or in which words it failed. */
import { createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { createTrialNotes, tryStream } from '../../daemon/cameras/trial.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { freePort } from '../support/ports.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'

const skip = await noRtsp()
t.setTimeout(120_000)
const PASSWORD = `p@s/s:w%d"x'?# y`
const nobody = { username: null, password: null, transport: 'tcp' } as const

async function attempt(url: string, more: object = {}) {
  const ffmpeg = await findFfmpeg({}, AbortSignal.timeout(20_000))
  const deps = { ffmpeg, clock: systemClock, log: silentLog }
  return tryStream(url, { ...nobody, ...more }, deps, new AbortController().signal)
}

t.test('what a stream is', { skip }, async (t) => {
  await using rtsp = await startRtspCamera({
    '/h264': await makeClip({ width: 640, height: 360 }),
    '/h265': await makeClip({ codec: 'h265', width: 1920, height: 1080, fps: 10 }),
  })
  for (const [mount, codec, width, height, fps] of [
    ['/h264', 'h264', 640, 360, 25],
    ['/h265', 'hevc', 1920, 1080, 10],
  ] as const) {
    const trial = await attempt(rtsp.url(mount))
    t.match(trial, { fault: null, codec, width, height, keyframeSeconds: 1 }, mount)
    t.ok(Math.abs((trial.fps ?? 0) - fps) < 2, `${trial.fps} pictures a second`)
    const picture = await sharp(trial.picture ?? undefined).metadata()
    t.match(picture, { format: 'jpeg', width: Math.min(width, 1280) })
  }
})

t.test('why there is no picture', { skip }, async (t) => {
  await using rtsp = await startRtspCamera({ '/a': await makeClip() }, { user: 'joe', password: PASSWORD })
  const good = await attempt(rtsp.url('/a'), { username: 'joe', password: PASSWORD })
  t.equal(good.fault, null)
  const wrong = await attempt(rtsp.url('/a'), { username: 'joe', password: 'sesame' })
  t.match(wrong, { fault: { reason: 'password', code: 'CAMERA_REFUSED' }, picture: null })
  t.notMatch(JSON.stringify(wrong), /sesame/)
  t.match(await attempt(rtsp.url('/a')), { fault: { reason: 'password' } })
  const path = await attempt(rtsp.url('/no'), { username: 'joe', password: PASSWORD })
  t.match(path, { fault: { reason: 'path' } })
})

async function serve(t: Test, answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    answer(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `rtsp://127.0.0.1:${(server.address() as { port: number }).port}/x`
}

t.test('what is no camera at all', async (t) => {
  const closed = `rtsp://127.0.0.1:${await freePort()}/x`
  t.match(await attempt(closed), { fault: { reason: 'closed' } })
  t.match(await attempt('rtsp://nowhere.invalid/x'), { fault: { reason: 'no-host' } })
  const web = await serve(t, (socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'))
  t.match(await attempt(web), { fault: { reason: 'not-rtsp' } })
  const mute = await serve(t, () => {})
  t.match(await attempt(mute), { fault: { reason: 'mute' } })
})

t.test('whatever stands in the log, the notes hold', async (t) => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '[info]   Stream #0:0: Video: h264 (High), yuv420p(progressive), 640x360, 25 fps',
      '[Parsed_showinfo_0 @ 0x1] [info] n:   1 pts:  3600 pts_time:0.04 pos: 1 fmt:yuv420p iskey:1 type:I',
      '[x] [info] n:   1 pts:  3600 pts_time:1e999 pos: 1 fmt:yuv420p iskey:1 type:I',
      '[error] it broke',
    ),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const notes = createTrialNotes()
      notes.reader.read(`${lines.join('\n')}\n`)
      const { fps, keyframeSeconds } = notes
      return (fps === null || fps >= 0) && (keyframeSeconds === null || keyframeSeconds >= 0)
    }),
  )
  t.pass('held')
})
