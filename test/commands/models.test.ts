/**
 * `barnbox models` as a user runs it: brought from a file, chosen, used, looked after, removed.
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import proto from 'onnx-proto'
import t from 'tap'
import { sayFetch, sayImport, sayRemove, sayUse } from '../../daemon/commands/models-verbs.ts'
import { iou } from '../../daemon/lib/boxes.ts'
import { asBarnboxError, type ErrorKind } from '../../daemon/lib/errors.ts'
import type { Box } from '../../daemon/types.ts'
import { createOnnxGraph } from '../../models/convert/onnx-writer.ts'
import { labelledHorses, labelledPhotos, photoFile, sharedFolder, withoutShared } from '../models/shared.ts'
import { barnbox, folder, jsonLines } from './cli.ts'

const yolox = join(sharedFolder, 'data/models/yolox_nano_416.onnx')
const skip = withoutShared || (existsSync(yolox) ? false : `no ${yolox}`)

/** A box of its own state folder. */
function box() {
  const state = folder()
  const run = (...args: string[]) => barnbox(args, { BARNBOX_STATE_DIR: state })
  return { state, run, models: (...args: string[]) => run('models', ...args) }
}

/** An embedder that answers the same whatever it sees. */
function embedderFile(values: readonly number[], licence?: string): string {
  const onnx = createOnnxGraph('constant')
  onnx.input('pixels', 'uint8', ['n', 32, 32, 3])
  onnx.output('embedding', onnx.floats(values, [1, values.length]), 'float32', [1, values.length])
  const file = join(folder(), 'own.onnx')
  writeFileSync(file, onnx.encode(licence === undefined ? {} : { license: licence }))
  return file
}

interface Seen {
  width: number
  height: number
  detections: { box: Box; class: string }[]
}

t.test('a detector from a file finds every labelled horse but one', { skip }, async (t) => {
  const { run, models } = box()
  t.match(await models('import', yolox, '--as', 'yolox-nano'), {
    code: 0,
    stderr: '',
    stdout: /installed \(yolox\)/,
  })
  t.match(await models('use', 'yolox-nano'), { code: 0, stdout: /next start.*vision\.detector/ })
  t.match(await models('embed', photoFile('herd'), '--model', 'yolox-nano'), {
    code: 1,
    stderr:
      /MODEL_BROKEN: .*no layout barnbox knows for this; `barnbox models list` says what each model is for$/m,
  })
  const ended = await run('detect', ...labelledPhotos.map(photoFile))
  t.equal(ended.code, 0, ended.stderr)
  const lines = jsonLines(ended) as unknown as Seen[]
  let [labelled, found] = [0, 0]
  for (const [i, { width, height, detections }] of lines.entries()) {
    const horses = detections.filter((one) => one.class === 'horse')
    for (const wanted of labelledHorses(labelledPhotos[i] ?? '', width, height)) {
      labelled++
      if (horses.some((horse) => iou(horse.box, wanted) >= 0.5)) found++
    }
  }
  t.equal(labelled, 5)
  t.ok(found >= labelled - 1, `${found} of ${labelled} found`)
  const herd = photoFile('herd')
  const [named] = jsonLines(await run('detect', '--detector', 'centernet-mnv3', herd)) as unknown as Seen[]
  const [chosen] = jsonLines(await run('detect', herd)) as unknown as Seen[]
  t.not(JSON.stringify(named?.detections), JSON.stringify(chosen?.detections), 'a name wins over the choice')
  const [timed] = jsonLines(await models('bench', 'yolox-nano', '--json'))
  t.match(timed, { model: 'yolox-nano', threads: 1 })
  t.ok(Number(timed?.['median_ms']) > 0)
})

