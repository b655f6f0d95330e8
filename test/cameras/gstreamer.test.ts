/** A Jetson's pipeline on real cameras, with the processor's elements in place of NVIDIA's. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { analysedSize } from '../../daemon/cameras/arguments.ts'
import type { CameraConfig } from '../../daemon/config/schema.ts'
import { makeClip, noGst, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import {
  cameraConfig,
  childrenOf,
  softwareElements,
  survivors,
  type Watched,
  watchCamera,
} from './harness.ts'

const skip = (await noRtsp()) || (await noGst())
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const PASSWORD = `p@s/s:w%d"x'?# y!\\`
/** None of these tests is about how fast a machine is. */
const SOON_MS = 30_000

const rtsp = await startRtspCamera({
  '/still': await makeClip({ width: 642, height: 362, still: true }),
  '/moving': await makeClip({ width: 640, height: 360 }),
  '/h265': await makeClip({ codec: 'h265' }),
  '/counting': await makeClip({ counting: true }),
  '/slow': await makeClip({ fps: 2, seconds: 3, counting: true }),
})
t.teardown(() => rtsp[Symbol.asyncDispose]())

interface More extends Partial<CameraConfig> {
  /** What the decoder says of the stream's rate. */
  readonly rate?: string
}

function watch(path: string, { rate, ...more }: More = {}, password?: string): Promise<Watched> {
  const url = path.includes(':') ? path : rtsp.url(path)
  const gstElements = softwareElements(more.codec, rate)
  return watchCamera(cameraConfig(url, { decode: 'nvv4l2', ...more }), password, { gstElements })
}

const frames = (watched: Watched, count: number) =>
  watched.until(`${count} frames`, () => watched.frames.length >= count, SOON_MS)
const onHardware = { asked: 'nvv4l2', used: 'nvv4l2', why: null }

/** How far two pictures are apart at a byte, on average. */
function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, one, at) => sum + Math.abs(one - (b[at] ?? 0)), 0) / a.length
}

for (const longest_side of [1280, 500, 322, 160]) {
  t.test(`pictures are ffmpeg's, at ${longest_side}`, async (t) => {
    const [width, height] = analysedSize(642, 362, longest_side)
    await using gst = await watch('/still', { longest_side })
    await using ffmpeg = await watchCamera(cameraConfig(rtsp.url('/still'), { longest_side }))
    await Promise.all([frames(gst, 3), frames(ffmpeg, 2)])
    const [ours, theirs] = [gst.frames[2], ffmpeg.frames[1]]
    t.match(ours, { format: 'nv12', width, height })
    t.match(theirs, { width, height })
    t.equal(ours?.pixels.length, width * height * 1.5)
    const apart = difference(ours?.pixels ?? new Uint8Array(), theirs?.pixels ?? new Uint8Array())
    t.ok(apart < 1.5, `${apart.toFixed(2)} apart`)
    t.same(gst.camera.view.decode, onHardware)
  })
}

for (const [path, more] of [
  ['/h265', { codec: 'h265' }],
  ['/moving', { transport: 'udp' }],
  ["/moving?a='b'!c(d)&e=$f;g*", {}],
] as const) {
  t.test(`${path} ${JSON.stringify(more)}`, async (t) => {
    await using watched = await watch(path, more)
    await frames(watched, 4)
    t.match(watched.camera.view, { state: 'live', detail: null, decode: onHardware })
  })
}

t.test('thinned out to the rate, by the time in the stream; a slower camera is passed whole', async (t) => {
  /** How many of the camera's pictures it goes on at each analysed one, on average; the clip has so many. */
  const step = async (path: string, clip: number, count: number, more: More) => {
    await using watched = await watch(path, more)
    await frames(watched, count + 2)
    t.same(watched.camera.view.decode, onHardware)
    const numbers = watched.shown.slice(2, count + 2).map(({ luma }) => Math.round((luma - 20) / 2))
    const steps = numbers.slice(1).map((one, at) => (one - (numbers[at] ?? 0) + clip) % clip)
    // A picture that nobody took in time makes way for the next: a busy machine makes long steps of two.
    const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? 0
    const single = steps.filter((one) => one < 1.6 * usual)
    return single.reduce((sum, one) => sum + one, 0) / single.length
  }
  const [known, unknown, slow] = await Promise.all([
    step('/counting', 100, 41, { fps: 10 }),
    step('/counting', 100, 21, { fps: 2.5, rate: '0/1' }),
    step('/slow', 6, 7, { fps: 5 }),
  ])
  t.ok(known > 2.1 && known < 2.9, `${known.toFixed(2)} for 10 of 25 a second`)
  t.ok(
    unknown > 8.5 && unknown < 11.5,
    `${unknown.toFixed(2)} for 2.5 of 25 a second, the rate being unknown`,
  )
  t.equal(slow, 1, '5 of 2')
})

