/**
 * The acceptance test of a camera: what is measured of it, in which order, and where the report is kept. The command runs it in a
 * process of its own, the daemon beside what it watches; the camera then has three viewers more.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Roster } from './barn-cameras.ts'
import type {
  CameraClock,
  CameraMeasured,
  CameraReport,
  CameraTests,
  PacketTrial,
  RunningTest,
  TestedStream,
} from './camera-test-types.ts'
import type { StreamTrial } from './camera-types.ts'
import { startCamera } from './cameras/camera.ts'
import type { FfmpegPath } from './cameras/ffmpeg.ts'
import { askClock } from './cameras/onvif/client.ts'
import { countPackets } from './cameras/packets.ts'
import { figuresOf, seenOf } from './cameras/picture-figures.ts'
import { watchQuality } from './cameras/quality.ts'
import { tryStream } from './cameras/trial.ts'
import { judgeCamera } from './cameras/verdict.ts'
import type { CameraConfig } from './config/schema.ts'
import { repeat, sleep } from './lib/abort.ts'
import { asBarnboxError, BarnboxError } from './lib/errors.ts'
import { type Log, silentLog } from './lib/log.ts'
import { writeWhole } from './lib/whole-file.ts'
import type { Registry } from './registry/registry.ts'
import type { Clock, Picture, Stall, StreamId } from './types.ts'
import { decodePicture } from './vision/picture.ts'
import type { Vision } from './vision/vision.ts'

export interface TestDeps {
  readonly stateDir: string
  readonly ffmpeg: FfmpegPath
  readonly clock: Clock
  /** Heights of the horses in a picture; null where nobody can look. */
  readonly horsesIn: (picture: Picture) => Promise<number[] | null>
  readonly stalls: readonly Pick<Stall, 'name' | 'corners' | 'kind'>[]
  /** Where the device is asked for its clock; the usual ports when absent. */
  readonly onvifPorts?: readonly number[]
}

export interface Tested {
  readonly config: CameraConfig
  readonly password: string | undefined
}

/** Tests a camera for so many seconds, and keeps the report. */
export async function testCamera(
  { config, password }: Tested,
  seconds: number,
  deps: TestDeps,
  signal: AbortSignal,
): Promise<CameraReport> {
  const { ffmpeg, clock, stateDir } = deps
  const trying = { ffmpeg, clock, log: silentLog }
  const way = {
    ...{ username: config.username ?? null, password: password ?? null, transport: config.transport },
  }
  const { url, detect_url: detectUrl = url } = config
  const main = await tryStream(url, way, trying, signal)
  const detect = detectUrl === url ? null : await tryStream(detectUrl, way, trying, signal)
  const jpeg = (detect ?? main).picture
  const seen = jpeg && { jpeg, picture: await decodePicture(jpeg), atMs: clock.utcMs() }
  const figures = seen && figuresOf(seen.picture)
  const [ways, watch, askedMs] = seen
    ? await Promise.all([
        waysOf({ ...way, url: detectUrl }, seconds, clock, signal),
        watchFor(config, seconds, { ...trying, password }, signal),
        askClock(new URL(url).hostname.replace(/^\[|\]$/g, ''), signal, deps.onvifPorts),
      ])
    : [[], null, undefined]
  signal.throwIfAborted()
  const files = filesOf(stateDir, config.id)
  const measured: CameraMeasured = {
    ...{ camera: config.id, name: config.name ?? config.id, atMs: clock.utcMs() },
    ...{ transport: config.transport, main: described(main), detect: detect && described(detect) },
    picture: figures,
    nightMs: seen && figures?.isGrey === true ? seen.atMs : timeOf(files.night),
    clock: clockOf(askedMs, ways),
    ways,
    horses: seen ? await deps.horsesIn(seen.picture) : null,
    stalls: seen
      ? deps.stalls.filter(({ kind }) => kind === 'stall').map((one) => seenOf(one, seen.picture))
      : [],
    watch,
  }
  const report = { ...measured, findings: judgeCamera(measured) }
  keep(files, report, jpeg)
  return report
}

/** Heights in pixels, the largest first. */
export async function horsesBy(vision: Pick<Vision, 'detect'>, picture: Picture): Promise<number[]> {
  const found = (await vision.detect(picture)).filter(({ kind }) => kind === 'horse')
  return found.map(({ box }) => Math.round(box[3] - box[1])).sort((a, b) => b - a)
}

const described = ({ picture: _, ...rest }: StreamTrial): TestedStream => rest

