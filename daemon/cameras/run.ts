/**
 * One run of ffmpeg on one camera: from the start of the child to its end. It neither retries nor keeps state.
 */
import { repeat } from '../lib/abort.ts'
import { type ChildEnd, runChild } from '../lib/child.ts'
import type { Log } from '../lib/log.ts'
import { free } from '../lib/memory.ts'
import { classify, type Failure, failure } from './failure.ts'
import type { LogReader } from './log-reader.ts'
import { createStderrReader } from './stderr.ts'

/** What every run needs, whichever program decodes. */
export interface RunDeps {
  readonly log: Log
  /** Takes this camera's secrets out of a text. */
  hide(text: string): string
  onSize(width: number, height: number): void
  /** The bytes are there only until this returns. */
  onBytes(bytes: Uint8Array): void
}

export interface FfmpegRunDeps extends RunDeps {
  readonly ffmpeg: string
  readonly args: readonly string[]
}

/** How a run ended. */
export interface RunEnd {
  /** Null where the signal ended it. */
  readonly why: Failure | null
  /** The program failed or crashed; one that ends with the stream does not. */
  readonly isBroken: boolean
  /** How often it complained since the last picture's bytes. */
  readonly complaintsSincePicture: number
  /** Its last complaints, without secrets. */
  readonly said: readonly string[]
}

/** The program that decodes, and what reads its two pipes. */
export interface Decoder {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly reader: LogReader
  /** The bytes are there only until this returns; where it `keeps` them, until it frees them itself. */
  onPixels(bytes: Uint8Array): void
  readonly keeps?: boolean
}

/** A spoilt stream complains many times a second. */
const COMPLAINT_EVERY_MS = 60_000

/** Runs until ffmpeg ends or the signal aborts. */
export function runFfmpeg(deps: FfmpegRunDeps, signal: AbortSignal): Promise<RunEnd> {
  // The size and the pictures come through two pipes: pictures that arrive first wait for the size.
  const waiting: Uint8Array[] = []
  let isSized = false
  const reader = createStderrReader({
    onSize(width, height) {
      if (isSized || signal.aborted) return
      isSized = true
      deps.onSize(width, height)
      for (const bytes of waiting.splice(0)) {
        deps.onBytes(bytes)
        free(bytes)
      }
    },
  })
  const onPixels = (bytes: Uint8Array) =>
    isSized ? deps.onBytes(bytes) : void waiting.push(new Uint8Array(bytes))
  const program = { name: 'ffmpeg', command: deps.ffmpeg, args: deps.args, env: ffmpegEnvironment() }
  return runDecoder({ ...program, reader, onPixels }, deps, signal)
}

/** Runs the program until it ends or the signal aborts; says in the log, seldom, that a stream has faults. */
export async function runDecoder(
  { name, command, args, env, reader, onPixels, keeps = false }: Decoder,
  { log, hide }: Pick<RunDeps, 'log' | 'hide'>,
  signal: AbortSignal,
): Promise<RunEnd> {
  let hasPixels = false
  let countAtPixels = 0
  let saidAtMs = Number.NEGATIVE_INFINITY
  const sayComplaint = () => {
    const now = performance.now()
    if (!hasPixels || reader.complaintCount === 0 || now - saidAtMs < COMPLAINT_EVERY_MS) return
    saidAtMs = now
    const last = hide(reader.complaints.at(-1) ?? '')
    log.warn({ complaints: reader.complaintCount, last }, 'the stream has faults')
  }
  const onStdout = (bytes: Uint8Array) => {
    hasPixels = true
    countAtPixels = reader.complaintCount
    onPixels(bytes)
    if (!keeps) free(bytes)
  }
  const onStderr = (text: string) => {
    reader.read(text)
    sayComplaint()
  }
  const end = await runChild({ command, args, env, log, onStdout, onStderr }, signal)
  const said = reader.complaints.map(hide)
  const { code, reason, ranForMs } = end
  log.debug({ code, reason, ranForMs: Math.round(ranForMs), stderr: said }, `${name} ended`)
  return {
    why: signal.aborted ? null : whyEnded(name, end, reader, hide),
    isBroken: reason === 'spawn-failed' || (reason === 'exited' && code !== 0),
    complaintsSincePicture: reader.complaintCount - countAtPixels,
    said,
  }
}

const CHECK_MS = 1_000

/** What may end a run from outside: `check` is called every second, and ends it by `run`. */
export interface Watch {
  readonly run: AbortController
  check(): void
}

/** Runs the program until it ends, its watch ends it or the signal aborts. */
export async function runWatched(
  decoder: Decoder,
  deps: Pick<RunDeps, 'log' | 'hide'>,
  { run, check }: Watch,
  signal: AbortSignal,
): Promise<RunEnd> {
  const ending = AbortSignal.any([signal, run.signal])
  const watch = repeat(CHECK_MS, check, ending)
  const end = await runDecoder(decoder, deps, ending)
  run.abort()
  await watch
  return end
}

function whyEnded(name: string, end: ChildEnd, reader: LogReader, hide: RunDeps['hide']): Failure {
  if (end.reason !== 'spawn-failed') return classify(reader.complaints, hide, end.ranForMs)
  // The program was there at the start: an upgrade, or the machine is out of processes or memory.
  return failure('unreachable', `${name} could not be started: ${hide(end.stderrTail).slice(0, 200)}`)
}

/** FFREPORT would make ffmpeg write the camera's password into a file. */
export function ffmpegEnvironment(): NodeJS.ProcessEnv {
  const { FFREPORT: _, ...env } = process.env
  return { ...env, AV_LOG_FORCE_NOCOLOR: '1' }
}
