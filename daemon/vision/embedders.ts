/**
 * The layouts of embedders: how a vector comes out of a model that came as a file. Pure.
 */
import { bytes, imagenet, unit } from '../../models/convert/preprocess.ts'
import { BarnboxError } from '../lib/errors.ts'
import { imageInput, type Layout, mayBe, type Port, portNamed, type Tensors } from './decoders/decoder.ts'
import { floats, tensor } from './decoders/outputs.ts'

export interface EmbedderLayout extends Layout {
  /** The vector as it came, of any length. */
  read(outputs: Tensors): Float32Array
}

/** Our own: cropping and scaling are in the graph, and `embedding` has unit length. */
export const appearance: EmbedderLayout = {
  layout: 'appearance',
  usual: bytes,
  usualSide: 192,
  matches: (inputs, outputs) => portNamed(inputs, 'box') !== undefined && vectorPort(outputs) !== undefined,
  read: (outputs) => floats(tensor(outputs, 'embedding', [1, null])),
}

/** A crop as bytes, preprocessing in the graph: what the conversion of Swin weights makes. */
const crops: EmbedderLayout = {
  layout: 'crop-bytes',
  usual: bytes,
  usualSide: 224,
  matches: (inputs, outputs) =>
    inputs.length === 1 && mayBe(inputs[0], [1, null, null, 3]) && vectorPort(outputs) !== undefined,
  read: readVector,
}

/** A crop as floats, one vector: exports of timm and the like. */
const vectors: EmbedderLayout = {
  layout: 'crop-floats',
  usual: { ...unit, ...imagenet },
  usualSide: 224,
  matches: (inputs, outputs) =>
    inputs.length === 1 && mayBe(inputs[0], [1, 3, null, null]) && vectorPort(outputs) !== undefined,
  read: readVector,
}

/** A transformer that gives all its tokens (DINOv2): the first stands for the picture. */
const tokens: EmbedderLayout = {
  layout: 'tokens',
  usual: { ...unit, ...imagenet },
  usualSide: 224,
  matches: (inputs, outputs) =>
    inputs.length === 1 &&
    mayBe(imageInput(inputs), [1, 3, null, null]) &&
    mayBe(portNamed(outputs, 'last_hidden_state'), [1, null, null]),
  read(outputs) {
    const { data, dims } = tensor(outputs, 'last_hidden_state', [1, null, null])
    return (data as Float32Array).subarray(0, dims[2])
  },
}

export const embedderLayouts: readonly EmbedderLayout[] = [appearance, crops, tokens, vectors]

const vectorNames = ['embedding', 'image_embeds', 'pooler_output', 'feature', 'features']

/** The output that holds one vector; a lone output may have any name. */
function vectorPort(outputs: readonly Port[]): Port | undefined {
  const named = vectorNames.map((name) => portNamed(outputs, name)).find((port) => port !== undefined)
  const port = named ?? (outputs.length === 1 ? outputs[0] : undefined)
  return mayBe(port, [1, null]) ? port : undefined
}

function readVector(outputs: Tensors): Float32Array {
  const name = vectorNames.find((one) => one in outputs)
  return floats(tensor(outputs, name, [1, null]))
}

/** The vector at unit length; throws where it has none. */
export function unitVector(vector: Float32Array): Float32Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const length = Math.sqrt(squares)
  if (!(length > 0 && Number.isFinite(length))) {
    throw new BarnboxError('MODEL_BROKEN', 'the embedder gave a vector without a length')
  }
  return vector.map((value) => value / length)
}
