/**
 * `barnbox cameras`: what answers on the network, and whether a camera is good enough to be watched: the installer's acceptance test. Its
 * report is kept in `camera-tests/` of the state folder.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FoundDevice, StreamTrial } from '../camera-types.ts'
import { startCamera } from '../cameras/camera.ts'
import { findFfmpeg } from '../cameras/ffmpeg.ts'
import { discoverDevices } from '../cameras/onvif/client.ts'
import { watchQuality } from '../cameras/quality.ts'
import { tryStream } from '../cameras/trial.ts'
import type { Loaded } from '../config/load.ts'
import type { CameraConfig } from '../config/schema.ts'
import { repeat, sleep } from '../lib/abort.ts'
import { systemClock } from '../lib/clock.ts'
import { BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { writeWhole } from '../lib/whole-file.ts'
import type { CameraQuality } from '../system-types.ts'
import type { Picture, StreamId } from '../types.ts'
import { decodePicture } from '../vision/picture.ts'
import { startVision } from '../vision/vision.ts'
import type { Finding } from './doctor-check.ts'

export const discover = (signal: AbortSignal): Promise<FoundDevice[]> => discoverDevices(signal)

export const deviceText = ({ host, port, name, maker }: FoundDevice) =>
  `${host}:${port}  ${[maker, name].filter((one) => one !== null).join(' ') || '(says no name)'}`

type Described = Omit<StreamTrial, 'picture'>

export interface CameraReport {
  readonly camera: string
  readonly atMs: number
  readonly main: Described
  /** Null where there is no stream of its own for the analysis. */
  readonly detect: Described | null
  /** Null where no picture came. */
  readonly picture: { readonly isGrey: boolean; readonly width: number; readonly height: number } | null
  /** The horses in the picture that is analysed, heights in pixels, the largest first. */
  readonly horses: readonly number[]
  /** Null where no picture came, or it was too short. */
  readonly watch: (CameraQuality & { readonly seconds: number }) | null
  readonly findings: readonly Finding[]
}

const sampleMs = 2000

/** Tries a camera of the config, or of the page, for so many seconds. Throws `NOT_FOUND` and `FFMPEG_MISSING`. */
export async function testCamera(
  id: string,
  seconds: number,
  { loaded, stateDir }: { readonly loaded: Loaded; readonly stateDir: string },
  signal: AbortSignal,
): Promise<CameraReport> {
  const config = loaded.config.cameras.find((one) => one.id === id)
  if (!config) throw new BarnboxError('NOT_FOUND', `There is no camera ${id} in the config or on the page.`)
  const { config: all, secrets } = loaded
  const ffmpeg = await findFfmpeg({ configured: all.ffmpeg.path }, signal)
  const password = secrets.cameraPasswords.get(id)
  const deps = { ffmpeg, clock: systemClock, log: silentLog }
  const way = { username: config.username ?? null, password: password ?? null, transport: config.transport }
  const main = await tryStream(config.url, way, deps, signal)
  const isSame = config.detect_url === undefined || config.detect_url === config.url
  const detect = isSame ? null : await tryStream(config.detect_url ?? config.url, way, deps, signal)
  const jpeg = (detect ?? main).picture
  const picture = jpeg && (await decodePicture(jpeg))
  const horses = picture ? await horsesIn(picture, loaded, stateDir) : []
  const watch = picture ? await watchFor(config, seconds, { ...deps, password }, signal) : null
  const measured = {
    ...{ camera: id, atMs: systemClock.utcMs(), main: described(main), detect: detect && described(detect) },
    picture: picture && { isGrey: isGrey(picture), width: picture.width, height: picture.height },
    ...{ horses, watch },
  }
  const report = { ...measured, findings: judgeCamera(measured) }
  const folder = join(stateDir, 'camera-tests')
  mkdirSync(folder, { recursive: true, mode: 0o750 })
  writeWhole(join(folder, `${id}.json`), `${JSON.stringify(report, null, 2)}\n`)
  return report
}

const described = ({ picture: _, ...rest }: StreamTrial): Described => rest

async function horsesIn(picture: Picture, { config }: Loaded, stateDir: string): Promise<number[]> {
  const place = { stateDir, log: silentLog }
  await using vision = await startVision({ ...config.vision, workers: 1 }, place)
  const found = (await vision.detect(picture)).filter(({ kind }) => kind === 'horse')
  return found.map(({ box }) => Math.round(box[3] - box[1])).sort((a, b) => b - a)
}

