/**
 * What 500 connections that are held open cost the pipeline: frames that it drops meanwhile, and how late the page comes, beside the
 * same box left alone. Some say nothing, some send a letter a second of a head that never ends, the rest listen to events;
 * one that the box ends is opened again.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { startRtspCamera } from '../demonstration/rtsp.ts'
import { panFootage } from '../footage.ts'
import { type DaemonSide, startDaemon } from './parts/daemon-side.ts'
import { median, quantile } from './parts/statistics.ts'

const silent = 210
const slow = 200
/** The box takes a hundred of these, and says so to others. */
const listening = 90
const fps = 5
/** What the acceptance of the page allows. */
const mostDroppedPercent = 2
const warmUpMs = 8_000
const askEveryMs = 250

type Figures = Record<string, number>

let found: string[] = []
export const faults = () => found

type Watched = Awaited<ReturnType<typeof watch>>

/** In turns: what else the machine does falls on both. The middle turn counts; the fewest connections of any. */
export async function run({ quick }: { quick: boolean }): Promise<Figures> {
  // Heads that never end are cut off after ten seconds or so: turns are longer, so that all come anew meanwhile.
  const [turns, seconds] = quick ? [1, 10] : [4, 25]
  const film = await panFootage(AbortSignal.timeout(120_000))
  await using camera = await startRtspCamera({ '/cam': film })
  await using daemon = await startDaemon([camera.url('/cam')], { fps })
  await wait(warmUpMs)
  const all: { alone: Watched; crowded: Watched; open: number; reopened: number }[] = []
  for (let turn = 0; turn < turns; turn++) {
    const alone = await watch(daemon, seconds)
    using crowd = await gather(Number(new URL(daemon.box.url).port))
    const crowded = await watch(daemon, seconds)
    all.push({ alone, crowded, open: crowd.open(), reopened: crowd.reopened() })
  }
  const middle = (of: (turn: (typeof all)[number]) => number) => median(all.map(of))
  const connections = Math.min(...all.map(({ open }) => open))
  const dropped = middle(({ crowded }) => crowded.dropped)
  found = [
    ...(dropped > mostDroppedPercent ? [`${dropped} % of the frames were dropped`] : []),
    ...(connections < silent + slow + listening ? [`only ${connections} connections were open`] : []),
  ]
  return {
    connections,
    reopened: median(all.map((turn) => turn.reopened)),
    alone_dropped_percent: middle(({ alone }) => alone.dropped),
    crowd_dropped_percent: dropped,
    crowd_decoded_ratio: middle(({ alone, crowded }) => crowded.decodedFps / alone.decodedFps),
    alone_cpu_share: middle(({ alone }) => alone.cpu),
    crowd_cpu_share: middle(({ crowded }) => crowded.cpu),
    alone_page_p50_ms: median(all.flatMap(({ alone }) => alone.pages)),
    crowd_page_p50_ms: median(all.flatMap(({ crowded }) => crowded.pages)),
    crowd_page_p95_ms: quantile(
      all.flatMap(({ crowded }) => crowded.pages),
      0.95,
    ),
  }
}

/** What the pipeline does for a while, and how long somebody waits for the page meanwhile. */
async function watch({ box, read }: DaemonSide, seconds: number) {
  const [before, startedMs] = [await read(), performance.now()]
  const pages: number[] = []
  while (performance.now() - startedMs < seconds * 1000) {
    const askedMs = performance.now()
    await (await fetch(box.url)).text()
    pages.push(performance.now() - askedMs)
    await wait(askEveryMs)
  }
  const after = await read()
  const [decoded, dropped] = [after.decoded - before.decoded, after.dropped - before.dropped]
  const passed = (performance.now() - startedMs) / 1000
  const cpu = (after.cpu - before.cpu) / passed
  return { pages, dropped: (100 * dropped) / decoded, decodedFps: decoded / passed, cpu }
}

interface Crowd extends Disposable {
  open(): number
  reopened(): number
}

/** Opens them all, a few at a time. */
async function gather(port: number): Promise<Crowd> {
  const ends = new Set<() => void>()
  const begun = 'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\nX-Slow: '
  const slowOnes = new Set<Socket>()
  let [reopened, isOver, listeners] = [0, false, 0]

  function line(isSlow: boolean): void {
    const socket = connect(port, '127.0.0.1')
    const end = () => void socket.destroy()
    ends.add(end)
    if (isSlow) {
      slowOnes.add(socket)
      socket.once('connect', () => socket.write(begun))
    }
    // One that is not read would not hear of its end.
    socket.resume().on('error', () => {})
    socket.once('close', () => {
      ends.delete(end)
      slowOnes.delete(socket)
      if (isOver) return
      reopened++
      line(isSlow)
    })
  }
  function listen(): void {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/events?frames=camera-1`)
    ends.add(() => socket.terminate())
    socket.on('open', () => listeners++)
    socket.on('close', () => listeners--)
    socket.on('error', () => {})
  }
  for (let n = 0; n < silent + slow; n++) {
    line(n < slow)
    if (n % 50 === 0) await wait(50)
  }
  for (let n = 0; n < listening; n++) listen()
  const drip = setInterval(() => {
    for (const socket of slowOnes) if (socket.writable) socket.write('a')
  }, 1000)
  while (listeners < listening) await wait(50)
  return {
    open: () => ends.size - listening + listeners,
    reopened: () => reopened,
    [Symbol.dispose]() {
      isOver = true
      clearInterval(drip)
      for (const end of ends) end()
    },
  }
}
