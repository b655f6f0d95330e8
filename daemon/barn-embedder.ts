/**
 * Which embedder the horses are known by, and how another one takes its place: the one in use goes on until the new one
 * has looked at the stored looks, so that no horse is forgotten. What is done for it leaves the cores to the cameras.
 */
import { isKnowing, type Named, type OpeningDeps, openFirst, openKnowing, wantedOf } from './barn-opening.ts'
import { createSight, type Sight, type SightDeps } from './barn-sight.ts'
import { sleep } from './lib/abort.ts'
import { asBarnboxError, BarnboxError, type ErrorCode } from './lib/errors.ts'
import {
  type Aside,
  embedAll,
  likeness,
  type Progress,
  type ReEmbedDeps,
  reEmbed,
} from './pipeline/re-embed.ts'
import type { Registry } from './registry/registry.ts'
import type { EmbedderChange } from './system-types.ts'
import type { Clock, EmbedderKind } from './types.ts'
import type { CropEmbedder } from './vision/crop-embedder.ts'
import { fewestCrops, isOnCpu, leastCosine, mostCrops, noteLikeness, unmeasured } from './vision/int8.ts'
import { type Int8Model, int8Name } from './vision/store.ts'

export interface EmbedderDeps extends OpeningDeps, SightDeps {
  readonly registry: Pick<Registry, 'crops' | 'embedders' | 'vectors'>
  readonly clock: Clock
  /** This embedder by itself. */
  readonly openAside: (embedder: string) => Promise<CropEmbedder>
  /** What tests replace: how long until it is looked again for crops enough, for room to write, for a worker. */
  readonly lookAgainMs?: number
}

export interface WatchedSight extends Omit<Sight, 'exchange'> {
  /** Null where no embedder can be used. */
  readonly change: EmbedderChange | null
}

interface Keeping {
  readonly deps: EmbedderDeps
  readonly sight: Sight
  /** What horses are known by now. */
  embedder: EmbedderKind
  /** Looks whose crop cannot be read. */
  readonly unreadable: Set<number>
  change: EmbedderChange
  /** What horses were known by before, until it is known who is not any more. */
  before: string | undefined
  /** Whether the 8-bit variant has been measured as far as it can be. */
  measured: boolean
}

/** Opens the models and begins what is left to do. Throws what opening throws where they cannot even find horses. */
export async function openSight(deps: EmbedderDeps, signal: AbortSignal): Promise<WatchedSight> {
  const before = deps.registry.embedders.inUse()
  await using opened = new AsyncDisposableStack()
  const { vision, fault } = await openFirst(deps, before)
  opened.use(vision)
  const sight = createSight(vision, deps)
  opened.move()
  const keeping = isKnowing(vision) ? newKeeping(deps, sight, vision.embedder) : null
  if (keeping) takeUp(keeping, before)
  if (keeping && fault) fail(keeping, fault)
  const own = new AbortController()
  const ending = AbortSignal.any([signal, own.signal])
  let tending: Promise<void> | undefined
  const tendOn = () => {
    if (!keeping || fault || tending || keeping.change.state === 'failed') return
    tending = tend(keeping, ending).finally(() => {
      tending = undefined
    })
  }
  tendOn()
  return {
    get vision() {
      return sight.vision
    },
    get pipeline() {
      return sight.pipeline
    },
    get analysed() {
      return sight.analysed
    },
    get change() {
      return keeping?.change ?? null
    },
    watch: sight.watch,
    unwatch: sight.unwatch,
    async refresh() {
      await sight.refresh()
      // A person may have given a horse looks of nobody that an embedder before this one has looked at.
      tendOn()
    },
    async [Symbol.asyncDispose]() {
      own.abort()
      await tending
      await sight[Symbol.asyncDispose]()
    },
  }
}

function newKeeping(deps: EmbedderDeps, sight: Sight, embedder: EmbedderKind): Keeping {
  const rest = { unreadable: new Set<number>(), before: undefined, measured: false }
  return { deps, sight, embedder, change: settledOn(embedder), ...rest }
}

