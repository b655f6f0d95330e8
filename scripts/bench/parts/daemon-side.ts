/**
 * The whole daemon at work on some cameras, started as a user would start it, and what it has used and done.
 */
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

/** What the daemon says of itself, as far as it is asked. */
interface System {
  readonly cameras: readonly { state: string; frames_decoded: number; frames_dropped: number }[]
  readonly stages: Readonly<Record<'detect' | 'embed', { inferences: number }>>
}

export interface DaemonSide extends AsyncDisposable {
  readonly box: Box
  readonly stateDir: string
  /** The cameras' ids. */
  readonly streams: readonly string[]
  read(): Promise<Done>
}

/** Cameras rest in turns, which must not count as a fault: it is the most that the config takes. */
const silenceSeconds = 120
const liveWithinMs = 30_000

/** What a daemon has beside cameras: a central database, and what its state folder is filled with. */
export interface Beside {
  readonly sync?: object
  fill?(stateDir: string): void
}

/** Starts a daemon with a state folder of its own, and waits until all its cameras are live. */
export async function startDaemon(
  urls: readonly string[],
  more: { fps: number },
  { sync, fill }: Beside = {},
): Promise<DaemonSide> {
  await using parts = new AsyncDisposableStack()
  const state = parts.use(newStateDir())
  fill?.(state.path)
  const cameras = urls.map((url, at) => ({
    ...{ id: `camera-${at + 1}`, url, silence_seconds: silenceSeconds },
    ...more,
  }))
  // One worker, for the bare side has one process.
  const config = { http: { port: 0 }, vision: { workers: 1 }, cameras, sync }
  const box = parts.use(await startBox({ config, stateDir: state.path }))
  const startedMs = performance.now()
  const isLive = async () =>
    (await box.get<System>('/api/v1/system')).cameras.every(({ state }) => state === 'live')
  while (!(await isLive())) {
    if (performance.now() - startedMs > liveWithinMs) throw new Error('a camera of the daemon does not come')
    await wait(100)
  }
  const owned = parts.move()
  return {
    box,
    stateDir: state.path,
    streams: cameras.map(({ id }) => id),
    async read() {
      const { cameras: all, stages } = await box.get<System>('/api/v1/system')
      return {
        cpu: cpuSeconds(box.pid),
        decoded: all.reduce((sum, one) => sum + one.frames_decoded, 0),
        dropped: all.reduce((sum, one) => sum + one.frames_dropped, 0),
        detects: stages.detect.inferences,
        embeds: stages.embed.inferences,
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
