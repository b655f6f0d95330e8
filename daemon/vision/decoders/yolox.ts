/**
 * YOLOX as its authors export it: one undecoded row for each cell of three grids. Pure.
 */
import { raw } from '../../../models/convert/preprocess.ts'
import type { KeptClass } from '../classes.ts'
import type { Size } from '../placement.ts'
import {
  bestOf,
  columnsAfter,
  type Decoder,
  type Found,
  fromCentre,
  imageInput,
  manyBoxes,
  mayBe,
  sizeOf,
} from './decoder.ts'
import { floats, tensor } from './outputs.ts'

/** Pixels of a cell, in the order in which the grids stand in the output. */
const strides = [8, 16, 32]
/** Centre, size and objectness stand before the classes. */
const ahead = 5

export const yolox: Decoder = {
  layout: 'yolox',
  // BGR, 0-255, in the upper left corner of a grey square.
  usual: { ...raw, fit: 'letterbox-corner', pad: 114, colour: 'bgr' },
  usualSide: 640,
  sameAnimal: manyBoxes,
  usualClasses: 80,
  classes: ([output]) => columnsAfter(ahead, sizeOf(output, 2)),
  matches(inputs, outputs) {
    const image = imageInput(inputs)
    const [height, width, columns = 0] = [sizeOf(image, 2), sizeOf(image, 3), sizeOf(outputs[0], 2)]
    if (outputs.length !== 1 || !height || !width || columns <= ahead) return false
    // YOLOv5 has rows of the same length, but more of them: decoded, three a cell.
    const rows = rowsOf({ width, height })
    return sizeOf(outputs[0], 1) === rows && mayBe(outputs[0], [1, rows, columns])
  },
  decode(outputs, { width, height, classes }, threshold) {
    const length = ahead + classes.count
    const values = floats(tensor(outputs, undefined, [1, rowsOf({ width, height }), length]))
    const found: Found[] = []
    let row = 0
    for (const stride of strides) {
      const across = width / stride
      for (let cell = 0; cell < across * (height / stride); cell++, row++) {
        const place = { x: cell % across, y: Math.floor(cell / across), stride }
        found.push(
          ...readRow(values.subarray(row * length, (row + 1) * length), place, classes.kept, threshold),
        )
      }
    }
    return found
  },
}

const rowsOf = ({ width, height }: Size) =>
  strides.reduce((sum, stride) => sum + (width / stride) * (height / stride), 0)

interface Cell {
  readonly x: number
  readonly y: number
  readonly stride: number
}

/** None or one. Objectness and classes come as probabilities, the box as offset in cells and logarithm of cells. */
function readRow(
  row: Float32Array,
  { x, y, stride }: Cell,
  kept: readonly KeptClass[],
  threshold: number,
): Found[] {
  const [dx = 0, dy = 0, logWidth = 0, logHeight = 0, objectness = 0] = row
  if (!(objectness >= threshold)) return []
  const { label, score: share } = bestOf(kept, (index) => row[ahead + index] ?? 0)
  const score = objectness * share
  if (!(score >= threshold)) return []
  const [width, height] = [Math.exp(logWidth) * stride, Math.exp(logHeight) * stride]
  return [{ box: fromCentre((dx + x) * stride, (dy + y) * stride, width, height), score, label }]
}
