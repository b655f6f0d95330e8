/**
 * The whole daemon at work on some cameras, started as a user would start it, and what it has used and done.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { type Box, newStateDir, startBox } from '../../demonstration/box.ts'
import { cpuSeconds } from './processes.ts'

/** Sums since the start, over all cameras. */
export interface Done {
  readonly cpu: number
  readonly decoded: number
  readonly dropped: number
  readonly detects: number
  readonly embeds: number
}

export interface DaemonSide extends AsyncDisposable {
  readonly box: Box
  readonly stateDir: string
  read(): Promise<Done>
}

/** Cameras rest in turns, which must not count as a fault. */
const silenceSeconds = 120
const liveWithinMs = 30_000

/** Starts a daemon with a state folder of its own, and waits until all its cameras are live. */
export async function startDaemon(urls: readonly string[], more: { fps: number }): Promise<DaemonSide> {
  await using parts = new AsyncDisposableStack()
  const state = parts.use(newStateDir())
  const cameras = urls.map((url, at) => ({
    ...{ id: `camera-${at + 1}`, url, silence_seconds: silenceSeconds },
    ...more,
  }))
  const box = parts.use(await startBox({ config: { http: { port: 0 }, cameras }, stateDir: state.path }))
  const startedMs = performance.now()
  while ((await camerasOf(box)).some((one) => one.state !== 'live')) {
    if (performance.now() - startedMs > liveWithinMs) throw new Error('a camera of the daemon does not come')
    await wait(100)
  }
  const owned = parts.move()
  return {
    box,
    stateDir: state.path,
    async read() {
      process.kill(box.pid, 'SIGUSR2')
      await wait(100)
      const { detects, embeds } = JSON.parse(readFileSync(`${state.path}/counts.json`, 'utf8'))
      const all = await camerasOf(box)
      return {
        cpu: cpuSeconds(box.pid),
        decoded: all.reduce((sum, one) => sum + one.frames_decoded, 0),
        dropped: all.reduce((sum, one) => sum + one.frames_dropped, 0),
        detects,
        embeds,
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function camerasOf(box: Box) {
  type Camera = { state: string; frames_decoded: number; frames_dropped: number }
  return (await box.get<{ cameras: Camera[] }>('/api/v1/cameras')).cameras
}
