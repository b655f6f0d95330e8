/**
 * A camera's own video in pieces of some seconds, written by an ffmpeg of its own that decodes nothing: neither a slow nor a
 * full disk can hold up anything but itself. It calls the camera again and again, and says of each piece that it has ended;
 * whether that is whole, and what becomes of it, is for others to see.
 */
import { join } from 'node:path'
import type { CameraConfig } from '../config/schema.ts'
import { sleep } from '../lib/abort.ts'
import { createBackoff } from '../lib/backoff.ts'
import { SILENT } from '../lib/child.ts'
import type { Log } from '../lib/log.ts'
import type { Clock } from '../types.ts'
import { recordArguments } from './arguments.ts'
import { createHide } from './failure.ts'
import type { FfmpegPath } from './ffmpeg.ts'
import { createLogReader } from './log-reader.ts'
import { createPieceTimes } from './piece-times.ts'
import { ffmpegEnvironment, type RunEnd, runWatched } from './run.ts'

/** A file that nothing is written to any more. */
export interface RecordedPiece {
  readonly path: string
  /** UTC ms of its first picture. */
  readonly fromMs: number
  /** Undefined where only the file itself knows how long it is. */
  readonly toMs: number | undefined
}

/** How a run ended that nobody has stopped. */
export interface RecorderEnd {
  /** In plain words, without secrets. */
  readonly detail: string
  /** The disk refused what was to be written. */
  readonly isDisk: boolean
}

export interface RecorderDeps {
  readonly ffmpeg: FfmpegPath
  readonly password: string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly pieceSeconds: number
  /** Answers a folder that is there and nobody else's. */
  folder(): Promise<string>
  /** Whether there is room for more. */
  mayRecord(): boolean
  onPiece(piece: RecordedPiece): void
  onEnd(end: RecorderEnd): void
}

const WAIT_MS = { first: 1_000, most: 30_000 }
const HEALTHY_MS = 60_000
const ROOM_CHECK_MS = 1_000
const diskSays =
  /No space left on device|Disk quota exceeded|Read-only file system|Permission denied|File too large/

/** Without a piece for so long the camera is called anew: a stream may stand still, or the disk. */
const silentMs = (pieceSeconds: number) => Math.max(60_000, (2 * pieceSeconds + 30) * 1000)

/** Records until the signal or disposal, and then leaves no child behind. */
export function startRecorder(
  config: CameraConfig,
  deps: RecorderDeps,
  signal: AbortSignal,
): AsyncDisposable {
  const own = new AbortController()
  const done = record(config, deps, AbortSignal.any([signal, own.signal]))
  return {
    async [Symbol.asyncDispose]() {
      own.abort()
      await done
    },
  }
}

async function record(config: CameraConfig, deps: RecorderDeps, signal: AbortSignal): Promise<void> {
  const waits = createBackoff(WAIT_MS.first, WAIT_MS.most)
  while (!signal.aborted) {
    if (!deps.mayRecord()) {
      await sleep(ROOM_CHECK_MS, signal)
      continue
    }
    const startedMs = deps.clock.monoMs()
    try {
      await runOnce(config, await deps.folder(), deps, signal)
    } catch (error) {
      deps.onEnd({ detail: error instanceof Error ? error.message : String(error), isDisk: true })
    }
    if (deps.clock.monoMs() - startedMs > HEALTHY_MS) waits.reset()
    await sleep(waits.next(), signal)
  }
}

/** One run of ffmpeg, and its watchdog. */
async function runOnce(
  config: CameraConfig,
  folder: string,
  deps: RecorderDeps,
  signal: AbortSignal,
): Promise<void> {
  const { ffmpeg, password, clock, log, pieceSeconds } = deps
  const { url, username, transport } = config
  const run = new AbortController()
  const prefix = String(clock.utcMs())
  const times = createPieceTimes()
  let lastMs = clock.monoMs()
  let rest = ''
  const readList = (bytes: Uint8Array) => {
    const lines = (rest + Buffer.from(bytes).toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [, name, begin, end] = /^(\d+-\d+\.mp4),([\d.]+),([\d.]+)\s*$/.exec(line) ?? []
      if (name === undefined) continue
      lastMs = clock.monoMs()
      const seconds = Number(end) - Number(begin)
      deps.onPiece({ path: join(folder, name), ...times.ended(seconds * 1000, clock.utcMs()) })
    }
  }
  const check = () => {
    if (clock.monoMs() - lastMs > silentMs(pieceSeconds)) run.abort(SILENT)
    else if (!deps.mayRecord()) run.abort()
  }
  const reader = createLogReader((line, complain) => {
    if (line.startsWith('[info] Output #0')) times.began(clock.utcMs())
    if (/\[(?:error|fatal|panic)\]/.test(line)) complain(line)
  })
  const end = await runWatched(
    {
      name: 'recording ffmpeg',
      command: ffmpeg.path,
      args: recordArguments({ url, username, password, transport }, ffmpeg, { folder, prefix, pieceSeconds }),
      env: ffmpegEnvironment(),
      reader,
      onPixels: readList,
    },
    { log: log.child({ camera: config.id }), hide: createHide(password) },
    { run, check },
    signal,
  )
  // What was being written when it was stopped is whole, for ffmpeg ends it; only nobody heard of it any more.
  const fromMs = times.nextMs
  const last = `${prefix}-${String(times.count).padStart(5, '0')}.mp4`
  if (fromMs !== undefined) deps.onPiece({ path: join(folder, last), fromMs, toMs: undefined })
  if (!signal.aborted && end.why) deps.onEnd(endOf(end, end.why.detail))
}

function endOf({ said }: RunEnd, detail: string): RecorderEnd {
  const disk = said.map((line) => diskSays.exec(line)?.[0]).find((found) => found !== undefined)
  return { detail: disk ?? detail, isDisk: disk !== undefined }
}
