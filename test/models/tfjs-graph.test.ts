import { copyFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { bundledGraphFile, sourceKey } from '../../models/convert/convert.ts'
import { float16, readGraph } from '../../models/convert/tfjs-graph.ts'

const bundled = bundledGraphFile()

/** A copy of the bundled graph that a test may spoil. */
function copy(): { json: string; weights: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-graph-'))
  const json = path.join(folder, 'centernet.json')
  const weights = path.join(folder, 'centernet.bin')
  copyFileSync(bundled, json)
  copyFileSync(bundled.replace(/json$/, 'bin'), weights)
  return { json, weights }
}

t.test('the bundled graph is read', (t) => {
  const { nodes, constants } = readGraph(bundled)
  t.equal(nodes.get('tower_0/keypoints')?.op, 'Identity')
  t.equal(constants.get('CenternetHead/centernet_cls_output/biases')?.data.length, 80)
  t.ok([...constants.values()].every(({ data }) => data.every(Number.isFinite)))
  t.end()
})

t.test('spoilt files are refused, with the file and what to do', (t) => {
  const cut = copy()
  truncateSync(cut.weights, 1_000_000)
  t.throws(() => readGraph(cut.json), {
    code: 'MODEL_BROKEN',
    message: /cut short/,
    context: { file: cut.json },
  })
  const long = copy()
  writeFileSync(long.weights, Buffer.concat([readFileSync(long.weights), Buffer.alloc(8)]))
  t.throws(() => readGraph(long.json), { code: 'MODEL_BROKEN', message: /too many/ })
  const half = copy()
  truncateSync(half.json, 5000)
  t.throws(() => readGraph(half.json), { code: 'MODEL_BROKEN', message: /not JSON/ })
  const other = copy()
  writeFileSync(other.json, '{"hello": 1}')
  t.throws(() => readGraph(other.json), { code: 'MODEL_BROKEN', message: /not a TensorFlow.js graph/ })
  const absent = path.join(path.dirname(other.json), 'absent.json')
  t.throws(() => readGraph(absent), {
    code: 'MODEL_MISSING',
    message: /correct the path in the config/,
    context: { file: absent },
  })
  t.end()
})

t.test('the key changes with the weights', (t) => {
  const { json, weights } = copy()
  t.equal(sourceKey(json), sourceKey(bundled))
  const bytes = readFileSync(weights)
  bytes[1000] = (bytes[1000] ?? 0) ^ 1
  writeFileSync(weights, bytes)
  t.not(sourceKey(json), sourceKey(bundled))
  t.end()
})

t.test('float16 as the platform reads it', (t) => {
  const platform = new DataView(new ArrayBuffer(2))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
      platform.setUint16(0, bits)
      return Object.is(float16(bits), platform.getFloat16(0))
    }),
    { numRuns: 2000 },
  )
  t.end()
})
