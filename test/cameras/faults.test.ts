/** Real cameras that fail: how fast it is said, how fast the picture is back. */
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { cameraConfig, type Watched, watchCamera } from './harness.ts'

const skip = await noRtsp()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const clip = await makeClip()
const DOWN_WITHIN_MS = 15_000
const BACK_WITHIN_MS = 10_000

const stateIs = (watched: Watched, state: string) => () => watched.camera.view.state === state
const live = (watched: Watched) => watched.until('live', stateIs(watched, 'live'), 15_000)
const down = (watched: Watched) => watched.until('down', stateIs(watched, 'down'), DOWN_WITHIN_MS)
const back = (watched: Watched) => watched.until('back', stateIs(watched, 'live'), BACK_WITHIN_MS)

/** A server that takes connections and does what it is told with them. */
async function listen(onSocket: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port, close }
}

t.test('a killed camera is down within 15 s and live within 10 s of its return', async (t) => {
  const first = await startRtspCamera({ '/cam': clip })
  await using watched = await watchCamera(cameraConfig(first.url('/cam')))
  await live(watched)
  await first.kill('SIGKILL')
  const downMs = await down(watched)
  t.match(watched.camera.view.detail, /connection refused/)
  // Long enough that the waits have grown to their longest.
  await wait(9_000)
  const seqBefore = watched.camera.view.framesDecoded
  await using _again = await startRtspCamera({ '/cam': clip }, { port: first.port })
  const backMs = await back(watched)
  t.comment(`down after ${Math.round(downMs)} ms, back after ${Math.round(backMs)} ms`)
  t.ok(watched.camera.view.framesDecoded > seqBefore, 'frames are counted on')
  t.same(
    watched.changes.map((one) => one.state).filter((state, n, all) => state !== all[n - 1]),
    ['live', 'connecting', 'down', 'live'],
  )
})

t.test('a camera that stops answering is silent, then down; live again when it wakes', async (t) => {
  await using rtsp = await startRtspCamera({ '/cam': clip })
  await using watched = await watchCamera(cameraConfig(rtsp.url('/cam')))
  await live(watched)
  await rtsp.kill('SIGSTOP')
  const downMs = await down(watched)
  t.match(watched.camera.view.detail, /connected, but no picture for 10 s/)
  t.ok(watched.changes.some((one) => one.state === 'silent'))
  await rtsp.kill('SIGCONT')
  const backMs = await back(watched)
  t.comment(`down after ${Math.round(downMs)} ms, back after ${Math.round(backMs)} ms`)
})

t.test('a frozen picture on a living connection is silent, then down', async (t) => {
  await using rtsp = await startRtspCamera({ '/cam': clip })
  await using watched = await watchCamera(cameraConfig(rtsp.url('/cam'), { silence_seconds: 3 }))
  await live(watched)
  await rtsp.command('freeze')
  const downMs = await down(watched)
  t.same(
    watched.changes.map((one) => one.state),
    ['live', 'silent', 'down'],
  )
  await rtsp.command('resume')
  const backMs = await back(watched)
  t.comment(`down after ${Math.round(downMs)} ms, back after ${Math.round(backMs)} ms`)
})

t.test('a spoilt stream goes on, says so seldom, and another size keeps the asked one', async (t) => {
  await using rtsp = await startRtspCamera({ '/cam': clip })
  await using watched = await watchCamera(cameraConfig(rtsp.url('/cam')))
  await live(watched)
  await rtsp.command('corrupt')
  await wait(3_000)
  await rtsp.command('resume')
  const spoilt = watched.lines.filter((line) => line.includes('the stream has faults'))
  t.equal(spoilt.length, 1)
  await rtsp.command(`switch /cam ${await makeClip({ width: 640, height: 480 })}`)
  const before = watched.frames.length
  await watched.until('going on', () => watched.frames.length >= before + 8, 10_000)
  t.equal(watched.camera.view.state, 'live')
  t.same(new Set(watched.frames.map((one) => `${one.width}x${one.height}`)), new Set(['320x180']))
})

t.test('nothing listens; no such path; not a video; mute: each is said in its words', async (t) => {
  await using rtsp = await startRtspCamera({ '/cam': clip })
  const closed = await listen(() => {})
  closed.close()
  const web = await listen((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'))
  const mute = await listen(() => {})
  t.teardown(() => {
    web.close()
    mute.close()
  })
  const cases: [name: string, url: string, detail: RegExp][] = [
    ['closed', `rtsp://127.0.0.1:${closed.port}/cam`, /connection refused/],
    ['path', rtsp.url('/nothing'), /no stream at this path \(404\)/],
    ['name', 'rtsp://camera.invalid/cam', /unknown host name|no picture/],
    ['web', `rtsp://127.0.0.1:${web.port}/cam`, /./],
    ['mute', `rtsp://127.0.0.1:${mute.port}/cam`, /takes the connection but does not answer/],
  ]
  await Promise.all(
    cases.map(async ([name, url, detail]) => {
      await using watched = await watchCamera(cameraConfig(url))
      const ms = await down(watched)
      t.match(
        watched.camera.view.detail,
        detail,
        `${name}: ${watched.camera.view.detail} (${Math.round(ms)} ms)`,
      )
      t.match(watched.camera.view, { lastFrameMs: null, framesDecoded: 0 })
    }),
  )
})