t.test('digest: the right password works, and stands in no line', async (t) => {
  await using locked = await startRtspCamera(
    { '/cam': await makeClip() },
    { user: 'joe', password: PASSWORD },
  )
  await using watched = await watch(locked.url('/cam'), { username: 'joe' }, PASSWORD)
  await frames(watched, 2)
  await using wrong = await watch(locked.url('/cam'), { username: 'joe' }, 'open-sesame')
  await wrong.until('down', () => wrong.camera.view.state === 'down', SOON_MS)
  t.match(wrong.camera.view, { detail: /refused the user name or password \(401\)/, decode: onHardware })
  const everything = JSON.stringify([watched.lines, watched.changes, wrong.lines, wrong.changes])
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), 'open-sesame', 'joe']) {
    t.notOk(everything.includes(secret) || everything.includes(JSON.stringify(secret).slice(1, -1)), secret)
  }
})

t.test('rtsps', async (t) => {
  const folder = t.testdir({})
  const [key, cert, both] = [join(folder, 'k.pem'), join(folder, 'c.pem'), join(folder, 'both.pem')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=camera']
  execFileSync('openssl', [...request, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'))
  await using secure = await startRtspCamera({ '/cam': await makeClip() }, { tls: both })
  await using watched = await watch(secure.url('/cam'))
  await frames(watched, 2)
  t.match(watched.camera.view, { state: 'live', decode: onHardware })
})

t.test('what the camera or the network does is said in its words, and accuses no hardware', async (t) => {
  const mute = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  t.teardown(() => mute.close())
  const address = mute.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const cases: [url: string, detail: RegExp][] = [
    ['rtsp://127.0.0.1:9/cam', /no connection to the camera/],
    [rtsp.url('/nothing'), /no stream at this path \(404\)/],
    ['rtsp://camera.invalid/cam', /no connection to the camera|no picture/],
    [`rtsp://127.0.0.1:${port}/cam`, /takes the connection but does not answer/],
  ]
  await Promise.all(
    cases.map(async ([url, detail]) => {
      await using watched = await watch(url)
      await watched.until('down', () => watched.camera.view.state === 'down', SOON_MS)
      t.match(watched.camera.view, { detail, decode: onHardware }, `${url}: ${watched.camera.view.detail}`)
    }),
  )
})

t.test('a camera that is killed and comes back is live again, decoded as before', async (t) => {
  const clip = await makeClip()
  const first = await startRtspCamera({ '/cam': clip })
  await using watched = await watch(first.url('/cam'))
  await frames(watched, 3)
  await first.kill('SIGKILL')
  await watched.until('down', () => watched.camera.view.state === 'down', SOON_MS)
  await using _again = await startRtspCamera({ '/cam': clip }, { port: first.port })
  await watched.until('live', () => watched.camera.view.state === 'live', SOON_MS)
  t.same(watched.camera.view.decode, onHardware)
})

t.test('pictures of another size: the pipeline starts anew with it', async (t) => {
  await using own = await startRtspCamera({ '/cam': await makeClip() })
  await using watched = await watch(own.url('/cam'))
  await frames(watched, 3)
  await own.command(`switch /cam ${await makeClip({ width: 640, height: 480 })}`)
  await watched.until('the new size', () => watched.frames.at(-1)?.width === 640, SOON_MS)
  const sizes = watched.frames.map((one) => `${one.width}x${one.height}`)
  t.same([...new Set(sizes)], ['320x180', '640x480'])
  t.match(watched.camera.view.decode, onHardware)
})

t.test('another codec than the config says: software, and it is named', async (t) => {
  await using watched = await watch('/h265', { codec: 'h264' })
  await frames(watched, 2)
  t.match(watched.camera.view.decode, { used: 'software', why: /not of the kind that codec names/ })
})

t.test('disposal ends the pipeline', async (t) => {
  const before = await childrenOf(process.pid)
  const watched = await watch('/moving')
  await frames(watched, 1)
  const added = (await childrenOf(process.pid)).filter((pid) => !before.includes(pid))
  t.equal(added.length, 1)
  await watched[Symbol.asyncDispose]()
  t.same(await survivors(added, 5_000), [])
})
