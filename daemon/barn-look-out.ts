/**
 * The eyes of the barn: the models as the config wants them, and the pipeline that asks them, together.
 */
import type { World } from './barn.ts'
import { openSight, type WatchedSight } from './barn-embedder.ts'
import type { BarnReplay } from './barn-replay.ts'
import type { Config, IdentityConfig } from './config/schema.ts'
import type { Bus } from './lib/bus.ts'
import { type Pipeline, type PipelineRules, startPipeline } from './pipeline/pipeline.ts'
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
  readonly replay: Pick<BarnReplay, 'join'>
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
      open: (embedder) =>
        startVision({ ...vision, embedder }, { stateDir, log, onFatal, signal }, visionWorld),
      openAside: (embedder) =>
        startCropEmbedder(embedder, { stateDir, provider: vision.provider }, visionWorld),
      join: (opened) => joinPipeline(config, opened, served, world, signal),
    },
    signal,
  )
}

/** The cut that BarnHand's specification names, for those who want to go on as before. */
const plainSameAbove = 0.75

/** By what is recognised: as the config says, else as the embedder's own defaults are. */
export function rulesOf(
  { compare, same_above, margin, looks_to_decide, looks_to_create, tracklets_to_confirm }: IdentityConfig,
  defaults: Pick<PipelineRules, 'sameAbove' | 'margin' | 'detectAbove'>,
): PipelineRules {
  const isPlain = compare === 'plain'
  return {
    isPlain,
    sameAbove: same_above ?? (isPlain ? plainSameAbove : defaults.sameAbove),
    margin: margin ?? defaults.margin,
    looksToDecide: looks_to_decide,
    looksToCreate: looks_to_create,
    trackletsToConfirm: tracklets_to_confirm,
    detectAbove: defaults.detectAbove,
  }
}

function joinPipeline(
  config: Config,
  vision: Vision,
  { scopeOf, overlap, registry, facts, tally, replay }: Served,
  { clock, log }: World,
  signal: AbortSignal,
): Pipeline {
  const { eyes, embedder, about } = vision
  const rules = rulesOf(config.identity, { ...about, detectAbove: config.vision.threshold })
  const keeper = replay.join(vision, config.vision)
  return startPipeline(
    rules,
    { eyes, embedder, scopeOf, overlap, registry, facts, tally, keeper, clock, log },
    signal,
  )
}
