/**
 * D-FINE and RT-DETR as their authors export them: the best boxes already chosen and scaled to the size that is given
 * with the picture (`orig_target_sizes`, here the input's own). Pure.
 */
import { unit } from '../../../models/convert/preprocess.ts'
import { labelOf } from '../classes.ts'
import { type Decoder, type Found, mayBe, oneBox, portNamed } from './decoder.ts'
import { floats, tensor } from './outputs.ts'

/** The input that takes width and height. */
export const sizeInput = 'orig_target_sizes'

export const detrBoxes: Decoder = {
  layout: 'detr-boxes',
  usual: unit,
  usualSide: 640,
  sameAnimal: oneBox,
  usualClasses: 80,
  // Numbers of classes come, not a column for each.
  classes: () => undefined,
  matches: (inputs, outputs) =>
    portNamed(inputs, sizeInput) !== undefined &&
    mayBe(portNamed(outputs, 'labels'), [1, null]) &&
    mayBe(portNamed(outputs, 'boxes'), [1, null, 4]) &&
    mayBe(portNamed(outputs, 'scores'), [1, null]),
  decode(outputs, { classes }, threshold) {
    const output = tensor(outputs, 'scores', [1, null])
    const scores = floats(output)
    const kinds = tensor(outputs, 'labels', [1, scores.length]).data
    const boxes = floats(tensor(outputs, 'boxes', [1, scores.length, 4]))
    const found: Found[] = []
    for (const [i, score] of scores.entries()) {
      if (!(score >= threshold)) continue
      const label = labelOf(classes, Number(kinds[i] ?? -1))
      if (label === undefined) continue
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.subarray(i * 4, i * 4 + 4)
      found.push({ box: [x1, y1, x2, y2], score, label })
    }
    return found
  },
}
