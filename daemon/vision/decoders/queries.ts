/**
 * What the DETR family shares: a fixed number of queries, each with class logits and a box as shares of the input,
 * centre first. Each class stands for itself (sigmoid), there is no NMS. Pure.
 */
import {
  bestOf,
  type Found,
  fromCentre,
  mayBe,
  type Port,
  portNamed,
  sigmoid,
  sizeOf,
  type Tensors,
  type View,
} from './decoder.ts'
import { floats, tensor } from './outputs.ts'

/** Names of the two outputs. */
export interface QueryNames {
  readonly logits: string
  readonly boxes: string
}

export const huggingFace: QueryNames = { logits: 'logits', boxes: 'pred_boxes' }

/** How many classes the queries have; undefined where the outputs are none. */
export function classesOfQueries(
  outputs: readonly Port[],
  { logits, boxes }: QueryNames,
): number | undefined {
  const port = portNamed(outputs, logits)
  const isOne = mayBe(port, [1, null, null]) && mayBe(portNamed(outputs, boxes), [1, null, 4])
  return isOne ? sizeOf(port, 2) : undefined
}

/** A query that is horse and cow at once is given once, as what it is most. */
export function decodeQueries(
  outputs: Tensors,
  names: QueryNames,
  { width, height, classes: { count, kept } }: View,
  threshold: number,
): Found[] {
  const output = tensor(outputs, names.logits, [1, null, count])
  const logits = floats(output)
  const queries = output.dims[1] ?? 0
  const boxes = floats(tensor(outputs, names.boxes, [1, queries, 4]))
  const found: Found[] = []
  for (let query = 0; query < queries; query++) {
    const { label, score: logit } = bestOf(kept, (index) => logits[query * count + index] ?? 0)
    const score = sigmoid(logit)
    if (!(score >= threshold)) continue
    const [cx = 0, cy = 0, w = 0, h = 0] = boxes.subarray(query * 4, query * 4 + 4)
    found.push({ box: fromCentre(cx * width, cy * height, w * width, h * height), score, label })
  }
  return found
}
