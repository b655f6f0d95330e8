/**
 * Which execution provider a model runs on: the one that was asked for, if it is there, gives the CPU's answer and
 * really ran the model's nodes; else the CPU, with the reason. What opens the model is handed in.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { Likeness } from './likeness.ts'
import type { NodeTimes } from './profile.ts'
import type { Running } from './protocol.ts'
import { type AskedProvider, executionProviders, type Provider, providerTitles } from './providers.ts'

/** A model that was opened on a provider, to be tried. */
export interface Candidate<Model, Answer> {
  readonly model: Model
  /** Looks at the fixed picture. */
  look(): Promise<Answer>
  /** Ends the record of where its nodes ran and for how long; empty where none could be kept. */
  ran(): NodeTimes
}

export interface Trial<Model, Answer> {
  readonly asked: AskedProvider
  /** The file holds an engine of TensorRT's. */
  readonly engine: boolean
  /** There is a form of the model that the CPU can run. */
  readonly onCpu: boolean
  /** Why a provider cannot be used here; undefined where it is to be tried. */
  missing(provider: Provider): string | undefined
  open(provider: Provider): Promise<Candidate<Model, Answer>>
  compare(cpu: Answer, other: Answer): Likeness
  /** Why it failed, in plain words. */
  reason(provider: Provider, thrown: unknown): string
  now(): number
}

export interface Chosen<Model> {
  readonly model: Model
  readonly running: Running
}

/** Looks that are timed. One is half a frame's time on a small box, so few. */
const rounds = 3
/** A provider that leaves more of the CPU's work to the CPU did not run the model. */
const mostLeft = 0.5

/**
 * The model, open on the provider that it is to run on. What does not work is told in `fallback`; throws where the
 * model itself is broken, and where an engine has no TensorRT and there is nothing else to run.
 */
export async function chooseProvider<Model extends AsyncDisposable, Answer>(
  trial: Trial<Model, Answer>,
): Promise<Chosen<Model>> {
  if (!trial.onCpu) return engineAlone(trial)
  const cpu = await measure(trial, 'cpu')
  const wanted = wantedOf(trial)
  const onCpu = (fallback: string | null): Chosen<Model> => ({
    model: cpu.model,
    running: { provider: ranMost(cpu.times), ms: cpu.ms, cpuMs: null, cosine: null, fallback },
  })
  if (wanted === 'cpu') return onCpu(null)
  const missing = trial.missing(wanted)
  // Nobody asked for CUDA where it is not installed.
  if (missing !== undefined) return onCpu(trial.asked === 'auto' && wanted === 'cuda' ? null : missing)
  let other: Measured<Model, Answer>
  try {
    other = await measure(trial, wanted)
  } catch (thrown) {
    return onCpu(trial.reason(wanted, thrown))
  }
  const { cosine, fault } = judge(trial, wanted, cpu, other)
  await (fault === null ? cpu : other).model[Symbol.asyncDispose]()
  if (fault !== null) return onCpu(fault)
  const running = { provider: wanted, ms: other.ms, cpuMs: cpu.ms, cosine, fallback: null }
  return { model: other.model, running }
}

function wantedOf({ asked, engine }: Pick<Trial<unknown, unknown>, 'asked' | 'engine'>): Provider {
  if (asked !== 'auto') return asked
  // TensorRT takes minutes to build an engine of an ordinary model, at every start.
  return engine ? 'tensorrt' : 'cuda'
}

/** An engine by itself: nothing to compare it with, and nothing to fall back to. */
async function engineAlone<Model extends AsyncDisposable, Answer>(
  trial: Trial<Model, Answer>,
): Promise<Chosen<Model>> {
  if (wantedOf(trial) !== 'tensorrt') {
    throw noEngine(`vision.provider is ${trial.asked}`, 'set it to auto or tensorrt')
  }
  const missing = trial.missing('tensorrt')
  if (missing !== undefined) throw noEngine(missing, 'or choose the ONNX model that it was built of')
  const { model, times, ms } = await measure(trial, 'tensorrt').catch((thrown) => {
    throw noEngine(trial.reason('tensorrt', thrown), 'build it anew on this machine', thrown)
  })
  const fault = unproven('tensorrt', times)
  if (fault !== null) {
    await model[Symbol.asyncDispose]()
    throw noEngine(fault, 'choose the ONNX model that it was built of')
  }
  return { model, running: { provider: 'tensorrt', ms, cpuMs: null, cosine: null, fallback: null } }
}

