/**
 * Each model through the real vision worker beside a bare `session.run` of the same graph; Swin in whole numbers of 8
 * bits beside 32-bit floats; the detector beside TensorFlow.js; and what busy workers leave of the main thread. All on one
 * inference thread, in turns, in one run.
 */
import '../../daemon/vision/no-telemetry.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { silentLog } from '../../daemon/lib/log.ts'
import type { Box } from '../../daemon/types.ts'
import { ensureModels } from '../../daemon/vision/models.ts'
import { chromaOf, lumaOf } from '../../daemon/vision/pixels.ts'
import { startVision, type Vision } from '../../daemon/vision/vision.ts'
import { bundledGraphFile } from '../../models/convert/convert.ts'
import { detectorSide } from '../../models/convert/layout.ts'
import { convertSwin, swinVariants } from '../../models/convert/swin-file.ts'
import type { SwinShape } from '../../models/convert/swin-weights.ts'
import { asWeights, randomTensors } from '../../test/models/swin-files.ts'
import { loadOriginal, originalOutputs, useWasm } from '../../test/models/tfjs.ts'
import { nodeEnvironment } from '../testing/program.ts'
import { startInference } from './parts/bare-parts.ts'
import type { BareInput, BareWork } from './parts/bare-worker.ts'
import { pattern } from './parts/pictures.ts'
import { median } from './parts/statistics.ts'

const threads = 1
/** So many cameras want the worker at once: where its own time is measured, and while the main thread is watched. */
const cameras = 8
/** So often each session is opened: the same one is a tenth faster or slower by where its memory happens to lie. TensorFlow.js is one for all. */
const places = { whole: 4, quick: 1 }

const frame = pattern('nv12', 1280, 720)
const square = pattern('rgb24', detectorSide, detectorSide)
const horse: Box = [300, 100, 800, 600]

/** Answers how many milliseconds one piece of work took. */
type Timed = () => Promise<number>

/**
 * Times are medians of all rounds in ms of one picture, each the mean of all places; `..._overhead_ratio` is the real worker over a bare session, and
 * `worker_overhead_ratio` the worst of them: what of a worker's time is no inference while requests wait, as those of several horses
 * or cameras do. An embedder's real side also crops the box and measures its sharpness, and where Swin is the embedder, its crop is
 * made by a graph of its own. `embedder_alone_ratio` is one look by itself, where nobody else asks: two threads that sleep
 * have to be woken, which `bare_asked_ratio` is where the other has nothing in it but the smallest model.
 */
export async function run({ quick }: { quick: boolean }): Promise<Record<string, number>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-bench-'))
  try {
    await using open = new AsyncDisposableStack()
    const swin = writeSwins(folder)
    await useWasm()
    const original = await loadOriginal(bundledGraphFile())
    const work: Work[] = []
    let vision: Vision
    do {
      vision = open.use(await visionWith(folder, 'appearance-mnv3'))
      const swinVision = open.use(await visionWith(folder, swin.fp32))
      work.push(await workOfPlace({ vision, swinVision, stateDir: folder, swin, original }, open))
    } while (work.length < (quick ? places.quick : places.whole))
    const times = await inTurns(work, quick ? 2 : 12, quick ? warmUpMs.quick : warmUpMs.whole)
    const figures = { ...figuresOf(times), event_loop_p99_ms: await loopDelay(vision, quick ? 1 : 12) }
    return { ...figures, large_pages_ratio: await largePages(quick) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Swin-T with random weights, which times do not depend on, as files. */
function writeSwins(folder: string): { fp32: string; int8: string } {
  const shape = swinVariants['swin-t-224'] as SwinShape
  const weights = asWeights(shape, randomTensors(shape))
  const write = (int8: boolean) => {
    const file = path.join(folder, `swin-${int8 ? 'int8' : 'fp32'}.onnx`)
    writeFileSync(file, Buffer.concat([...convertSwin(weights, { normalise: 'imagenet', int8 }).chunks()]))
    return file
  }
  return { fp32: write(false), int8: write(true) }
}

function visionWith(stateDir: string, embedder: string): Promise<Vision> {
  const config = {
    ...{ detector: 'centernet-mnv3', embedder, threshold: 0.25 },
    ...{ threads, provider: 'cpu' as const },
  }
  return startVision(config, { stateDir, log: silentLog })
}

type Work = Readonly<Record<string, Timed>>

interface Sides {
  readonly vision: Vision
  readonly swinVision: Vision
  readonly stateDir: string
  readonly swin: { readonly fp32: string; readonly int8: string }
  readonly original: Awaited<ReturnType<typeof loadOriginal>>
}

/** All that is timed, of sessions opened for it. */
async function workOfPlace(
  { vision, swinVision, stateDir, swin, original }: Sides,
  open: AsyncDisposableStack,
): Promise<Work> {
  const files = ensureModels(stateDir)
  const { width, height } = frame
  const planes = {
    y: { type: 'uint8', data: lumaOf(frame), dims: [1, 1, height, width] },
    uv: { type: 'uint8', data: chromaOf(frame), dims: [1, height / 2, width / 2, 2] },
  } as const
  const box = { type: 'int64', data: BigInt64Array.from(horse, BigInt), dims: [4] } as const
  const pixels = { type: 'uint8', data: pattern('rgb24', 224, 224).pixels, dims: [1, 224, 224, 3] } as const
  const bare = async (file: string, inputs: Readonly<Record<string, BareInput>>) =>
    open.use(await startBare({ file, threads, inputs })).once
  const bareEmbedder = await bare(files['appearance-mnv3'].nv12, { ...planes, box })
  return {
    detector_bare_ms: await bare(files['centernet-mnv3'].nv12, planes),
    detector_worker_ms: timedTogether(() => vision.detect(frame)),
    embedder_bare_ms: bareEmbedder,
    embedder_asked_ms: timed(bareEmbedder),
    embedder_alone_ms: timed(() => vision.embed(frame, [horse])),
    embedder_worker_ms: timedTogether(() => vision.embed(frame, [horse])),
    swin_bare_ms: await bare(swin.fp32, { pixels }),
    swin_worker_ms: timedTogether(() => swinVision.embed(frame, [horse])),
    swin_int8_bare_ms: await bare(swin.int8, { pixels }),
    detector_rgb512_ms: timed(() => vision.detect(square)),
    tfjs_wasm_rgb512_ms: timed(() => originalOutputs(original, square)),
  }
}

function timed(once: () => Promise<unknown>): Timed {
  return async () => {
    const startedMs = performance.now()
    await once()
    return performance.now() - startedMs
  }
}

/** Each of those that all cameras ask for at once. */
function timedTogether(once: () => Promise<unknown>): Timed {
  const all = timed(() => Promise.all(Array.from({ length: cameras }, once)))
  return async () => (await all()) / cameras
}

async function startBare(workerData: BareWork): Promise<{ readonly once: Timed } & AsyncDisposable> {
  const worker = new Worker(new URL('./parts/bare-worker.ts', import.meta.url), { workerData })
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  const answer = <T>() =>
    new Promise<T>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    }).finally(() => worker.removeAllListeners('error'))
  await answer()
  return {
    once() {
      worker.postMessage('run')
      return answer<number>()
    },
    async [Symbol.asyncDispose]() {
      worker.postMessage('stop')
      await ended
    },
  }
}

