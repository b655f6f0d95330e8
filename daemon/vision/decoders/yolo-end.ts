/**
 * YOLO26 and YOLOv10 end to end: the best boxes, chosen by the network: `[x1, y1, x2, y2, score, class]`. Pure.
 */
import { labelOf } from '../classes.ts'
import { type Decoder, type Found, mayBe, oneBox, sizeOf } from './decoder.ts'
import { floats, tensor } from './outputs.ts'
import { yoloUsual } from './yolo.ts'
import { yolox } from './yolox.ts'

export const yoloEnd: Decoder = {
  layout: 'yolo-end',
  usual: yoloUsual,
  usualSide: 640,
  sameAnimal: oneBox,
  usualClasses: 80,
  // Numbers of classes come, not a column for each.
  classes: () => undefined,
  matches: (inputs, outputs) =>
    outputs.length === 1 &&
    sizeOf(outputs[0], 2) === 6 &&
    mayBe(outputs[0], [1, null, 6]) &&
    // Of one class, that has six columns too.
    !yolox.matches(inputs, outputs),
  decode(outputs, { classes }, threshold) {
    const output = tensor(outputs, undefined, [1, null, 6])
    const values = floats(output)
    const found: Found[] = []
    for (let row = 0; row < (output.dims[1] ?? 0); row++) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0, kind = -1] = values.subarray(row * 6, row * 6 + 6)
      if (!(score >= threshold)) continue
      const label = labelOf(classes, Math.round(kind))
      if (label !== undefined) found.push({ box: [x1, y1, x2, y2], score, label })
    }
    return found
  },
}
