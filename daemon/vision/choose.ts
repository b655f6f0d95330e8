/**
 * Opens a model on the provider that it is to run on: the joint of the self-test and the models.
 */
import { isEngineWrapper } from '../../models/convert/engine-wrapper.ts'
import type { Picture } from '../types.ts'
import type { Layout, Tensors } from './decoders/decoder.ts'
import { type Detector, type NetDetector, openDetector, openNetDetector } from './detector.ts'
import { type Embedder, openEmbedder } from './embedder.ts'
import { compareSeen, compareVectors, type Likeness, type Seen, seenFrom } from './likeness.ts'
import type { Net } from './net.ts'
import { openProfileFolder } from './profile.ts'
import type { Opening, Running } from './protocol.ts'
import { type AskedProvider, missingProvider, type Provider, plainReason, providers } from './providers.ts'
import type { ModelSource } from './resolve.ts'
import { type Candidate, type Chosen, chooseProvider, medianOf } from './self-test.ts'
import type { RunOn } from './session.ts'
import { animal, testPicture } from './test-picture.ts'

export interface Ask {
  readonly asked: AskedProvider
  readonly threads: number
  /** Told before each step of opening it: from then on until the next word all is that model's doing. */
  readonly onStep?: ((opening: Opening) => void) | undefined
  /** Given, it is opened so and not tested. */
  readonly decided?: Running | undefined
  /** What tests replace: what is missing here, and what a session that was asked for gets. */
  readonly world?: { missing(provider: Provider): string | undefined; given(wanted: Provider): Provider }
}

export async function chooseDetector(source: ModelSource, ask: Ask): Promise<Chosen<Detector>> {
  if (source.engine) return tfjsDetector(source, ask)
  return choose(source, ask, {
    open: openNetDetector,
    async look({ net, find }: NetDetector, picture): Promise<Seen> {
      const { outputs } = await net.run(picture)
      const found = find(outputs, seenFrom)
      return { found, values: found.length === 0 ? sortedValues(outputs) : new Float32Array() }
    },
    compare: compareSeen,
  })
}

export function chooseEmbedder(source: ModelSource, ask: Ask): Promise<Chosen<Embedder>> {
  return choose(source, ask, {
    open: openEmbedder,
    look: (embedder: Embedder, picture) => embedder.embed(picture, animal),
    compare: compareVectors,
  })
}

/** TensorFlow.js runs where its build runs: there is nothing to choose. */
async function tfjsDetector(
  source: ModelSource,
  { threads, decided, onStep }: Ask,
): Promise<Chosen<Detector>> {
  const tell = (step: Opening['step']) =>
    onStep?.({ model: source.name, provider: source.engine ?? 'wasm', step })
  tell('load')
  const model = await openDetector(source, threads)
  if (decided) return { model, running: decided }
  const picture = testPicture('nv12')
  const look = () => {
    tell('look')
    return model.detect(picture, seenFrom)
  }
  try {
    await look()
    const provider = source.engine === 'wasm' ? 'wasm' : 'tfjs-node-gpu'
    const ms = await medianOf({ look })
    return { model, running: { provider, ms, cpuMs: null, cosine: null, fallback: null } }
  } catch (error) {
    await model[Symbol.asyncDispose]()
    throw error
  }
}

interface Kind<Model, Answer> {
  open(source: ModelSource, threads: number, on: RunOn): Promise<Model>
  look(model: Model, picture: Picture): Promise<Answer>
  compare(cpu: Answer, other: Answer): Likeness
}

type Opened = AsyncDisposable & { readonly net: Net<Layout> }

async function choose<Model extends Opened, Answer>(
  source: ModelSource,
  { asked, threads, onStep, decided, world = { missing: missingProvider, given: (wanted) => wanted } }: Ask,
  kind: Kind<Model, Answer>,
): Promise<Chosen<Model>> {
  // One that was imported is an engine even when its wrapper is gone: that it does not run must be told.
  const engine = source.original !== undefined || isEngineWrapper(source.file)
  const of = (provider: Provider) => (provider === 'tensorrt' || !source.original ? source : source.original)
  const tell = (provider: Provider, step: Opening['step']) => onStep?.({ model: source.name, provider, step })
  const openOn = (provider: Provider, on: RunOn) => {
    tell(provider, 'load')
    return kind.open(of(provider), threads, on)
  }
  if (decided) return asDecided(decided, (provider) => openOn(provider, { provider }))
  return chooseProvider({
    asked,
    engine,
    onCpu: !engine || source.original !== undefined,
    missing: world.missing,
    open(wanted) {
      const provider = world.given(wanted)
      const looked: typeof kind.look = (model, picture) => {
        tell(wanted, 'look')
        return kind.look(model, picture)
      }
      return candidate(looked, (profile) => openOn(wanted, { provider, profile }))
    },
    compare: kind.compare,
    reason: plainReason,
    now: () => performance.now(),
  })
}

/** What worked in one worker may fail in the next, for want of the GPU's memory. */
async function asDecided<Model>(
  decided: Running,
  open: (provider: Provider) => Promise<Model>,
): Promise<Chosen<Model>> {
  const provider = providers.find((one) => one === decided.provider) ?? 'cpu'
  try {
    return { model: await open(provider), running: decided }
  } catch (thrown) {
    if (provider === 'cpu') throw thrown
    const fallback = plainReason(provider, thrown)
    const ms = decided.cpuMs ?? decided.ms
    return { model: await open('cpu'), running: { provider: 'cpu', ms, cpuMs: null, cosine: null, fallback } }
  }
}

async function candidate<Model extends Opened, Answer>(
  look: Kind<Model, Answer>['look'],
  open: (profile: string | undefined) => Promise<Model>,
): Promise<Candidate<Model, Answer>> {
  const folder = openProfileFolder()
  try {
    const model = await open(folder.prefix)
    const picture = testPicture(model.net.format)
    return {
      model,
      async look() {
        try {
          return await look(model, picture)
        } catch (error) {
          folder[Symbol.dispose]()
          throw error
        }
      },
      ran() {
        using read = folder
        model.net.endProfile()
        return read.read()
      },
    }
  } catch (error) {
    folder[Symbol.dispose]()
    throw error
  }
}

/** All values that the model gave, smallest first. */
function sortedValues(outputs: Tensors): Float32Array {
  return Float32Array.from(Object.values(outputs).flatMap(({ data }) => Array.from(data, Number))).sort()
}
