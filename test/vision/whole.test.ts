/**
 * An installed model is what was installed, or it is not opened: also where the runtime would not mind.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { importEngine } from '../../daemon/commands/models-engine.ts'
import { installModel } from '../../daemon/commands/models-install.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openEngine } from '../../daemon/vision/engine.ts'
import { startVision } from '../../daemon/vision/vision.ts'
import { barnbox, folder } from '../commands/cli.ts'
import { detr, newFolder, written } from '../models/onnx-files.ts'
import { randomTensors, safetensors, smallest } from '../models/swin-files.ts'
import { paint } from './nv12.ts'

const options = { normalise: 'imagenet', int8: false } as const

/** A box with a detector, an embedder of weights in both precisions, and an engine. */
async function box() {
  const stateDir = newFolder()
  const install = (bytes: Uint8Array, name: string) => {
    const file = written(bytes)
    return installModel({ name, file, from: path.basename(file) }, options, stateDir)
  }
  await install(detr(), 'seer')
  await install(safetensors(randomTensors(smallest)), 'swin')
  await importEngine('swin-trt', written(Buffer.from('what trtexec wrote'), 'swin.engine'), 'swin', stateDir)
  const file = (name: string) => path.join(stateDir, 'models', name)
  /** Another file of the same length, whose constants are others. */
  const spoil = (name: string) => {
    const bytes = readFileSync(file(name))
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(file(name), bytes)
  }
  const setup = { stateDir, detector: 'seer', embedder: 'swin', threshold: 0.25, threads: 1 }
  return { stateDir, file, spoil, setup }
}

t.test('whole files are opened', async (t) => {
  const { setup } = await box()
  for (const embedder of ['swin', 'swin:int8', 'swin-trt']) {
    await using engine = await openEngine({ ...setup, embedder, provider: 'cpu' })
    t.match(engine.about, { detector: 'seer', embedderFault: null })
  }
})

t.test('a changed detector stops detection, in words', async (t) => {
  const { spoil, setup, stateDir } = await box()
  spoil('seer.onnx')
  const changed = { code: 'MODEL_HASH', message: /seer\.onnx is not what was installed.*import it again/ }
  await t.rejects(openEngine(setup), changed)
  const config = { ...setup, provider: 'auto', workers: 1 } as const
  await t.rejects(startVision(config, { stateDir, log: silentLog }), changed)
  const env = { BARNBOX_STATE_DIR: stateDir }
  t.match(await barnbox(['models', 'bench', 'seer'], env), { code: 1, stderr: /^barnbox: MODEL_HASH: .*\n$/ })
})

t.test('a changed embedder stops identity only, visibly', async (t) => {
  for (const [embedder, file] of [
    ['swin', 'swin.onnx'],
    ['swin:int8', 'swin.int8.onnx'],
  ] as const) {
    const { spoil, setup, stateDir } = await box()
    spoil(file)
    const config = { ...setup, embedder, provider: 'auto', workers: 1 } as const
    await using vision = await startVision(config, { stateDir, log: silentLog })
    t.equal(vision.embedder, null)
    t.match(vision.about.embedderFault, { code: 'MODEL_HASH' })
    t.match(vision.embedderFault, new RegExp(`${file} is not what was installed`))
    t.same(await vision.detect(paint(64, 64, () => [9, 9, 9])), [])
    if (embedder !== 'swin') continue
    const yaml = path.join(folder(), 'barnbox.yaml')
    writeFileSync(
      yaml,
      'cameras: [{id: a, name: A, url: "rtsp://127.0.0.1:9/x"}]\nvision: {detector: seer, embedder: swin}\n',
    )
    const said = await barnbox(['doctor', '--config', yaml], { BARNBOX_STATE_DIR: stateDir })
    t.match(said.stdout, /models.*MODEL_HASH: .*swin\.onnx is not what was installed/)
  }
})

t.test('a model by its path has no hash to be held against', async (t) => {
  const { spoil, file, setup } = await box()
  spoil('seer.onnx')
  await using engine = await openEngine({ ...setup, detector: file('seer.onnx') })
  t.equal(engine.about.detector, 'seer.onnx')
})