function noEngine(why: string, cure: string, cause?: unknown): BarnboxError {
  const message = `the model is a TensorRT engine, and ${why}; ${cure}`
  return new BarnboxError('ENGINE_MISSING', message, { context: { engine: 'tensorrt', why, cure }, cause })
}

interface Measured<Model, Answer> {
  readonly model: Model
  readonly answer: Answer
  readonly times: NodeTimes
  /** Median of the timed looks. */
  readonly ms: number
}

/** The first look is recorded and fills caches; the others are timed. */
async function measure<Model extends AsyncDisposable, Answer>(
  trial: Trial<Model, Answer>,
  provider: Provider,
): Promise<Measured<Model, Answer>> {
  const candidate = await trial.open(provider)
  try {
    const answer = await candidate.look()
    const times = candidate.ran()
    const ms = await medianOf(candidate, trial.now)
    return { model: candidate.model, answer, times, ms }
  } catch (error) {
    await candidate.model[Symbol.asyncDispose]()
    throw error
  }
}

/** Median time of a few looks, in milliseconds to a tenth. */
export async function medianOf(
  { look }: { look(): Promise<unknown> },
  now: () => number = () => performance.now(),
): Promise<number> {
  const all: number[] = []
  for (let round = 0; round < rounds; round++) {
    const startMs = now()
    await look()
    all.push(now() - startMs)
  }
  all.sort((a, b) => a - b)
  return Number((all[Math.floor(all.length / 2)] ?? 0).toFixed(1))
}

/** What speaks against the provider; null where nothing does. */
function judge<Model, Answer>(
  trial: Trial<Model, Answer>,
  provider: Provider,
  cpu: Measured<Model, Answer>,
  other: Measured<Model, Answer>,
): Likeness {
  const title = providerTitles[provider]
  const { cosine, fault } = trial.compare(cpu.answer, other.answer)
  const where = unproven(provider, other.times) ?? leftBehind(provider, cpu.times, other.times)
  if (where !== null) return { cosine, fault: where }
  if (fault !== null) return { cosine, fault: `${title} gives another answer: ${fault}` }
  const slower = trial.asked === 'auto' && other.ms >= cpu.ms
  return { cosine, fault: slower ? `${title} is no faster: ${other.ms} ms, the CPU ${cpu.ms} ms` : null }
}

function unproven(provider: Provider, times: NodeTimes): string | null {
  const title = providerTitles[provider]
  if (executionProviders[provider] in times) return null
  const ran = Object.keys(times)
  if (ran.length === 0) return `nothing proves that ${title} ran: the profile names no node`
  return `${title} ran nothing: all nodes ran on ${ran.join(' and ')}`
}

/** Some nodes have no kernel but the CPU's. Their time is held against all of the CPU's: a GPU's own says little. */
function leftBehind(provider: Provider, cpu: NodeTimes, other: NodeTimes): string | null {
  const all = cpu[executionProviders.cpu] ?? Number.POSITIVE_INFINITY
  const left = (other[executionProviders.cpu] ?? 0) / all
  if (!(left > mostLeft)) return null
  return `${providerTitles[provider]} left ${Math.round(Math.min(left, 1) * 100)} % of the work to the CPU`
}

/** The provider that took most of the time; the CPU where nothing was recorded, for no other was asked. */
function ranMost(times: NodeTimes): string {
  const [most] = Object.entries(times).sort(([, a], [, b]) => b - a)
  const known = Object.entries(executionProviders).find(([, name]) => name === most?.[0])
  return known?.[0] ?? most?.[0] ?? 'cpu'
}
