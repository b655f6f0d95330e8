/**
 * One run of ffmpeg on one camera: from the start of the child to its end. It neither retries nor keeps state.
 */
import { runChild } from '../lib/child.ts'
import type { Log } from '../lib/log.ts'
import { classify, type Failure, failure } from './failure.ts'
import { createStderrReader } from './stderr.ts'

export interface RunDeps {
  readonly ffmpeg: string
  readonly args: readonly string[]
  readonly log: Log
  /** Takes this camera's secrets out of a text. */
  hide(text: string): string
  onSize(width: number, height: number): void
  onBytes(bytes: Uint8Array): void
}

/** A spoilt stream complains many times a second. */
const COMPLAINT_EVERY_MS = 60_000

/** Runs until ffmpeg ends or the signal aborts; tells why it ended, or null where it was ended by the signal. */
export async function runFfmpeg(deps: RunDeps, signal: AbortSignal): Promise<Failure | null> {
  // The size and the pictures come through two pipes: pictures that arrive first wait for the size.
  const waiting: Uint8Array[] = []
  let isSized = false
  const reader = createStderrReader({
    onSize(width, height) {
      if (isSized || signal.aborted) return
      isSized = true
      deps.onSize(width, height)
      for (const bytes of waiting.splice(0)) deps.onBytes(bytes)
    },
  })
  let saidAtMs = Number.NEGATIVE_INFINITY
  const sayComplaint = () => {
    const now = performance.now()
    if (!isSized || reader.complaintCount === 0 || now - saidAtMs < COMPLAINT_EVERY_MS) return
    saidAtMs = now
    const last = deps.hide(reader.complaints.at(-1) ?? '')
    deps.log.warn({ complaints: reader.complaintCount, last }, 'the stream has faults')
  }
  const end = await runChild(
    {
      command: deps.ffmpeg,
      args: deps.args,
      env: ffmpegEnvironment(),
      log: deps.log,
      onStdout: (bytes) => (isSized ? deps.onBytes(bytes) : void waiting.push(bytes)),
      onStderr(text) {
        reader.read(text)
        sayComplaint()
      },
    },
    signal,
  )
  if (signal.aborted) return null
  const { code, reason, ranForMs } = end
  const why =
    reason === 'spawn-failed'
      ? spawnFailure(deps.hide(end.stderrTail))
      : classify(reader.complaints, deps.hide, ranForMs)
  const stderr = reader.complaints.map(deps.hide)
  deps.log.debug({ code, reason, ranForMs: Math.round(ranForMs), stderr }, 'ffmpeg ended')
  return why
}

/** The program was there at the start of the daemon: an upgrade, or the machine is out of processes or memory. */
function spawnFailure(said: string): Failure {
  return failure('unreachable', `ffmpeg could not be started: ${said.slice(0, 200)}`)
}

/** FFREPORT would make ffmpeg write the camera's password into a file. */
export function ffmpegEnvironment(): NodeJS.ProcessEnv {
  const { FFREPORT: _, ...env } = process.env
  return { ...env, AV_LOG_FORCE_NOCOLOR: '1' }
}
