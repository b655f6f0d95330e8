/**
 * A TensorFlow.js graph as detector: converted, and run by TensorFlow.js itself where that is there.
 */
import { copyFileSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import util from 'node:util'
import t from 'tap'
import { iou } from '../../daemon/lib/boxes.ts'
import type { Detection } from '../../daemon/types.ts'
import { chooseDetector } from '../../daemon/vision/choose.ts'
import { openDetector } from '../../daemon/vision/detector.ts'
import { openEngine } from '../../daemon/vision/engine.ts'
import { readPicture } from '../../daemon/vision/picture.ts'
import { resolveModel, type TfjsEngine } from '../../daemon/vision/resolve.ts'
import { bundledGraphFile } from '../../models/convert/convert.ts'
import { barnbox } from '../commands/cli.ts'
import { labelledPhotos, photoFile, withoutShared } from '../models/shared.ts'

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'barnbox-tfjs-'))
const stateDir = newFolder()

/** The folder as an owner brings it. */
const model = newFolder()
copyFileSync(bundledGraphFile(), path.join(model, 'model.json'))
copyFileSync(bundledGraphFile().replace(/json$/, 'bin'), path.join(model, 'centernet.bin'))

const open = (tfjs: TfjsEngine) => openDetector(resolveModel(stateDir, model, tfjs), 1)

/** Those above 0.3 without a partner of nearly the same place and score. */
const lonely = (ours: readonly Detection[], theirs: readonly Detection[]) =>
  ours.filter(
    ({ box, score }) =>
      score > 0.3 &&
      !theirs.some((other) => iou(other.box, box) > 0.95 && Math.abs(other.score - score) < 0.02),
  )

t.test('converted and run by WASM it sees the same', { skip: withoutShared }, async (t) => {
  await using converted = await open('converted')
  await using wasm = await open('wasm')
  let compared = 0
  for (const name of [...labelledPhotos, 'herd']) {
    const picture = await readPicture(photoFile(name))
    const [ours, theirs] = [await converted.detect(picture, 0.28), await wasm.detect(picture, 0.28)]
    t.same(lonely(ours, theirs), [])
    t.same(lonely(theirs, ours), [])
    compared += ours.length
  }
  t.ok(compared >= 5, `${compared} boxes compared`)
})

t.test('converted once, by path in the config or by import', async (t) => {
  const setup = { stateDir, detector: model, embedder: 'appearance-mnv3', threshold: 0.25, threads: 1 }
  const made = () => readdirSync(path.join(stateDir, 'models')).filter((name) => name.startsWith('tfjs-'))
  for (let i = 0; i < 2; i++) {
    await using engine = await openEngine(setup)
    t.equal(engine.about.detector, path.basename(model))
    t.equal(made().length, 1)
  }
  const imported = await barnbox(['models', 'import', model, '--as', 'mine'], { BARNBOX_STATE_DIR: stateDir })
  t.match(imported, { code: 0, stdout: /^mine is installed \(centernet\)/ })
  await using detector = await openDetector(resolveModel(stateDir, 'mine'), 1)
  t.equal(detector.layout, 'centernet')
})

t.test('run by WASM it says so, and how long a look takes', async (t) => {
  const { model: detector, running } = await chooseDetector(resolveModel(stateDir, model, 'wasm'), {
    asked: 'auto',
    threads: 1,
  })
  await detector[Symbol.asyncDispose]()
  t.match(running, { provider: 'wasm', cpuMs: null, cosine: null, fallback: null })
  t.ok(running.ms > 0)
})

t.test('an engine that is not there is named, with what to install', async (t) => {
  await t.rejects(open('node-gpu'), {
    code: 'ENGINE_MISSING',
    kind: 'config',
    message: /\(node-gpu\) does not run: .*; npm install --no-save @tensorflow\/tfjs-node-gpu@/,
  })
  t.equal((util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined?.(null), true)
})

t.test('another graph, and a folder without one, are refused', async (t) => {
  const faces = path.join(path.dirname(bundledGraphFile()), 'blazeface.json')
  t.throws(() => resolveModel(stateDir, faces), {
    code: 'MODEL_BROKEN',
    message: /has no tower_0\/keypoints .*its last node is/,
  })
  const empty = newFolder()
  t.throws(() => resolveModel(stateDir, empty), { code: 'MODEL_BROKEN', message: /without a model\.json/ })
  writeFileSync(path.join(empty, 'model.json'), '{}')
  t.throws(() => resolveModel(stateDir, empty), {
    code: 'MODEL_BROKEN',
    message: /not a TensorFlow\.js graph/,
  })
})
