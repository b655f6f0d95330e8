/**
 * The vision worker: owns the models and answers one request after the other. It ends only when told to, between two
 * inferences or before the next step of opening a model.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { type Engine, openEngine } from './engine.ts'
import type { Ask, FromWorker, Opening, PlainError, ToWorker, WorkerSetup } from './protocol.ts'

const port = parentPort
if (!port) throw new Error('this module is a worker')

const say = (message: FromWorker) => port.postMessage(message)

function plainError(thrown: unknown): PlainError {
  const { code, message, context, stack } = asBarnboxError(thrown)
  return { code, message, context, stack }
}

function answer(engine: Engine, ask: Ask): Promise<unknown> {
  if (ask.name === 'detect') return engine.detect(ask.with.picture)
  if (ask.name === 'embed') return engine.embed(ask.with.picture, ask.with.boxes, ask.with.crops)
  if (ask.name === 'embedCrop') return engine.embedCrop(ask.with.jpeg)
  if (ask.name === 'photo') return engine.photo(ask.with.photo)
  if (ask.name === 'crop') return engine.crop(ask.with.picture, ask.with.box)
  if (ask.name === 'thumbnail') return engine.thumbnail(ask.with.picture, ask.with.box)
  return engine.jpeg(ask.with.picture)
}

async function serve(engine: Engine, { id, ask }: Exclude<ToWorker, 'stop'>): Promise<void> {
  try {
    say({ id, value: await answer(engine, ask) })
  } catch (thrown) {
    say({ id, error: plainError(thrown) })
  }
}

async function main(setup: WorkerSetup): Promise<void> {
  let isStopped = false
  const onStep = (opening: Opening) => {
    // Nothing else is told before it is ready. Models open on this thread: no message would come by itself.
    isStopped ||= port !== null && receiveMessageOnPort(port) !== undefined
    if (isStopped) throw new BarnboxError('INTERNAL', 'vision has been stopped')
    say({ opening })
  }
  let engine: Engine
  try {
    engine = await openEngine(setup, onStep)
  } catch (thrown) {
    say({ failed: plainError(thrown) })
    port?.close()
    return
  }
  let work: Promise<void> = Promise.resolve()
  const end = async () => {
    await engine[Symbol.asyncDispose]()
    port?.close()
  }
  if (isStopped) return end()
  port?.on('message', (message: ToWorker) => {
    work = work.then(() => (message === 'stop' ? end() : serve(engine, message)))
  })
  say({ ready: { embedder: engine.embedder, about: engine.about } })
}

await main(workerData as WorkerSetup)
