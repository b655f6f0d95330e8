/**
 * What the doctor says of cameras, and of what opens them.
 */
import type { BadCameras } from '../barn-quality.ts'
import type { FfmpegPath } from '../cameras/ffmpeg.ts'
import { tryCamera } from '../cameras/try-camera.ts'
import type { CameraConfig } from '../config/schema.ts'
import { systemClock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import { Problem, Warning } from './doctor-check.ts'

/** Proven once for all who ask. */
export type FindFfmpeg = () => Promise<FfmpegPath>

export async function ffmpegDetail(configured: string | undefined, find: FindFfmpeg): Promise<string> {
  const { path, from, version, h264, hevc } = await find()
  if (configured !== undefined && from !== 'config') {
    throw new Warning(`ffmpeg.path ${configured} does not run; ${path} ${version} is used instead`)
  }
  if (!h264 || !hevc) throw new Warning(`${path} ${version} cannot decode ${h264 ? 'H.265' : 'H.264'}`)
  return `${path} ${version}, H.264 and H.265`
}

/** What the daemon that watches it has seen of a camera that comes and goes; undefined of one that is well, or gone for good. */
function holdsNot({ id }: CameraConfig, bad: BadCameras, now: string): Problem | Warning | undefined {
  const { label, reasons, breaks, come } = bad[id] ?? { label: 'fair', reasons: [], breaks: 0, come: 0 }
  const isOfTheWay = reasons.some((one) => one === 'breaks' || one === 'few' || one === 'away')
  if (!isOfTheWay || come === 0) return undefined
  const words = `it does not hold: broke off ${breaks} times within an hour, ${Math.round(come * 100)} % of the pictures of the last ten minutes came, by the daemon that watches it (now: ${now}). Look at its cable, plug and power supply, at the way there (Wi-Fi?), and at how many viewers it takes; \`barnbox cameras test ${id}\` measures it`
  return label === 'poor' ? new Warning(words) : new Problem(words)
}

/** Opens the stream as the daemon would. What it does now and then only the daemon knows, that watches it all the time: `bad`. */
export async function cameraDetail(
  camera: CameraConfig,
  password: string | undefined,
  { find, bad }: { readonly find: FindFfmpeg; readonly bad: BadCameras },
  signal: AbortSignal,
): Promise<string> {
  const ffmpeg = await find().catch(() => undefined)
  if (!ffmpeg) throw new Problem('nothing to open it with: see ffmpeg')
  const { state, detail, decode } = await tryCamera(
    camera,
    { ffmpeg, password, clock: systemClock, log: silentLog },
    signal,
  )
  const now = state === 'live' ? 'it gives pictures' : (detail ?? 'no picture came')
  const known = holdsNot(camera, bad, now)
  if (known) throw known
  if (state !== 'live') throw new Problem(now)
  if (decode.why !== null) {
    throw new Warning(
      `gives pictures, but only decoded in software: ${decode.asked} does not work (${decode.why})`,
    )
  }
  return `gives pictures, decoded ${decode.used === 'software' ? 'in software' : `by ${decode.used}`}`
}
