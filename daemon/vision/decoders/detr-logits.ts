/**
 * D-FINE and RT-DETR as Hugging Face exports them: `logits` of 80 classes and `pred_boxes`. Pure.
 */
import { unit } from '../../../models/convert/preprocess.ts'
import { type Decoder, mayBe, oneBox, portNamed } from './decoder.ts'
import { decodeQueries } from './queries.ts'

const classes = 80

export const detrLogits: Decoder = {
  layout: 'detr-logits',
  usual: unit,
  usualSide: 640,
  sameAnimal: oneBox,
  matches(_inputs, outputs) {
    const logits = portNamed(outputs, 'logits')
    return (
      logits?.shape[2] === classes &&
      mayBe(logits, [1, null, classes]) &&
      mayBe(portNamed(outputs, 'pred_boxes'), [1, null, 4])
    )
  },
  decode: (outputs, input, threshold) =>
    decodeQueries(outputs, { logits: 'logits', boxes: 'pred_boxes' }, classes, input, threshold),
}
