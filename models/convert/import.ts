/**
 * Weights that an owner brings (of torch.save, or safetensors) as an ONNX network: the one place where such a file
 * is converted. Input `pixels` uint8 [n, side, side, 3]; outputs `embedding` (unit length) and `feature`.
 */
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { convertSwinFile } from './swin-file.ts'

export interface WeightOptions {
  /** Mean and deviation that the graph takes off the pixels: ImageNet's, or 0.5 each. */
  readonly normalise: 'imagenet' | 'half'
  /** Linear layers in 8 bits: faster on a CPU, vectors a little off. */
  readonly int8: boolean
}

/**
 * The converted network piece by piece: a large one is never in memory as a whole. Throws `MODEL_BROKEN`, also when the
 * weights are of another variant than `variant` names.
 */
export function convertWeights(file: string, options: WeightOptions, variant?: string): Iterable<Uint8Array> {
  const { kind, chunks } = convertSwinFile(file, options)
  if (variant !== undefined && kind.variant !== variant) {
    const message = `${file} holds the weights of a ${kind.variant}, not of a ${variant}`
    throw new BarnboxError('MODEL_BROKEN', message, {
      context: { file, found: kind.variant, wanted: variant },
    })
  }
  return chunks()
}
