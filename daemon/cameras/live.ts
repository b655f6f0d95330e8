/**
 * A camera's own video for browsers: put into fragments of MP4 by an ffmpeg that decodes nothing, which runs from the first
 * viewer until some seconds after the last. It keeps what came since the last keyframe, so that a viewer sees at once.
 */
import Mp4Frag, { type Piece } from 'mp4frag'
import type { CameraConfig } from '../config/schema.ts'
import { sleep } from '../lib/abort.ts'
import { createBackoff } from '../lib/backoff.ts'
import { SILENT } from '../lib/child.ts'
import type { Log } from '../lib/log.ts'
import { free } from '../lib/memory.ts'
import type { LivePiece, LiveStart, LiveView, LiveViewer } from '../live-types.ts'
import type { Clock } from '../types.ts'
import { liveArguments } from './arguments.ts'
import { createHide } from './failure.ts'
import type { FfmpegPath } from './ffmpeg.ts'
import { ffmpegEnvironment, runWatched } from './run.ts'
import { createStderrReader } from './stderr.ts'

export interface LiveDeps {
  readonly ffmpeg: FfmpegPath
  readonly password: string | undefined
  readonly clock: Clock
  readonly log: Log
}

/** A page that is opened again a moment later does not call the camera again. */
const LINGER_MS = 5_000
const WAIT_MS = { first: 1_000, most: 5_000 }
const HEALTHY_MS = 60_000
/** A stream that gives no piece for so long is called anew. */
const SILENT_MS = 10_000
/** Ten seconds between keyframes at eight megabits a second. With more, new viewers wait for the next keyframe. */
const MOST_KEPT_BYTES = 12 * 1024 * 1024
const TIME_BYTES = 8

/** Ends with the signal or by disposal, and then leaves no child behind. */
export function createLiveView(config: CameraConfig, deps: LiveDeps, signal: AbortSignal): LiveView {
  const own = new AbortController()
  const ending = AbortSignal.any([signal, own.signal])
  const reel = createReel(deps.clock)
  let run: { readonly stop: AbortController; readonly done: Promise<void> } | undefined
  let lingering: NodeJS.Timeout | undefined

  const begin = () => {
    const stop = new AbortController()
    const before = run?.done
    run = { stop, done: serve(config, deps, reel, before, AbortSignal.any([ending, stop.signal])) }
  }
  const leave = (viewer: LiveViewer) => {
    if (!reel.viewers.delete(viewer) || reel.viewers.size > 0) return
    lingering = setTimeout(() => run?.stop.abort(), LINGER_MS)
  }
  return {
    get viewers() {
      return reel.viewers.size
    },
    join(viewer) {
      clearTimeout(lingering)
      reel.viewers.add(viewer)
      reel.catchUp(viewer)
      if (!ending.aborted && (!run || run.stop.signal.aborted)) begin()
      return () => leave(viewer)
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(lingering)
      own.abort()
      await run?.done
    },
  }
}

/** Calls the camera again and again until it is stopped. */
async function serve(
  config: CameraConfig,
  deps: LiveDeps,
  reel: Reel,
  before: Promise<void> | undefined,
  signal: AbortSignal,
): Promise<void> {
  await before
  const waits = createBackoff(WAIT_MS.first, WAIT_MS.most)
  while (!signal.aborted) {
    const startedMs = deps.clock.monoMs()
    await remux(config, deps, reel, signal)
    reel.cut()
    if (deps.clock.monoMs() - startedMs > HEALTHY_MS) waits.reset()
    await sleep(waits.next(), signal)
  }
}

/** One run of ffmpeg, and its watchdog. */
async function remux(config: CameraConfig, deps: LiveDeps, reel: Reel, signal: AbortSignal): Promise<void> {
  const { ffmpeg, password, clock, log } = deps
  const { url, username, transport } = config
  const run = new AbortController()
  let lastMs = clock.monoMs()
  const splitter = createSplitter({
    onPiece() {
      lastMs = clock.monoMs()
    },
    onBroken(error) {
      log.warn({ camera: config.id, err: error }, 'the live video cannot be taken apart')
      run.abort()
    },
    reel,
  })
  const check = () => {
    if (clock.monoMs() - lastMs > SILENT_MS) run.abort(SILENT)
  }
  await runWatched(
    {
      name: 'live ffmpeg',
      command: ffmpeg.path,
      args: liveArguments({ url, username, password, transport }, ffmpeg),
      env: ffmpegEnvironment(),
      reader: createStderrReader({ onSize: () => {} }),
      onPixels: (bytes) => splitter.write(bytes),
      keeps: true,
    },
    { log: log.child({ camera: config.id }), hide: createHide(password) },
    { run, check },
    signal,
  )
  splitter[Symbol.dispose]()
}

