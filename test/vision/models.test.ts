/**
 * Where model files come from, and what is said of missing and broken ones.
 */
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { openEngine } from '../../daemon/vision/engine.ts'
import { ensureModels } from '../../daemon/vision/models.ts'
import { bundledGraphFile } from '../../models/convert/convert.ts'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'
import { paint, toNv12 } from './nv12.ts'

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'barnbox-models-'))
const stateDir = newFolder()
const built = ensureModels(stateDir)
const usual = {
  stateDir,
  detector: 'centernet-mnv3',
  embedder: 'appearance-mnv3',
  threshold: 0.25,
  threads: 1,
}

t.test('converted once, and again when a file is not what was written', (t) => {
  const file = built['centernet-mnv3'].nv12
  const before = statSync(file).mtimeMs
  ensureModels(stateDir)
  t.equal(statSync(file).mtimeMs, before)
  const bytes = readFileSync(file)
  truncateSync(file, 1000)
  ensureModels(stateDir)
  t.ok(readFileSync(file).equals(bytes))
  writeFileSync(path.join(stateDir, 'models', 'manifest.json'), '{"key": "another"')
  ensureModels(stateDir)
  t.ok(readFileSync(file).equals(bytes), 'the conversion gives the same bytes each time')
  t.same(
    readdirSync(path.join(stateDir, 'models')).filter((name) => name.endsWith('.tmp')),
    [],
  )
  t.end()
})

t.test('a missing source and a state directory that cannot be written', (t) => {
  t.throws(() => ensureModels(newFolder(), '/nowhere/centernet.json'), { code: 'MODEL_MISSING' })
  const file = path.join(newFolder(), 'file')
  writeFileSync(file, '')
  t.throws(() => ensureModels(file), { code: 'STATE_DIR' })
  const cut = path.join(newFolder(), 'centernet.json')
  copyFileSync(bundledGraphFile(), cut)
  copyFileSync(bundledGraphFile().replace(/json$/, 'bin'), cut.replace(/json$/, 'bin'))
  truncateSync(cut.replace(/json$/, 'bin'), 10_000)
  t.throws(() => ensureModels(newFolder(), cut), { code: 'MODEL_BROKEN' })
  t.end()
})

t.test('a file named in the config', async (t) => {
  const absent = path.join(stateDir, 'absent.onnx')
  const missing = { code: 'MODEL_MISSING', context: { file: absent } }
  await t.rejects(openEngine({ ...usual, detector: absent }), missing)
  const text = path.join(stateDir, 'text.onnx')
  writeFileSync(text, 'no model')
  await t.rejects(openEngine({ ...usual, detector: text }), { code: 'MODEL_BROKEN', context: { file: text } })
  const cut = path.join(stateDir, 'cut.onnx')
  writeFileSync(cut, readFileSync(built['centernet-mnv3'].nv12).subarray(0, 100_000))
  await t.rejects(openEngine({ ...usual, detector: cut }), { code: 'MODEL_BROKEN' })
})

t.test('a model of another layout is refused, saying what it has', async (t) => {
  const onnx = createOnnxGraph('other')
  onnx.output('boxes', onnx.input('images', 'float32', [1, 3]), 'float32', [1, 3])
  const other = path.join(stateDir, 'other.onnx')
  writeFileSync(other, onnx.encode({}))
  const seen = {
    code: 'MODEL_BROKEN',
    message: /takes images float32 \[1, 3\] and gives boxes float32 \[1, 3\]/,
  }
  await t.rejects(openEngine({ ...usual, detector: other }), seen)
})

t.test('without an embedder the engine detects, and says why it does no more', async (t) => {
  const noModel = path.join(stateDir, 'no-model.onnx')
  writeFileSync(noModel, 'this is no model')
  const picture = paint(64, 64, (x, y) => [x, y, 9])
  for (const [embedder, code] of [
    [noModel, 'MODEL_BROKEN'],
    ['centernet-mnv3', 'MODEL_BROKEN'],
    ['/nowhere/no-such-model.onnx', 'MODEL_MISSING'],
    ['nobody-knows-it', 'MODEL_MISSING'],
  ] as const) {
    await using engine = await openEngine({ ...usual, embedder })
    t.equal(engine.embedder, null)
    t.match(engine.about, { embedder, embedderFault: { code, message: String }, stopgap: false })
    t.same(await engine.detect(toNv12(picture)), [])
    await t.rejects(engine.embed(picture, [[0, 0, 64, 64]]), { code: 'MODEL_MISSING' })
  }
})

t.test('one of our own files, named in the config, is a model of its own', async (t) => {
  await using engine = await openEngine({ ...usual, embedder: built['appearance-mnv3'].nv12 })
  await using builtIn = await openEngine(usual)
  t.equal(engine.embedder?.dim, builtIn.embedder?.dim)
  t.match(engine.embedder?.id, /^appearance-mnv3-nv12@[0-9a-f]{12}$/)
  t.not(engine.embedder?.id, builtIn.embedder?.id)
  const picture = paint(64, 64, (x, y) => [x, y, 9])
  t.equal((await engine.embed(toNv12(picture), [[0, 0, 64, 64]])).length, 1)
  await t.rejects(engine.embed(picture, [[0, 0, 64, 64]]), { code: 'MODEL_BROKEN', message: /rgb24/ })
})
