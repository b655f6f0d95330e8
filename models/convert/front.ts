/**
 * The way in: raw pixels (uint8) to the picture a network wants, in a graph. Scaling comes before colour, so that
 * colour costs only the small picture. Either in front of a converted network (`addFront`: float RGB 0-255, NCHW, one
 * fixed size), or a small graph of its own for a network that came as a file (`convertFront`).
 */
import { dtypes, type PictureFormat } from './layout.ts'
import { createOnnxGraph, type OnnxGraph } from './onnx-writer.ts'
import type { Value } from './ops.ts'
import type { Preprocess } from './preprocess.ts'

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
export function addFront(onnx: OnnxGraph, { format, width, height, crop, antialias }: Front): Value {
  const name = addPixels(onnx, { format, crop, antialias, size: [height, width] })
  return { name, channels: 3, width, height }
}

/**
 * A front of its own. Inputs besides the pixels (and `box`): `size` int64 [2], height and width that the picture is
 * scaled to, and `pads` int64 [4], what is added above, left, below and right of it. Output: `image`.
 */
export function convertFront(pre: Preprocess, format: PictureFormat, crop: boolean): Uint8Array {
  const onnx = createOnnxGraph('front')
  const size = onnx.input('size', 'int64', [2])
  let image = addPixels(onnx, { format, crop, antialias: pre.antialias, size })
  if (pre.fit !== 'stretch') {
    const pads = onnx.input('pads', 'int64', [4])
    image = onnx.node('Pad', [image, pads, onnx.floats([pre.pad], []), onnx.ints([2, 3])])
  }
  if (pre.colour === 'bgr') image = onnx.node('Gather', [image, onnx.ints([2, 1, 0])], { axis: 1 })
  if (pre.tensor === 'uint8-nhwc') {
    const bytes = onnx.node('Cast', [onnx.node('Round', [image])], { to: dtypes.uint8 })
    const rows = onnx.node('Transpose', [bytes], { perm: [0, 2, 3, 1] })
    onnx.output('image', rows, 'uint8', [1, pre.height, pre.width, 3])
  } else {
    onnx.output('image', normalised(onnx, image, pre), 'float32', [1, 3, pre.height, pre.width])
  }
  return onnx.encode({ format })
}

/** `(pixel * scale - mean) / std` as one multiplication and one addition, each left out where it changes nothing. */
function normalised(onnx: OnnxGraph, image: string, { scale, mean, std }: Preprocess): string {
  const factors = std.map((one) => scale / one)
  const shifts = mean.map((one, channel) => -one / (std[channel] ?? 1))
  let out = image
  if (factors.some((one) => one !== 1)) out = onnx.node('Mul', [out, onnx.floats(factors, [3, 1, 1])])
  if (shifts.some((one) => one !== 0)) out = onnx.node('Add', [out, onnx.floats(shifts, [3, 1, 1])])
  return out
}

interface Pixels {
  readonly format: PictureFormat
  readonly crop: boolean
  readonly antialias: boolean
  /** Height and width, or the name of an int64 pair that will hold them. */
  readonly size: readonly [number, number] | string
}

/** Float RGB 0-255, NCHW. */
function addPixels(onnx: OnnxGraph, pixels: Pixels): string {
  const corners = pixels.crop ? boxCorners(onnx) : undefined
  return pixels.format === 'rgb24' ? rgbFront(onnx, pixels, corners) : nv12Front(onnx, pixels, corners)
}

/** Names of two int64 pairs: (y1, x1) and (y2, x2). */
type Corners = readonly [start: string, end: string]

function boxCorners(onnx: OnnxGraph): Corners {
  const box = onnx.input('box', 'int64', [4])
  const pick = (a: number, b: number) => onnx.node('Gather', [box, onnx.ints([a, b])], { axis: 0 })
  return [pick(1, 0), pick(3, 2)]
}

function rgbFront(onnx: OnnxGraph, how: Pixels, corners: Corners | undefined): string {
  const pixels = onnx.input('pixels', 'uint8', [1, 'height', 'width', 3])
  const part = corners ? onnx.node('Slice', [pixels, ...corners, onnx.ints([1, 2])]) : pixels
  return scaled(onnx, how, onnx.node('Transpose', [part], { perm: [0, 3, 1, 2] }), 3)
}

function nv12Front(onnx: OnnxGraph, how: Pixels, corners: Corners | undefined): string {
  let luma = onnx.input('y', 'uint8', [1, 1, 'height', 'width'])
  let chroma = onnx.input('uv', 'uint8', [1, 'half_height', 'half_width', 2])
  if (corners) {
    const halves = corners.map((corner) => onnx.node('Div', [corner, onnx.ints([2])]))
    luma = onnx.node('Slice', [luma, ...corners, onnx.ints([2, 3])])
    chroma = onnx.node('Slice', [chroma, ...halves, onnx.ints([1, 2])])
  }
  const planes = onnx.node('Transpose', [chroma], { perm: [0, 3, 1, 2] })
  const yuv = onnx.node('Concat', [scaled(onnx, how, luma, 1), scaled(onnx, how, planes, 2)], { axis: 1 })
  const rgb = onnx.node('Conv', [yuv, onnx.floats(toRgb, [3, 3, 1, 1]), onnx.floats(toRgbBias, [3])])
  return onnx.node('Clip', [rgb, onnx.floats([0], []), onnx.floats([255], [])])
}

function scaled(onnx: OnnxGraph, { size, antialias }: Pixels, planes: string, channels: number): string {
  const floats = onnx.node('Cast', [planes], { to: dtypes.float32 })
  // All four sizes: the runtime's shape inference fails on an input for two `axes` behind a slice.
  const sizes = typeof size === 'string' ? withSides(onnx, channels, size) : onnx.ints([1, channels, ...size])
  return onnx.node('Resize', [floats, '', '', sizes], {
    mode: 'linear',
    coordinate_transformation_mode: 'half_pixel',
    antialias: antialias ? 1 : 0,
  })
}

const withSides = (onnx: OnnxGraph, channels: number, size: string) =>
  onnx.node('Concat', [onnx.ints([1, channels]), size], { axis: 0 })

/**
 * BT.601, limited range: Y 16-235, U and V 16-240. Cameras seldom say which matrix they used, and BT.709 would
 * shift colours by a few levels, not shapes.
 */
const toRgb = [1.164384, 0, 1.596027, 1.164384, -0.391762, -0.812968, 1.164384, 2.017232, 0]
const toRgbBias = [-222.9216, 135.5754, -276.8358]
