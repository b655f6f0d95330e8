/**
 * What a stream is, found out by opening it for some seconds: a picture, codec, size, rate, keyframes; or why there is
 * none.
 */
import type { CameraSource, StreamTrial } from '../camera-types.ts'
import type { Log } from '../lib/log.ts'
import type { Clock, FaultReason } from '../types.ts'
import { trialArguments } from './arguments.ts'
import { createHide, type Failure, failure } from './failure.ts'
import type { FfmpegPath } from './ffmpeg.ts'
import { createLogReader } from './log-reader.ts'
import { ffmpegEnvironment, runWatched } from './run.ts'

/** How long a first picture may take; the next keyframe after it; and how long a rate needs to be one. */
const FIRST_MS = 15_000
const KEYFRAME_MS = 12_000
const RATE_SECONDS = 2
/** A JPEG of 1280 pixels is a tenth of it. */
const MOST_BYTES = 4 * 1024 * 1024

export interface TrialDeps {
  readonly ffmpeg: FfmpegPath
  readonly clock: Pick<Clock, 'monoMs'>
  readonly log: Log
}

const nothing = { picture: null, codec: null, width: null, height: null, fps: null, keyframeSeconds: null }

/** A trial of a stream that could not even be opened. */
export const failed = (reason: FaultReason, code: string, detail: string): StreamTrial => ({
  ...nothing,
  fault: { reason, code, detail },
})

/** Opens one stream and closes it again. Answers what is wrong with it, and never rejects for that. */
export async function tryStream(
  url: string,
  { username, password, transport }: Pick<CameraSource, 'username' | 'password' | 'transport'>,
  { ffmpeg, clock, log }: TrialDeps,
  signal: AbortSignal,
): Promise<StreamTrial> {
  const source = { url, username: username ?? undefined, password: password ?? undefined, transport }
  const run = new AbortController()
  const notes = createTrialNotes()
  const pieces: Uint8Array[] = []
  let bytes = 0
  const startedMs = clock.monoMs()
  let firstMs: number | undefined
  const check = () => {
    const now = clock.monoMs()
    if (notes.count > 0) firstMs ??= now
    const isLate = now - (firstMs ?? startedMs) > (firstMs === undefined ? FIRST_MS : KEYFRAME_MS)
    const isEnough = bytes > 0 && notes.seconds >= RATE_SECONDS && notes.keyframeSeconds !== null
    if (isLate || isEnough || bytes > MOST_BYTES) run.abort()
  }
  const end = await runWatched(
    {
      name: 'trial ffmpeg',
      command: ffmpeg.path,
      args: trialArguments(source, ffmpeg),
      env: ffmpegEnvironment(),
      reader: notes.reader,
      onPixels(piece) {
        bytes += piece.length
        if (bytes <= MOST_BYTES) pieces.push(new Uint8Array(piece))
      },
    },
    { log, hide: createHide(source.password) },
    { run, check },
    signal,
  )
  const { codec, width, height, fps, keyframeSeconds } = notes
  const picture = Buffer.concat(pieces)
  if (picture.length > 0 && bytes <= MOST_BYTES)
    return { fault: null, picture, codec, width, height, fps, keyframeSeconds }
  const why: Failure = end.why ?? failure('silent', `no picture came within ${FIRST_MS / 1000} s`)
  return {
    ...nothing,
    codec,
    width,
    height,
    fault: { reason: reasonOf(why, codec), code: why.code, detail: why.detail },
  }
}

/** What is a stream of video and yet no picture is in a codec that is not handled. */
function reasonOf({ reason }: Failure, codec: string | null): FaultReason {
  return reason === 'not-rtsp' && codec !== null ? 'codec' : reason
}

const input = /^\[info\]\s+Stream #0:\d+\S*: Video: (\w+).*?[ ,](\d+)x(\d+)[ ,[]/
const shown = /\[info\] n: *\d+ pts: *-?\d+ pts_time:(-?[\d.e+-]+) .*iskey:([01])/
const complaint = /\[(?:error|fatal|panic)\]/

/** What ffmpeg's log says of the stream, as far as it has come. Pure. */
export function createTrialNotes() {
  let stream: { readonly codec: string; readonly width: number; readonly height: number } | undefined
  let first: number | undefined
  let last = 0
  let count = 0
  let key: number | undefined
  let keyframeSeconds: number | null = null
  const note = (seconds: number, isKey: boolean) => {
    first ??= seconds
    last = Math.max(last, seconds)
    count++
    if (!isKey) return
    if (key !== undefined && seconds > key) keyframeSeconds = Math.round((seconds - key) * 100) / 100
    key = seconds
  }
  const reader = createLogReader((line, complain) => {
    const frame = shown.exec(line)
    if (frame) return note(Number(frame[1]), frame[2] === '1')
    const found = stream ? null : input.exec(line)
    if (found) stream = { codec: String(found[1]), width: Number(found[2]), height: Number(found[3]) }
    else if (complaint.test(line)) complain(line)
  })
  return {
    reader,
    get codec() {
      return stream?.codec ?? null
    },
    get width() {
      return stream?.width ?? null
    },
    get height() {
      return stream?.height ?? null
    },
    get count() {
      return count
    },
    get seconds() {
      return first === undefined ? 0 : last - first
    },
    get fps() {
      const seconds = first === undefined ? 0 : last - first
      return seconds > 0.5 ? Math.round(((count - 1) / seconds) * 10) / 10 : null
    },
    get keyframeSeconds() {
      return keyframeSeconds
    },
  }
}
