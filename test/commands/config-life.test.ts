/** A daemon that goes on while people edit its config: with a real camera, and without models, which have no part in it. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { applyConfig } from '../../daemon/commands/config.ts'
import { run } from '../../daemon/commands/run.ts'
import { openGenerations } from '../../daemon/config/generations.ts'
import { createConfigLife } from '../../daemon/config/life.ts'
import { loadConfig, readConfigFile } from '../../daemon/config/load.ts'
import { createBell } from '../../daemon/lib/bell.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { makeClip, noRtsp, startRtspCamera } from '../support/rtsp.ts'
import { until } from '../support/until.ts'

const skip = await noRtsp()
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const folder = t.testdir()
const file = join(folder, 'barnbox.yaml')
const camera = await startRtspCamera({ '/cam': await makeClip() })
const signals = new AbortController()
const said: string[] = []
let port = 0
const log = {
  ...silentLog,
  info(fields: { port?: number }, message: string) {
    said.push(message)
    port = fields.port ?? port
  },
}
const config = (more: object = {}, path = '/cam') => ({
  cameras: [{ id: 'yard', url: camera.url(path) }],
  http: { port: 0 },
  vision: { detector: '/nowhere/none.onnx' },
  ...more,
})
const write = (content: object | string) =>
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}/api/v1${path}`)).json()
const isLive = async () =>
  ((await get('/cameras').catch(() => undefined)) as { cameras?: { state: string }[] })?.cameras?.[0]
    ?.state === 'live'
const configFaults = async () =>
  ((await get('/system')) as { faults: { part: string; detail: string }[] }).faults.filter(
    ({ part }) => part === 'config',
  )

const generations = openGenerations(folder)
write(config())
generations.keep(readConfigFile(file))
const asked = createBell()
const life = createConfigLife({
  file,
  read: () => readConfigFile(file),
  load: (text) => loadConfig(file, {}, folder, text),
  generations,
  pid: process.pid,
  utcMs: systemClock.utcMs,
})
const world = { clock: systemClock, log, stateDir: folder, version: 'test', onFatal: () => {} }
process.on('SIGHUP', asked.ring)
const running = run(
  { life, first: life.start(), asked, trialMs: 4000 },
  world,
  { send: async () => {}, watchdogMs: null },
  signals.signal,
)
t.teardown(async () => {
  signals.abort()
  await running
  process.removeListener('SIGHUP', asked.ring)
  await camera[Symbol.asyncDispose]()
})

const place = (say: (text: string) => void) => ({
  stateDir: folder,
  generations,
  read: () => readConfigFile(file),
  say,
})

/** What `barnbox config apply` makes of the file as it is, and what it says. */
async function apply(): Promise<{ isTaken: boolean; words: string }> {
  const words: string[] = []
  const isTaken = await applyConfig(
    place((text) => void words.push(text)),
    signals.signal,
  )
  return { isTaken, words: words.join('\n') }
}

t.test('an emptied and a broken file disturb nobody, and are said', async (t) => {
  await until(isLive, 'the camera is live')
  const before = port
  for (const text of ['', 'cameras: [', '{}']) {
    write(text)
    const { isTaken, words } = await apply()
    t.notOk(isTaken)
    t.match(words, /the config before it goes on/)
    t.match(await configFaults(), [{ detail: /is not taken/ }])
  }
  t.equal(port, before, 'nothing was started anew')
  t.ok(await isLive())
})

t.test('one that proves itself is kept', async (t) => {
  write(config({ registry: { keep_days: 30 } }))
  const { isTaken, words } = await apply()
  t.ok(isTaken, words)
  t.match(words, /\+ registry\.keep_days: 30/)
  t.equal(generations.good()[0]?.text, readConfigFile(file))
  t.ok(await isLive())
  t.same(await configFaults(), [])
  t.ok(said.includes('the config has proved itself'))
})

t.test('one by which a camera gives no picture any more is gone back from', async (t) => {
  const good = generations.good()[0]?.text
  write(config({}, '/nothing'))
  const { isTaken, words } = await apply()
  t.notOk(isTaken)
  t.match(words, /camera yard: no picture any more/)
  await until(isLive, 'the camera is live again')
  t.match(await configFaults(), [{ detail: /is not in use.*camera yard/ }])
  t.equal(generations.good()[0]?.text, good)
})

t.test('one that cannot even be started with', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  write(config({ http: { port: (other.address() as AddressInfo).port } }))
  const { isTaken, words } = await apply()
  t.notOk(isTaken)
  t.match(words, /is in use/)
  await until(isLive, 'the camera is live again')
})

t.test('without a daemon it is left for its start', async (t) => {
  signals.abort()
  await running
  const { isTaken, words } = await apply()
  t.ok(isTaken)
  t.match(words, /does not run/)
})
