/**
 * One camera's life: keeps its stream decoded for ever, hands out the newest picture, says how it stands.
 */
import type { CameraConfig } from '../config/schema.ts'
import { repeat, sleep } from '../lib/abort.ts'
import { type Backoff, createBackoff } from '../lib/backoff.ts'
import { SILENT } from '../lib/child.ts'
import type { Log } from '../lib/log.ts'
import type { CameraState, CameraView, Clock, Decode, Frame, FrameUse, StreamId } from '../types.ts'
import { cameraArguments } from './arguments.ts'
import { createHide, failure } from './failure.ts'
import { createFallback } from './fallback.ts'
import type { FfmpegPath } from './ffmpeg.ts'
import type { GstElements, Size } from './gst-pipeline.ts'
import { runGstreamer } from './gst-run.ts'
import { createLife, limitsOf } from './life.ts'
import { type RunDeps, type RunEnd, runFfmpeg } from './run.ts'
import { FrameSlots } from './slots.ts'

export interface Camera extends AsyncDisposable {
  /** A fresh snapshot at each read. */
  readonly view: CameraView
  /** The newest frame not yet taken, or undefined. Its pixels are not written again until `release`. */
  take(): Frame | undefined
  release(frame: Frame, use: FrameUse): void
}

export interface CameraDeps {
  readonly ffmpeg: FfmpegPath
  readonly password: string | undefined
  readonly clock: Clock
  readonly log: Log
  /** A new frame can be taken. Called in the middle of reading: only wake someone here. */
  onFrame(): void
  /** The state or the reason changed. */
  onChange(view: CameraView): void
  readonly random?: () => number
  /** What stands for a Jetson's elements where there is none. */
  readonly gstElements?: GstElements
}

/**
 * The picture must be back within 10 s of the stream's return, however long it was away. A wait of 3 s (3.6 with
 * jitter), a try that has just failed, and a stream whose next keyframe is 4 s off stay below that. A try costs 50 ms of
 * CPU, so that a camera that is off all winter costs about one hundredth of a core.
 */
const WAIT_MS = { first: 1_000, most: 3_000 }
/** Cameras lock a user out after a handful of wrong passwords; only a person can cure these, so they are asked rarely. */
const REFUSED_WAIT_MS = { first: 5_000, most: 60_000 }
/** A run of this length was not one more failed try: the waits start again. */
const HEALTHY_MS = 60_000
const CHECK_MS = 250

/** Starts watching; ends with the signal or by disposal, and then leaves no child behind. */
export function startCamera(config: CameraConfig, deps: CameraDeps, signal: AbortSignal): Camera {
  const own = new AbortController()
  const ending = AbortSignal.any([signal, own.signal])
  const view = createView(config, deps)
  const done = live(config, deps, view, ending)
  return {
    get view() {
      return view.snapshot()
    },
    take: () => view.slots.take(),
    release: (frame, use) => view.slots.release(frame, use),
    async [Symbol.asyncDispose]() {
      own.abort()
      await done
    },
  }
}

interface Told {
  readonly state: CameraState
  readonly code: string | null
  readonly detail: string | null
  readonly reason: CameraView['reason']
}

/** The camera's state, decoding, slots and their snapshot; tells of every change once. */
function createView(config: CameraConfig, deps: CameraDeps) {
  const { clock, log } = deps
  const life = createLife(limitsOf(config.silence_seconds, config.fps))
  const fallback = createFallback(config.decode, (why, said) => {
    log.warn(
      { camera: config.id, code: 'CAMERA_DECODER', decode: config.decode, why, said },
      'this hardware does not decode here: the camera is decoded in software until the next start',
    )
  })
  let sinceMs = clock.utcMs()
  let lastFrameMs: number | null = null
  let told: Told = { state: life.state, code: null, detail: null, reason: null }
  let toldDecode = fallback.view.used
  const slots = new FrameSlots({
    stream: config.id as StreamId,
    clock,
    onFrame(frame) {
      lastFrameMs = frame.utcMs
      life.pictured(frame.monoMs)
      fallback.pictured()
      tellChange()
      deps.onFrame()
    },
  })
  const snapshot = (): CameraView => ({
    id: config.id as StreamId,
    name: config.name ?? config.id,
    state: told.state,
    sinceMs,
    detail: told.detail,
    reason: told.reason,
    lastFrameMs,
    framesDecoded: slots.decoded,
    framesDropped: slots.dropped,
    framesAnalysed: slots.used.analysed,
    framesQuiet: slots.used.quiet,
    framesFailed: slots.used.failed,
    decode: fallback.view,
  })
  const tellChange = () => {
    const detail = life.failure?.detail ?? null
    const { used } = fallback.view
    if (life.state === told.state && detail === told.detail && used === toldDecode) return
    toldDecode = used
    const before = told
    if (life.state !== before.state) sinceMs = clock.utcMs()
    const { code = null, reason = null } = life.failure ?? {}
    told = { state: life.state, code, detail, reason }
    // A camera that is down for ever with changing words is news once.
    const isNews = told.state !== before.state || told.code !== before.code
    const level = !isNews ? 'debug' : told.state === 'silent' || told.state === 'down' ? 'warn' : 'info'
    log[level]({ camera: config.id, before: before.state, ...told }, 'camera state changed')
    deps.onChange(snapshot())
  }
  return { life, fallback, slots, snapshot, tellChange }
}

