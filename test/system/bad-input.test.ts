/** Bad input gets a clear error, spoils only itself and loses nothing. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { watchFrames } from '../../scripts/demonstration/watch.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import {
  cameraOf,
  type HorseAnswer,
  horsesOf,
  leftNaming,
  listen,
  noSystem,
  runBarnbox,
  stateFolder,
  swayClip,
  until,
  untilCamera,
  untilHorses,
} from './harness.ts'

const skip = await noSystem()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const clip = await swayClip()
const good = await startRtspCamera({ '/cam': clip })
const locked = await startRtspCamera({ '/cam': clip }, { user: 'barn', password: 'the-right-one' })
const stateDir = await stateFolder(t)
t.teardown(async () => {
  await good[Symbol.asyncDispose]()
  await locked[Symbol.asyncDispose]()
})
const wrongPassword = 'Wr0ng:p@ss/w%rd'
const yard = { id: 'yard', url: good.url('/cam') }
let known: HorseAnswer[] = []

t.test('cameras that cannot work are said in words, and the good one goes on', async (t) => {
  const nobody = await listen(t)
  const nonsense = await listen(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
  const closed = await startRtspCamera({ '/cam': clip })
  await closed.kill('SIGKILL')
  await writeFile(join(stateDir, 'cam.password'), `${wrongPassword}\n`)
  const cameras: [id: string, url: string, detail: RegExp, more?: object][] = [
    ['unreachable', closed.url('/cam'), /connection refused/],
    ['refused', locked.url('/cam'), /401/, { username: 'barn', password_file: 'cam.password' }],
    ['no-stream', good.url('/nothing'), /404/],
    ['nonsense', `rtsp://127.0.0.1:${nonsense}/cam`, /./],
    ['mute', `rtsp://127.0.0.1:${nobody}/cam`, /does not answer/],
    ['no-host', 'rtsp://camera.invalid/cam', /./],
  ]
  const config = {
    http: { port: 0 },
    log: { level: 'debug' },
    cameras: [yard, ...cameras.map(([id, url, , more]) => ({ id, url, ...more }))],
  }
  await using box = await startBox({ config, stateDir })
  for (const [id, , detail] of cameras) {
    await untilCamera(box, id, 'down', 30_000)
    const view = await cameraOf(box, id)
    t.match(view.detail, detail, `${id}: ${view.detail}`)
    t.equal(view.frames_decoded, 0)
  }
  t.equal((await cameraOf(box, 'yard')).state, 'live')
  known = await untilHorses(box, 'yard', 2)
  using watch = watchFrames(box.url, 'yard')
  await until('the good camera is analysed', () => watch.frames.length >= 10, 20_000)
  t.equal(
    (await fetch(`${box.url}/readyz`)).status,
    200,
    'a camera that is down does not make the box unready',
  )

  const answers = await (await fetch(`${box.url}/api/v1/cameras`)).text()
  const said = box.log.map((line) => JSON.stringify(line)).join('\n')
  t.match(said, /401/, 'the log was kept')
  for (const secret of [wrongPassword, encodeURIComponent(wrongPassword), 'Wr0ng', 'the-right-one']) {
    t.notOk(said.includes(secret) || answers.includes(secret), 'no password in the log or the answers')
  }
  t.equal(await box.end('SIGTERM'), 0)
  const addresses = [...cameras.map(([, url]) => url.replace('rtsp://', '')), stateDir]
  t.same(await leftNaming(addresses, 5_000), [])
})

/** Whether the horses of the first test are still there, with their numbers. */
async function areKnown(box: Box): Promise<boolean> {
  const now = await horsesOf(box, 'yard')
  return known.every((horse) => now.some(({ id, number }) => id === horse.id && number === horse.number))
}

t.test('a missing model: the page and the horses are there, readiness says what is missing', async (t) => {
  const missing = join(stateDir, 'no-such-model.onnx')
  const config = { http: { port: 0 }, vision: { detector: missing }, cameras: [yard] }
  await using box: Box = await startBox({ config, stateDir })
  t.ok(await areKnown(box), 'the stored horses are there')
  await untilCamera(box, 'yard', 'live', 20_000)
  const ready = await fetch(`${box.url}/readyz`)
  t.equal(ready.status, 503)
  const { checks } = (await ready.json()) as { checks: { models: string } }
  t.match(checks.models, 'no-such-model.onnx')
  t.comment(`readyz: ${checks.models}`)
  const page = await fetch(`${box.url}/`)
  t.equal(page.status, 200)
  t.match(await page.text(), known[0]?.id ?? 'a horse')
  t.equal((await fetch(`${box.url}/healthz`)).status, 200)
  t.ok(box.log.some((line) => line['code'] === 'MODEL_MISSING'))
  t.equal(await box.end('SIGTERM'), 0)
})