/** As the daemon watches it, but that nobody looks at the pictures. */
async function watchFor(
  config: CameraConfig,
  seconds: number,
  deps: Omit<Parameters<typeof startCamera>[1], 'onFrame' | 'onChange'>,
  signal: AbortSignal,
): Promise<CameraReport['watch']> {
  const quality = watchQuality(() => config.fps, systemClock.monoMs)
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  await using camera = startCamera(config, { ...deps, onFrame: () => {}, onChange: () => {} }, signal)
  // What comes before the first picture is no loss.
  for (let n = 0; n < 100 && camera.view.state !== 'live'; n++) await sleep(200, either)
  const sampling = repeat(sampleMs, () => quality.sample([camera.view]), either)
  await sleep(seconds * 1000, either)
  over.abort()
  await sampling
  const read = quality.read(config.id as StreamId)
  return read && { ...read, seconds }
}

/** Whether there is no colour in it: what a camera shows by infrared light. */
export function isGrey({ pixels }: Picture): boolean {
  let apart = 0
  let count = 0
  // Every 97th pixel: enough for a mean, and in step with no column.
  for (let at = 0; at + 2 < pixels.length; at += 3 * 97) {
    const [r = 0, g = 0, b = 0] = pixels.subarray(at, at + 3)
    apart += Math.max(r, g, b) - Math.min(r, g, b)
    count++
  }
  return count > 0 && apart / count < 6
}

/** What can be told of a horse by so many pixels of its height: an embedder looks at 224. */
const wellTall = 150
const leastTall = 80

/** In plain words, each with what to do. Pure. */
export function judgeCamera(report: Omit<CameraReport, 'findings'>): Finding[] {
  const { main, detect, picture, horses, watch } = report
  const findings = [judgeStream('stream', main)]
  if (detect) findings.push(judgeStream('stream for the analysis', detect), judgeAspect(main, detect))
  else if ((main.width ?? 0) > 1920)
    findings.push(
      warning(
        'stream for the analysis',
        'there is none, and the only one is large: name a substream in detect_url',
      ),
    )
  if (!picture) return findings
  findings.push(
    picture.isGrey
      ? ok('light', 'without colour: this is how it looks by night; try it by day too')
      : warning(
          'light',
          'by day: try it again in the dark, for a night picture is what most nights depend on',
        ),
    judgeHorses(horses),
    judgeWatch(watch),
  )
  return findings
}

const ok = (part: string, detail: string): Finding => ({ part, level: 'ok', detail })
const warning = (part: string, detail: string): Finding => ({ part, level: 'warning', detail })
const problem = (part: string, detail: string): Finding => ({ part, level: 'problem', detail })

function judgeStream(
  part: string,
  { fault, codec, width, height, fps, keyframeSeconds }: Described,
): Finding {
  if (fault) return problem(part, `${fault.code}: ${fault.detail}`)
  const told = `${codec}, ${width}x${height}, ${fps ?? '?'} pictures a second, a keyframe every ${keyframeSeconds ?? '?'} s`
  if (keyframeSeconds === null || keyframeSeconds > 4)
    return warning(part, `${told}: set the keyframe interval to 1 or 2 seconds on the camera's own page`)
  if (fps !== null && fps < 5)
    return warning(part, `${told}: set at least 5 pictures a second, 10 are better`)
  if (codec !== 'h264') return warning(part, `${told}: H.264 plays in every browser, this not in all`)
  return ok(part, told)
}

function judgeAspect(main: Described, detect: Described): Finding {
  const of = ({ width, height }: Described) => (width ?? 0) / (height ?? 1)
  const [one, other] = [of(main), of(detect)]
  if (main.fault || detect.fault) return problem('sides', 'cannot be compared')
  if (Math.abs(one / other - 1) < 0.03) return ok('sides', 'both streams have the same')
  return warning(
    'sides',
    `the streams are ${one.toFixed(2)} and ${other.toFixed(2)} wide to high: outlines and boxes will not fit; set the same on the camera`,
  )
}

function judgeHorses([tallest = 0, ...others]: readonly number[]): Finding {
  if (tallest === 0)
    return warning('horses', 'none is seen in this picture: bring one before the camera and test again')
  const told = `${others.length + 1} seen, ${tallest} pixels high`
  if (tallest < leastTall)
    return problem('horses', `${told}: too small to be told apart; bring the camera nearer or zoom in`)
  if (tallest < wellTall)
    return warning('horses', `${told}: ${wellTall} and more tell horses apart far better`)
  return ok('horses', told)
}

function judgeWatch(watch: CameraReport['watch']): Finding {
  if (!watch) return problem('steadiness', 'too few pictures came to say anything')
  const told = `${Math.round(watch.come * 100)} % of the pictures came in ${watch.seconds} s, ${watch.breaks} breaks: ${watch.label}`
  if (watch.label === 'unusable' || watch.label === 'poor')
    return problem('steadiness', `${told}; look after cable, switch and radio, or have it send less`)
  return watch.label === 'fair' ? warning('steadiness', told) : ok('steadiness', told)
}
