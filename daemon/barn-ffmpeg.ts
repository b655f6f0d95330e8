/**
 * Since when cameras are watched: an ffmpeg is looked for until there is one. One that hangs while the box starts, or is installed later,
 * needs no person.
 */
import { type FfmpegPath, findFfmpeg } from './cameras/ffmpeg.ts'
import { repeat } from './lib/abort.ts'
import { asBarnboxError, type BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'

/** How long after one search the next begins. */
const againMs = 60_000

export interface FfmpegParts {
  /** What is known of it, for whoever shows the barn. */
  readonly now: { ffmpeg?: FfmpegPath; ffmpegError?: BarnboxError | undefined }
  readonly configured: string | undefined
  readonly log: Log
  readonly everyMs?: number
  /** Says that there is none; throws where that is a fault of ours. */
  missing(thrown: unknown): BarnboxError
  /** The cameras are otherwise than before. */
  tell(): void
  start(ffmpeg: FfmpegPath): Promise<void>
}

/** Answers after the first search. Where it found none the next ones go on until one does, or until the end. */
export async function startWithFfmpeg(parts: FfmpegParts, signal: AbortSignal): Promise<AsyncDisposable> {
  const { now, configured, log, missing, tell, start, everyMs = againMs } = parts
  const own = new AbortController()
  const ending = AbortSignal.any([signal, own.signal])
  const search = () => findFfmpeg({ configured, log }, ending)
  const begin = (ffmpeg: FfmpegPath) => {
    now.ffmpeg = ffmpeg
    return start(ffmpeg)
  }
  const again = async () => {
    const ffmpeg = await search().catch((thrown) => {
      // That there is none was said: here it may only be for another reason.
      if (!ending.aborted) now.ffmpegError = asBarnboxError(thrown)
    })
    if (!ffmpeg) return
    own.abort()
    now.ffmpegError = undefined
    log.info({ path: ffmpeg.path }, 'there is an ffmpeg now, and the cameras are watched')
    await begin(ffmpeg)
    tell()
  }
  const found = await search().catch((thrown) => {
    now.ffmpegError = missing(thrown)
    tell()
  })
  if (found) await begin(found)
  const done = found ? undefined : repeat(everyMs, again, ending)
  return {
    async [Symbol.asyncDispose]() {
      own.abort()
      await done
    },
  }
}
