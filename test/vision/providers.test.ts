/**
 * The real way: the runtime's own profile, the built-in models, and what is said when a GPU is asked for where there
 * is none.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { chooseDetector, chooseEmbedder } from '../../daemon/vision/choose.ts'
import { openEngine } from '../../daemon/vision/engine.ts'
import { addTimes, openProfileFolder } from '../../daemon/vision/profile.ts'
import type { Opening } from '../../daemon/vision/protocol.ts'
import { libraryOf, missingProvider, plainReason } from '../../daemon/vision/providers.ts'
import { resolveModel } from '../../daemon/vision/resolve.ts'
import { openSession } from '../../daemon/vision/session.ts'
import { testPicture } from '../../daemon/vision/test-picture.ts'
import { startVision } from '../../daemon/vision/vision.ts'
import { wrapEngine } from '../../models/convert/engine-wrapper.ts'
import { barnbox } from '../commands/cli.ts'
import { bringModels } from '../support/models.ts'

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'barnbox-providers-'))
const stateDir = newFolder()
await bringModels(stateDir)
const models = { detector: 'centernet-mnv3', embedder: 'appearance-mnv3' }
const usual = { stateDir, ...models, threshold: 0.25, threads: 1 }
const config = { ...models, threshold: 0.25, threads: 1 }

const missing = missingProvider('cuda')
/** For tap's `skip`: these show what happens without a GPU. */
const skip = missing === undefined ? 'CUDA is installed here' : false

/** A log that keeps what it is told. */
function keepingLog() {
  const lines: { level: string; fields: object; message: string }[] = []
  const keep = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  return { lines, log: { ...silentLog, info: keep('info'), warn: keep('warn') } }
}

t.test('on the CPU: proven by the profile, timed, and said once', async (t) => {
  const { lines, log } = keepingLog()
  await using vision = await startVision({ ...config, provider: 'cpu' }, { stateDir, log })
  for (const one of Object.values(vision.about.running)) {
    t.match(one, { provider: 'cpu', cpuMs: null, cosine: null, fallback: null })
    t.ok(one.ms > 0)
  }
  t.match(lines, [
    { level: 'info', message: 'models loaded', fields: { running: { detector: { provider: 'cpu' } } } },
  ])
  t.equal(lines.length, 1)
})

t.test('CUDA where it is not: the CPU, a warning for each model, the true reason', { skip }, async (t) => {
  const { lines, log } = keepingLog()
  await using vision = await startVision({ ...config, provider: 'cuda' }, { stateDir, log })
  const warned = lines.filter(({ level }) => level === 'warn')
  t.equal(warned.length, 2)
  for (const part of ['detector', 'embedder'] as const) {
    t.match(vision.about.running[part], { provider: 'cpu', fallback: missing })
    const fields = { part, asked: 'cuda', provider: 'cpu', reason: missing }
    t.ok(
      warned.some((one) => JSON.stringify(one.fields) === JSON.stringify(fields)),
      part,
    )
  }
  t.match(missing, /libonnxruntime_providers_cuda\.so|this build of onnxruntime has no CUDA/)
  t.ok(
    (await vision.detect({ format: 'rgb24', width: 64, height: 64, pixels: new Uint8Array(64 * 64 * 3) }))
      .length >= 0,
  )
})

t.test('`auto` is quiet where CUDA is not installed', { skip }, async (t) => {
  const { lines, log } = keepingLog()
  await using vision = await startVision({ ...config, provider: 'auto' }, { stateDir, log })
  t.equal(vision.about.running.detector.provider, 'cpu')
  t.notOk(lines.some(({ level }) => level === 'warn'))
})

t.test('each step of opening a model is told before it is taken', async (t) => {
  const told: string[] = []
  const onStep = ({ model, provider, step }: Opening) => void told.push(`${step} ${model} on ${provider}`)
  await using _ = await openEngine({ ...usual, provider: 'cpu' }, onStep)
  const looks = (model: string) => Array.from({ length: 4 }, () => `look ${model} on cpu`)
  const steps = (model: string) => [`load ${model} on cpu`, ...looks(model)]
  t.same(told, [...steps('centernet-mnv3'), ...steps('appearance-mnv3')])
})

t.test('what one worker found out the next one takes as it is', async (t) => {
  const runs = { provider: 'cpu', ms: 12.5, cpuMs: null, cosine: null, fallback: 'as was found' }
  const decided = { detector: runs, embedder: { ...runs, ms: 3 } }
  await using engine = await openEngine({ ...usual, provider: 'cuda', decided })
  t.same(engine.about.running, decided)
})

t.test('decided for CUDA, and no memory left for it: the CPU, and why', { skip }, async (t) => {
  const decided = { provider: 'cuda', ms: 2, cpuMs: 50, cosine: 1, fallback: null }
  const ask = { asked: 'auto', threads: 1, decided } as const
  const { model, running } = await chooseEmbedder(resolveModel(stateDir, 'appearance-mnv3'), ask)
  await model[Symbol.asyncDispose]()
  t.match(running, { provider: 'cpu', ms: 50, cpuMs: null, fallback: /CUDA (does not load|fails)/ })
})

t.test('a session that got the CPU in place of CUDA is known by its profile', async (t) => {
  const world = { missing: () => undefined, given: () => 'cpu' as const }
  const fallback = 'CUDA ran nothing: all nodes ran on CPUExecutionProvider'
  for (const asked of ['auto', 'cuda'] as const) {
    const ask = { asked, threads: 1, world }
    const detector = await chooseDetector(resolveModel(stateDir, 'centernet-mnv3'), ask)
    await detector.model[Symbol.asyncDispose]()
    t.match(detector.running, { provider: 'cpu', cosine: null, fallback })
    const embedder = await chooseEmbedder(resolveModel(stateDir, 'appearance-mnv3'), ask)
    await embedder.model[Symbol.asyncDispose]()
    t.match(embedder.running, { provider: 'cpu', cosine: null, fallback })
  }
})

