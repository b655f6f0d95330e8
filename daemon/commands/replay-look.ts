/**
 * By what a replay sees: by what was answered at the time, or by models that look at the kept pictures.
 */
import { seenBy } from '../barn-replay.ts'
import type { Config } from '../config/schema.ts'
import { systemClock } from '../lib/clock.ts'
import { BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { reEmbed } from '../pipeline/re-embed.ts'
import type { Registry } from '../registry/registry.ts'
import { decodePicture } from '../vision/picture.ts'
import { startVision, type Vision } from '../vision/vision.ts'
import type { RunDeps } from './replay-run.ts'
import { recordedEyes, type Wished, withoutPixels } from './replay-sight.ts'

interface LookerDeps {
  readonly config: Config
  /** The run's own copy. */
  readonly registry: Registry
  readonly isByPictures: boolean
  readonly wished: Wished
  readonly stateDir: string
}

export type Looker = Pick<RunDeps, 'show' | 'by'> & AsyncDisposable

export async function openLooker(deps: LookerDeps, signal: AbortSignal): Promise<Looker> {
  if (deps.isByPictures) return lookAtPictures(deps, signal)
  const { config, wished } = deps
  return {
    async show({ kept }) {
      if (kept.kind !== 'frame') return null
      const { takenMs, sceneMs } = kept.frame
      const eyes = recordedEyes(kept.frame, config.vision.threshold, wished)
      return { takenMs, sceneMs, picture: withoutPixels(kept.frame), eyes }
    },
    by: (event) => event.by,
    async [Symbol.asyncDispose]() {},
  }
}

async function lookAtPictures(deps: LookerDeps, signal: AbortSignal): Promise<Looker> {
  const { config, registry, stateDir } = deps
  const vision = await startVision({ ...config.vision, workers: 1 }, { stateDir, log: silentLog })
  try {
    await knowHorsesBy(vision, registry, signal)
  } catch (error) {
    await vision[Symbol.asyncDispose]()
    throw error
  }
  const by = seenBy(vision, config.vision)
  return {
    async show({ streamId, kept }) {
      if (kept.kind !== 'picture') return null
      const { takenMs, sceneMs, jpeg } = kept.picture
      const picture = await decodePicture(jpeg).catch(() => null)
      return picture && { takenMs, sceneMs, picture, eyes: vision.eyes(streamId) }
    },
    by: () => by,
    [Symbol.asyncDispose]: () => vision[Symbol.asyncDispose](),
  }
}

/** Has the embedder look at every kept look of a horse, so that the horses are known by it in this copy. */
async function knowHorsesBy(vision: Vision, registry: Registry, signal: AbortSignal): Promise<void> {
  const { embedder, about } = vision
  if (!embedder) {
    const { code, message } = about.embedderFault ?? {
      code: 'MODEL_MISSING',
      message: 'there is no embedder',
    }
    throw new BarnboxError(code, message)
  }
  registry.embedders.note(embedder)
  const { crops, vectors } = registry
  const silent = { unreadable: new Set<number>(), onVector: () => {}, onProgress: () => {} }
  const aside = { embed: vision.embedCrop, pause: async () => {}, clock: systemClock }
  await reEmbed(embedder, { crops, vectors, ...silent, ...aside }, signal)
  registry.embedders.use(embedder.id)
}
