/**
 * CenterNet as one ONNX file: pixels in, the hundred highest peaks out. What a peak means is decoded by the reader.
 */
import { addFront } from './front.ts'
import {
  cellPixels,
  detectorLayout,
  detectorSide,
  dtypes,
  gridSide,
  keptClasses,
  type PictureFormat,
  peakCount,
} from './layout.ts'
import { createOnnxGraph, type OnnxGraph } from './onnx-writer.ts'
import { createConverter, type Value } from './ops.ts'
import { broken, type Graph } from './tfjs-graph.ts'

/**
 * Outputs: `scores` [100], highest first; `cells` [100] int32, class * 128 * 128 + y * 128 + x with the class
 * counted in `keptClasses`; `sizes` [100, 4], how far the box reaches left, up, right, down in network pixels.
 */
export function convertDetector(graph: Graph, format: PictureFormat): Uint8Array {
  const onnx = createOnnxGraph('centernet-mnv3')
  const side = detectorSide
  const front = addFront(onnx, { format, width: side, height: side, crop: false, antialias: false })
  addNetwork(onnx, graph, front)
  return onnx.encode({ layout: detectorLayout, format, cell: String(cellPixels) })
}

/** The same without the way in: `image` [1, 3, side, side], float RGB 0-255. For graphs that an owner brings. */
export function convertDetectorCore(graph: Graph): Uint8Array {
  const onnx = createOnnxGraph('centernet')
  const side = detectorSide
  const name = onnx.input('image', 'float32', [1, 3, side, side])
  addNetwork(onnx, graph, { name, channels: 3, width: side, height: side })
  return onnx.encode({ layout: detectorLayout, cell: String(cellPixels) })
}

function addNetwork(onnx: OnnxGraph, graph: Graph, front: Value): void {
  if (!graph.nodes.has('tower_0/keypoints') || !graph.nodes.has('tower_0/wh')) {
    const last = [...graph.nodes.keys()].at(-1)
    throw broken(
      graph.file,
      `has no tower_0/keypoints and tower_0/wh (its last node is ${last}): no CenterNet`,
    )
  }
  const convert = createConverter(keepClasses(graph), onnx, new Map([['tower_0/images', front]]))
  const heat = convert('tower_0/keypoints')
  const reach = convert('tower_0/wh')
  if (heat.height !== gridSide || reach.height !== gridSide || reach.channels !== 4) {
    throw broken(graph.file, 'is not the expected CenterNet')
  }
  const cells = gridSide * gridSide
  const peaks = onnx.node('Reshape', [peaksOf(onnx, heat.name), onnx.ints([-1])])
  const [scores = '', places = ''] = onnx.nodes('TopK', [peaks, onnx.ints([peakCount])], 2, { axis: 0 })
  const cell = onnx.node('Mod', [places, onnx.ints([cells])])
  const flat = onnx.node('Reshape', [reach.name, onnx.ints([4, cells])])
  const sizes = onnx.node('Transpose', [onnx.node('Gather', [flat, cell], { axis: 1 })], { perm: [1, 0] })
  onnx.output('scores', scores, 'float32', [peakCount])
  onnx.output('cells', onnx.node('Cast', [places], { to: dtypes.int32 }), 'int32', [peakCount])
  onnx.output('sizes', sizes, 'float32', [peakCount, 4])
}

const classWeights = [
  'CenternetHead/centernet_cls_output/pointwise_weights',
  'CenternetHead/centernet_cls_output/biases',
]

/** The same graph with only the kept classes computed: the last layer is a tenth as large. */
function keepClasses(graph: Graph): Graph {
  const constants = new Map(graph.constants)
  for (const name of classWeights) {
    const all = constants.get(name)
    const classes = all?.shape.at(-1) ?? 0
    if (!all || keptClasses.some(({ index }) => index >= classes)) {
      throw broken(graph.file, `the weight ${name} is missing or too small`)
    }
    const rows = all.data.length / classes
    const data = new Float32Array(rows * keptClasses.length)
    for (let row = 0; row < rows; row++) {
      keptClasses.forEach(({ index }, to) => {
        data[row * keptClasses.length + to] = all.data[row * classes + index] ?? 0
      })
    }
    constants.set(name, { shape: [...all.shape.slice(0, -1), keptClasses.length], data })
  }
  return { ...graph, constants }
}

/** A cell keeps its score where it is the highest of its 3x3 neighbours, else it is 0. */
function peaksOf(onnx: OnnxGraph, heat: string): string {
  const highest = onnx.node('MaxPool', [heat], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
  return onnx.node('Where', [onnx.node('Equal', [heat, highest]), heat, onnx.floats([0], [])])
}
