/**
 * `barnbox detect FILE...`: what the detector sees in pictures and videos, one JSON line a picture.
 */
import { findFfmpeg } from '../cameras/ffmpeg.ts'
import { sampleVideo } from '../cameras/video-file.ts'
import type { VisionConfig } from '../config/schema.ts'
import { asBarnboxError, type BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import type { Picture } from '../types.ts'
import { readPicture } from '../vision/picture.ts'
import { startVision, type Vision } from '../vision/vision.ts'

export interface DetectOptions {
  readonly files: readonly string[]
  readonly vision: VisionConfig
  readonly stateDir: string
  /** Pictures taken from a second of video. */
  readonly fps: number
}

/** One line of the command's output. Boxes are in pixels. */
export interface Detected {
  readonly file: string
  /** Seconds from the start; only for videos. */
  readonly t?: number
  readonly width: number
  readonly height: number
  readonly ms: number
  readonly detections: readonly { box: readonly number[]; score: number; class: string }[]
}

/** Looks at every file; one that cannot be read is told to `onError` and spoils itself only. */
export async function detect(
  options: DetectOptions,
  onResult: (result: Detected) => void,
  onError: (error: BarnboxError) => void,
  signal: AbortSignal,
): Promise<void> {
  await using vision = await startVision(options.vision, { stateDir: options.stateDir, log: silentLog })
  for (const file of options.files) {
    if (signal.aborted) return
    try {
      await detectInFile(file, vision, options.fps, onResult, signal)
    } catch (thrown) {
      onError(asBarnboxError(thrown))
    }
  }
}

async function detectInFile(
  file: string,
  vision: Vision,
  fps: number,
  onResult: (result: Detected) => void,
  signal: AbortSignal,
): Promise<void> {
  const picture = await readPicture(file).catch((thrown) => {
    // Not a picture: it may be a video.
    if (asBarnboxError(thrown).code === 'NOT_A_PICTURE') return undefined
    throw thrown
  })
  if (picture) return onResult(await look(file, picture, vision))
  const ffmpeg = await findFfmpeg({}, signal)
  for await (const { t, picture } of sampleVideo(file, fps, ffmpeg, signal)) {
    onResult(await look(file, picture, vision, t))
  }
}

async function look(file: string, picture: Picture, vision: Vision, t?: number): Promise<Detected> {
  const startMs = performance.now()
  const detections = await vision.detect(picture)
  const ms = round(performance.now() - startMs, 1)
  return {
    file,
    ...(t !== undefined && { t: round(t, 3) }),
    width: picture.width,
    height: picture.height,
    ms,
    detections: detections.map(({ box, score, kind }) => ({
      box: box.map((side) => round(side, 1)),
      score: round(score, 4),
      class: kind,
    })),
  }
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