/** Writes down what horses are known by now. */
function takeUp(keeping: Keeping, before: Named | undefined): void {
  const { deps, embedder } = keeping
  const { embedders } = deps.registry
  const { id } = embedder
  try {
    embedders.note(embedder)
    embedders.use(id)
  } catch (thrown) {
    // Nothing is lost: the next start finds every look looked at, and comes to the same.
    deps.log.error({ err: thrown, embedder: id }, 'the embedder in use cannot be written down')
  }
  if (!before || before.id === id) return
  deps.log.info({ from: before.id, to: id }, 'horses are known by another embedder')
  keeping.before = before.id
}

/** Nothing is left to look at: who is not known now will not be. */
function settle(keeping: Keeping): void {
  const { deps, embedder, before } = keeping
  keeping.change = settledOn(embedder)
  keeping.before = undefined
  const lost = before === undefined ? 0 : deps.registry.vectors.onlyKnownBy(before, embedder.id)
  if (lost === 0) return
  deps.log.warn({ horses: lost, embedder: embedder.id }, 'horses without a readable look are not known by it')
}

function settledOn({ id }: EmbedderKind): EmbedderChange {
  return { state: 'settled', from: id, to: id, done: 0, total: 0, passedOver: 0, detail: null }
}

/** The embedder in use goes on; the next start goes on with the change. */
function fail(keeping: Keeping, error: BarnboxError): void {
  const { change, deps } = keeping
  keeping.change = { ...change, state: 'failed', detail: error.message }
  deps.log.error({ code: error.code, err: error, embedder: change.from }, 'the embedder cannot be changed')
}

/** A full disk is made room on, a worker is replaced; everything else asks for a person and another start. */
const passing: readonly ErrorCode[] = ['DB_WRITE', 'VISION_DIED']

/** Does one thing after the other until nothing is left to do. Never rejects. */
async function tend(keeping: Keeping, signal: AbortSignal): Promise<void> {
  const { lookAgainMs = 60_000 } = keeping.deps
  let failing = false
  while (!signal.aborted) {
    try {
      const next = await doNext(keeping, signal)
      failing = false
      if (next === 'rest') return
      if (next === 'wait') await sleep(lookAgainMs, signal)
    } catch (thrown) {
      if (signal.aborted) return
      const error = asBarnboxError(thrown)
      if (!failing) fail(keeping, error)
      // A thread that hangs takes a core from the cameras for ever.
      if (error.code === 'VISION_STUCK') return keeping.deps.onFatal(error)
      failing = true
      if (!passing.includes(error.code)) return
      await sleep(lookAgainMs, signal)
    }
  }
}

async function doNext(keeping: Keeping, signal: AbortSignal): Promise<'go on' | 'wait' | 'rest'> {
  const { deps, sight, embedder, unreadable, measured } = keeping
  const { registry, stateDir, chosen } = deps
  const wanted = wantedOf(deps, sight.vision)
  const missing = registry.crops.missing(wanted.id)
  if (missing.some((lookId) => !unreadable.has(lookId))) {
    const total = registry.crops.count()
    const progress = { done: total - missing.length, total, passedOver: unreadable.size }
    tell(keeping, 're-embedding', wanted.id, progress)
    await lookAgain(keeping, wanted, signal)
    return 'go on'
  }
  if (wanted.id !== embedder.id) {
    await exchange(keeping, wanted, signal)
    return 'go on'
  }
  settle(keeping)
  const mayGain = deps.int8 === 'auto' && wanted.name === chosen && isOnCpu(sight.vision.about) && !measured
  const int8 = mayGain ? unmeasured(stateDir, chosen) : undefined
  if (!int8) return 'rest'
  if (registry.crops.count() < fewestCrops) return 'wait'
  await measure(keeping, int8, signal)
  return 'go on'
}

type Looker = Pick<CropEmbedder, 'embedder' | 'embedCrop'>

/** Has an embedder look at what it has not seen: the one in use as it is, another one in a worker of its own. */
async function lookAgain(keeping: Keeping, { name, id }: Named, signal: AbortSignal): Promise<void> {
  const { deps, sight, embedder } = keeping
  if (embedder.id === id) {
    const live = { embedder, embedCrop: sight.vision.embedCrop }
    await reEmbed(embedder, stepsOf(keeping, live, signal), signal)
    return
  }
  await using aside = await deps.openAside(name)
  mustBe(aside, id)
  deps.registry.embedders.note(aside.embedder)
  await reEmbed(aside.embedder, stepsOf(keeping, aside, signal), signal)
}

