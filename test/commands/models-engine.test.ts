/**
 * A TensorRT engine as a user brings it, on a box that has no TensorRT: everything but its run.
 */
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { importEngine } from '../../daemon/commands/models-engine.ts'
import { missingProvider } from '../../daemon/vision/providers.ts'
import type { InstalledModel } from '../../daemon/vision/store.ts'
import { isEngineWrapper } from '../../models/convert/engine-wrapper.ts'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'
import { barnbox, folder, jsonLines } from './cli.ts'

/** A box of its own, with an embedder that answers what the picture's brightness is. */
async function box(t: Test) {
  const state = folder()
  const models = (...args: string[]) => barnbox(['models', ...args], { BARNBOX_STATE_DIR: state })
  const onnx = createOnnxGraph('mean')
  const pixels = onnx.node('Cast', [onnx.input('pixels', 'uint8', ['n', 32, 32, 3])], { to: 1 })
  const mean = onnx.node('ReduceMean', [pixels, onnx.ints([1, 2])], { keepdims: 0 })
  onnx.output('embedding', mean, 'float32', ['n', 3])
  const original = join(folder(), 'mean.onnx')
  writeFileSync(original, onnx.encode({}))
  t.match(await models('import', original, '--as', 'mean'), { code: 0, stderr: '' })
  const engine = join(folder(), 'mean.engine')
  writeFileSync(engine, 'what trtexec wrote')
  const installed = (): Record<string, InstalledModel> =>
    JSON.parse(readFileSync(join(state, 'models/installed.json'), 'utf8'))
  return { state, models, engine, original, installed }
}

const skip = missingProvider('tensorrt') === undefined ? 'TensorRT is installed here' : false

t.test('an engine beside its model: the same vectors, and the CPU without TensorRT', { skip }, async (t) => {
  const { state, models, engine, installed } = await box(t)
  const ended = await models('import', engine, '--as', 'mean-trt', '--of', 'mean')
  t.match(ended, { code: 0, stderr: '', stdout: /^mean-trt is installed \(crop-bytes\) from mean\.engine/ })
  t.match(ended.stdout, /barnbox models bench mean-trt/)
  const { mean, 'mean-trt': own } = installed()
  t.equal(own?.id, mean?.id, 'what was learnt stays')
  t.match(own?.engine, { file: 'mean-trt.engine', of: 'mean', ofSha256: mean?.sha256 })
  t.ok(isEngineWrapper(join(state, 'models/mean-trt.onnx')))
  t.equal(readFileSync(join(state, 'models/mean-trt.engine'), 'utf8'), 'what trtexec wrote')
  t.same(
    readdirSync(join(state, 'models')).filter((name) => name.endsWith('.tmp')),
    [],
  )
  const [timed] = jsonLines(await models('bench', 'mean-trt', '--json'))
  t.match(timed, { provider: 'cpu', fallback: missingProvider('tensorrt') })
  t.match(await models('bench', 'mean-trt'), { code: 0, stdout: /on cpu, for TensorRT is not installed/ })
  t.match(await models('bench', 'mean-trt', '--provider', 'cpu'), { code: 0, stdout: /, on cpu\n$/ })
  t.match(await models('bench', 'mean-trt', '--provider', 'gpu'), {
    code: 2,
    stderr: /auto, cpu, cuda, tensorrt/,
  })
  t.equal((await models('use', 'mean-trt')).code, 0)
  rmSync(join(state, 'models/mean-trt.onnx'))
  const [alone] = jsonLines(await models('bench', 'mean-trt', '--json'))
  t.match(alone, { provider: 'cpu', fallback: /TensorRT/ }, 'a wrapper that is gone is no ordinary model')
})

t.test('looked after: hashed with its wrapper, and the model it was built of stays', async (t) => {
  const { state, models, engine, original, installed } = await box(t)
  t.equal((await models('import', engine, '--as', 'mean-trt', '--of', 'mean')).code, 0)
  t.match(await models('verify'), { code: 0, stdout: /^whole +mean-trt$/m })
  t.match(await models('remove', 'mean'), {
    code: 2,
    stderr: /BAD_REQUEST: the engine mean-trt was built of mean/,
  })
  truncateSync(join(state, 'models/mean-trt.engine'), 3)
  t.match(await models('verify'), { code: 1, stdout: /^damaged +mean-trt$/m })
  const onnx = createOnnxGraph('other')
  onnx.input('pixels', 'uint8', ['n', 32, 32, 3])
  onnx.output('embedding', onnx.floats([1, 0, 0], [1, 3]), 'float32', [1, 3])
  writeFileSync(original, onnx.encode({}))
  t.equal((await models('import', original, '--as', 'mean')).code, 0)
  t.match(await models('bench', 'mean-trt'), {
    code: 1,
    stderr: /MODEL_BROKEN: the engine mean-trt was built of another mean/,
  })
  t.match(await models('remove', 'mean-trt'), { code: 0 })
  for (const left of ['mean-trt.onnx', 'mean-trt.engine'])
    t.notOk(existsSync(join(state, 'models', left)), left)
  t.same(Object.keys(installed()), ['mean'])
  t.match(await models('remove', 'mean'), { code: 0 })
})

t.test('an engine that does not do is refused in one line and changes nothing', async (t) => {
  const { state, models, engine, original, installed } = await box(t)
  t.equal((await models('import', engine, '--as', 'mean-trt', '--of', 'mean')).code, 0)
  const empty = join(folder(), 'empty.plan')
  writeFileSync(empty, '')
  const wide = join(folder(), 'mean.onnx')
  copyFileSync(original, wide)
  const [before, files] = [installed(), readdirSync(join(state, 'models'))]
  const refused: readonly (readonly [
    file: string,
    name: string,
    of: string | undefined,
    code: string,
    said: RegExp,
  ])[] = [
    [engine, 'own', undefined, 'BAD_REQUEST', /--of/],
    [engine, 'own', 'nobody', 'NOT_FOUND', /nobody is not installed/],
    [engine, 'own', 'centernet-mnv3', 'BAD_REQUEST', /centernet-mnv3 is built in/],
    [engine, 'own', 'mean-trt', 'BAD_REQUEST', /mean-trt is an engine itself/],
    [engine, 'mean', 'mean', 'BAD_REQUEST', /mean is the ONNX model/],
    [engine, 'yolox-s', 'mean', 'BAD_REQUEST', /yolox-s is the catalogue's name/],
    [engine, '../own', 'mean', 'BAD_REQUEST', /\.\.\/own is no name/],
    ['/nowhere/x.engine', 'own', 'mean', 'FILE_MISSING', /x\.engine cannot be read/],
    [empty, 'own', 'mean', 'MODEL_BROKEN', /is empty/],
  ]
  for (const [file, name, of, code, message] of refused) {
    await t.rejects(importEngine(name, file, of, state), { code, message })
  }
  t.match(await models('import', wide, '--as', 'own', '--of', 'mean'), {
    code: 2,
    stdout: '',
    stderr: /^barnbox: BAD_REQUEST: --of belongs to TensorRT engines .*\n$/,
  })
  t.same(installed(), before)
  t.same(readdirSync(join(state, 'models')), files)
})
