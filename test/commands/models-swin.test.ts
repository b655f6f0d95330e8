/**
 * Weights brought by an owner, from the file to an embedding on the command line.
 */
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { sharedFolder, withoutShared } from '../models/shared.ts'
import { barnbox, folder, jsonLines } from './cli.ts'

const skip = withoutShared
const fixture = (name: string) => join(sharedFolder, 'fixtures/swin', name)

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)
  return dot / (Math.hypot(...a) * Math.hypot(...b))
}

t.test('weights in both layouts give the known embedding', { skip }, async (t) => {
  const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8'))
  const image = join(folder(), 'input.png')
  const raw = { width: 224, height: 224, channels: 3 } as const
  await sharp(readFileSync(fixture('input.rgb')), { raw })
    .png()
    .toFile(image)
  const env = { BARNBOX_STATE_DIR: folder() }
  for (const [file, name] of [
    ['old.bin', 'from-torch'],
    ['new.safetensors', 'from-safetensors'],
  ] as const) {
    t.match(await barnbox(['models', 'import', fixture(file), '--as', name], env), { code: 0, stderr: '' })
    t.match(await barnbox(['models', 'use', name], env), { code: 0 })
    const [said] = jsonLines(await barnbox(['models', 'embed', image, '--json'], env)) as unknown as {
      model: string
      dim: number
      embedding: number[]
    }[]
    t.match(said, { dim: 128 })
    t.ok(said?.model.startsWith(name), 'the model says its name')
    t.ok(cosine(said?.embedding ?? [], expected.feature_imagenet) > 0.999999)
    t.ok(Math.abs(Math.hypot(...(said?.embedding ?? [])) - 1) < 1e-5)
  }
})

t.test('weights come in both precisions, and are looked after together', { skip }, async (t) => {
  const state = folder()
  const models = (...args: string[]) => barnbox(['models', ...args], { BARNBOX_STATE_DIR: state })
  const file = (name: string) => join(state, 'models', name)
  t.match(await models('import', fixture('old.bin'), '--as', 'own'), { code: 0, stderr: '' })
  t.ok(statSync(file('own.int8.onnx')).size < statSync(file('own.onnx')).size)
  t.match(await models('verify'), { code: 0, stdout: /^whole +own\nwhole +own:int8$/m })
  t.match(await models('list'), { stdout: /own .*\[int8: not measured yet\]/ })
  const installed = JSON.parse(readFileSync(file('installed.json'), 'utf8'))
  const measured = { cosine: 0.99876, crops: 40, measuredAt: '2026-11-22T00:00:00.000Z' }
  const own = { ...installed.own, int8: { ...installed.own.int8, ...measured } }
  writeFileSync(file('installed.json'), JSON.stringify({ own }))
  t.match(await models('list'), { stdout: /own .*\[int8: used, lowest cosine 0\.9988 on 40 crops\]/ })
  const [{ models: listed = [] } = {}] = jsonLines(await models('list', '--json')) as { models: object[] }[]
  t.match(listed.at(-1), { name: 'own', int8: { cosine: 0.99876, crops: 40, good: true } })
  const [timed] = jsonLines(await models('bench', 'own:int8', '--json'))
  t.match(timed, { model: 'own:int8' })
  truncateSync(file('own.int8.onnx'), 99)
  t.match(await models('verify'), { code: 1, stdout: /^whole +own\ndamaged +own:int8$/m })
  t.match(await models('remove', 'own'), { code: 0 })
  t.same(
    readdirSync(join(state, 'models')).filter((name) => name.startsWith('own')),
    [],
  )
})

t.test('a hostile file, and weights of another size, are refused by name', { skip }, async (t) => {
  const env = { BARNBOX_STATE_DIR: folder() }
  const hostile = await barnbox(['models', 'import', fixture('hostile.bin'), '--as', 'own'], env)
  t.match(hostile, { code: 1, stdout: '', stderr: /MODEL_BROKEN: .*__builtin__|MODEL_BROKEN: .*print/ })
  t.notMatch(hostile.stdout + hostile.stderr, /a forbidden global was executed/)
  const small = await barnbox(['models', 'import', fixture('new.safetensors'), '--as', 'swin-tiny-in1k'], env)
  t.match(small, { code: 1, stderr: /MODEL_BROKEN: .* not of a swin-t-224/ })
})
