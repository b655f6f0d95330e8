/**
 * The eyes of the barn: the models as the config wants them, and the pipeline that asks them, together.
 */
import type { World } from './barn.ts'
import { openSight, type WatchedSight } from './barn-embedder.ts'
import type { Config } from './config/schema.ts'
import type { Bus } from './lib/bus.ts'
import { type Pipeline, startPipeline } from './pipeline/pipeline.ts'
import type { Overlap } from './pipeline/scope.ts'
import type { Tally } from './pipeline/tally.ts'
import type { Registry } from './registry/registry.ts'
import type { Facts, ScopeOf } from './types.ts'
import { startCropEmbedder } from './vision/crop-embedder.ts'
import { chosenModels } from './vision/resolve.ts'
import { startVision, type Vision } from './vision/vision.ts'

/** What the pipeline works on. */
interface Served {
  readonly scopeOf: ScopeOf
  readonly overlap: Overlap
  readonly registry: Registry
  readonly facts: Bus<Facts>
  readonly tally: Tally
}

/** The models and the pipeline, whichever embedder they are with. */
export async function lookOut(
  config: Config,
  served: Served,
  world: World,
  signal: AbortSignal,
): Promise<WatchedSight> {
  const { stateDir, clock, log, visionWorld, onFatal } = world
  const { vision } = config
  return openSight(
    {
      ...{ stateDir, clock, log, onFatal, registry: served.registry },
      chosen: chosenModels(vision, stateDir).embedder,
      int8: vision.int8 ?? 'auto',
      open: (embedder) => startVision({ ...vision, embedder }, { stateDir, log, onFatal }, visionWorld),
      openAside: (embedder) =>
        startCropEmbedder(embedder, { stateDir, provider: vision.provider }, visionWorld),
      join: (opened) => joinPipeline(config, opened, served, world, signal),
    },
    signal,
  )
}

/** The cut that BarnHand's specification names, for those who want to go on as before. */
const plainSameAbove = 0.75

function joinPipeline(
  config: Config,
  vision: Vision,
  { scopeOf, overlap, registry, facts, tally }: Served,
  { clock, log }: World,
  signal: AbortSignal,
): Pipeline {
  const { compare, same_above, margin, looks_to_decide, looks_to_create, tracklets_to_confirm } =
    config.identity
  const isPlain = compare === 'plain'
  const rules = {
    isPlain,
    sameAbove: same_above ?? (isPlain ? plainSameAbove : vision.about.sameAbove),
    margin: margin ?? vision.about.margin,
    looksToDecide: looks_to_decide,
    looksToCreate: looks_to_create,
    trackletsToConfirm: tracklets_to_confirm,
    detectAbove: config.vision.threshold,
  }
  return startPipeline(
    rules,
    { eyes: vision.eyes, embedder: vision.embedder, scopeOf, overlap, registry, facts, tally, clock, log },
    signal,
  )
}
