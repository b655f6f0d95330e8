/**
 * `appearance-mnv3`: what the detector's own backbone says of one crop, pooled. A stopgap: the network was never
 * taught to tell one horse from another. Why these layers and this pooling: docs/decisions/0002.
 */
import { addFront } from './front.ts'
import { embedderLayout, type PictureFormat } from './layout.ts'
import { createOnnxGraph, type OnnxGraph } from './onnx-writer.ts'
import { createConverter, type Value } from './ops.ts'
import type { Graph } from './tfjs-graph.ts'

/** The box is squashed to this square: 12 or 6 cells in the layers below. */
const cropSide = 192

/** Late layers say what kind of animal it is, these how it looks. */
const layers = ['expanded_conv_9/add', 'expanded_conv_11/add', 'expanded_conv_14/add']

/** Back, belly and legs are pooled apart; the outer sixth on the left and right is mostly background. */
const bands = 3
const sideMargin = 1 / 6

/** The version after @ grows with every change of crop, layers or pooling: older vectors cannot be compared. */
export const embedderId = 'appearance-mnv3@1'

/** Output: `embedding` [1, dim], unit length. Inputs: the picture and the `box` to look at. */
export function convertEmbedder(graph: Graph, format: PictureFormat): Uint8Array {
  const onnx = createOnnxGraph('appearance-mnv3')
  const front = addFront(onnx, { format, width: cropSide, height: cropSide, crop: true, antialias: true })
  const convert = createConverter(graph, onnx, new Map([['tower_0/images', front]]))
  const features = layers.map((layer) => convert(`tower_0/MobilenetV3/${layer}`))
  const parts = features.map((value) => unit(onnx, pooled(onnx, value)))
  const dim = features.reduce((sum, { channels }) => sum + channels * bands, 0)
  onnx.output('embedding', unit(onnx, onnx.node('Concat', parts, { axis: 1 })), 'float32', [1, dim])
  return onnx.encode({ layout: embedderLayout, format, id: embedderId })
}

function pooled(onnx: OnnxGraph, { name, height, width }: Value): string {
  const margin = Math.round(width * sideMargin)
  const ends = [onnx.ints([margin]), onnx.ints([width - margin]), onnx.ints([3])]
  const middle = onnx.node('Slice', [name, ...ends])
  const kernel = [height / bands, width - 2 * margin]
  const means = onnx.node('AveragePool', [middle], { kernel_shape: kernel, strides: kernel })
  return onnx.node('Reshape', [means, onnx.ints([1, -1])])
}

const unit = (onnx: OnnxGraph, row: string) => onnx.node('LpNormalization', [row], { axis: 1, p: 2 })
