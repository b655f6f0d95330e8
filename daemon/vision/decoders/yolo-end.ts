/**
 * YOLO26 and YOLOv10 end to end: the best boxes, chosen by the network: `[x1, y1, x2, y2, score, class]`. Pure.
 */
import { keptOf } from '../classes.ts'
import { type Decoder, type Found, mayBe, oneBox } from './decoder.ts'
import { floats, tensor } from './outputs.ts'
import { yoloUsual } from './yolo.ts'

const labels = new Map(keptOf(80)?.map(({ index, label }) => [index, label]))

export const yoloEnd: Decoder = {
  layout: 'yolo-end',
  usual: yoloUsual,
  usualSide: 640,
  sameAnimal: oneBox,
  matches: (_inputs, outputs) =>
    outputs.length === 1 && outputs[0]?.shape[2] === 6 && mayBe(outputs[0], [1, null, 6]),
  decode(outputs, _input, threshold) {
    const output = tensor(outputs, undefined, [1, null, 6])
    const values = floats(output)
    const found: Found[] = []
    for (let row = 0; row < (output.dims[1] ?? 0); row++) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0, kind = -1] = values.subarray(row * 6, row * 6 + 6)
      const label = labels.get(Math.round(kind))
      if (label !== undefined && score >= threshold) found.push({ box: [x1, y1, x2, y2], score, label })
    }
    return found
  },
}
