/**
 * Outputs of a model by name or place, checked for the size that a decoder reads. Pure.
 */
import { BarnboxError } from '../../lib/errors.ts'
import type { Tensor, Tensors } from './decoder.ts'

/** An output with exactly these dimensions (`null` takes any size); throws where it is another. */
export function tensor(outputs: Tensors, name: string | undefined, dims: readonly (number | null)[]): Tensor {
  const found = name === undefined ? Object.values(outputs)[0] : outputs[name]
  const fits =
    found?.dims.length === dims.length && dims.every((dim, i) => dim === null || found.dims[i] === dim)
  const whole = found && found.data.length === found.dims.reduce((a, b) => a * b, 1)
  if (found && fits && whole) return found
  const seen = Object.entries(outputs).map(([key, value]) => `${key} [${value.dims.join(', ')}]`)
  const wanted = `${name ?? 'its output'} [${dims.map((dim) => dim ?? 'n').join(', ')}]`
  throw new BarnboxError('MODEL_BROKEN', `the model gave ${seen.join(', ')} where ${wanted} was expected`)
}

/** The values as floats; throws where they are not. */
export function floats(from: Tensor): Float32Array {
  if (from.data instanceof Float32Array) return from.data
  throw new BarnboxError('MODEL_BROKEN', 'the model gave values that are not float32')
}
