/**
 * The pictures of a local video file, at the analysis rate and full size, each with its time in the video.
 */
import { access, constants } from 'node:fs/promises'
import { runChild } from '../lib/child.ts'
import { BarnboxError } from '../lib/errors.ts'
import { type Log, silentLog } from '../lib/log.ts'
import type { Picture } from '../types.ts'
import { fileArguments } from './arguments.ts'
import type { FfmpegPath } from './ffmpeg.ts'
import { ffmpegEnvironment } from './run.ts'
import { createStderrReader } from './stderr.ts'

export interface Sample {
  /** Seconds from the beginning of the video. */
  readonly t: number
  readonly picture: Picture
}

/** How many pictures may wait for the reader; ffmpeg pauses beyond. */
const MOST_WAITING = 3

/** Samples the video in order; leaving the loop early ends ffmpeg. */
export async function* sampleVideo(
  file: string,
  fps: number,
  ffmpeg: FfmpegPath,
  signal: AbortSignal,
  log: Log = silentLog,
): AsyncGenerator<Sample> {
  await access(file, constants.R_OK).catch((cause) => {
    throw new BarnboxError('FILE_MISSING', `${file} cannot be read`, { context: { file }, cause })
  })
  const own = new AbortController()
  const joined = new SampleQueue()
  const env = ffmpegEnvironment()
  const { onStdout, onStderr } = joined
  const args = fileArguments(file, fps, ffmpeg)
  const ending = AbortSignal.any([signal, own.signal])
  const running = runChild({ command: ffmpeg.path, args, env, log, onStdout, onStderr }, ending)
  const done = running.then((end) => {
    joined.close()
    return end
  })
  let count = 0
  try {
    for (let sample = await joined.next(); sample; sample = await joined.next()) {
      count += 1
      yield sample
    }
    const end = await done
    if (count === 0 && !signal.aborted) {
      const why = joined.complaints.at(-1) ?? end.stderrTail
      throw new BarnboxError('NOT_A_PICTURE', `${file} is not a video that can be decoded`, {
        context: { file, why: why.slice(-300) },
      })
    }
  } finally {
    own.abort()
    await done
  }
}

/** Joins ffmpeg's two pipes: the times and sizes of its log, the pixels of its stdout. */
class SampleQueue {
  readonly #times: number[] = []
  readonly #pictures: Picture[] = []
  /** What came before the size was known. */
  readonly #early: Uint8Array[] = []
  #size: { width: number; height: number; bytes: number } | undefined
  #pixels: Uint8Array | undefined
  #filled = 0
  #isClosed = false
  #wake = Promise.withResolvers<void>()
  readonly #reader = createStderrReader({
    onSize: (width, height) => this.#begin(width, height),
    onPictureTime: (seconds) => {
      this.#times.push(seconds)
      this.#notify()
    },
  })
  readonly complaints = this.#reader.complaints
  readonly onStderr = this.#reader.read

  /** The returned promise is pending while enough pictures wait. */
  readonly onStdout = (bytes: Uint8Array): void | Promise<void> => {
    this.#write(bytes)
    if (this.#pictures.length >= MOST_WAITING) return this.#drained()
  }

  close(): void {
    this.#isClosed = true
    this.#notify()
  }

  /** The next picture with its time, or undefined after the last. */
  async next(): Promise<Sample | undefined> {
    for (;;) {
      const picture = this.#pictures[0]
      const t = this.#times[0]
      if (picture && t !== undefined) {
        this.#pictures.shift()
        this.#times.shift()
        this.#notify()
        return { t, picture }
      }
      if (this.#isClosed) return undefined
      await this.#wake.promise
    }
  }

  #begin(width: number, height: number): void {
    this.#size ??= { width, height, bytes: (width * height * 3) / 2 }
    for (const bytes of this.#early.splice(0)) this.#write(bytes)
  }

  #write(bytes: Uint8Array): void {
    const size = this.#size
    if (!size) {
      this.#early.push(bytes)
      return
    }
    for (let at = 0; at < bytes.length; ) {
      this.#pixels ??= new Uint8Array(size.bytes)
      const part = Math.min(bytes.length - at, size.bytes - this.#filled)
      this.#pixels.set(bytes.subarray(at, at + part), this.#filled)
      at += part
      this.#filled += part
      if (this.#filled < size.bytes) continue
      this.#pictures.push({ format: 'nv12', width: size.width, height: size.height, pixels: this.#pixels })
      this.#pixels = undefined
      this.#filled = 0
    }
    this.#notify()
  }

  #notify(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  async #drained(): Promise<void> {
    while (this.#pictures.length >= MOST_WAITING && !this.#isClosed) await this.#wake.promise
  }
}
