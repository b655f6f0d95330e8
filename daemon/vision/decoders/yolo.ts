/**
 * YOLOv8, YOLO11 and their kind, for owners who bring such a file: one column for each cell, boxes decoded, NMS left
 * to the reader. Pure.
 */
import { unit } from '../../../models/convert/preprocess.ts'
import {
  bestOf,
  columnsAfter,
  type Decoder,
  type Found,
  fromCentre,
  manyBoxes,
  mayBe,
  sizeOf,
} from './decoder.ts'
import { floats, tensor } from './outputs.ts'
import { yolox } from './yolox.ts'

/** Centre and size stand before the classes. */
const ahead = 4

/** Shared with the NMS-free successors: 0-1, in the middle of a grey square, plain bilinear as OpenCV does it. */
export const yoloUsual = { ...unit, fit: 'letterbox-centre', pad: 114, antialias: false } as const

export const yolo: Decoder = {
  layout: 'yolo',
  usual: yoloUsual,
  usualSide: 640,
  sameAnimal: manyBoxes,
  usualClasses: 80,
  classes: ([output]) => columnsAfter(ahead, sizeOf(output, 1)),
  matches(inputs, outputs) {
    const [output] = outputs
    const rows = sizeOf(output, 1) ?? 0
    const columns = sizeOf(output, 2) ?? Number.POSITIVE_INFINITY
    // There are more cells than classes: else it lies the other way, as that of YOLOX and YOLOv5 does.
    const lies = rows > ahead && columns > rows && mayBe(output, [1, rows, null])
    return outputs.length === 1 && lies && !yolox.matches(inputs, outputs)
  },
  decode(outputs, { classes: { count, kept } }, threshold) {
    const output = tensor(outputs, undefined, [1, ahead + count, null])
    const values = floats(output)
    const columns = output.dims[2] ?? 0
    const at = (row: number, column: number) => values[row * columns + column] ?? 0
    const found: Found[] = []
    for (let column = 0; column < columns; column++) {
      const { label, score } = bestOf(kept, (index) => at(ahead + index, column))
      if (!(score >= threshold)) continue
      const box = fromCentre(at(0, column), at(1, column), at(2, column), at(3, column))
      found.push({ box, score, label })
    }
    return found
  },
}
