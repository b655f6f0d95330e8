/**
 * What a barn's work costs by itself, with no barn: one ffmpeg a camera that decodes for a reader who throws all away,
 * and the models in a process of their own.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { cameraArguments } from '../../../daemon/cameras/arguments.ts'
import { type FfmpegPath, findFfmpeg } from '../../../daemon/cameras/ffmpeg.ts'
import { ffmpegEnvironment } from '../../../daemon/cameras/run.ts'
import { cameraSchema } from '../../../daemon/config/schema.ts'
import { newStateDir } from '../../demonstration/box.ts'
import { HEIGHT, WIDTH } from '../../footage/plan.ts'
import { nodeEnvironment } from '../../testing/program.ts'
import type { Cost, Pace } from './bare-inference.ts'
import { cpuSeconds } from './processes.ts'

const frameBytes = WIDTH * HEIGHT * 1.5

export interface BareDecoding extends Disposable {
  /** Seconds of CPU, and frames given out, since the start. */
  readonly cpu: number
  readonly frames: number
}

/** Decodes each stream with the arguments that the daemon uses; resolves when all give frames. */
export async function startDecoding(urls: readonly string[], fps: number): Promise<BareDecoding> {
  const ffmpeg = await findFfmpeg({}, AbortSignal.timeout(10_000))
  let bytes = 0
  const onBytes = (piece: Uint8Array) => {
    bytes += piece.length
  }
  const children = await Promise.all(urls.map((url) => decode(url, fps, ffmpeg, onBytes)))
  return {
    get cpu() {
      if (children.some(({ exitCode }) => exitCode !== null)) throw new Error('a bare ffmpeg has ended')
      return children.reduce((sum, { pid }) => sum + cpuSeconds(pid ?? 0), 0)
    },
    get frames() {
      return bytes / frameBytes
    },
    [Symbol.dispose]() {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

/** A camera that many call at once may turn some away; the daemon, too, calls again. */
const mostCalls = 5

async function decode(
  url: string,
  fps: number,
  ffmpeg: FfmpegPath,
  onBytes: (piece: Uint8Array) => void,
): Promise<ChildProcess> {
  for (let call = 1; call <= mostCalls; call++) {
    const child = spawn(ffmpeg.path, argumentsFor(url, fps, ffmpeg), {
      env: ffmpegEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    child.stdout.on('data', onBytes)
    const began = await Promise.race([
      once(child.stdout, 'data').then(() => true),
      once(child, 'exit').then(() => false),
    ])
    if (began) return child
  }
  throw new Error(`ffmpeg gets nothing from ${url}`)
}

function argumentsFor(url: string, fps: number, ffmpeg: FfmpegPath): string[] {
  // As the config's defaults have it.
  const camera = cameraSchema.parse({ id: 'bare', url, fps })
  return cameraArguments({ url, fps, transport: camera.transport, longestSide: camera.longest_side }, ffmpeg)
}

export interface BareInference extends Disposable {
  /** Goes on at this pace; answers what the work until now has cost. */
  pace(next: Pace): Promise<Cost>
}

/** The built-in models in a process of their own, resting at first. Its memory lies as the daemon's does, unless it is told otherwise. */
export async function startInference(
  environment: NodeJS.ProcessEnv = nodeEnvironment,
): Promise<BareInference> {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const env = { ...inherited, ...environment }
  const state = newStateDir()
  const child = fork(fileURLToPath(new URL('./bare-inference.ts', import.meta.url)), [state.path], { env })
  child.once('close', () => state[Symbol.dispose]())
  await once(child, 'message')
  return {
    async pace(next) {
      const answer = once(child, 'message')
      child.send(next)
      return (await answer)[0] as Cost
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}
