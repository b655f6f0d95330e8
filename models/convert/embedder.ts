/**
 * `appearance-mnv3`: what the detector's own backbone says of one crop, pooled. A stopgap: the network was never
 * taught to tell one horse from another.
 */
import { addFront } from './front.ts'
import { embedderLayout, type PictureFormat } from './layout.ts'
import { createOnnxGraph } from './onnx-writer.ts'
import { createConverter } from './ops.ts'
import type { Graph } from './tfjs-graph.ts'

const cropSide = 192
/** Where the backbone is read. */
const stage = 'tower_0/extern1/hard_swish/mul_1'

/** The version after @ grows with every change of crop, pooling or normalisation: older vectors cannot be compared. */
export const embedderId = 'appearance-mnv3@1'

/** Output: `embedding` [1, dim], unit length. Inputs: the picture and the `box` to look at. */
export function convertEmbedder(graph: Graph, format: PictureFormat): Uint8Array {
  const onnx = createOnnxGraph('appearance-mnv3')
  const front = addFront(onnx, { format, width: cropSide, height: cropSide, crop: true, antialias: true })
  const features = createConverter(graph, onnx, new Map([['tower_0/images', front]]))(stage)
  const pooled = onnx.node('GlobalAveragePool', [features.name])
  const flat = onnx.node('Reshape', [pooled, onnx.ints([1, -1])])
  onnx.output('embedding', onnx.node('LpNormalization', [flat], { axis: 1, p: 2 }), 'float32', [
    1,
    features.channels,
  ])
  return onnx.encode({ layout: embedderLayout, format, id: embedderId, dim: String(features.channels) })
}
