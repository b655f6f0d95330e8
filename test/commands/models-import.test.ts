/**
 * What may come under a name of the catalogue, and what no model may be.
 */
import path from 'node:path'
import t, { type Test } from 'tap'
import { listModels, listText } from '../../daemon/commands/models.ts'
import { installModel } from '../../daemon/commands/models-install.ts'
import { readInstalled } from '../../daemon/vision/store.ts'
import { createOnnxGraph, type Dim } from '../../models/convert/onnx-writer.ts'
import { answering, detr, embedder, newFolder, written } from '../models/onnx-files.ts'
import { checkpoint, randomTensors, safetensors, smallest } from '../models/swin-files.ts'
import { barnbox } from './cli.ts'

const usual = { normalise: 'imagenet', int8: false, acceptLicense: 'AGPL-3.0' } as const

function install(bytes: Uint8Array, name: string, stateDir = newFolder()) {
  const file = written(bytes)
  return installModel({ name, file, from: path.basename(file) }, usual, stateDir)
}

async function refuses(t: Test, bytes: Uint8Array, name: string, message: RegExp) {
  const stateDir = newFolder()
  await t.rejects(install(bytes, name, stateDir), { code: 'MODEL_BROKEN', message }, `${name} ${message}`)
  t.same(readInstalled(stateDir), {})
}

const cells = (side: number) => [8, 16, 32].reduce((sum, stride) => sum + (side / stride) ** 2, 0)
const yolox = (side: number, shape: readonly Dim[] = [1, 3, side, side]) =>
  answering([{ name: 'output', dims: [1, cells(side), 85], values: [0] }], {}, shape)
const boxes = () => {
  const onnx = createOnnxGraph('boxes')
  onnx.input('images', 'float32', [1, 3, 640, 640])
  onnx.input('orig_target_sizes', 'int64', [1, 2])
  onnx.output('labels', onnx.ints(Array(300).fill(17), [1, 300]), 'int64', [1, 300])
  onnx.output('boxes', onnx.floats(Array(1200).fill(0), [1, 300, 4]), 'float32', [1, 300, 4])
  onnx.output('scores', onnx.floats(Array(300).fill(0), [1, 300]), 'float32', [1, 300])
  return onnx.encode({})
}

t.test('a name of the catalogue means its layout', async (t) => {
  const own = /import it under a name of its own$/
  await refuses(t, yolox(416), 'd-fine-n', /is yolox \(takes images .* gives output .*\), not detr-logits/)
  await refuses(t, yolox(416), 'd-fine-n', own)
  await refuses(t, detr({}, 91), 'd-fine-n', /is rf-detr .*, not detr-logits/)
  await refuses(t, detr(), 'rf-detr-n', /is detr-logits .*, not rf-detr/)
  await refuses(t, boxes(), 'd-fine-n', /is detr-boxes .*, not detr-logits/)
  await refuses(t, embedder([1, 0], {}, 640), 'd-fine-n', /embedding \[1, 2\].*logits.*expected/)
  await refuses(t, yolox(224), 'dinov2-s', /output \[1, 1029, 85\].*last_hidden_state.*expected/)
  await refuses(t, embedder([1, 0], {}, 224), 'dinov2-s', /is crop-floats .*, not tokens/)
  t.match(await install(boxes(), 'own'), { layout: 'detr-boxes' })
  t.match(await install(yolox(416), 'yolox-nano'), { layout: 'yolox', input: { width: 416 } })
})

