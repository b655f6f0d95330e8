/**
 * A licence is read from what is in a file, whatever the file is called and whatever name it is to get.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import proto from 'onnx-proto'
import t from 'tap'
import { type InstallOptions, installModel } from '../../daemon/commands/models-install.ts'
import { onnxMetadata } from '../../models/convert/onnx-metadata.ts'
import { memorySource } from '../../models/convert/weight-source.ts'
import { writeGraph } from '../models/graph-files.ts'
import { answering, detr, embedder, newFolder, written } from '../models/onnx-files.ts'
import {
  dict,
  pickle,
  randomTensors,
  safetensors,
  smallest,
  stateDict,
  storagesOf,
  text,
  torchFile,
} from '../models/swin-files.ts'
import { barnbox } from './cli.ts'

const agpl = 'AGPL-3.0 License (https://example.org/license)'
const usual = { normalise: 'imagenet', int8: false } as const

function install(file: string, name: string, more: Partial<InstallOptions> = {}, stateDir = newFolder()) {
  return installModel({ name, file, from: path.basename(file) }, { ...usual, ...more }, stateDir)
}

const refusal = (spdx: RegExp) => ({ code: 'MODEL_LICENCE', message: spdx })

t.test('an ONNX file is told by its content', async (t) => {
  const bytes = embedder([1, 0], { license: agpl })
  for (const name of ['own.onnx', 'own.ONNX', 'own', 'own.bin', 'own.json.txt', 'own.safetensors']) {
    await t.rejects(install(written(bytes, name), 'own'), refusal(/own is under AGPL-3\.0/), name)
  }
  const model = await install(written(bytes, 'own'), 'own', { acceptLicense: 'agpl-3.0' })
  t.match(model, { licence: 'AGPL-3.0', acceptedAt: /^20\d\d-/, layout: 'crop-floats' })
  t.match(await install(written(embedder([1, 0]), 'own.bin'), 'own'), { licence: null, acceptedAt: null })
  const ended = await barnbox(['models', 'import', written(bytes, 'own.ONNX'), '--as', 'own'], {
    BARNBOX_STATE_DIR: newFolder(),
  })
  t.match(ended, { code: 2, stdout: '', stderr: /^barnbox: MODEL_LICENCE: .*--accept-license AGPL-3\.0\n$/ })
})

t.test('however it is spelt', async (t) => {
  const said: readonly (readonly [metadata: Record<string, string>, message: RegExp])[] = [
    [{ License: 'GNU Affero General Public License v3' }, /asks for the source/],
    [{ licence: 'GPLv3' }, /GPLv3, which asks for the source/],
    [{ LICENCE: 'cc-by-nc-4.0' }, /cc-by-nc-4\.0, which does not allow commercial use/],
    [{ license: 'CC BY NC 4.0' }, /does not allow commercial use/],
    [{ license: 'for non commercial use only' }, /non commercial use only, which.*--accept-license own$/],
    [{ license: 'MIT', licence: 'AGPL-3.0' }, /AGPL-3\.0/],
    [{ license: 'AGPL-3.0\u001b[2J\n and more' }, /^[\x20-\x7e]*$/],
    [{ license: 'CC-BY-NC-4.0 and GPL-3.0' }, /does not allow commercial use and asks for the source/],
  ]
  for (const [metadata, message] of said) {
    await t.rejects(install(written(embedder([1, 0], metadata)), 'own'), refusal(message))
  }
  for (const license of ['MIT', 'Apache-2.0', 'LGPL-3.0', 'CC-BY-4.0', 'the licence of the barn, once']) {
    t.match(await install(written(embedder([1, 0], { license })), 'own'), { acceptedAt: null }, license)
  }
})

t.test('the stricter of what the catalogue and the file say counts', async (t) => {
  const file = written(detr({ license: agpl }))
  const both = refusal(/d-fine-n is under AGPL-3\.0, which.*Apache-2\.0.*--accept-license AGPL-3\.0$/)
  await t.rejects(install(file, 'd-fine-n'), both)
  await t.rejects(install(file, 'd-fine-n', { acceptLicense: 'Apache-2.0' }), both)
  const taken = await install(file, 'd-fine-n', { acceptLicense: 'AGPL-3.0' })
  t.match(taken, { licence: 'AGPL-3.0', acceptedAt: /^20/ })
  t.match(await install(written(detr({ license: 'MIT' })), 'd-fine-n'), { licence: 'Apache-2.0' })

  const yolo = (license: string) =>
    written(answering([{ name: 'output0', dims: [1, 84, 8400], values: [0] }], { license }, [1, 3, 640, 640]))
  const free = refusal(/yolov8n is under AGPL-3\.0, .*the file itself says MIT/)
  await t.rejects(install(yolo('MIT'), 'yolov8n'), free)
  await t.rejects(install(yolo('agpl-3.0'), 'yolov8n'), refusal(/AGPL-3\.0, which[^;]*; to take it/))
  const two = /yolov8n is under AGPL-3\.0 AND CC-BY-NC-4\.0, which does not allow.* and asks for/
  await t.rejects(install(yolo('CC-BY-NC-4.0'), 'yolov8n', { acceptLicense: 'AGPL-3.0' }), refusal(two))
  t.match(await install(yolo('CC-BY-NC-4.0'), 'yolov8n', { acceptLicense: 'yolov8n' }), {
    licence: 'AGPL-3.0 AND CC-BY-NC-4.0',
  })
})

t.test('weights say it too', async (t) => {
  const tensors = randomTensors(smallest)
  const bytes = safetensors(tensors, (header) => {
    header['__metadata__'] = { format: 'pt', license: 'cc-by-nc-4.0' }
  })
  for (const name of ['own.safetensors', 'own.onnx', 'own']) {
    await t.rejects(install(written(bytes, name), 'own'), refusal(/own is under cc-by-nc-4\.0/), name)
  }
  t.match(await install(written(bytes, 'own'), 'own', { acceptLicense: 'CC-BY-NC-4.0' }), {
    layout: 'crop-bytes',
    int8: { file: 'own.int8.onnx' },
  })
  const saved = dict([
    ['license', text(agpl)],
    ['model', stateDict(tensors)],
  ])
  const torch = torchFile(pickle(saved), storagesOf(tensors))
  await t.rejects(install(written(torch, 'own.bin'), 'own'), refusal(/own is under AGPL-3\.0/))
})

t.test('a TensorFlow.js model says it in its JSON', async (t) => {
  for (const more of [{ userDefinedMetadata: { license: agpl } }, { license: agpl }]) {
    const file = writeGraph(8, 3, [], [])
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...more }))
    await t.rejects(install(path.dirname(file), 'own'), refusal(/own is under AGPL-3\.0/))
  }
})

t.test('a form that does not say it where it can be read is refused', async (t) => {
  const ort = Buffer.concat([Buffer.from([32, 0, 0, 0]), Buffer.from('ORTM'), Buffer.alloc(100)])
  for (const name of ['own.ort', 'own.onnx']) {
    const refused = { code: 'MODEL_BROKEN', message: /ONNX Runtime's own format.*ask for the ONNX file/ }
    await t.rejects(install(written(ort, name), 'own'), refused)
  }
  const whole = embedder([1, 0], { license: agpl })
  for (const bytes of [
    whole.subarray(0, whole.length - 1),
    Buffer.concat([whole, Buffer.from([0x0b, 0x0c])]),
    Buffer.concat([whole, Buffer.from([0x72, 2, 0x0a, 9])]),
    new Uint8Array(),
    Buffer.from('PK\x03\x04 nothing'),
  ]) {
    const stateDir = newFolder()
    await t.rejects(install(written(bytes), 'own', {}, stateDir), { code: 'MODEL_BROKEN' })
    t.notOk(existsSync(path.join(stateDir, 'models/installed.json')))
  }
  const entry = proto.onnx.ModelProto.encode({ metadataProps: [{ key: 'license', value: 'MIT' }] }).finish()
  const twice = written(Buffer.concat([whole, entry]))
  await t.rejects(install(twice, 'own'), { code: 'MODEL_BROKEN', message: /says its license twice/ })
})

t.test('whatever the bytes are, what a file says is read or it is no ONNX', async () => {
  const whole = Buffer.from(embedder([1, 0], { license: agpl, names: "{0: 'horse'}" }))
  const writes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 })
  const cut = fc.nat(whole.length)
  fc.assert(
    fc.property(writes, cut, (all, length) => {
      const bytes = Buffer.from(whole)
      for (const [at, value] of all) bytes[at] = value
      try {
        const says = onnxMetadata(memorySource('x', bytes.subarray(0, length)))
        return says === undefined || [...says.keys()].every((key) => typeof key === 'string')
      } catch (error) {
        return (error as { code?: string }).code === 'MODEL_BROKEN'
      }
    }),
    { numRuns: 3000 },
  )
})
