/**
 * YOLOX as its authors export it: one undecoded row for each cell of three grids. Pure.
 */
import { raw } from '../../../models/convert/preprocess.ts'
import { keptOf } from '../classes.ts'
import type { Size } from '../placement.ts'
import { bestOf, type Decoder, type Found, fromCentre, imageInput, manyBoxes, mayBe } from './decoder.ts'
import { floats, tensor } from './outputs.ts'

/** Pixels of a cell, in the order in which the grids stand in the output. */
const strides = [8, 16, 32]
const classes = 80
/** Centre, size and objectness stand before the classes. */
const ahead = 5

export const yolox: Decoder = {
  layout: 'yolox',
  // BGR, 0-255, in the upper left corner of a grey square.
  usual: { ...raw, fit: 'letterbox-corner', pad: 114, colour: 'bgr' },
  usualSide: 640,
  sameAnimal: manyBoxes,
  matches(inputs, outputs) {
    const [, , height, width] = imageInput(inputs)?.shape ?? []
    const sized = typeof height === 'number' && typeof width === 'number' && height > 0 && width > 0
    const columns = outputs[0]?.shape[2]
    if (outputs.length !== 1 || !sized || columns !== ahead + classes) return false
    // YOLOv5 has rows of the same length, but more of them: decoded, three a cell.
    return mayBe(outputs[0], [1, rowsOf({ width, height }), columns])
  },
  decode(outputs, input, threshold) {
    const values = floats(tensor(outputs, undefined, [1, rowsOf(input), ahead + classes]))
    const found: Found[] = []
    let row = 0
    for (const stride of strides) {
      const across = input.width / stride
      for (let cell = 0; cell < across * (input.height / stride); cell++, row++) {
        const one = values.subarray(row * (ahead + classes), (row + 1) * (ahead + classes))
        found.push(...readRow(one, cell % across, Math.floor(cell / across), stride, threshold))
      }
    }
    return found
  },
}

const rowsOf = ({ width, height }: Size) =>
  strides.reduce((sum, stride) => sum + (width / stride) * (height / stride), 0)

const kept = keptOf(classes) ?? []

/** None or one. Objectness and classes come as probabilities, the box as offset in cells and logarithm of cells. */
function readRow(row: Float32Array, x: number, y: number, stride: number, threshold: number): Found[] {
  const [dx = 0, dy = 0, logWidth = 0, logHeight = 0, objectness = 0] = row
  if (!(objectness >= threshold)) return []
  const { label, score: share } = bestOf(kept, (index) => row[ahead + index] ?? 0)
  const score = objectness * share
  if (!(score >= threshold)) return []
  const [width, height] = [Math.exp(logWidth) * stride, Math.exp(logHeight) * stride]
  return [{ box: fromCentre((dx + x) * stride, (dy + y) * stride, width, height), score, label }]
}