/** Every side has been compiled and has its memory by then: a daemon runs for months. */
const warmUpMs = { whole: 5000, quick: 200 }
const sampleMs = 100

/** By what was timed: the mean over all places of each round. */
async function inTurns(
  work: readonly Work[],
  rounds: number,
  warmMs: number,
): Promise<Map<string, number[]>> {
  for (const once of work.flatMap((place) => Object.values(place))) {
    const untilMs = performance.now() + warmMs
    while (performance.now() < untilMs) await once()
  }
  const times = new Map(Object.keys(work[0] ?? {}).map((what): [string, number[]] => [what, []]))
  for (let round = 0; round < rounds; round++) {
    for (const all of times.values()) all.push(0)
    for (const [what, once] of work.flatMap((place) => Object.entries(place))) {
      // Brings the caches back from what ran before.
      await once()
      const all = times.get(what) as number[]
      all[round] = (all[round] as number) + (await usualTime(once)) / work.length
    }
  }
  return times
}

/** Short work is timed more often: a core that wakes up late is a tenth of it, and nothing of the rest. */
async function usualTime(once: Timed): Promise<number> {
  const times: number[] = []
  const untilMs = performance.now() + sampleMs
  do times.push(await once())
  while (performance.now() < untilMs)
  return median(times)
}

/** Ratios are medians over the rounds: what slows the machine down for a while slows both sides of a round. */
function figuresOf(times: ReadonlyMap<string, readonly number[]>): Record<string, number> {
  const ratio = (one: string, other: string) =>
    median((times.get(one) ?? []).map((ms, round) => ms / (times.get(other)?.[round] ?? Number.NaN)))
  const overheads = {
    detector_overhead_ratio: ratio('detector_worker_ms', 'detector_bare_ms'),
    embedder_overhead_ratio: ratio('embedder_worker_ms', 'embedder_bare_ms'),
    swin_overhead_ratio: ratio('swin_worker_ms', 'swin_bare_ms'),
  }
  return {
    ...Object.fromEntries([...times].map(([what, all]) => [what, median(all)])),
    ...overheads,
    worker_overhead_ratio: Math.max(...Object.values(overheads)),
    bare_asked_ratio: ratio('embedder_asked_ms', 'embedder_bare_ms'),
    embedder_alone_ratio: ratio('embedder_alone_ms', 'embedder_bare_ms'),
    int8_speedup: ratio('swin_bare_ms', 'swin_int8_bare_ms'),
    tfjs_speedup: ratio('tfjs_wasm_rgb512_ms', 'detector_rgb512_ms'),
  }
}

/** CPU of a detection in a process that is started as the service is, over that in one on small pages: of the medians over all places. */
async function largePages(quick: boolean): Promise<number> {
  const detectSeconds = async (environment: NodeJS.ProcessEnv) => {
    using inference = await startInference(environment)
    await inference.pace({ detectsPerSecond: null, embedsPerDetect: 1 })
    await wait(quick ? 500 : 5000)
    const { detects, detectSeconds } = await inference.pace({ detectsPerSecond: 0, embedsPerDetect: 0 })
    return detectSeconds / detects
  }
  const large = { environment: nodeEnvironment, seconds: [] as number[] }
  const small = { environment: { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' }, seconds: [] as number[] }
  for (let place = 0; place < (quick ? places.quick : places.whole); place++) {
    // Neither is always the first: a core that grows warm slows down.
    for (const side of place % 2 ? [large, small] : [small, large]) {
      side.seconds.push(await detectSeconds(side.environment))
    }
  }
  return median(large.seconds) / median(small.seconds)
}

/** How late the main thread's timers are, at worst in 99 of 100, while the cameras keep the worker busy. */
async function loopDelay(vision: Vision, seconds: number): Promise<number> {
  // The timer's own millisecond is in every value.
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const untilMs = performance.now() + seconds * 1000
  const camera = async () => {
    while (performance.now() < untilMs) {
      await vision.detect(frame)
      await vision.embed(frame, [horse, horse, horse])
    }
  }
  delay.enable()
  await Promise.all(Array.from({ length: cameras }, camera))
  delay.disable()
  return delay.percentile(99) / 1e6
}