t.test('an embedder of one’s own: imported, chosen, used, verified, removed', async (t) => {
  const { state, models } = box()
  const picture = join(folder(), 'dot.png')
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg=='
  writeFileSync(picture, Buffer.from(png, 'base64'))
  t.match(await models('verify'), { code: 0, stdout: /^no model was brought/ })
  t.match(await models('import', embedderFile([3, 4]), '--as', 'mine'), { code: 0, stderr: '' })
  t.equal((await models('use', 'mine')).code, 0)
  const ended = await models('embed', picture, '--json')
  t.equal(ended.code, 0, ended.stderr)
  const [said] = jsonLines(ended) as { model: string; dim: number; embedding: number[] }[]
  t.match(said, { model: /^mine@[0-9a-f]{12}$/, dim: 2 })
  t.same(
    said?.embedding.map((value) => Number(value.toFixed(5))),
    [0.6, 0.8],
  )
  const [builtIn] = jsonLines(await models('embed', picture, '--json', '--model', 'appearance-mnv3'))
  t.match(builtIn, { model: 'appearance-mnv3@1', dim: 816 })
  const [{ models: listed = [] } = {}] = jsonLines(await models('list', '--json')) as {
    models: { name: string; chosen: boolean; state: string }[]
  }[]
  t.same(
    listed.filter(({ chosen }) => chosen).map(({ name, state }) => `${name} ${state}`),
    ['centernet-mnv3 built-in', 'mine installed'],
  )
  t.match(await models('remove', 'mine'), { code: 2, stderr: /BAD_REQUEST: mine is in use/ })
  t.match(await models('verify'), { code: 0, stdout: /^whole +mine$/m })
  truncateSync(join(state, 'models/mine.onnx'), 50)
  t.match(await models('verify'), { code: 1, stdout: /^damaged +mine$/m })
  t.equal((await models('use', 'appearance-mnv3')).code, 0)
  t.match(await models('remove', 'mine'), { code: 0, stdout: 'mine is removed\n' })
  t.notOk(existsSync(join(state, 'models/mine.onnx')))
  t.match(await models('remove', 'mine'), { code: 2, stderr: /NOT_FOUND: .*`barnbox models list`/ })
  t.match(await models('use', 'mine'), { code: 2, stderr: /NOT_FOUND: .*import FILE --as mine/ })
})

t.test('a file that does not do is refused in one line and changes nothing', async (t) => {
  const { state, models } = box()
  const good = embedderFile([1, 0])
  t.equal((await models('import', good, '--as', 'mine')).code, 0)
  const before = readFileSync(join(state, 'models/installed.json'), 'utf8')
  const text = join(folder(), 'text.onnx')
  writeFileSync(text, 'no model')
  const cut = join(folder(), 'cut.onnx')
  copyFileSync(good, cut)
  truncateSync(cut, 60)
  const told: string[] = []
  const place = { stateDir: state, say: (line: string) => void told.push(line) }
  const { signal } = new AbortController()
  const take = (file: string, as: string) => sayImport(file, { as, normalise: 'imagenet' }, place)
  const fetched = (name: string) =>
    sayFetch(name, { normalise: 'imagenet' }, place, { env: {}, screen: process.stderr, signal })
  const inProcess: readonly (readonly [verb: () => unknown, kind: ErrorKind, said: RegExp])[] = [
    [() => take(cut, 'mine'), 'data', /^MODEL_BROKEN/],
    [() => take('/nowhere/x.onnx', 'mine'), 'input', /^FILE_MISSING: \/nowhere\/x\.onnx/],
    [() => take(folder(), 'mine'), 'data', /^MODEL_BROKEN: .* is a folder without a model\.json/],
    [() => take(good, '../mine'), 'input', /^BAD_REQUEST: \.\.\/mine is no name/],
    [() => take(good, 'centernet-mnv3'), 'input', /^BAD_REQUEST: centernet-mnv3 is built in/],
    [() => take(good, 'd-fine-n'), 'data', /^MODEL_BROKEN: .* takes pixels uint8/],
    [() => take(good, 'dinov2-s'), 'data', /^MODEL_BROKEN: the file is crop-bytes .*, not tokens/],
    [() => fetched('nobody'), 'input', /^NOT_FOUND: there is no nobody/],
    [() => fetched('centernet-mnv3'), 'input', /^BAD_REQUEST: centernet-mnv3 is built in/],
    [() => sayRemove('centernet-mnv3', place), 'input', /^BAD_REQUEST: centernet-mnv3 is built in/],
    [() => sayUse('yolo26n', place), 'input', /^NOT_FOUND: .*barnbox models import FILE --as yolo26n/],
  ]
  for (const [verb, kind, said] of inProcess) {
    const thrown = await Promise.try(verb).then(() => new Error('it was not refused'), asBarnboxError)
    t.match(thrown, { kind }, String(said))
    t.match(`${'code' in thrown ? thrown.code : ''}: ${thrown.message}`, said)
    t.notMatch(thrown.message, '\n')
    t.same(told, [])
  }
  // As a person has it: the exit code is that of the kind, and nothing but the line is said.
  const refused: readonly (readonly [args: string[], code: number, said: RegExp])[] = [
    [['import', text, '--as', 'mine'], 1, /MODEL_BROKEN: .*text\.onnx: is neither an ONNX file nor weights/],
    [['import', good], 2, /required option '--as <name>'/],
    [['bench', 'd-fine-n'], 1, /MODEL_MISSING: .*barnbox models fetch d-fine-n/],
  ]
  for (const [args, code, said] of refused) {
    const ended = await models(...args)
    t.equal(ended.code, code, args.join(' '))
    t.equal(ended.stdout, '')
    t.match(ended.stderr.trimEnd(), said)
    t.equal(ended.stderr.trim().split('\n').length, 1, ended.stderr)
  }
  t.equal(readFileSync(join(state, 'models/installed.json'), 'utf8'), before)
  t.same(
    readdirSync(join(state, 'models')).filter((name) => /tmp|part/.test(name)),
    [],
  )
})