interface Splitting {
  onPiece(): void
  onBroken(error: Error): void
  readonly reel: Reel
}

/**
 * Takes ffmpeg's output apart into the reel. What it is given is freed as soon as nothing of it waits any more: left to the
 * collector, megabytes a second make it look through all memory every other second, which costs more than all else here.
 */
function createSplitter({ onPiece, onBroken, reel }: Splitting) {
  // Of the fragments that it puts together it keeps two, used again and again: the reel takes a copy of each.
  const fragments = new Mp4Frag({ pool: 1 })
  let waiting: Uint8Array[] = []
  let hasPiece = false
  fragments.on('data', (bytes: Buffer, piece: Piece) => {
    hasPiece = true
    if (piece.type === 'init') reel.start(piece.mime, bytes)
    else reel.add(bytes, piece.keyframe)
    onPiece()
  })
  fragments.on('error', onBroken)
  return {
    /** Works it off before it returns. */
    write(bytes: Uint8Array) {
      hasPiece = false
      fragments.write(bytes)
      if (hasPiece) {
        // Whatever came before these bytes belonged to what is whole now.
        for (const one of waiting) free(one)
        waiting = []
      }
      waiting.push(bytes)
    },
    [Symbol.dispose]() {
      fragments.destroy()
    },
  }
}

interface Reel {
  readonly viewers: Set<LiveViewer>
  start(mime: string, init: Uint8Array): void
  add(bytes: Uint8Array, isKey: boolean): void
  /** The stream has ended: what comes next is another. */
  cut(): void
  /** Shows a viewer what there is. */
  catchUp(viewer: LiveViewer): void
}

/** A copy, behind its time. */
function stamped(utcMs: number, bytes: Uint8Array): Uint8Array {
  const message = new Uint8Array(TIME_BYTES + bytes.length)
  new DataView(message.buffer).setFloat64(0, utcMs)
  message.set(bytes, TIME_BYTES)
  return message
}

/** A piece, and how many still need its bytes: the reel that keeps it, and each viewer that it is on its way to. */
interface Shared {
  readonly piece: LivePiece
  users: number
}

/** The last one frees it, or a minute's pieces make the collector look through all memory. */
function release(shared: Shared): void {
  shared.users--
  if (shared.users === 0) free(shared.piece.message)
}

function show(shared: Shared, viewer: LiveViewer): void {
  shared.users++
  let isDone = false
  viewer.piece(shared.piece, () => {
    if (isDone) return
    isDone = true
    release(shared)
  })
}

/** What is shown now, from the last keyframe on. */
function createReel(clock: Clock): Reel {
  const viewers = new Set<LiveViewer>()
  let begun: LiveStart | undefined
  let kept: Shared[] = []
  let keptBytes = 0
  const forget = () => {
    for (const one of kept) release(one)
    kept = []
    keptBytes = 0
  }
  return {
    viewers,
    start(mime, init) {
      begun = { mime, init: stamped(0, init) }
      forget()
      for (const viewer of viewers) viewer.start(begun)
    },
    add(bytes, isKey) {
      const shared = { piece: { message: stamped(clock.utcMs(), bytes), isKey }, users: 1 }
      if (isKey) forget()
      for (const viewer of viewers) show(shared, viewer)
      // Without its keyframe a piece is of no use to who comes later.
      if (!isKey && kept.length === 0) return release(shared)
      kept.push(shared)
      keptBytes += bytes.length
      if (keptBytes > MOST_KEPT_BYTES) forget()
    },
    cut() {
      const wasShown = begun !== undefined
      begun = undefined
      forget()
      if (wasShown) for (const viewer of viewers) viewer.lost()
    },
    catchUp(viewer) {
      if (!begun) return
      viewer.start(begun)
      for (const piece of kept) show(piece, viewer)
    },
  }
}
