/**
 * An embedder that knows horses by where they are light and dark, in colour; and takes its time for it, so that there
 * is a moment in which it can be interrupted.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'
import { seeded } from '../models/swin-files.ts'

const side = 224
const cells = 8
/** Channels of the detour that costs the time: some 0.3 s on one core. */
const busy = 80

/** The path of an ONNX file. */
export function slowEmbedder(): string {
  const onnx = createOnnxGraph('slow')
  const image = onnx.input('pixels', 'float32', [1, 3, side, side])
  const size = side / cells
  const pooled = onnx.node('AveragePool', [image], { kernel_shape: [size, size], strides: [size, size] })
  const mean = onnx.node('ReduceMean', [pooled, onnx.ints([2, 3])])
  const detail = onnx.node('Sub', [pooled, mean])
  const flat = onnx.node('Reshape', [detail, onnx.ints([1, -1])])
  const random = seeded(9)
  const kernel = (inputs: number) => {
    const count = busy * inputs * 9
    return onnx.floats(
      Array.from({ length: count }, () => random() - 0.5),
      [busy, inputs, 3, 3],
    )
  }
  const once = onnx.node('Conv', [image, kernel(3)], { kernel_shape: [3, 3] })
  const twice = onnx.node('Conv', [once, kernel(busy)], { kernel_shape: [3, 3] })
  const detour = onnx.node('ReduceMean', [twice], { keepdims: 0 })
  const nothing = onnx.node('Mul', [detour, onnx.floats([1e-9], [])])
  onnx.output('embedding', onnx.node('Add', [flat, nothing]), 'float32', [1, 3 * cells * cells])
  const file = join(mkdtempSync(join(tmpdir(), 'barnbox-slow-')), 'slow.onnx')
  writeFileSync(file, onnx.encode({}))
  return file
}
