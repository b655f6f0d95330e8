/**
 * One run of GStreamer on one camera. It learns the size of the camera's pictures first; where that changes it starts its
 * pipeline anew. It neither retries nor keeps state but that size, which the next run begins with.
 */
import { findExecutable } from '../lib/executable.ts'
import { analysedSize } from './arguments.ts'
import { failure } from './failure.ts'
import { createGstReader } from './gst-log.ts'
import {
  type GstElements,
  type GstSource,
  lookArguments,
  NVIDIA,
  PIXELS_FD,
  type Size,
  watchArguments,
} from './gst-pipeline.ts'
import type { LogReader } from './log-reader.ts'
import { createRowCutter, rowBytesOf, usualRowBytes } from './rows.ts'
import { type RunDeps, type RunEnd, runDecoder } from './run.ts'

export interface GstRunDeps extends RunDeps {
  readonly source: GstSource
  /** What the camera's pictures measured last; the run writes it. */
  readonly learnt: { size?: Size }
  /** A Jetson's when absent. */
  readonly elements?: GstElements | undefined
}

const PROGRAM = 'gst-launch-1.0'
/** In one run: a camera whose size changes for ever must come to its end, and to the waits between runs. */
const MOST_PIPELINES = 4
/** Pictures that wait for the line that tells their layout; beyond, GStreamer's usual one is taken. */
const MOST_WAITING = 2

/** Runs until the pipeline ends or the signal aborts. */
export async function runGstreamer(deps: GstRunDeps, signal: AbortSignal): Promise<RunEnd> {
  const command = await findExecutable(PROGRAM, process.env['PATH'])
  if (!command) return cannot(`${PROGRAM} is missing: install gstreamer1.0-tools`)
  for (let n = 0; n < MOST_PIPELINES; n += 1) {
    const { size } = deps.learnt
    const end = await (size ? watch(command, deps, size, signal) : look(command, deps, signal))
    if (signal.aborted || deps.learnt.size === size) return end
  }
  return cannot('the size of the pictures keeps changing')
}

function cannot(words: string): RunEnd {
  return { why: failure('decoder', words), isBroken: true, complaintsSincePicture: 0, said: [words] }
}

function learn({ learnt }: GstRunDeps, width: number, height: number): void {
  if (learnt.size?.width !== width || learnt.size.height !== height) learnt.size = { width, height }
}

/** How large the camera's pictures are. */
function look(command: string, deps: GstRunDeps, signal: AbortSignal): Promise<RunEnd> {
  const reader = createGstReader({
    onSource: (width, height) => learn(deps, width, height),
    onPicture: () => {},
  })
  return runPipeline(command, lookArguments(deps.source), reader, () => {}, deps, signal)
}

/** Reads pictures until the pipeline ends or the camera's size is another. */
function watch(command: string, deps: GstRunDeps, from: Size, signal: AbortSignal): Promise<RunEnd> {
  const resized = new AbortController()
  const runSignal = AbortSignal.any([signal, resized.signal])
  const { source, elements = NVIDIA } = deps
  const [width, height] = analysedSize(from.width, from.height, source.longestSide)
  // The layout and the pictures come through two pipes: pictures that arrive first wait for the layout.
  const waiting: Uint8Array[] = []
  let bytesWaiting = 0
  let onBytes: ((bytes: Uint8Array) => void) | undefined
  const begin = (rowBytes: number) => {
    deps.onSize(width, height)
    onBytes = createRowCutter(width, rowBytes, deps.onBytes)
    for (const bytes of waiting.splice(0)) onBytes(bytes)
  }
  let misfit: string | undefined
  const reader = createGstReader({
    onSource(w, h) {
      learn(deps, w, h)
      if (deps.learnt.size !== from) resized.abort()
    },
    onPicture(bytes) {
      if (onBytes || runSignal.aborted) return
      const rowBytes = rowBytesOf(width, height, bytes)
      if (rowBytes !== undefined) return begin(rowBytes)
      misfit = `the decoder's pictures are of another layout: ${bytes} bytes for ${width}x${height}`
      resized.abort()
    },
  })
  const onPixels = (bytes: Uint8Array) => {
    if (runSignal.aborted) return
    if (onBytes) return onBytes(bytes)
    waiting.push(new Uint8Array(bytes))
    bytesWaiting += bytes.length
    const usual = usualRowBytes(width)
    if (bytesWaiting > MOST_WAITING * usual * height * 1.5) begin(usual)
  }
  const args = watchArguments(source, { width, height }, elements)
  const running = runPipeline(command, args, reader, onPixels, deps, runSignal)
  return running.then((end) => (misfit && !signal.aborted ? cannot(misfit) : end))
}

/** The log and the pixels would share one pipe: a shell gives the pixels the first and the log the second. */
function runPipeline(
  launch: string,
  args: readonly string[],
  reader: LogReader,
  onPixels: (bytes: Uint8Array) => void,
  deps: GstRunDeps,
  signal: AbortSignal,
): Promise<RunEnd> {
  const program = {
    name: PROGRAM,
    command: '/bin/sh',
    args: ['-c', `exec "$0" "$@" ${PIXELS_FD}>&1 1>&2`, launch, ...args],
    env: gstEnvironment(),
  }
  return runDecoder({ ...program, reader, onPixels }, deps, signal)
}

/** Its log must be English, without colours and ours alone; files that it writes could hold the camera's password. */
function gstEnvironment(): NodeJS.ProcessEnv {
  const { GST_DEBUG: _, GST_DEBUG_FILE: _file, GST_DEBUG_DUMP_DOT_DIR: _dots, ...env } = process.env
  return { ...env, LC_ALL: 'C', GST_DEBUG_NO_COLOR: '1' }
}
