/**
 * ONNX models as the daemon runs them: loaded from a file, one thread unless told otherwise, no spinning.
 */
import { existsSync } from 'node:fs'
import * as ort from 'onnxruntime-node'
import { BarnboxError } from '../lib/errors.ts'
import type { Picture } from '../types.ts'
import { chromaOf, lumaOf } from './pixels.ts'

export type Session = ort.InferenceSession
export type Outputs = ort.InferenceSession.OnnxValueMapType

export const int64s = (values: readonly number[]) =>
  new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [values.length])

export async function openSession(file: string, threads: number): Promise<Session> {
  if (!existsSync(file)) {
    const cure = 'correct the path under `vision` in the config'
    throw new BarnboxError('MODEL_MISSING', `the model file ${file} does not exist; ${cure}`, {
      context: { file, cure },
    })
  }
  try {
    return await ort.InferenceSession.create(file, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Spinning threads take the cores that ffmpeg needs.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 3,
    })
  } catch (cause) {
    throw brokenModel(file, 'is not a model that can be loaded', cause)
  }
}

export function brokenModel(file: string, what: string, cause?: unknown): BarnboxError {
  const cure = 'use a built-in model, or delete the file if it is one'
  return new BarnboxError('MODEL_BROKEN', `${file} ${what}; ${cure}`, {
    context: { file, what, cure },
    cause,
  })
}

/** The pixel inputs that a session of the picture's format wants. Nothing is copied. */
export function pixelFeeds(picture: Picture): Record<string, ort.Tensor> {
  const { width, height } = picture
  if (picture.format === 'rgb24')
    return { pixels: new ort.Tensor('uint8', picture.pixels, [1, height, width, 3]) }
  return {
    y: new ort.Tensor('uint8', lumaOf(picture), [1, 1, height, width]),
    uv: new ort.Tensor('uint8', chromaOf(picture), [1, height / 2, width / 2, 2]),
  }
}

export function floatsOf(outputs: Outputs, name: string): Float32Array {
  const data = outputs[name]?.data
  if (!(data instanceof Float32Array)) throw new BarnboxError('INTERNAL', `the model gave no ${name}`)
  return data
}

export function intsOf(outputs: Outputs, name: string): Int32Array {
  const data = outputs[name]?.data
  if (!(data instanceof Int32Array)) throw new BarnboxError('INTERNAL', `the model gave no ${name}`)
  return data
}
