/**
 * ONNX models as the daemon runs them: loaded from a file or from memory, one thread unless told otherwise, no
 * spinning.
 */
import './no-telemetry.ts'
import { existsSync } from 'node:fs'
import * as ort from 'onnxruntime-node'
import { BarnboxError } from '../lib/errors.ts'
import type { Picture } from '../types.ts'
import type { Port, Tensors } from './decoders/decoder.ts'
import { chromaOf, lumaOf } from './pixels.ts'
import type { Provider } from './providers.ts'

export type Session = ort.InferenceSession
export type Feeds = Record<string, ort.Tensor>

export const int64s = (values: readonly number[], dims: readonly number[] = [values.length]) =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims)

/** What runs a session's nodes. */
export interface RunOn {
  readonly provider: Provider
  /** Given, the runtime records its runs into a file that begins with it, until `endProfiling`. */
  readonly profile?: string | undefined
}

export const onCpu: RunOn = { provider: 'cpu' }

export async function openSession(file: string, threads: number, on: RunOn = onCpu): Promise<Session> {
  if (!existsSync(file)) {
    const cure = 'correct the path under `vision` in the config'
    throw new BarnboxError('MODEL_MISSING', `the model file ${file} does not exist; ${cure}`, {
      context: { file, cure },
    })
  }
  try {
    return await ort.InferenceSession.create(file, optionsFor(threads, on))
  } catch (cause) {
    throw brokenModel(file, 'is not a model that can be loaded', cause)
  }
}

/** A small graph of our own. On the CPU always: it is a few milliseconds, and the same beside every provider. */
export function openGraph(bytes: Uint8Array, threads: number): Promise<Session> {
  return ort.InferenceSession.create(bytes, optionsFor(threads, onCpu))
}

/** In the order in which nodes are offered: what one does not know the next one takes. */
const offered: Readonly<Record<Provider, readonly Provider[]>> = {
  cpu: ['cpu'],
  cuda: ['cuda', 'cpu'],
  tensorrt: ['tensorrt', 'cuda', 'cpu'],
}

function optionsFor(threads: number, { provider, profile }: RunOn): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: offered[provider],
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Spinning threads take the cores that ffmpeg needs.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    // Errors; with a profile not even those: a model that does not load would also be told to have written none.
    logSeverityLevel: profile === undefined ? 3 : 4,
  }
}

export const useAnother = 'use a built-in model, or delete the file if it is one'

export function brokenModel(file: string, what: string, cause?: unknown, cure = useAnother): BarnboxError {
  return new BarnboxError('MODEL_BROKEN', `${file} ${what}; ${cure}`, {
    context: { file, what, cure },
    cause,
  })
}

function portsOf(metadata: readonly ort.InferenceSession.ValueMetadata[]): Port[] {
  return metadata.map((one) =>
    one.isTensor
      ? { name: one.name, type: one.type, shape: one.shape }
      : { name: one.name, type: 'other', shape: [] },
  )
}

export const inputsOf = (session: Session): Port[] => portsOf(session.inputMetadata)
export const outputsOf = (session: Session): Port[] => portsOf(session.outputMetadata)

export async function runSession(session: Session, feeds: Feeds): Promise<Tensors & Feeds> {
  return (await session.run(feeds)) as Tensors & Feeds
}

/** The pixel inputs that a graph for the picture's format wants. Nothing is copied. */
export function pixelFeeds(picture: Picture): Feeds {
  const { width, height } = picture
  if (picture.format === 'rgb24')
    return { pixels: new ort.Tensor('uint8', picture.pixels, [1, height, width, 3]) }
  return {
    y: new ort.Tensor('uint8', lumaOf(picture), [1, 1, height, width]),
    uv: new ort.Tensor('uint8', chromaOf(picture), [1, height / 2, width / 2, 2]),
  }
}