/** A model may be installed anew under its name at any moment. */
function mustBe({ embedder }: Looker, id: string): void {
  if (embedder.id === id) return
  const message = `${embedder.name} was exchanged meanwhile; start barnbox again`
  throw new BarnboxError('MODEL_HASH', message, { context: { id: embedder.id, expected: id } })
}

const asideOf = ({ deps }: Keeping, looker: Looker, signal: AbortSignal): Aside => ({
  embed: (jpeg) => looker.embedCrop(jpeg),
  pause: (ms) => sleep(ms, signal),
  clock: deps.clock,
})

function stepsOf(keeping: Keeping, looker: Looker, signal: AbortSignal): ReEmbedDeps {
  const { deps, sight, unreadable } = keeping
  const { crops, vectors } = deps.registry
  return {
    ...asideOf(keeping, looker, signal),
    ...{ crops, vectors, unreadable },
    onVector(vector) {
      if (looker.embedder === keeping.embedder) sight.pipeline.learn(vector)
    },
    onProgress: (progress) => tell(keeping, 're-embedding', looker.embedder.id, progress),
  }
}

/** Keeps how far it has come, and says so at the beginning and at each quarter. */
function tell(keeping: Keeping, state: 're-embedding' | 'measuring', to: string, progress: Progress): void {
  const { change, deps } = keeping
  const from = keeping.embedder.id
  keeping.change = { state, from, to, ...progress, detail: null }
  const quarter = ({ done, total }: Progress) => Math.floor((4 * done) / total)
  if (change.state === state && change.to === to && quarter(change) === quarter(progress)) return
  deps.log.info({ state, from, to, ...progress }, 'an embedder looks at the kept crops')
}

/** Has the cameras' pictures seen by the wanted embedder; they wait for about a second. */
async function exchange(keeping: Keeping, { name, id }: Named, signal: AbortSignal): Promise<void> {
  const { deps, sight, embedder: before } = keeping
  keeping.change = { ...settledOn(before), state: 'switching', to: id }
  await using unused = new AsyncDisposableStack()
  const next = unused.use(await openKnowing(deps, name))
  mustBe(next, id)
  signal.throwIfAborted()
  await sight.exchange(next, async () => {
    // What was learnt in the last moments; now nobody learns.
    deps.registry.embedders.note(next.embedder)
    await reEmbed(next.embedder, { ...stepsOf(keeping, next, signal), pause: async () => {} }, signal)
    signal.throwIfAborted()
  })
  unused.move()
  keeping.embedder = next.embedder
  takeUp(keeping, before)
}

/** Holds the 8-bit variant of the embedder against the embedder itself, on the owner's own crops, and notes it. */
async function measure(keeping: Keeping, int8: Int8Model, signal: AbortSignal): Promise<void> {
  const { registry, stateDir, chosen, clock, log } = keeping.deps
  const sample = registry.crops.sample(mostCrops)
  const total = 2 * sample.length
  let done = 0
  const sayDone = () => tell(keeping, 'measuring', int8.id, { done, total, passedOver: 0 })
  const onCrop = () => {
    done++
    sayDone()
  }
  sayDone()
  const vectorsOf = async (name: string) => {
    await using aside = await keeping.deps.openAside(name)
    return await embedAll(sample, asideOf(keeping, aside, signal), onCrop, signal)
  }
  const found = likeness(await vectorsOf(chosen), await vectorsOf(int8Name(chosen)))
  if (signal.aborted) return
  keeping.measured = true
  const figures = { embedder: chosen, ...found, needed: leastCosine }
  if (found.crops < fewestCrops) {
    log.warn(figures, 'too few crops can be read to say whether int8 is as good')
    return
  }
  noteLikeness(stateDir, chosen, int8, found, clock.utcMs())
  const isGood = found.cosine >= leastCosine
  log.info(
    figures,
    isGood ? 'int8 is as good on the crops of this barn' : 'int8 is not as good; it is not used',
  )
}