const isNoModel = 'this is no model'

t.test('regression 9: a broken embedder: horses are found all the same, and nobody is named', async (t) => {
  const fresh = await stateFolder(t)
  const broken = join(fresh, 'broken-embedder.onnx')
  await writeFile(broken, isNoModel)
  const config = { http: { port: 0 }, vision: { embedder: broken, workers: 2 }, cameras: [yard] }
  await using box: Box = await startBox({ config, stateDir: fresh })
  using watch = watchFrames(box.url, 'yard')
  const found = () => watch.frames.filter(({ boxes }) => boxes.length > 1)
  await until('boxes', () => found().length >= 10, 30_000)
  t.ok(
    watch.frames.every(({ boxes }) => boxes.every(({ horseId }) => horseId === null)),
    'all of them unknown',
  )
  t.same(await horsesOf(box, 'yard'), [])
  const ready = await fetch(`${box.url}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), {
    checks: { models: 'ok', identity: /broken-embedder\.onnx/, cameras: 'ok' },
  })
  const page = await (await fetch(`${box.url}/`)).text()
  t.match(page, /class="fault"><strong>Horses are found, but none can be recognised.*broken-embedder\.onnx/)
  t.match(
    box.log.filter(({ level }) => level === 'error'),
    [{ code: 'MODEL_BROKEN', msg: /^the embedder cannot be used/ }],
    'one line says it',
  )
  t.equal(await box.end('SIGTERM'), 0)
  t.same(await leftNaming([yard.url, fresh], 5_000), [])
})

t.test(
  'a broken embedder where horses are known: the one before goes on, and the page says so',
  async (t) => {
    const broken = join(stateDir, 'broken-embedder.onnx')
    await writeFile(broken, isNoModel)
    const config = { http: { port: 0 }, vision: { embedder: broken, workers: 2 }, cameras: [yard] }
    await using box: Box = await startBox({ config, stateDir })
    using watch = watchFrames(box.url, 'yard')
    const seen = () =>
      watch.frames.flatMap(({ boxes }) => boxes.map(({ horseId }) => horseId as string | null))
    await until('a known horse', () => known.some(({ id }) => seen().includes(id)), 60_000)
    t.ok(await areKnown(box), 'the stored horses are there')
    t.equal((await fetch(`${box.url}/readyz`)).status, 200)
    const page = await (await fetch(`${box.url}/`)).text()
    t.match(page, /class="fault"><strong>Horses are known by the embedder .*broken-embedder\.onnx/)
    t.match(
      box.log.filter(({ level }) => level === 'error'),
      [{ code: 'MODEL_BROKEN', msg: 'the embedder cannot be changed', embedder: 'appearance-mnv3@1' }],
      'one line says it',
    )
    t.equal(await box.end('SIGTERM'), 0)
  },
)

t.test('a broken config: every problem is told at once, and the exit code is a config error', async (t) => {
  const text = `
cameras:
  - id: Yard!
    url: http://192.168.1.20/video
    fps: 50
  - id: aisle
    url: rtsp://192.168.1.21/main
    password_fil: aisle.password
http:
  port: eighty
visions: {}
`
  // Where none has proved itself: else the one before would go on.
  const fresh = await stateFolder(t)
  const { ended } = await runBarnbox(text, fresh)
  const { code, said } = await ended
  t.equal(code, 78)
  t.match(said, /CONFIG_INVALID/)
  for (const path of [
    'cameras.0.id',
    'cameras.0.url',
    'cameras.0.fps',
    'cameras.1.password_fil',
    'http.port',
    'visions',
  ]) {
    t.ok(said.includes(`- ${path}: `), `${path} is told`)
  }
  t.match(said, /password_file/, 'the right key is offered')
  const unread = await (await runBarnbox('cameras: [', fresh)).ended
  t.equal(unread.code, 78)
  t.match(unread.said, /CONFIG_INVALID/)
})

t.test('a port in use: said, and whoever has it is not disturbed', async (t) => {
  await using box = await startBox({ config: { http: { port: 0 }, cameras: [yard] }, stateDir })
  const port = Number(new URL(box.url).port)
  const second = await stateFolder(t)
  const { ended } = await runBarnbox({ http: { port }, cameras: [yard] }, second)
  const { code, said } = await ended
  t.equal(code, 78)
  t.match(said, new RegExp(`PORT_IN_USE: 127\\.0\\.0\\.1:${port} is in use`))
  t.same(await leftNaming([second], 5_000), [])
  t.ok(await areKnown(box), 'the stored horses are still there')
  await untilCamera(box, 'yard', 'live', 20_000)
  t.equal(await box.end('SIGTERM'), 0)
  t.same(await leftNaming([yard.url, stateDir], 5_000), [])
})
