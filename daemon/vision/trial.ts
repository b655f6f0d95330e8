/**
 * The first look of a model that came as a file, at nothing: what it does wrong it does now, and is named for it.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { Picture } from '../types.ts'
import type { Layout, Tensors } from './decoders/decoder.ts'
import type { Net } from './net.ts'
import type { ModelSource } from './resolve.ts'
import { brokenModel } from './session.ts'

const side = 64

/** A grey picture of the format that the network takes. */
export function blankPicture(net: Net<Layout>): Picture {
  const { format } = net
  const bytes = side * side * (format === 'rgb24' ? 3 : 1.5)
  return { format, width: side, height: side, pixels: new Uint8Array(bytes).fill(114) }
}

/** Outputs of a first look: damaged weights answer what is no number, whatever the network sees. */
export function checkNumbers(outputs: Tensors): Tensors {
  for (const [name, { data }] of Object.entries(outputs)) {
    const at = data instanceof Float32Array ? data.findIndex((value) => !Number.isFinite(value)) : -1
    if (at < 0) continue
    throw new BarnboxError('MODEL_BROKEN', `its output ${name} holds ${data[at]} (damaged weights?)`)
  }
  return outputs
}

/** The opened model, or the reason why it cannot be used; it is closed then. */
export async function tried<T extends AsyncDisposable>(
  source: ModelSource,
  opened: T,
  look: () => Promise<unknown>,
): Promise<T> {
  try {
    await look()
    return opened
  } catch (cause) {
    await opened[Symbol.asyncDispose]()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw brokenModel(source.file, `does not work: ${why}`, cause)
  }
}
