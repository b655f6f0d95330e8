/** SIGTERM at any moment of the start: an orderly end, soon, with no child left. */
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { startBox } from '../../scripts/demonstration/box.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import {
  emptyFolder,
  leftNaming,
  listen,
  noSystem,
  runBarnbox,
  stateFolder,
  swayClip,
  until,
  untilCamera,
} from './harness.ts'

const skip = await noSystem()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const camera = await startRtspCamera({ '/cam': await swayClip() })
const warm = await stateFolder(t)
const url = camera.url('/cam')
t.teardown(() => camera[Symbol.asyncDispose]())
const config = { http: { port: 0 }, vision: { workers: 2 }, cameras: [{ id: 'yard', url, fps: 2 }] }
const momentsMs = [0, 50, 150, 400, 1_000, 2_000]
const stopWithinMs = 10_000

for (const state of ['a first start', 'a later start']) {
  t.test(`${state}, stopped at odd moments`, async (t) => {
    for (const moment of state === 'a first start' ? momentsMs : momentsMs.slice(2)) {
      const stateDir = state === 'a first start' ? await emptyFolder(t) : warm
      const { child, ended } = await runBarnbox(config, stateDir)
      await wait(moment)
      const startedMs = performance.now()
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
      const { code, signal, said } = await ended
      clearTimeout(late)
      const ms = Math.round(performance.now() - startedMs)
      // Before the program has its handlers the signal itself ends it.
      t.ok(code === 0 || signal === 'SIGTERM', `after ${moment} ms: ${code ?? signal} in ${ms} ms`, { said })
      t.notMatch(said, /"level":"error"|UnhandledPromise/, 'no complaint')
      t.same(await leftNaming([url, stateDir], 5_000), [], 'no child is left')
    }
  })
}

t.test('in full work, a silent camera included', async (t) => {
  const stateDir = await stateFolder(t)
  const mute = `rtsp://127.0.0.1:${await listen(t)}/mute`
  const both = { ...config, cameras: [...config.cameras, { id: 'mute', url: mute }] }
  const box = await startBox({ config: both, stateDir })
  await untilCamera(box, 'yard', 'live', 20_000)
  const startedMs = performance.now()
  t.equal(await box.end('SIGTERM'), 0)
  const ms = Math.round(performance.now() - startedMs)
  t.ok(ms < stopWithinMs, `stopped in ${ms} ms`)
  t.same(await leftNaming([url, mute, stateDir], 5_000), [])
})

t.test('the second signal ends it at once', async (t) => {
  const stateDir = await stateFolder(t)
  const { child, ended } = await runBarnbox(config, stateDir)
  await until('an ffmpeg', async () => (await leftNaming([url], 0)).length > 0, 30_000)
  const startedMs = performance.now()
  child.kill('SIGTERM')
  child.kill('SIGINT')
  const { signal } = await ended
  // Of two that wait, the kernel may deliver either first.
  t.ok(
    signal === 'SIGINT' || signal === 'SIGTERM',
    `${signal} in ${Math.round(performance.now() - startedMs)} ms`,
  )
  t.ok(performance.now() - startedMs < 3_000)
  t.same(await leftNaming([url, stateDir], 5_000), [])
})