t.test('the detectors see something in the picture, so that there are boxes to compare', async (t) => {
  const { model } = await chooseDetector(resolveModel(stateDir, 'centernet-mnv3'), {
    asked: 'cpu',
    threads: 1,
  })
  await using detector = model
  for (const format of ['nv12', 'rgb24'] as const) {
    t.ok((await detector.detect(testPicture(format), 0.05)).length > 0, format)
  }
})

t.test('a provider that does not load is told with how to find out more', { skip }, async (t) => {
  const file = resolveModel(stateDir, 'centernet-mnv3').file
  const thrown = await openSession(file, 1, { provider: 'cuda' }).catch((error: unknown) => error)
  t.match(plainReason('cuda', thrown), `CUDA does not load: \`ldd ${libraryOf('cuda')}\` names what it lacks`)
  const told = plainReason('cuda', new Error('it', { cause: new Error('CUDA failure 100: no device\nat x') }))
  t.equal(told, 'CUDA fails: CUDA failure 100: no device')
})

t.test('profiles: the nodes of a real run, and none of a spoilt file', async (t) => {
  const parent = newFolder()
  const folder = openProfileFolder(parent)
  const { file } = resolveModel(stateDir, 'appearance-mnv3')
  const { model } = await chooseEmbedder({ name: 'x', file, id: 'x@1' }, { asked: 'cpu', threads: 1 })
  await model[Symbol.asyncDispose]()
  const session = await openSession(file, 1, { provider: 'cpu', profile: folder.prefix })
  session.endProfiling()
  await session.release()
  t.same(folder.read(), {}, 'nothing ran')
  t.equal(readdirSync(parent).length, 1)
  folder[Symbol.dispose]()
  t.equal(readdirSync(parent).length, 0, 'and nothing is left')
  const node = { cat: 'Node', dur: 5, args: { provider: 'CUDAExecutionProvider' } }
  const others = [{ ...node, cat: 'Session' }, { ...node, args: {} }, { ...node, dur: '5' }, null, 7]
  t.same(addTimes({ CUDAExecutionProvider: 2 }, JSON.stringify([node, ...others, node])), {
    CUDAExecutionProvider: 12,
  })
  for (const spoilt of ['', '[{"cat": "Node"', '7', 'null', '{"cat": "Node"}'])
    t.same(addTimes({}, spoilt), {})
})

t.test('without a temporary folder the CPU still runs, and nothing is left in one', async (t) => {
  const before = process.env['TMPDIR']
  const ask = { asked: 'cpu', threads: 1 } as const
  const gone = path.join(newFolder(), 'gone')
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  process.env['TMPDIR'] = gone
  const one = await chooseDetector(resolveModel(stateDir, 'centernet-mnv3'), ask)
  await one.model[Symbol.asyncDispose]()
  t.match(one.running, { provider: 'cpu', fallback: null })
  mkdirSync(gone)
  const two = await chooseDetector(resolveModel(stateDir, 'centernet-mnv3'), ask)
  await two.model[Symbol.asyncDispose]()
  t.match(two.running, { provider: 'cpu', fallback: null })
  t.same(readdirSync(gone), [])
  rmSync(gone, { recursive: true })
})

t.test(
  'an engine by itself, in the config of a box without TensorRT, is refused with the cure',
  async (t) => {
    const file = path.join(newFolder(), 'alone.onnx')
    const image = [{ name: 'images', type: 'float32', shape: [1, 3, 416, 416] }]
    writeFileSync(
      file,
      wrapEngine('alone.engine', image, [{ name: 'output', type: 'float32', shape: [1, 3549, 85] }]),
    )
    const refused = { code: 'ENGINE_MISSING', message: /TensorRT engine, and .*; (set it to auto|or choose)/ }
    await t.rejects(openEngine({ ...usual, detector: file, provider: 'cpu' }), refused)
    if (missingProvider('tensorrt') !== undefined)
      await t.rejects(openEngine({ ...usual, detector: file }), refused)
  },
)

t.test('doctor says where each model runs, and warns of one that fell back', { skip }, async (t) => {
  const file = path.join(newFolder(), 'barnbox.yaml')
  const yaml = (provider: string) =>
    `cameras: [{id: off, url: "rtsp://127.0.0.1:9/1", enabled: false}]\nvision: {provider: ${provider}}\n`
  const env = { BARNBOX_STATE_DIR: stateDir }
  const told =
    /centernet-mnv3 on cpu \([\d.]+ ms a look\), appearance-mnv3 \(a stopgap\) on cpu \([\d.]+ ms a look\)/
  writeFileSync(file, yaml('auto'))
  const fine = await barnbox(['doctor', '-c', file], env)
  t.match(fine.stdout, new RegExp(`^ok +models: ${told.source}$`, 'm'))
  writeFileSync(file, yaml('cuda'))
  const warned = await barnbox(['doctor', '-c', file], env)
  t.match(
    warned.stdout,
    new RegExp(`^warning +models: ${told.source}; vision\\.provider is cuda: CUDA is not`, 'm'),
  )
  writeFileSync(file, yaml('gpu'))
  t.match(await barnbox(['check-config', '-c', file]), { code: 78, stderr: /vision\.provider/ })
})
