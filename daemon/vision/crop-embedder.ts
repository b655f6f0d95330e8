/**
 * An embedder in a worker of its own, for crops that were kept: it opens no detector, takes one thread, and no camera
 * waits for it.
 */
import './no-telemetry.ts'
import { Worker } from 'node:worker_threads'
import { BarnboxError } from '../lib/errors.ts'
import type { EmbedderKind } from '../types.ts'
import { createVisionClient } from './client.ts'
import type { WorkerSetup } from './protocol.ts'
import type { AskedProvider } from './providers.ts'
import { type VisionWorld, workerUrl } from './vision.ts'

export interface CropEmbedder extends AsyncDisposable {
  readonly embedder: EmbedderKind
  /** As the engine's, one crop after the other. */
  embedCrop(jpeg: Uint8Array): Promise<Float32Array>
}

/** Throws what is the matter with the embedder. */
export async function startCropEmbedder(
  embedder: string,
  { stateDir, provider }: { stateDir: string; provider?: AskedProvider | undefined },
  world: VisionWorld = {},
): Promise<CropEmbedder> {
  const setup: WorkerSetup = { stateDir, embedder, threshold: 1, threads: 1, provider }
  await using open = new AsyncDisposableStack()
  const worker = new Worker(world.workerUrl ?? workerUrl(), { workerData: setup, name: 'crop-embedder' })
  const client = open.use(createVisionClient(worker, world.patience))
  const { embedder: kind, about } = await client.ready
  if (!kind) {
    const { code, message } = about.embedderFault ?? {
      code: 'MODEL_MISSING',
      message: 'there is no embedder',
    }
    throw new BarnboxError(code, message)
  }
  const owned = open.move()
  return {
    embedder: kind,
    embedCrop: async (jpeg) => (await client.ask({ name: 'embedCrop', with: { jpeg } })) as Float32Array,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
