/**
 * Embedders that come as files: each layout is known, tried, and gives unit vectors; what does not work is refused.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { openEmbedder, wholeOf } from '../../daemon/vision/embedder.ts'
import { createOnnxGraph, type DataType, type Dim } from '../../models/convert/onnx-writer.ts'
import { paint, toNv12 } from './nv12.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-embedders-'))
let made = 0

interface Made {
  readonly type?: DataType
  readonly shape: readonly Dim[]
  readonly output: string
  readonly values: readonly number[]
  readonly dims: readonly number[]
}

/** A model that answers the same whatever it sees. */
function constant({ type = 'float32', shape, output, values, dims }: Made): string {
  const onnx = createOnnxGraph('constant')
  onnx.input('pixels', type, shape)
  onnx.output(output, onnx.floats(values, dims), 'float32', dims)
  const file = path.join(folder, `${++made}.onnx`)
  writeFileSync(file, onnx.encode({}))
  return file
}

const open = (file: string) => openEmbedder({ name: 'x', file, id: 'x@1' }, 1)
const picture = paint(63, 41, (x, y) => [x, y, 9])

const layouts: readonly (readonly [layout: string, made: Made, wanted: readonly number[]])[] = [
  [
    'crop-bytes',
    { type: 'uint8', shape: ['n', 224, 224, 3], output: 'embedding', values: [3, 4], dims: [1, 2] },
    [0.6, 0.8],
  ],
  ['crop-floats', { shape: [1, 3, 32, 32], output: 'any', values: [0, 0, 5], dims: [1, 3] }, [0, 0, 1]],
  [
    'tokens',
    { shape: ['n', 3, 'h', 'w'], output: 'last_hidden_state', values: [3, 4, 9, 9], dims: [1, 2, 2] },
    [0.6, 0.8],
  ],
]

for (const [layout, how, wanted] of layouts) {
  t.test(`${layout} is known and read`, async (t) => {
    await using embedder = await open(constant(how))
    t.equal(embedder.layout, layout)
    t.same(embedder.kind, { id: 'x@1', dim: wanted.length })
    for (const one of [picture, toNv12(paint(64, 40, () => [1, 2, 3]))]) {
      const vector = [...(await embedder.embed(one, wholeOf(one)))]
      t.ok(
        vector.every((value, i) => Math.abs(value - (wanted[i] ?? 9)) < 1e-6),
        `${vector}`,
      )
    }
  })
}

t.test('what is no embedder, and one that gives nothing to compare, are refused', async (t) => {
  const shape = [1, 3, 32, 32]
  const seen = { code: 'MODEL_BROKEN', message: /takes pixels .* gives maps float32 \[1, 4, 4, 2\]/ }
  await t.rejects(
    open(constant({ shape, output: 'maps', values: Array(32).fill(1), dims: [1, 4, 4, 2] })),
    seen,
  )
  for (const [values, message] of [
    [[0, 0], /without a length/],
    [[Number.NaN, 1], /embedding holds NaN/],
    [[Number.POSITIVE_INFINITY, 1], /embedding holds Infinity/],
  ] as const) {
    const file = constant({ shape, output: 'embedding', values, dims: [1, 2] })
    await t.rejects(open(file), { code: 'MODEL_BROKEN', message })
  }
  const doubles = constant({ type: 'int32', shape, output: 'embedding', values: [1, 1], dims: [1, 2] })
  await t.rejects(open(doubles), { code: 'MODEL_BROKEN', message: /one float32 picture was expected/ })
})
