/**
 * D-FINE and RT-DETR as Hugging Face exports them: `logits` of their classes and `pred_boxes`. Pure.
 */
import { unit } from '../../../models/convert/preprocess.ts'
import { type Decoder, oneBox } from './decoder.ts'
import { classesOfQueries, decodeQueries, huggingFace } from './queries.ts'

export const detrLogits: Decoder = {
  layout: 'detr-logits',
  usual: unit,
  usualSide: 640,
  sameAnimal: oneBox,
  usualClasses: 80,
  classes: (outputs) => classesOfQueries(outputs, huggingFace),
  matches(_inputs, outputs) {
    const count = classesOfQueries(outputs, huggingFace)
    // With 91 it is an RF-DETR.
    return count !== undefined && count !== 91
  },
  decode: (outputs, view, threshold) => decodeQueries(outputs, huggingFace, view, threshold),
}
