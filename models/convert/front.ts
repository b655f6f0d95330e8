/**
 * The way in: raw pixels (uint8) to the picture a network wants (float RGB 0-255, NCHW, one fixed size), in the
 * graph. Scaling comes before colour, so that colour costs only the small picture.
 */
import { dtypes, type PictureFormat } from './layout.ts'
import type { OnnxGraph } from './onnx-writer.ts'
import type { Value } from './ops.ts'

export interface Front {
  readonly format: PictureFormat
  readonly width: number
  readonly height: number
  /** Given, only the part of the picture in the input `box` is taken (x1, y1, x2, y2; even for nv12). */
  readonly crop: boolean
  /** Weighs every pixel in when the picture shrinks; else the nearest four are mixed, as TensorFlow.js does. */
  readonly antialias: boolean
}

/** Adds the pixel inputs (and `box`) to the graph and answers the network's input. */
export function addFront(onnx: OnnxGraph, front: Front): Value {
  const { width, height } = front
  const corners = front.crop ? boxCorners(onnx) : undefined
  const name = front.format === 'rgb24' ? rgbFront(onnx, front, corners) : nv12Front(onnx, front, corners)
  return { name, channels: 3, width, height }
}

/** Names of two int64 pairs: (y1, x1) and (y2, x2). */
type Corners = readonly [start: string, end: string]

function boxCorners(onnx: OnnxGraph): Corners {
  const box = onnx.input('box', 'int64', [4])
  const pick = (a: number, b: number) => onnx.node('Gather', [box, onnx.ints([a, b])], { axis: 0 })
  return [pick(1, 0), pick(3, 2)]
}

function rgbFront(onnx: OnnxGraph, front: Front, corners: Corners | undefined): string {
  const pixels = onnx.input('pixels', 'uint8', [1, 'height', 'width', 3])
  const part = corners ? onnx.node('Slice', [pixels, ...corners, onnx.ints([1, 2])]) : pixels
  return scaled(onnx, front, onnx.node('Transpose', [part], { perm: [0, 3, 1, 2] }), 3)
}

function nv12Front(onnx: OnnxGraph, front: Front, corners: Corners | undefined): string {
  let luma = onnx.input('y', 'uint8', [1, 1, 'height', 'width'])
  let chroma = onnx.input('uv', 'uint8', [1, 'half_height', 'half_width', 2])
  if (corners) {
    const halves = corners.map((corner) => onnx.node('Div', [corner, onnx.ints([2])]))
    luma = onnx.node('Slice', [luma, ...corners, onnx.ints([2, 3])])
    chroma = onnx.node('Slice', [chroma, ...halves, onnx.ints([1, 2])])
  }
  const planes = onnx.node('Transpose', [chroma], { perm: [0, 3, 1, 2] })
  const yuv = onnx.node('Concat', [scaled(onnx, front, luma, 1), scaled(onnx, front, planes, 2)], { axis: 1 })
  const rgb = onnx.node('Conv', [yuv, onnx.floats(toRgb, [3, 3, 1, 1]), onnx.floats(toRgbBias, [3])])
  return onnx.node('Clip', [rgb, onnx.floats([0], []), onnx.floats([255], [])])
}

function scaled(onnx: OnnxGraph, front: Front, planes: string, channels: number): string {
  const floats = onnx.node('Cast', [planes], { to: dtypes.float32 })
  const size = onnx.ints([1, channels, front.height, front.width])
  return onnx.node('Resize', [floats, '', '', size], {
    mode: 'linear',
    coordinate_transformation_mode: 'half_pixel',
    antialias: front.antialias ? 1 : 0,
  })
}

/**
 * BT.601, limited range: Y 16-235, U and V 16-240. Cameras seldom say which matrix they used, and BT.709 would
 * shift colours by a few levels, not shapes.
 */
const toRgb = [1.164384, 0, 1.596027, 1.164384, -0.391762, -0.812968, 1.164384, 2.017232, 0]
const toRgbBias = [-222.9216, 135.5754, -276.8358]
