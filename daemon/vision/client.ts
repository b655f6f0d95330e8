/**
 * The main thread's side of a vision worker: requests wait their turn, one is with the worker, each gets its answer
 * or an error. It never ends a worker by force: that aborts the whole process while an inference runs.
 */
import type { Worker } from 'node:worker_threads'
import { BarnboxError } from '../lib/errors.ts'
import type { ModelKind } from '../types.ts'
import type { About, Ask, AskName, Asks, FromWorker, PlainError } from './protocol.ts'

export interface VisionClient extends AsyncDisposable {
  /** Resolves when the models are loaded. */
  readonly ready: Promise<{ embedder: ModelKind; about: About }>
  ask<Name extends AskName>(name: Name, argument: Asks[Name][0]): Promise<Asks[Name][1]>
}

interface Waiting {
  readonly id: number
  readonly ask: Ask
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** How long one request may take, and how long a stop waits for the worker. */
export interface Patience {
  readonly stuckMs: number
  readonly stopMs: number
}

const defaultPatience: Patience = { stuckMs: 30_000, stopMs: 8_000 }

export function createVisionClient(worker: Worker, patience: Patience = defaultPatience): VisionClient {
  const queue: Waiting[] = []
  let current: Waiting | undefined
  let timer: NodeJS.Timeout | undefined
  /** Set once nothing can be asked any more; everyone after gets it too. */
  let over: BarnboxError | undefined
  let asked = 0
  const ready = Promise.withResolvers<{ embedder: ModelKind; about: About }>()
  const gone = Promise.withResolvers<void>()

  const giveUp = (error: BarnboxError) => {
    over ??= error
    clearTimeout(timer)
    ready.reject(over)
    for (const waiting of current ? [current, ...queue] : queue) waiting.reject(over)
    queue.length = 0
    current = undefined
  }
  const next = () => {
    clearTimeout(timer)
    current = queue.shift()
    if (!current) return
    timer = setTimeout(() => giveUp(stuck(patience.stuckMs)), patience.stuckMs)
    worker.postMessage({ id: current.id, ask: current.ask })
  }
  worker.on('message', (message: FromWorker) => {
    if ('ready' in message) ready.resolve(message.ready)
    else if ('failed' in message) giveUp(revive(message.failed))
    else if (message.id === current?.id) {
      if ('error' in message) current.reject(revive(message.error))
      else current.resolve(message.value)
      next()
    }
  })
  worker.on('error', (cause) =>
    giveUp(new BarnboxError('VISION_ENDED', 'the vision worker failed', { cause })),
  )
  worker.on('exit', (code) => {
    giveUp(new BarnboxError('VISION_ENDED', 'the vision worker ended by itself', { context: { code } }))
    gone.resolve()
  })
  // Nobody may be waiting for it when a start is given up early.
  ready.promise.catch(() => {})

  return {
    ready: ready.promise,
    ask(name, argument) {
      if (over) return Promise.reject(over)
      return new Promise((resolve, reject) => {
        const ask = { name, with: argument } as Ask
        queue.push({ id: ++asked, ask, resolve: resolve as (value: unknown) => void, reject })
        if (!current) next()
      })
    },
    async [Symbol.asyncDispose]() {
      over ??= new BarnboxError('INTERNAL', 'vision has been stopped')
      for (const waiting of queue.splice(0)) waiting.reject(over)
      worker.postMessage('stop')
      const late = setTimeout(() => {
        worker.unref()
        gone.resolve()
      }, patience.stopMs)
      await gone.promise
      clearTimeout(late)
      clearTimeout(timer)
    },
  }
}

function stuck(ms: number): BarnboxError {
  return new BarnboxError('VISION_STUCK', 'an inference does not end', { context: { ms } })
}

function revive({ code, message, context, stack }: PlainError): BarnboxError {
  const error = new BarnboxError(code, message, { context })
  if (stack !== undefined) error.stack = stack
  return error
}
