/**
 * What the DETR family shares: a fixed number of queries, each with class logits and a box as shares of the input,
 * centre first. Each class stands for itself (sigmoid), there is no NMS. Pure.
 */
import { keptOf } from '../classes.ts'
import type { Size } from '../placement.ts'
import { bestOf, type Found, fromCentre, sigmoid, type Tensors } from './decoder.ts'
import { floats, tensor } from './outputs.ts'

/** A query that is horse and cow at once is given once, as what it is most. */
export function decodeQueries(
  outputs: Tensors,
  names: { readonly logits: string; readonly boxes: string },
  classes: number,
  input: Size,
  threshold: number,
): Found[] {
  const kept = keptOf(classes) ?? []
  const output = tensor(outputs, names.logits, [1, null, classes])
  const logits = floats(output)
  const queries = output.dims[1] ?? 0
  const boxes = floats(tensor(outputs, names.boxes, [1, queries, 4]))
  const found: Found[] = []
  for (let query = 0; query < queries; query++) {
    const { label, score: logit } = bestOf(kept, (index) => logits[query * classes + index] ?? 0)
    const score = sigmoid(logit)
    if (!(score >= threshold)) continue
    const [cx = 0, cy = 0, w = 0, h = 0] = boxes.subarray(query * 4, query * 4 + 4)
    const { width, height } = input
    found.push({ box: fromCentre(cx * width, cy * height, w * width, h * height), score, label })
  }
  return found
}
