/**
 * Whether a box that runs for long grows: an hour after it is warm (`--quick`: some minutes) with four cameras, of which one breaks off again
 * and again. The figures stand beside the limits of the product: heap after a forced collection, memory of the first and the last twenty
 * minutes (the first and the last third), what is left of descriptors and children, frames dropped.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { newStateDir } from '../demonstration/box.ts'
import { startRtspCamera } from '../demonstration/rtsp.ts'
import { panFootage } from '../footage.ts'
import { nodeEnvironment, nodeFlags } from '../testing/program.ts'
import { median } from './parts/statistics.ts'

const main = fileURLToPath(new URL('../../daemon/main.ts', import.meta.url))
const fps = 2
/** The models, the galleries and the compiler's caches come first. */
const warmMinutes = { whole: 9, quick: 0.6 }
const measuredMinutes = { whole: 60, quick: 3.4 }
const sampleMs = 2000
/** Broken off every so often, and away for the half of it. */
const flapMs = 30_000

type Figures = Record<string, number>

interface Sample {
  readonly atMs: number
  readonly mb: number
}

export async function run({ quick }: { quick: boolean }): Promise<Figures> {
  const length = quick ? 'quick' : 'whole'
  const minutes = measuredMinutes[length]
  const film = await panFootage(AbortSignal.timeout(120_000))
  await using camera = await startRtspCamera({ '/cam': film })
  await using door = await openDoor(Number(new URL(camera.url('/cam')).port))
  const urls = [1, 2, 3].map((n) => `${camera.url('/cam')}?${n}`)
  await using daemon = await startInspected([...urls, `rtsp://127.0.0.1:${door.port}/cam`])
  const { read } = daemon
  /** The camera that was away is back at the end: what it holds is no leak. */
  const flap = async (forMinutes: number): Promise<Sample[]> => {
    const samples: Sample[] = []
    const untilMs = performance.now() + forMinutes * 60_000
    for (let n = 0; performance.now() < untilMs; n++) {
      door.set(Math.floor((n * sampleMs) / (flapMs / 2)) % 2 === 0)
      samples.push({ atMs: performance.now(), mb: rssMb(daemon.pid) })
      await wait(sampleMs)
    }
    door.set(true)
    await daemon.untilLive(4)
    return samples
  }
  // It flaps while it gets warm too: what a lost camera calls is compiled then.
  await flap(warmMinutes[length])
  const brokenWarm = door.times()
  const before = await read()
  const samples = await flap(minutes)
  const after = await read()
  const windowMs = (minutes * 60_000) / 3
  const fromMs = samples[0]?.atMs ?? 0
  const within = (startMs: number) =>
    samples.filter(({ atMs }) => atMs >= startMs && atMs < startMs + windowMs).map(({ mb }) => mb)
  const [first, last] = [median(within(fromMs)), median(within(fromMs + 2 * windowMs))]
  const decoded = after.decoded - before.decoded
  return {
    minutes,
    broken_off: door.times() - brokenWarm,
    heap_growth_mb: after.heapMb - before.heapMb,
    rss_first_mb: first,
    rss_last_mb: last,
    rss_growth_mb: last - first,
    descriptors_left: after.descriptors - before.descriptors,
    children_left: after.children - before.children,
    decoded,
    soak_dropped_percent: (100 * (after.dropped - before.dropped)) / Math.max(1, decoded),
  }
}

const rssMb = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** The least within some seconds: a file that is being written, or a connection about to close, is not left over. */
async function openFiles(pid: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < 20; n++) {
    least = Math.min(least, readdirSync(`/proc/${pid}/fd`).length)
    await wait(250)
  }
  return least
}

const childrenOf = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  ).length

interface System {
  readonly cameras: readonly { state: string; frames_decoded: number; frames_dropped: number }[]
}

