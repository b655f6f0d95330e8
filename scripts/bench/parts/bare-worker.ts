/**
 * A worker thread with nothing in it but one session: what an inference takes by itself. Started with a model file and
 * one input; answers each message with the milliseconds of one run, outputs read.
 */
import '../../../daemon/vision/no-telemetry.ts'
import { parentPort, workerData } from 'node:worker_threads'
import * as ort from 'onnxruntime-node'
import { openSession } from '../../../daemon/vision/session.ts'

/** What the worker is started with. */
export interface BareWork {
  readonly file: string
  readonly threads: number
  readonly inputs: Readonly<Record<string, BareInput>>
}

export interface BareInput {
  readonly type: 'uint8' | 'int64'
  readonly data: Uint8Array | BigInt64Array
  readonly dims: readonly number[]
}

const { file, threads, inputs } = workerData as BareWork
const session = await openSession(file, threads)
const feeds = Object.fromEntries(
  Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]),
)

async function answer(message: 'run' | 'stop'): Promise<void> {
  if (message === 'stop') {
    await session.release()
    parentPort?.close()
    return
  }
  const startedMs = performance.now()
  const outputs = await session.run(feeds)
  for (const name of session.outputNames) void outputs[name]?.data
  parentPort?.postMessage(performance.now() - startedMs)
}

parentPort?.on('message', (message: 'run' | 'stop') => void answer(message))
parentPort?.postMessage('ready')
