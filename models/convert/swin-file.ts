/**
 * From a weights file to an ONNX file: the whole way, and what the catalogue may say of the result.
 */
import { type Normalise, type SwinOptions, swinGraph } from './swin.ts'
import {
  channelsOf,
  checkValues,
  inputSide,
  readSwin,
  type SwinShape,
  type SwinWeights,
  stages,
  tensorShapes,
} from './swin-weights.ts'
import { fileSource } from './weight-source.ts'

export const swinLayout = 'barnbox-swin-1'

/** The published sizes; a file of any other shape is called by its numbers. */
export const swinVariants: Readonly<Record<string, SwinShape>> = {
  'swin-t-224': { embed: 96, depths: [2, 2, 6, 2], heads: [3, 6, 12, 24], window: 7 },
  'swin-s-224': { embed: 96, depths: [2, 2, 18, 2], heads: [3, 6, 12, 24], window: 7 },
  'swin-b-224': { embed: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32], window: 7 },
  'swin-l-224': { embed: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48], window: 7 },
  'swin-b-384': { embed: 128, depths: [2, 2, 18, 2], heads: [4, 8, 16, 32], window: 12 },
  'swin-l-384': { embed: 192, depths: [2, 2, 18, 2], heads: [6, 12, 24, 48], window: 12 },
}

export interface SwinFacts {
  readonly variant: string
  /** Length of the embedding. */
  readonly dim: number
  /** Side of the square picture in pixels. */
  readonly input: number
  readonly tensors: number
  readonly parameters: number
}

export function describeSwin(shape: SwinShape): SwinFacts {
  const all = [...tensorShapes(shape).values()]
  return {
    variant: variantOf(shape),
    dim: channelsOf(shape, stages - 1),
    input: inputSide(shape),
    tensors: all.length,
    parameters: all.reduce((sum, dims) => sum + dims.reduce((a, b) => a * b, 1), 0),
  }
}

function variantOf(shape: SwinShape): string {
  const { embed, depths, heads, window } = shape
  const same = (other: SwinShape) =>
    other.embed === embed &&
    other.window === window &&
    other.depths.join() === depths.join() &&
    other.heads.join() === heads.join()
  const known = Object.entries(swinVariants).find(([, other]) => same(other))
  return known?.[0] ?? `swin-${embed}x${depths.join('.')}-${inputSide(shape)}`
}

export interface SwinKind extends SwinFacts {
  /** Of the keys in the file it came from. */
  readonly layout: SwinWeights['layout']
  /** How pixels become numbers. Vectors of another preprocessing are never compared. */
  readonly preprocess: Normalise
  readonly precision: 'float32' | 'int8'
}

export interface ConvertedSwin {
  readonly kind: SwinKind
  /** Bytes of the ONNX file. */
  readonly size: number
  /** The ONNX file in pieces. The weights are read as they are asked for: the source must stay until the last. */
  chunks(): Iterable<Uint8Array>
}

/** Reads and checks the whole file before anything is given out; a file that is no good is refused here. */
export function convertSwinFile(file: string, options: SwinOptions): ConvertedSwin {
  const source = fileSource(file)
  const swin = readSwin(source)
  checkValues(source, swin)
  return convertSwin(swin, options)
}

/** The same for weights that are at hand. */
export function convertSwin(swin: SwinWeights, options: SwinOptions): ConvertedSwin {
  const kind: SwinKind = {
    ...describeSwin(swin.shape),
    layout: swin.layout,
    preprocess: options.normalise,
    precision: options.int8 ? 'int8' : 'float32',
  }
  const { variant, preprocess, precision } = kind
  const pieces = swinGraph(swin, options).pieces({ layout: swinLayout, variant, preprocess, precision })
  return { kind, ...pieces }
}
