/**
 * The live picture of a 1080p25 camera: CPU per viewer beside node-rtsp-stream on the same camera, what ten viewers cost,
 * and how late the picture is in a real browser.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { liveArguments } from '../../daemon/cameras/arguments.ts'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { noBrowser, startBrowser } from '../../test/support/browser.ts'
import { freePort } from '../../test/support/ports.ts'
import { makeClip } from '../../test/support/rtsp.ts'
import { type MountInfo, type RtspCamera, startRtspCamera } from '../demonstration/rtsp.ts'
import { cpuSeconds } from './parts/processes.ts'
import { median, quantile } from './parts/statistics.ts'

const many = 10
/** Until a stream has begun, its first pictures are through, and the code that carries them is compiled. */
const warmUpMs = 6_000

/**
 * CPU in seconds per second of video. `live_cpu_ratio` is theirs over ours with one viewer, `ten_viewers_ratio` ours with ten
 * over ours with one; `live_ratio_limit` is theirs over an ffmpeg that receives the stream and throws it away. Latency is from
 * the camera's clock to the picture on the page.
 */
export async function run({ quick }: { quick: boolean }): Promise<Record<string, number>> {
  const seconds = quick ? 5 : 20
  // What a stable's camera sends at this size.
  const large = await makeClip({ width: 1920, height: 1080, kbps: 4000 })
  const counting = await makeClip({ counting: true })
  await using camera = await startRtspCamera({ '/large': large, '/counting': counting })
  const url = camera.url('/large')
  const port = await freePort()
  const turns: { one: number; ten: number; theirs: number; limit: number }[] = []
  for (let turn = 0; turn < (quick ? 1 : 3); turn++) {
    turns.push({
      one: await cost('ours', url, port, 1, seconds),
      ten: await cost('ours', url, port, many, seconds),
      theirs: await cost('theirs', url, port, 1, seconds),
      limit: await receiving(url, seconds),
    })
  }
  const middle = (of: (turn: (typeof turns)[number]) => number) => median(turns.map(of))
  return {
    ours_cpu_share: middle(({ one }) => one),
    ours_ten_cpu_share: middle(({ ten }) => ten),
    theirs_cpu_share: middle(({ theirs }) => theirs),
    receiving_cpu_share: middle(({ limit }) => limit),
    live_cpu_ratio: middle(({ one, theirs }) => theirs / one),
    live_ratio_limit: middle(({ limit, theirs }) => theirs / limit),
    ten_viewers_ratio: middle(({ one, ten }) => ten / one),
    ...(noBrowser === false && (await latency(camera, quick ? 3_000 : 15_000))),
  }
}

interface Side extends Disposable {
  readonly child: ChildProcess
  readonly port: number
}

async function start(side: 'ours' | 'theirs', ...args: string[]): Promise<Side> {
  const child = fork(fileURLToPath(new URL(`./parts/live-${side}.ts`, import.meta.url)), args)
  const [port] = (await once(child, 'message')) as [number]
  return { child, port, [Symbol.dispose]: () => void child.kill('SIGTERM') }
}

/** Seconds of CPU per second, of the server and its ffmpeg, while so many look. */
async function cost(
  side: 'ours' | 'theirs',
  url: string,
  port: number,
  viewers: number,
  seconds: number,
): Promise<number> {
  using served = await start(side, url, String(port))
  const path = side === 'ours' ? '/api/v1/cameras/yard/live' : '/'
  let bytes = 0
  const sockets = Array.from({ length: viewers }, () => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`)
    socket.on('message', (data: Buffer) => {
      bytes += data.length
    })
    return socket
  })
  await Promise.all(sockets.map((socket) => once(socket, 'open')))
  await wait(warmUpMs)
  const pid = served.child.pid ?? 0
  const [before, sent, startedMs] = [cpuSeconds(pid), bytes, performance.now()]
  await wait(seconds * 1000)
  const share = (1000 * (cpuSeconds(pid) - before)) / (performance.now() - startedMs)
  if (bytes - sent < 10_000 * seconds * viewers) throw new Error(`${side} shows nothing`)
  for (const socket of sockets) socket.terminate()
  return share
}

/** Seconds of CPU per second of an ffmpeg that only receives: what is shown has come in, whoever shows it. */
async function receiving(url: string, seconds: number): Promise<number> {
  const ffmpeg = await findFfmpeg({}, AbortSignal.timeout(10_000))
  const shown = liveArguments({ url, username: undefined, password: undefined, transport: 'tcp' }, ffmpeg)
  const child = spawn(ffmpeg.path, [...shown.slice(0, shown.indexOf('-movflags')), '-f', 'null', '-'], {
    stdio: 'ignore',
  })
  try {
    await wait(warmUpMs)
    const pid = child.pid ?? 0
    const [before, startedMs] = [cpuSeconds(pid), performance.now()]
    await wait(seconds * 1000)
    return (1000 * (cpuSeconds(pid) - before)) / (performance.now() - startedMs)
  } finally {
    child.kill('SIGKILL')
  }
}

/** How old the pictures on the page are, by the numbers that the counting clip has in its luma. */
async function latency(camera: RtspCamera, ms: number): Promise<Record<string, number>> {
  using served = await start('ours', camera.url('/counting'))
  const browser = await startBrowser('whole')
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${served.port}/streams/yard`)
    await page.locator('.tile[data-shows="video"]').waitFor()
    await wait(warmUpMs)
    const mount = camera.mounts.find((one) => one.mount === '/counting')
    if (!mount) throw new Error('the camera does not count')
    const late = (await shownNumbers(page, ms)).map(({ luma, atMs }) => ageOf(luma, atMs, mount))
    return { live_latency_p50_ms: median(late), live_latency_p95_ms: quantile(late, 0.95) }
  } finally {
    await browser.close()
  }
}

interface ShownPicture {
  /** Of 255, full range. */
  readonly luma: number
  readonly atMs: number
}

/** Looks at each picture as it comes on the screen. */
function shownNumbers(page: Page, ms: number): Promise<ShownPicture[]> {
  return page.evaluate<ShownPicture[]>(`new Promise((resolve) => {
    const video = document.querySelector('video')
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 1
    const context = canvas.getContext('2d', { willReadFrequently: true })
    const shown = []
    const until = performance.now() + ${ms}
    const look = () => {
      const atMs = Date.now()
      context.drawImage(video, 0, 0, 1, 1)
      shown.push({ luma: context.getImageData(0, 0, 1, 1).data[1], atMs })
      if (performance.now() < until) video.requestVideoFrameCallback(look)
      else resolve(shown)
    }
    video.requestVideoFrameCallback(look)
  })`)
}

/** Frame n is grey of luma 20 + 2n in video range (16 to 235). */
function ageOf(luma: number, atMs: number, mount: MountInfo): number {
  const n = Math.round((luma * 219) / 255 + 16 - 20) / 2
  const roundMs = mount.frames * mount.frame_ms
  const passed = atMs - mount.started_ms - n * mount.frame_ms
  return ((passed % roundMs) + roundMs) % roundMs
}
