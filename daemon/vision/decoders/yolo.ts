/**
 * YOLOv8, YOLO11 and their kind, for owners who bring such a file: one column for each cell, boxes decoded, NMS left
 * to the reader. Pure.
 */
import { unit } from '../../../models/convert/preprocess.ts'
import { keptOf } from '../classes.ts'
import { bestOf, type Decoder, type Found, fromCentre, manyBoxes, mayBe } from './decoder.ts'
import { floats, tensor } from './outputs.ts'

const classes = 80

/** Shared with the NMS-free successors: 0-1, in the middle of a grey square, plain bilinear as OpenCV does it. */
export const yoloUsual = { ...unit, fit: 'letterbox-centre', pad: 114, antialias: false } as const

export const yolo: Decoder = {
  layout: 'yolo',
  usual: yoloUsual,
  usualSide: 640,
  sameAnimal: manyBoxes,
  matches: (_inputs, outputs) =>
    outputs.length === 1 && outputs[0]?.shape[1] === 4 + classes && mayBe(outputs[0], [1, 4 + classes, null]),
  decode(outputs, _input, threshold) {
    const output = tensor(outputs, undefined, [1, 4 + classes, null])
    const values = floats(output)
    const columns = output.dims[2] ?? 0
    const at = (row: number, column: number) => values[row * columns + column] ?? 0
    const found: Found[] = []
    for (let column = 0; column < columns; column++) {
      const { label, score } = bestOf(kept, (index) => at(4 + index, column))
      if (!(score >= threshold)) continue
      const box = fromCentre(at(0, column), at(1, column), at(2, column), at(3, column))
      found.push({ box, score, label })
    }
    return found
  },
}

const kept = keptOf(classes) ?? []