t.test('a licence is taken by name, and when is remembered', async (t) => {
  const { state, models } = box()
  const file = embedderFile([1, 0], 'AGPL-3.0 License (https://example.org/license)')
  const { metadataProps } = proto.onnx.ModelProto.decode(readFileSync(file))
  t.equal(metadataProps.length, 1)
  t.match(await models('import', file, '--as', 'mine'), {
    code: 2,
    stderr: /MODEL_LICENCE: mine is under AGPL-3\.0, .*--accept-license AGPL-3\.0\n$/,
  })
  t.match(await models('fetch', 'megadescriptor-t-224'), {
    code: 2,
    stderr: /MODEL_LICENCE: .*CC-BY-NC-4\.0/,
  })
  t.equal((await models('import', file, '--as', 'mine', '--accept-license', 'agpl-3.0')).code, 0)
  const { mine } = JSON.parse(readFileSync(join(state, 'models/installed.json'), 'utf8'))
  t.match(mine, { licence: 'AGPL-3.0', acceptedAt: /^20\d\d-/, from: 'own.onnx' })
})

t.test('a name of the catalogue means one file until it is removed', { skip }, async (t) => {
  const { models } = box()
  t.equal((await models('import', yolox, '--as', 'yolox-nano')).code, 0)
  t.equal((await models('import', yolox, '--as', 'yolox-nano')).code, 0)
  const other = join(folder(), 'other.onnx')
  copyFileSync(yolox, other)
  writeFileSync(other, Buffer.concat([readFileSync(yolox), Buffer.from([0])]))
  t.match(await models('import', other, '--as', 'yolox-nano'), {
    code: 1,
    stderr: /MODEL_HASH: .*models remove/,
  })
})

t.test('a damaged record is told, not guessed around', async (t) => {
  const { state, models } = box()
  t.equal((await models('import', embedderFile([1, 0]), '--as', 'mine')).code, 0)
  writeFileSync(join(state, 'models/installed.json'), '{"mine":')
  t.match(await models('list'), { code: 1, stderr: /MODEL_BROKEN: .*installed\.json is damaged/ })
})
