/** A camera's own video, in pieces that a browser can play, from a real camera by a real ffmpeg. */
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { createLiveView } from '../../daemon/cameras/live.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { LivePiece, LiveStart, LiveView } from '../../daemon/live-types.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { until as waitUntil } from '../support/until.ts'
import { cameraConfig, childrenOf } from './harness.ts'

const skip = await noRtsp()
if (skip) {
  t.plan(0, skip)
  process.exit()
}

const ffmpeg = await findFfmpeg({}, AbortSignal.timeout(10_000))
const clip = await makeClip({ width: 640, height: 360 })

function live(url: string, more: Parameters<typeof cameraConfig>[1] = {}, password?: string): LiveView {
  const deps = { ffmpeg, password, clock: systemClock, log: silentLog }
  return createLiveView(cameraConfig(url, more), deps, new AbortController().signal)
}

/** A viewer that keeps what it is shown. */
function look(view: LiveView) {
  const seen = { starts: [] as LiveStart[], pieces: [] as LivePiece[], begunAt: [] as number[], lost: 0 }
  const leave = view.join({
    start(start) {
      seen.starts.push(start)
      seen.begunAt.push(seen.pieces.length)
    },
    piece: (piece) => void seen.pieces.push(piece),
    lost: () => void seen.lost++,
  })
  return Object.assign(seen, { leave })
}

/** The children of ours that call this address. */
async function callers(url: string): Promise<number> {
  const lines = (await childrenOf(process.pid)).map((pid) =>
    // It may have ended since.
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  )
  return (await Promise.all(lines)).filter((line) => line.includes(url)).length
}

const until = (isSo: () => boolean | Promise<boolean>) => waitUntil(isSo, String(isSo), 20_000)

const boxOf = (message: Uint8Array) => Buffer.from(message.subarray(12, 16)).toString('latin1')
const timeOf = ({ message }: LivePiece) => Buffer.from(message).readDoubleBE()

t.test('nothing is decoded, and the camera is called while somebody looks', async (t) => {
  await using camera = await startRtspCamera({ '/cam': clip })
  await using view = live(camera.url('/cam'))
  t.equal(await callers(camera.url('/cam')), 0, 'nobody looks')
  const first = look(view)
  await until(() => first.pieces.length > 20)
  t.match(first.starts, [{ mime: /^video\/mp4; codecs="avc1\.[0-9A-Fa-f]{6}"$/ }])
  t.equal(boxOf(first.starts[0]?.init ?? new Uint8Array()), 'ftyp')
  t.equal(first.pieces[0]?.isKey, true, 'it begins with a keyframe')
  t.ok(first.pieces.every(({ message }) => boxOf(message) === 'moof'))
  t.ok(first.pieces.some(({ isKey }) => !isKey))
  const times = first.pieces.map(timeOf)
  t.same(
    times,
    times.toSorted((a, b) => a - b),
  )
  t.ok(Math.abs((times.at(-1) ?? 0) - Date.now()) < 2_000, 'stamped with the time of the box')

  const second = look(view)
  t.equal(second.starts.length, 1, 'who comes later sees at once')
  t.equal(second.pieces[0]?.isKey, true)
  t.same(second.pieces.at(-1), first.pieces.at(-1))
  t.equal(await callers(camera.url('/cam')), 1, 'by the same ffmpeg')
  t.equal(view.viewers, 2)

  first.leave()
  const shown = second.pieces.length
  await until(() => second.pieces.length > shown + 5)
  second.leave()
  second.leave()
  t.equal(view.viewers, 0)
  await until(async () => (await callers(camera.url('/cam'))) === 0)
  const third = look(view)
  await until(() => third.pieces.length > 0)
  t.pass('it begins anew')
})

t.test('the memory of a piece is given back once nobody needs it', async (t) => {
  await using camera = await startRtspCamera({ '/cam': clip })
  await using view = live(camera.url('/cam'))
  const slow: { piece: LivePiece; done: () => void }[] = []
  const nothing = { start: () => {}, lost: () => {} }
  const leave = view.join({ ...nothing, piece: (piece, done) => void slow.push({ piece, done }) })
  const leaveToo = view.join({ ...nothing, piece: (_piece, done) => done() })
  const keys = () => slow.filter(({ piece }) => piece.isKey).length
  await until(() => keys() >= 2)
  const last = slow.findLastIndex(({ piece }) => piece.isKey)
  const gone = ({ piece }: (typeof slow)[number]) => piece.message.byteLength === 0
  t.notOk(slow.some(gone), 'one viewer has not sent them yet')
  for (const { done } of slow) {
    done()
    done()
  }
  t.ok(slow.slice(0, last).every(gone))
  t.notOk(slow.slice(last).some(gone), 'whoever comes is shown what came since the keyframe')
  leave()
  leaveToo()
})

t.test('a camera that goes away is called until it is back; then another stream begins', async (t) => {
  const camera = await startRtspCamera({ '/cam': clip })
  await using view = live(camera.url('/cam'))
  const viewer = look(view)
  await until(() => viewer.pieces.length > 0)
  const { port } = camera
  await camera.kill('SIGKILL')
  await wait(500)
  await using _again = await startRtspCamera({ '/cam': clip }, { port })
  await until(() => viewer.starts.length === 2)
  t.equal(viewer.lost, 1)
  const [, begun = 0] = viewer.begunAt
  await until(() => viewer.pieces.length > begun)
  t.equal(viewer.pieces[begun]?.isKey, true)
})

t.test('a password, and H.265 as it is', async (t) => {
  const password = `p@s/s:w%d"x'?# y`
  await using camera = await startRtspCamera(
    { '/cam': await makeClip({ codec: 'h265' }) },
    { user: 'joe', password },
  )
  await using view = live(camera.url('/cam'), { username: 'joe', codec: 'h265' }, password)
  const viewer = look(view)
  await until(() => viewer.pieces.length > 0)
  t.match(viewer.starts, [{ mime: /codecs="h(ev|vc)1\./ }])
})

t.test('it ends with its camera, while somebody looks', async (t) => {
  await using camera = await startRtspCamera({ '/cam': clip })
  const view = live(camera.url('/cam'))
  const viewer = look(view)
  await until(() => viewer.pieces.length > 0)
  await view[Symbol.asyncDispose]()
  t.equal(await callers(camera.url('/cam')), 0)
})