t.test('and its size; else the size that the file fixes', async (t) => {
  await refuses(t, yolox(640), 'yolox-nano', /takes pictures of 640 x 640, not 416 x 416; .*name of its own$/)
  await refuses(t, detr({}, 80, 320), 'd-fine-n', /takes pictures of 320 x 320, not 640 x 640/)
  const shape = [1, 3, 'height', 320]
  const half = answering(
    [
      { name: 'logits', dims: [1, 300, 80], values: [-9] },
      { name: 'pred_boxes', dims: [1, 300, 4], values: [0] },
    ],
    {},
    shape,
  )
  await refuses(t, half, 'd-fine-n', /takes pictures of 320 x 640, not 640 x 640/)
  const stateDir = newFolder()
  t.match(await install(half, 'own', stateDir), { input: { width: 320, height: 640 } })
  const small = await install(detr({}, 80, 320), 'small', stateDir)
  t.match(small, { input: { width: 320, height: 320 } })
  t.match(listText(listModels(stateDir)), /own .* detr-logits, 320 x 640, from own\.onnx\n/)
  const ended = await barnbox(['models', 'import', written(yolox(640)), '--as', 'yolox-nano'], {
    BARNBOX_STATE_DIR: stateDir,
  })
  const said = /^barnbox: MODEL_BROKEN: the file takes pictures of 640 x 640, not 416 x 416.*\n$/
  t.match(ended, { code: 1, stdout: '', stderr: said })
})

t.test('and its vectors', async (t) => {
  const tokens = (dim: number) =>
    answering([{ name: 'last_hidden_state', dims: [1, 257, dim], values: [1] }], {}, ['n', 3, 'h', 'w'])
  await refuses(t, tokens(768), 'dinov2-s', /makes vectors of 768 numbers, dinov2-s makes 384/)
  t.match(await install(tokens(384), 'dinov2-s'), { layout: 'tokens', dim: 384, input: { width: 224 } })
})

t.test('sides are sane', async (t) => {
  const sides = /sides of 32 to 4096/
  for (const [height, width] of [
    [31, 64],
    [64, 16],
    [64, 4097],
    [1, 1],
    [2 ** 31, 64],
  ] as const) {
    const crop = answering([{ name: 'embedding', dims: [1, 2], values: [1] }], {}, [1, 3, height, width])
    await refuses(t, crop, 'own', sides)
  }
  const crop = answering([{ name: 'embedding', dims: [1, 2], values: [1] }], {}, [1, 3, 32, 4096])
  t.match(await install(crop, 'own'), { input: { width: 4096, height: 32 } })
})

t.test('weights that are no numbers are refused by the name of their tensor', async (t) => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const tensors = randomTensors(smallest)
    const key = 'layers.2.blocks.0.mlp.fc1.bias'
    const spoilt = Float32Array.from(tensors.get(key)?.data ?? [])
    spoilt[3] = value
    tensors.set(key, { shape: [spoilt.length], data: spoilt })
    for (const bytes of [safetensors(tensors), checkpoint(tensors)]) {
      const said = new RegExp(`layers\\.2\\.blocks\\.0\\.mlp\\.fc1\\.bias holds ${value}`)
      await refuses(t, bytes, 'own', said)
    }
  }
})

t.test('a network that answers what is no number is refused', async (t) => {
  const spoilt = (name: 'logits' | 'pred_boxes', value: number) =>
    answering(
      [
        { name: 'logits', dims: [1, 30, 80], values: [name === 'logits' ? value : -9] },
        { name: 'pred_boxes', dims: [1, 30, 4], values: [name === 'pred_boxes' ? value : 0] },
      ],
      {},
      [1, 3, 64, 64],
    )
  await refuses(t, spoilt('logits', Number.NaN), 'own', /the file does not work: .*logits.* NaN/)
  await refuses(t, spoilt('logits', Number.NEGATIVE_INFINITY), 'own', /logits.* -Infinity/)
  await refuses(t, spoilt('pred_boxes', Number.POSITIVE_INFINITY), 'own', /pred_boxes.* Infinity/)
  const cells84 = Float32Array.from({ length: 84 * 85 }, (_, i) => (i === 85 * 80 ? Number.NaN : 0))
  const one = answering([{ name: 'output', dims: [1, 84, 85], values: cells84 }], {}, [1, 3, 64, 64])
  await refuses(t, one, 'own', /output.* NaN/)
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    await refuses(t, embedder([1, value]), 'own', /does not work: .*embedding.*/)
  }
  const ended = await barnbox(['models', 'import', written(spoilt('logits', Number.NaN)), '--as', 'own'], {
    BARNBOX_STATE_DIR: newFolder(),
  })
  t.match(ended, { code: 1, stdout: '', stderr: /^barnbox: MODEL_BROKEN: .*logits.*\n$/ })
})
