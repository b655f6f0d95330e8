/**
 * RF-DETR: 91 classes by COCO's ids; `dets` and `labels` as its own export names them, or the names of Hugging Face.
 * Pure.
 */
import { imagenet, unit } from '../../../models/convert/preprocess.ts'
import { type Decoder, mayBe, oneBox, type Port, portNamed } from './decoder.ts'
import { decodeQueries } from './queries.ts'

const classes = 91
const own = { logits: 'labels', boxes: 'dets' }
const huggingFace = { logits: 'logits', boxes: 'pred_boxes' }

const has = (outputs: readonly Port[], { logits, boxes }: typeof own) =>
  portNamed(outputs, logits)?.shape[2] === classes &&
  mayBe(portNamed(outputs, logits), [1, null, classes]) &&
  mayBe(portNamed(outputs, boxes), [1, null, 4])

export const rfDetr: Decoder = {
  layout: 'rf-detr',
  usual: { ...unit, ...imagenet },
  usualSide: 384,
  sameAnimal: oneBox,
  matches: (_inputs, outputs) => has(outputs, own) || has(outputs, huggingFace),
  decode: (outputs, input, threshold) =>
    decodeQueries(outputs, 'dets' in outputs ? own : huggingFace, classes, input, threshold),
}