async function live(
  config: CameraConfig,
  deps: CameraDeps,
  view: ReturnType<typeof createView>,
  signal: AbortSignal,
): Promise<void> {
  const random = deps.random ?? Math.random
  const waits = createBackoff(WAIT_MS.first, WAIT_MS.most, random)
  const refusedWaits = createBackoff(REFUSED_WAIT_MS.first, REFUSED_WAIT_MS.most, random)
  const startRun = createRuns(config, deps)
  while (!signal.aborted) {
    const startedMs = deps.clock.monoMs()
    const isNextAtOnce = await runOnce(startRun, deps, view, signal)
    if (signal.aborted) return
    if (deps.clock.monoMs() - startedMs > HEALTHY_MS) for (const one of [waits, refusedWaits]) one.reset()
    if (isNextAtOnce) continue
    const backoff: Backoff = view.life.failure?.fault === 'refused' ? refusedWaits : waits
    await sleep(backoff.next(), signal)
  }
}

type StartRun = (
  decode: Decode,
  handlers: Pick<RunDeps, 'onSize' | 'onBytes'>,
  signal: AbortSignal,
) => Promise<RunEnd>

/** Runs of the programs that decode this camera, each in its way. */
function createRuns(config: CameraConfig, { ffmpeg, password, log, gstElements }: CameraDeps): StartRun {
  const { username, transport, fps, codec, decode_device: device } = config
  const url = config.detect_url ?? config.url
  const source = { url, username, password, transport, fps, longestSide: config.longest_side, codec }
  const common = { log: log.child({ camera: config.id }), hide: createHide(password) }
  const learnt: { size?: Size } = {}
  return (decode, handlers, signal) => {
    const deps = { ...common, ...handlers }
    if (decode === 'nvv4l2') return runGstreamer({ ...deps, source, learnt, elements: gstElements }, signal)
    const args = cameraArguments(source, ffmpeg, { decode, device, codec })
    return runFfmpeg({ ...deps, ffmpeg: ffmpeg.path, args }, signal)
  }
}

/** One run and its watchdog; true when the next must follow at once. */
async function runOnce(
  startRun: StartRun,
  { clock }: CameraDeps,
  { life, fallback, slots, tellChange }: ReturnType<typeof createView>,
  signal: AbortSignal,
): Promise<boolean> {
  // Each run has its own signal: a late end cannot touch the next run.
  const run = new AbortController()
  const runSignal = AbortSignal.any([signal, run.signal])
  life.started(clock.monoMs())
  const check = () => {
    const isSpent = life.isSpent(clock.monoMs())
    tellChange()
    if (isSpent) run.abort(SILENT)
  }
  const watch = repeat(CHECK_MS, check, runSignal)
  const end = await startRun(
    fallback.started(),
    {
      onSize: (width, height) => slots.begin(width, height),
      onBytes: (bytes) => slots.write(bytes),
    },
    runSignal,
  )
  const isNextAtOnce = !signal.aborted && fallback.ended(end, clock.monoMs())
  // A try that goes on in software has not failed yet.
  if (!signal.aborted && !isNextAtOnce) {
    if (end.why) life.ended(end.why)
    else if (life.state !== 'down') life.ended(failure('silent', 'no picture'))
    tellChange()
  }
  run.abort()
  await watch
  return isNextAtOnce
}
