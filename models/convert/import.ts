/**
 * Weights that an owner brings (`.bin`, `.pth`, `.safetensors`) as an ONNX network: the one place where such a file
 * is converted. Input `pixels` uint8 [n, side, side, 3]; outputs `embedding` (unit length) and `feature`.
 */
import path from 'node:path'
import { BarnboxError } from '../../daemon/lib/errors.ts'

export interface WeightOptions {
  /** Mean and deviation that the graph takes off the pixels: ImageNet's, or 0.5 each. */
  readonly normalise: 'imagenet' | 'half'
  /** Linear layers in 8 bits: faster on a CPU, vectors a little off. */
  readonly int8: boolean
}

const endings = ['.bin', '.pth', '.pt', '.safetensors']

export const isWeightFile = (file: string) => endings.includes(path.extname(file).toLowerCase())

type ConvertSwinFile = (file: string, options: WeightOptions) => { chunks(): Iterable<Uint8Array> }

/** The converted network piece by piece: a large one is never in memory as a whole. Throws `MODEL_BROKEN`. */
export async function convertWeights(file: string, options: WeightOptions): Promise<Iterable<Uint8Array>> {
  // Not a literal: the converter comes with another branch.
  const converter: string = './swin-file.ts'
  const module: unknown = await import(converter).catch((cause) => {
    const cure = 'bring the model as an ONNX file'
    const message = `${file} holds weights, which this version cannot convert; ${cure}`
    throw new BarnboxError('MODEL_BROKEN', message, { context: { file, cure }, cause })
  })
  return (module as { convertSwinFile: ConvertSwinFile }).convertSwinFile(file, options).chunks()
}
