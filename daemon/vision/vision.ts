/**
 * Vision as the other rooms see it: pictures in, boxes, vectors and JPEGs out. All work is done by worker threads.
 */
import './no-telemetry.ts'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { VisionConfig } from '../config/schema.ts'
import type { BarnboxError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Picture } from '../types.ts'
import { createVisionClient, type Patience, patienceFor } from './client.ts'
import type { Pace, Workers } from './crew.ts'
import type { Engine } from './engine.ts'
import { createLooks, type Looks } from './looks.ts'
import { type Pool, startPool } from './pool.ts'
import type { About, Ready, WorkerSetup } from './protocol.ts'
import { chosenModels } from './resolve.ts'

/** What may be asked of a picture. */
export type Eyes = Pick<Engine, 'detect' | 'embed' | 'crop' | 'thumbnail' | 'jpeg'>

/** The engine, asked over the workers' ports. */
export interface Vision extends Engine {
  /** The same, asked in turns of its own: whoever asks much waits longer, not the others. */
  eyes(key: string): Eyes
  /** How the workers stand now. */
  readonly workers: Workers
  /** Requests that no worker has yet. */
  readonly waiting: number
  /** Requests that are worked on. */
  readonly inHand: number
  /** Why no horse can be recognised now, although horses are found; null while it works. */
  readonly embedderFault: string | null
}

export interface VisionDeps {
  readonly stateDir: string
  readonly log: Log
  /** Told when only a restart helps. */
  readonly onFatal?: (error: BarnboxError) => void
  /** Gives up the start. */
  readonly signal?: AbortSignal
}

/** What tests replace. */
export interface VisionWorld {
  readonly workerUrl?: URL
  readonly patience?: Patience
  readonly pace?: Pace
}

/** Resolves when the models are loaded; the first start converts them (a second or two). */
export async function startVision(
  config: VisionConfig,
  { stateDir, log, onFatal = () => {}, signal }: VisionDeps,
  world: VisionWorld = {},
): Promise<Vision> {
  const { tfjs, threshold, threads, provider, workers = usualWorkers(availableParallelism()) } = config
  const patience = world.patience ?? patienceFor(config.patience ?? 1)
  const chosen = chosenModels(config, stateDir)
  const setup: WorkerSetup = { stateDir, ...chosen, tfjs, threshold, threads, provider }
  const url = world.workerUrl ?? workerUrl()
  const open = (first?: Ready) => {
    const workerData: WorkerSetup = { ...setup, decided: first?.about.running }
    return createVisionClient(new Worker(url, { workerData, name: 'vision' }), patience)
  }
  const startedMs = performance.now()
  const pool = await startPool({ wanted: workers, open, onFatal, log, signal }, world.pace)
  const { embedder, about } = pool.ready
  tellLoaded(about, { asked: provider, workers, ms: Math.round(performance.now() - startedMs) }, log)
  const looks = createLooks(pool, log)
  const eyes = (key: string) => eyesOf(key, pool, looks)
  return {
    embedder,
    about,
    eyes,
    // Who is no camera has one line together.
    ...eyes(''),
    embedCrop: (jpeg) => pool.ask('', 'embedCrop', { jpeg }),
    photo: (photo) => pool.ask('', 'photo', { photo }),
    get workers() {
      return pool.workers
    },
    get waiting() {
      return pool.waiting
    },
    get inHand() {
      return pool.inHand
    },
    get embedderFault() {
      return looks.fault
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

function eyesOf(key: string, pool: Pool, looks: Looks): Eyes {
  return {
    detect: (picture) => pool.ask(key, 'detect', { picture: plain(picture) }),
    embed: (picture, boxes, crops) => looks.embed(key, plain(picture), boxes, crops),
    crop: (picture, box) => pool.ask(key, 'crop', { picture: plain(picture), box }),
    thumbnail: (picture, box) => pool.ask(key, 'thumbnail', { picture: plain(picture), box }),
    jpeg: (picture) => pool.ask(key, 'jpeg', { picture: plain(picture) }),
  }
}

/**
 * How many workers are started when nobody says: half the cores, for ffmpeg and the daemon need the others; at most four,
 * for each holds the models.
 */
export function usualWorkers(cores: number): number {
  return Math.min(4, Math.max(1, Math.floor(cores / 2)))
}

/** What was loaded and where it runs; a model that does not run where it was asked to is a warning. */
function tellLoaded(
  { detector, embedder, embedderFault, running }: About,
  { asked, ...more }: { asked: string; workers: number; ms: number },
  log: Log,
): void {
  log.info({ detector, embedder, ...more, running }, 'models loaded')
  if (embedderFault) {
    const fields = { code: embedderFault.code, embedder, why: embedderFault.message }
    log.error(fields, 'the embedder cannot be used; horses are found and not recognised')
  }
  for (const [part, one] of Object.entries(running)) {
    if (!one?.fallback) continue
    log.warn({ part, asked, provider: one.provider, reason: one.fallback }, 'a model fell back to the CPU')
  }
}

/** The worker beside this module: a source file in the checkout, `vision-worker.js` beside the bundle. */
export function workerUrl(self: string = import.meta.url): URL {
  return new URL(self.endsWith('.js') ? './vision-worker.js' : './worker.ts', self)
}

/** Only the pixels' description crosses; pixels in shared memory cross by reference, others are copied. */
function plain({ format, width, height, pixels }: Picture): Picture {
  return { format, width, height, pixels }
}
