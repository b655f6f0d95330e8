/**
 * The ONNX file around a TensorRT engine: what is in it, and which files are one. Running it needs TensorRT.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import proto from 'onnx-proto'
import t from 'tap'
import { openSession } from '../../daemon/vision/session.ts'
import { isEngineWrapper, wrapEngine } from '../../models/convert/engine-wrapper.ts'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-wrapper-'))
const inputs = [
  { name: 'images', type: 'float32', shape: ['batch', 3, 640, 640] },
  { name: 'orig_target_sizes', type: 'int64', shape: [1, 2] },
]
const outputs = [
  { name: 'labels', type: 'int64', shape: [1, ''] },
  { name: 'boxes', type: 'float32', shape: [1, -1, 4] },
]

function written(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name)
  writeFileSync(file, bytes)
  return file
}

t.test('one node, the engine by name, the ports as the model has them', async (t) => {
  const model = proto.onnx.ModelProto.decode(wrapEngine('own.engine', inputs, outputs))
  t.match(
    model.opsetImport.map(({ domain, version }) => [domain, Number(version)]),
    [
      ['', 18],
      ['com.microsoft', 1],
    ],
  )
  const graph = proto.onnx.GraphProto.create(model.graph ?? {})
  const [node, input, output] = [graph.node ?? [], graph.input ?? [], graph.output ?? []]
  t.equal(node.length, 1)
  t.same(graph.initializer, [])
  t.match(node[0], {
    opType: 'EPContext',
    domain: 'com.microsoft',
    input: ['images', 'orig_target_sizes'],
    output: ['labels', 'boxes'],
  })
  const attributes = Object.fromEntries(
    (node[0]?.attribute ?? []).map(({ name, s, i }) => [
      name,
      s?.length ? Buffer.from(s).toString() : Number(i),
    ]),
  )
  t.same(attributes, {
    main_context: 1,
    embed_mode: 0,
    ep_cache_context: 'own.engine',
    source: 'TensorrtExecutionProvider',
  })
  const told = [...input, ...output].map(({ name, type }) => {
    const dims = type?.tensorType?.shape?.dim ?? []
    return [
      name,
      type?.tensorType?.elemType,
      dims.map(({ dimParam, dimValue }) => dimParam || Number(dimValue)),
    ]
  })
  t.same(told, [
    ['images', 1, ['batch', 3, 640, 640]],
    ['orig_target_sizes', 7, [1, 2]],
    ['labels', 7, [1, 'labels_1']],
    ['boxes', 1, [1, 'boxes_1', 4]],
  ])
})

t.test('the runtime takes it for what it is, and has nothing to run it on here', async (t) => {
  const file = written('own.onnx', wrapEngine('own.engine', inputs, outputs))
  const thrown = await openSession(file, 1).catch((error: Error) => error.cause)
  t.match(thrown, { message: /EPContext/ })
})

t.test('the engine is a file beside it, by a plain name, with values that are known', async (t) => {
  for (const name of ['../own.engine', '/own.engine', 'a/own.engine', '', '..', 'own..engine', '.engine']) {
    t.throws(() => wrapEngine(name, inputs, outputs), { code: 'BAD_REQUEST' }, name)
  }
  const halves = [{ name: 'images', type: 'float16', shape: [1] }]
  t.throws(() => wrapEngine('own.engine', halves, outputs), {
    code: 'MODEL_BROKEN',
    message: /images holds float16/,
  })
})

t.test('which files are a wrapper', async (t) => {
  const bytes = wrapEngine('own.engine', inputs, outputs)
  t.equal(isEngineWrapper(written('a.onnx', bytes)), true)
  const plain = createOnnxGraph('plain')
  plain.output('y', plain.node('Relu', [plain.input('x', 'float32', [1])]), 'float32', [1])
  t.equal(isEngineWrapper(written('b.onnx', plain.encode({}))), false)
  const speaks = createOnnxGraph('EPContext')
  speaks.output('EPContext', speaks.input('x', 'float32', [1]), 'float32', [1])
  t.equal(isEngineWrapper(written('c.onnx', speaks.encode({ EPContext: 'EPContext' }))), false)
  for (const [name, text] of [
    ['empty.onnx', ''],
    ['text.onnx', 'EPContext'],
  ] as const) {
    t.equal(isEngineWrapper(written(name, Buffer.from(text))), false)
  }
  t.equal(isEngineWrapper(path.join(folder, 'absent.onnx')), false)
  t.equal(isEngineWrapper(folder), false)
})

t.test('no spoilt file stops it', (t) => {
  const bytes = wrapEngine('own.engine', inputs, outputs)
  const spoilt = fc.tuple(fc.nat(bytes.length), fc.uint8Array({ maxLength: 12 }), fc.nat(bytes.length))
  fc.assert(
    fc.property(spoilt, ([at, put, end]) => {
      const copy = Uint8Array.from(bytes)
      copy.set(put.subarray(0, bytes.length - at), at)
      const answer = isEngineWrapper(written('spoilt.onnx', copy.subarray(0, end)))
      return answer === true || answer === false
    }),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      isEngineWrapper(written('noise.onnx', noise))
    }),
    { numRuns: 500 },
  )
  t.end()
})