/** The daemon with an inspector, by which its heap is collected and measured from outside. */
async function startInspected(urls: readonly string[]) {
  await using parts = new AsyncDisposableStack()
  const state = parts.use(newStateDir())
  const file = join(state.path, 'barnbox.yaml')
  const cameras = urls.map((url, at) => ({ id: `camera-${at + 1}`, url, fps, silence_seconds: 5 }))
  writeFileSync(file, JSON.stringify({ http: { port: 0 }, cameras }))
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const child = spawn(
    process.execPath,
    ['--inspect=127.0.0.1:0', ...nodeFlags, main, 'run', '--config', file],
    {
      env: { ...inherited, ...nodeEnvironment, BARNBOX_STATE_DIR: state.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  parts.defer(() => end(child))
  const [port, inspector] = await Promise.all([servedPort(child), inspectorOf(child)])
  const url = `http://127.0.0.1:${port}`
  const heap = parts.use(await openInspector(inspector))
  const system = async () => (await (await fetch(`${url}/api/v1/system`)).json()) as System
  const owned = parts.move()
  return {
    pid: child.pid ?? 0,
    async untilLive(count: number) {
      const startedMs = performance.now()
      while ((await system()).cameras.filter(({ state: how }) => how === 'live').length < count) {
        if (performance.now() - startedMs > 90_000) throw new Error('a camera of the daemon does not come')
        await wait(200)
      }
      // Connections of requests that have ended close by and by.
      await wait(6000)
    },
    async read() {
      const { cameras: all } = await system()
      const pid = child.pid ?? 0
      return {
        heapMb: await heap.usedMb(),
        descriptors: await openFiles(pid),
        children: childrenOf(pid),
        decoded: all.reduce((sum, one) => sum + one.frames_decoded, 0),
        dropped: all.reduce((sum, one) => sum + one.frames_dropped, 0),
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(late)
}

async function servedPort({ stdout }: ChildProcess): Promise<number> {
  if (!stdout) throw new Error('there is no log to read')
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdout })
    lines.on('line', (line) => {
      const { msg, port } = JSON.parse(line) as { msg: string; port: number }
      if (msg === 'barnbox runs') resolve(port)
    })
    lines.once('close', () => reject(new Error('the daemon does not run')))
  })
}

function inspectorOf({ stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    stderr?.on('data', (piece) => {
      text = `${text}${piece}`.slice(-4000)
      const address = /ws:\/\/\S+/.exec(text)?.[0]
      if (address !== undefined) resolve(address)
    })
  })
}

async function openInspector(address: string) {
  const socket = new WebSocket(address)
  await new Promise<void>((resolve, reject) => socket.once('open', () => resolve()).once('error', reject))
  let last = 0
  const waiting = new Map<number, (result: unknown) => void>()
  socket.on('message', (text) => {
    const { id, result } = JSON.parse(String(text)) as { id: number; result: unknown }
    waiting.get(id)?.(result)
  })
  const call = (method: string) =>
    new Promise<unknown>((resolve) => {
      waiting.set(++last, resolve)
      socket.send(JSON.stringify({ id: last, method }))
    })
  return {
    async usedMb(): Promise<number> {
      for (let n = 0; n < 3; n++) await call('HeapProfiler.collectGarbage')
      const { usedSize } = (await call('Runtime.getHeapUsage')) as { usedSize: number }
      return usedSize / 2 ** 20
    },
    [Symbol.dispose]: () => socket.close(),
  }
}

/** The way to a camera, which can be shut: then whoever is on it is thrown off. */
async function openDoor(to: number) {
  const pairs = new Set<Socket>()
  let open = true
  let times = 0
  const server = createServer((near) => {
    if (!open) return void near.destroy()
    const far = connect(to, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      pairs.add(one)
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          pairs.delete(one)
          other.destroy()
        })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    times: () => times,
    set(next: boolean) {
      if (open && !next) {
        times++
        for (const one of pairs) one.destroy()
      }
      open = next
    },
    async [Symbol.asyncDispose]() {
      for (const one of pairs) one.destroy()
      server.close()
    },
  }
}
