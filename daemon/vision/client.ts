/**
 * One vision worker as the main thread holds it: requests answered or failed in their order. It never ends a worker by
 * force: that aborts the whole process while an inference runs.
 */
import type { Worker } from 'node:worker_threads'
import { BarnboxError } from '../lib/errors.ts'
import type { Ask, FromWorker, Opening, PlainError, Ready } from './protocol.ts'

export interface VisionClient extends AsyncDisposable {
  /** Resolves when the models are loaded; rejects with why they cannot be, `VISION_STUCK` where that takes too long. */
  readonly ready: Promise<Ready>
  /** Resolves with why nothing can be asked any more; pending while it serves. */
  readonly over: Promise<BarnboxError>
  readonly isOver: boolean
  /**
   * Answers a request; there must be fewer than `mostUnderWay` of them. Rejects with what the worker says, with
   * `VISION_DIED` when it ends by itself and with `VISION_STUCK` when it takes too long.
   */
  ask(ask: Ask): Promise<unknown>
}

/** One that is worked on, and one that lies at hand when it is done: a thread that sleeps in between has to be woken. */
export const mostUnderWay = 2

/** How long one request may take, one step of opening a model on a provider, and how long a stop waits for the worker. */
export interface Patience {
  /** More on a machine that was measured to be slow, see `timesTheTrial`. */
  readonly stuckMs: number
  readonly openMs: (provider: string) => number
  readonly stopMs: number
}

/** CUDA may compile its kernels at the first look, TensorRT builds an engine: minutes on a small GPU. */
const slowToOpen: Readonly<Record<string, number>> = { cuda: 5 * 60_000, tensorrt: 30 * 60_000 }
/**
 * Of a machine that takes so many times as long as a usual one. The largest model of the catalogue is 780 MB: hashed and read from a slow card
 * within a minute.
 */
export function patienceFor(times: number): Patience {
  const openMs = (provider: string) => times * (slowToOpen[provider] ?? 2 * 60_000)
  return { stuckMs: times * 30_000, openMs, stopMs: 8_000 }
}

/** A request is stuck only when it takes so many times what a first look took: an embedder looks at a dozen horses in one. */
const timesTheTrial = 20

export function createVisionClient(worker: Worker, patience: Patience = patienceFor(1)): VisionClient {
  const underWay: { readonly id: number; readonly answer: PromiseWithResolvers<unknown> }[] = []
  let end: BarnboxError | undefined
  let [asked, stuckMs] = [0, patience.stuckMs]
  const ready = Promise.withResolvers<Ready>()
  const over = Promise.withResolvers<BarnboxError>()
  const gone = Promise.withResolvers<void>()
  // Nobody may be waiting for it when a start is given up early.
  ready.promise.catch(() => {})

  const close = (error: BarnboxError): BarnboxError => {
    end ??= error
    ready.reject(end)
    over.resolve(end)
    return end
  }
  const finish = (message: Answered) => {
    const done = underWay.shift()
    if (underWay.length > 0) wait.start(stuckMs, stuck)
    else wait.stop()
    if (done) settle(done.answer, message)
  }
  const failAll = (why: BarnboxError) => {
    wait.stop()
    for (const { answer } of underWay.splice(0)) answer.reject(why)
  }
  const fail = (error: BarnboxError) => failAll(close(error))
  const wait = createWait(fail)
  const open = (opening: Opening) =>
    end || wait.start(patience.openMs(opening.provider), (ms) => stuckOpening(opening, ms))
  // What comes before the first model: modules, and the built-in models converted at the first start.
  open({ model: 'the models', provider: 'cpu', step: 'load' })
  worker.on('message', (message: FromWorker) => {
    if ('opening' in message) open(message.opening)
    else if ('ready' in message) {
      wait.stop()
      stuckMs = Math.max(stuckMs, timesTheTrial * slowestMs(message.ready))
      ready.resolve(message.ready)
    } else if ('failed' in message) fail(revive(message.failed))
    else if (message.id === underWay[0]?.id) finish(message)
  })
  whenGone(worker, (why) => {
    fail(why)
    gone.resolve()
  })

  return {
    ready: ready.promise,
    over: over.promise,
    get isOver() {
      return end !== undefined
    },
    async ask(ask) {
      if (end) throw end
      if (underWay.length >= mostUnderWay) throw new BarnboxError('INTERNAL', 'the vision worker is busy')
      worker.postMessage({ id: ++asked, ask })
      const answer = Promise.withResolvers<unknown>()
      // The next one's time begins when it is the first.
      if (underWay.length === 0) wait.start(stuckMs, stuck)
      underWay.push({ id: asked, answer })
      return answer.promise
    },
    async [Symbol.asyncDispose]() {
      if (underWay.length === 0) wait.stop()
      const why = close(new BarnboxError('INTERNAL', 'vision has been stopped'))
      worker.postMessage('stop')
      const patienceMs = why.code === 'VISION_STUCK' ? 0 : patience.stopMs
      const late = setTimeout(() => {
        worker.unref()
        gone.resolve()
      }, patienceMs)
      await gone.promise
      clearTimeout(late)
      failAll(why)
    },
  }
}

/** Told at its exit: its error may overtake answers, which are all here by then. */
function whenGone(worker: Worker, tell: (why: BarnboxError) => void): void {
  let failed: BarnboxError | undefined
  worker.on('error', (cause) => {
    failed = died('a vision worker failed', { cause })
  })
  worker.on('exit', (code) => tell(failed ?? died('a vision worker ended by itself', { context: { code } })))
}

/** One at a time: the next takes the place of the one before. */
function createWait(onLate: (error: BarnboxError) => void) {
  let timer: NodeJS.Timeout | undefined
  return {
    start(ms: number, late: (ms: number) => BarnboxError) {
      clearTimeout(timer)
      timer = setTimeout(() => onLate(late(ms)), ms)
    },
    stop: () => clearTimeout(timer),
  }
}

/** One look of the slowest model, as it was measured when it was opened. */
function slowestMs({ about: { running } }: Ready): number {
  return Math.max(running.detector.ms, running.embedder?.ms ?? 0)
}

type Answered = Extract<FromWorker, { readonly id: number }>

function settle(answer: PromiseWithResolvers<unknown>, message: Answered): void {
  if ('error' in message) answer.reject(revive(message.error))
  else answer.resolve(message.value)
}

function died(message: string, more: ConstructorParameters<typeof BarnboxError>[2]): BarnboxError {
  return new BarnboxError('VISION_DIED', message, more)
}

function stuck(ms: number): BarnboxError {
  return new BarnboxError('VISION_STUCK', 'an inference does not end', { context: { ms } })
}

function stuckOpening({ model, provider, step }: Opening, ms: number): BarnboxError {
  const what = step === 'load' ? 'opening' : 'a first look of'
  const message = `${what} ${model} on ${provider} does not end`
  return new BarnboxError('VISION_STUCK', message, { context: { model, provider, step, ms } })
}

function revive({ code, message, context, stack }: PlainError): BarnboxError {
  const error = new BarnboxError(code, message, { context })
  if (stack !== undefined) error.stack = stack
  return error
}
