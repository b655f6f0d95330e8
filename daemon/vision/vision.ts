/**
 * Vision as the other rooms see it: pictures in, boxes, vectors and JPEGs out. All work is done by one worker thread.
 */
import { Worker } from 'node:worker_threads'
import type { VisionConfig } from '../config/schema.ts'
import type { Log } from '../lib/log.ts'
import type { Picture } from '../types.ts'
import { createVisionClient, type Patience } from './client.ts'
import type { Engine } from './engine.ts'
import type { About, WorkerSetup } from './protocol.ts'
import { chosenModels } from './resolve.ts'

/** The engine, asked over the worker's port. */
export type Vision = Engine

/** What tests replace. */
export interface VisionWorld {
  readonly workerUrl?: URL
  readonly patience?: Patience
}

/** Resolves when the models are loaded; the first start converts them (a second or two). */
export async function startVision(
  config: VisionConfig,
  deps: { stateDir: string; log: Log },
  world: VisionWorld = {},
): Promise<Vision> {
  const { stateDir } = deps
  const { tfjs, threshold, threads, provider } = config
  const chosen = chosenModels(config, stateDir)
  const setup: WorkerSetup = { stateDir, ...chosen, tfjs, threshold, threads, provider }
  const startedMs = performance.now()
  const worker = new Worker(world.workerUrl ?? workerUrl(), { workerData: setup, name: 'vision' })
  const client = createVisionClient(worker, world.patience)
  try {
    const { embedder: kind, about } = await client.ready
    const ms = Math.round(performance.now() - startedMs)
    tellLoaded(about, provider, ms, deps.log)
    return {
      embedder: kind,
      about,
      detect: (picture) => client.ask('detect', { picture: plain(picture) }),
      embed: (picture, boxes) => client.ask('embed', { picture: plain(picture), boxes }),
      thumbnail: (picture, box) => client.ask('thumbnail', { picture: plain(picture), box }),
      jpeg: (picture) => client.ask('jpeg', { picture: plain(picture) }),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    }
  } catch (error) {
    await client[Symbol.asyncDispose]()
    throw error
  }
}

/** What was loaded and where it runs; a model that does not run where it was asked to is a warning. */
function tellLoaded(about: About, asked: string, ms: number, log: Log): void {
  const { detector, embedder, running } = about
  log.info({ detector, embedder, ms, running }, 'models loaded')
  for (const [part, { provider, fallback: reason }] of Object.entries(running)) {
    if (reason !== null) log.warn({ part, asked, provider, reason }, 'a model fell back to the CPU')
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