/** Both ways at once: what happens on the way happens to both. Through TLS there is but one. */
const waysOf = (
  source: Pick<Parameters<typeof countPackets>[0], 'url' | 'username' | 'password'>,
  seconds: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<PacketTrial[]> =>
  Promise.all(
    (source.url.startsWith('rtsps:') ? (['tcp'] as const) : (['tcp', 'udp'] as const)).map((transport) =>
      countPackets({ ...source, transport, seconds }, clock, signal),
    ),
  )

/** The device's own word first: what its reports say is of whatever part of it sends the video. */
function clockOf(askedMs: number | undefined, ways: readonly PacketTrial[]): CameraClock | null {
  if (askedMs !== undefined) return { by: 'onvif', offMs: Math.round(askedMs) }
  const told = ways.find(({ clockMs }) => clockMs !== null)?.clockMs
  return told === undefined || told === null ? null : { by: 'rtcp', offMs: told }
}

const sampleMs = 2000

/** As the daemon watches it, but that nobody looks at the pictures. */
async function watchFor(
  config: CameraConfig,
  seconds: number,
  deps: Omit<Parameters<typeof startCamera>[1], 'onFrame' | 'onChange'>,
  signal: AbortSignal,
): Promise<CameraMeasured['watch']> {
  const quality = watchQuality(() => config.fps, deps.clock.monoMs)
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  await using camera = startCamera(config, { ...deps, onFrame: () => {}, onChange: () => {} }, signal)
  // What comes before the first picture is no loss.
  for (let n = 0; n < 100 && camera.view.state !== 'live'; n++) await sleep(200, either)
  // Nobody takes the pictures: that they are passed over says nothing of the camera.
  const seen = () => quality.sample([{ ...camera.view, framesDropped: 0 }])
  const sampling = repeat(sampleMs, seen, either)
  await sleep(seconds * 1000, either)
  over.abort()
  await sampling
  const read = quality.read(config.id as StreamId)
  return read && { ...read, seconds }
}

interface Files {
  readonly folder: string
  readonly report: string
  readonly day: string
  readonly night: string
}

function filesOf(stateDir: string, id: string): Files {
  const folder = join(stateDir, 'camera-tests')
  const at = (ending: string) => join(folder, `${id}${ending}`)
  return { folder, report: at('.json'), day: at('.jpg'), night: at('.night.jpg') }
}

const timeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null

function keep(
  { folder, report: file, day, night }: Files,
  report: CameraReport,
  jpeg: Uint8Array | null,
): void {
  mkdirSync(folder, { recursive: true, mode: 0o750 })
  if (jpeg) writeWhole(day, jpeg)
  if (jpeg && report.picture?.isGrey === true) writeWhole(night, jpeg)
  writeWhole(file, `${JSON.stringify(report, null, 2)}\n`)
}

function readReport(file: string): CameraReport | undefined {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as CameraReport
    // One of an older form is tested anew.
    return Array.isArray(report.findings) && report.findings.every(({ says }) => typeof says === 'string')
      ? report
      : undefined
  } catch {
    return undefined
  }
}

/** As long as an installer waits; and what opening takes besides. */
const testSeconds = 120
const aroundSeconds = 30

export interface CameraTestsDeps extends Pick<TestDeps, 'stateDir' | 'clock' | 'onvifPorts'> {
  find(id: StreamId): Tested | undefined
  ffmpeg(): FfmpegPath | undefined
  readonly horsesIn: TestDeps['horsesIn']
  stallsOf(id: StreamId): TestDeps['stalls']
  readonly log: Log
  readonly seconds?: number
}

export function openCameraTests(deps: CameraTestsDeps, signal: AbortSignal): CameraTests {
  const { stateDir, clock, log, seconds = testSeconds } = deps
  let running: RunningTest | null = null
  const faults = new Map<StreamId, string>()
  const run = async (tested: Tested, id: StreamId, ffmpeg: FfmpegPath) => {
    try {
      const stalls = deps.stallsOf(id)
      await testCamera(tested, seconds, { ...deps, ffmpeg, stalls }, signal)
    } catch (thrown) {
      const error = asBarnboxError(thrown)
      faults.set(id, error.message)
      if (!signal.aborted)
        log.warn({ camera: id, code: error.code, err: thrown }, 'the test of a camera failed')
    } finally {
      running = null
    }
  }
  return {
    get running() {
      return running
    },
    fault: (id) => faults.get(id) ?? null,
    start(id) {
      const tested = deps.find(id)
      if (!tested) throw new BarnboxError('NOT_FOUND', `There is no camera ${id}.`)
      if (running)
        throw new BarnboxError('CAMERA_BUSY', 'Another camera is being tested. Wait until it is done.')
      const ffmpeg = deps.ffmpeg()
      if (!ffmpeg)
        throw new BarnboxError('FFMPEG_MISSING', 'There is no ffmpeg, or the box is still starting.')
      faults.delete(id)
      const startedMs = clock.utcMs()
      running = { id, startedMs, untilMs: startedMs + (seconds + aroundSeconds) * 1000 }
      void run(tested, id, ffmpeg)
      return running
    },
    report: (id) => readReport(filesOf(stateDir, id).report),
    picture(id, which) {
      const file = filesOf(stateDir, id)[which]
      return existsSync(file) ? readFileSync(file) : undefined
    },
  }
}

/** For the barn: its own models and stalls, and its cameras as they are set up now. */
export function testsOfBarn(
  {
    roster,
    now,
    registry,
    ...rest
  }: Pick<CameraTestsDeps, 'stateDir' | 'clock' | 'log'> & {
    readonly roster: Pick<Roster, 'configs' | 'loaded'>
    readonly now: { readonly ffmpeg?: FfmpegPath; readonly sight: { readonly vision: Vision } | undefined }
    readonly registry: Pick<Registry, 'stalls'>
  },
  signal: AbortSignal,
): CameraTests {
  return openCameraTests(
    {
      ...rest,
      find(id) {
        const config = roster.configs.find((one) => one.id === id)
        return config && { config, password: roster.loaded.secrets.cameraPasswords.get(id) }
      },
      ffmpeg: () => now.ffmpeg,
      horsesIn: async (picture) => (now.sight ? horsesBy(now.sight.vision, picture) : null),
      stallsOf: (id) => registry.stalls.ofStream(id),
    },
    signal,
  )
}
