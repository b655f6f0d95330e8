/**
 * RF-DETR: usually 91 classes by COCO's ids; `dets` and `labels` as its own export names them, or the names of Hugging Face.
 * Pure.
 */
import { imagenet, unit } from '../../../models/convert/preprocess.ts'
import { type Decoder, oneBox } from './decoder.ts'
import { classesOfQueries, decodeQueries, huggingFace } from './queries.ts'

const own = { logits: 'labels', boxes: 'dets' }

export const rfDetr: Decoder = {
  layout: 'rf-detr',
  usual: { ...unit, ...imagenet },
  usualSide: 384,
  sameAnimal: oneBox,
  usualClasses: 91,
  classes: (outputs) => classesOfQueries(outputs, own) ?? classesOfQueries(outputs, huggingFace),
  // By the other names only the count tells it from D-FINE.
  matches: (_inputs, outputs) =>
    classesOfQueries(outputs, own) !== undefined || classesOfQueries(outputs, huggingFace) === 91,
  decode: (outputs, view, threshold) =>
    decodeQueries(outputs, 'dets' in outputs ? own : huggingFace, view, threshold),
}
