/**
 * Models and pipeline at work for the cameras, as a pair that can be exchanged while the cameras go on.
 */
import type { Bus } from './lib/bus.ts'
import { asBarnboxError, type BarnboxError } from './lib/errors.ts'
import { createTurn } from './lib/in-turn.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import type { Facts, StreamId } from './types.ts'
import type { Vision } from './vision/vision.ts'

export interface Sight extends AsyncDisposable {
  readonly vision: Vision
  readonly pipeline: Pipeline
  /** Frames worked off since the start. */
  readonly analysed: number
  /** Joins a camera, and joins it again after each exchange. */
  readonly watch: Pipeline['watch']
  /**
   * Lets a camera go, and with it what is held in memory of it: the others begin anew with the rows as they are. Resolves when
   * nobody takes frames of it any more.
   */
  unwatch(streamId: StreamId): Promise<void>
  /**
   * Puts other models in the place of these, which are given back; the cameras wait meanwhile. `prepare` is called when
   * nothing is analysed any more. When that throws, all goes on as before, and the others stay the caller's.
   */
  exchange(next: Vision, prepare: () => Promise<void>): Promise<void>
  /** Begins anew with the rows as they are now: what is held in memory is derived from them. Never rejects. */
  refresh(): Promise<void>
}

export interface SightDeps {
  /** A pipeline that sees with these models. */
  readonly join: (vision: Vision) => Pipeline
  /** A fault of ours that only a restart mends. */
  readonly onFatal: (error: BarnboxError) => void
}

/** Refreshes when rows have changed under what is held in memory: a person moved them, or the upkeep let a horse go. */
export function refreshWithRows(facts: Bus<Facts>, refresh: () => void, signal: AbortSignal): void {
  for (const fact of ['corrected', 'horse-gone'] as const) facts.on(fact, refresh, signal)
}

/** Takes the models over. */
export function createSight(first: Vision, { join, onFatal }: SightDeps): Sight {
  const watched = new Map<StreamId, Parameters<Pipeline['watch']>>()
  let vision = first
  let pipeline = join(first)
  let analysedBefore = 0
  const begin = (models: Vision) => {
    const fresh = join(models)
    for (const camera of watched.values()) fresh.watch(...camera)
    analysedBefore += pipeline.analysed
    pipeline = fresh
    vision = models
  }
  // Each ends a pipeline and begins another.
  const inTurn = createTurn()
  let isOver = false
  let isAwaited = false
  const goOn = () => {
    try {
      begin(vision)
    } catch (thrown) {
      onFatal(asBarnboxError(thrown))
    }
  }
  return {
    get vision() {
      return vision
    },
    get pipeline() {
      return pipeline
    },
    get analysed() {
      return analysedBefore + pipeline.analysed
    },
    watch(...camera) {
      watched.set(camera[0], camera)
      pipeline.watch(...camera)
    },
    unwatch: (streamId) =>
      inTurn(async () => {
        if (!watched.delete(streamId) || isOver) return
        await pipeline[Symbol.asyncDispose]()
        goOn()
      }),
    exchange: (next, prepare) =>
      inTurn(async () => {
        const before = vision
        await pipeline[Symbol.asyncDispose]()
        try {
          await prepare()
          begin(next)
        } catch (thrown) {
          goOn()
          throw thrown
        }
        await before[Symbol.asyncDispose]()
      }),
    async refresh() {
      // Several wishes before its turn are one.
      if (isAwaited || isOver) return
      isAwaited = true
      await inTurn(async () => {
        isAwaited = false
        if (isOver) return
        await pipeline[Symbol.asyncDispose]()
        goOn()
      })
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await inTurn(async () => {})
      await pipeline[Symbol.asyncDispose]()
      await vision[Symbol.asyncDispose]()
    },
  }
}
