/**
 * The clock is set while the box runs: back a year, then forward ten. It is said, the cameras are watched all the while, and nobody is
 * forgotten. The clock of the daemon is set, not that of the machine.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { mock } from 'node:test'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { keepHouse } from '../../daemon/barn-upkeep.ts'
import { createBus } from '../../daemon/lib/bus.ts'
import { watchSteadiness } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { Facts } from '../../daemon/types.ts'
import { mainFile } from '../../scripts/testing/program.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { type HorseAnswer, noSystem, stateFolder, swayClip, until } from '../system/harness.ts'

const setting = fileURLToPath(new URL('fixtures/clock.mjs', import.meta.url))
const yearMs = 365 * 24 * 3600_000
const hourMs = 3600_000
t.setTimeout(240_000)

t.test('what is old is let go by a clock that can be believed, and no other', async (t) => {
  let [utcMs, monoMs] = [Date.UTC(2026, 10, 28), 0]
  const pass = (ms: number) => {
    utcMs += ms
    monoMs += ms
  }
  const isSteady = watchSteadiness({ utcMs: () => utcMs, monoMs: () => monoMs }, 6 * hourMs)
  pass(5 * hourMs)
  t.notOk(isSteady(), 'just started')
  pass(hourMs)
  t.ok(isSteady())
  for (const jump of [10 * yearMs, -11 * yearMs, hourMs]) {
    utcMs += jump
    pass(hourMs)
    t.notOk(isSteady(), `set by ${jump} ms`)
    pass(7 * hourMs)
    t.ok(isSteady(), 'and by and by it is believed')
  }
  utcMs += 60_000
  pass(hourMs)
  t.ok(isSteady(), 'a minute by NTP is nothing')
})

t.test('a house asks that clock before it lets anybody go', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let [utcMs, monoMs, asked] = [Date.UTC(2026, 10, 28), 0, 0]
  const registry = openRegistry(':memory:', silentLog)
  const cleanUp: typeof registry.cleanUp = (...given) => {
    asked++
    return registry.cleanUp(...given)
  }
  const deps = { registry: { ...registry, cleanUp }, facts: createBus<Facts>(silentLog), log: silentLog }
  const clock = { utcMs: () => utcMs, monoMs: () => monoMs }
  const ended = new AbortController()
  await using _house = keepHouse(90, { ...deps, clock }, ended.signal)
  const hours = async (count: number) => {
    for (let n = 0; n < count; n++) {
      utcMs += hourMs
      monoMs += hourMs
      mock.timers.tick(hourMs)
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    }
  }
  await hours(5)
  t.equal(asked, 0, 'a box that has just started')
  await hours(2)
  t.equal(asked, 2)
  utcMs += 10 * yearMs
  await hours(5)
  t.equal(asked, 2, 'ten years at once')
  await hours(3)
  t.ok(asked > 2)
})

t.test('a box that runs: back a year, forward ten', { skip: await noSystem() }, async (t) => {
  const stateDir = await stateFolder(t)
  await using camera = await startRtspCamera({ '/cam': await swayClip() })
  const [file, clock] = [join(stateDir, 'barnbox.yaml'), join(stateDir, 'clock')]
  const config = { http: { port: 0 }, cameras: [{ id: 'yard', url: camera.url('/cam'), fps: 2 }] }
  writeFileSync(file, JSON.stringify(config))
  writeFileSync(clock, '0')
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const env = { ...inherited, BARNBOX_STATE_DIR: stateDir, BARNBOX_TEST_CLOCK: clock }
  const start = (...args: string[]) =>
    spawn(process.execPath, ['--import', setting, mainFile, ...args, '--config', file], {
      ...{ env, stdio: ['ignore', 'pipe', 'inherit'] },
    })
  const child = start('run')
  t.teardown(() => child.kill('SIGKILL'))
  let url = ''
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port: number }
    if (msg !== 'barnbox runs') continue
    url = `http://127.0.0.1:${port}`
    break
  }
  child.stdout.resume()
  const get = async <T>(path: string) => (await (await fetch(url + path)).json()) as T
  const horses = async () => (await get<{ horses: HorseAnswer[] }>('/api/v1/streams/yard/horses')).horses
  const analysed = async () =>
    (await get<{ cameras: { frames_analysed: number }[] }>('/api/v1/cameras')).cameras[0]?.frames_analysed ??
    0
  const page = async () => (await fetch(url)).text()
  const doctor = async () => {
    const asked = start('doctor', '--json')
    let text = ''
    asked.stdout.on('data', (piece) => {
      text += String(piece)
    })
    await once(asked, 'close')
    const { findings } = JSON.parse(text) as { findings: { part: string; level: string; detail: string }[] }
    return findings.find(({ part }) => part === 'clock')
  }
  await until('three horses', async () => (await horses()).length === 3, 60_000)
  t.notMatch(await page(), /The clock of the box is wrong/)
  const before = (await horses()).map(({ id }) => id).sort()
  for (const [off, words] of [
    [-yearMs, /before this program was made/],
    [10 * yearMs, /years after this program was made/],
  ] as const) {
    writeFileSync(clock, String(off))
    // The page says it of the clock before until the new one is read.
    await until('it is said', async () => words.test(await page()), 30_000)
    t.match(await page(), /The clock of the box is wrong/)
    const [seen, counted] = [await analysed(), await sum(horses)]
    await until('it goes on watching', async () => (await analysed()) > seen + 6, 40_000)
    await until('and counts whom it sees', async () => (await sum(horses)) > counted, 40_000)
    t.match(await doctor(), { level: 'problem', detail: words })
  }
  writeFileSync(clock, '0')
  await until('it is right again', async () => !/The clock of the box is wrong/.test(await page()), 30_000)
  t.same((await horses()).map(({ id }) => id).sort(), before, 'nobody was made anew or forgotten')
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  t.same(await ended, [0, null])
})

const sum = async (horses: () => Promise<HorseAnswer[]>) =>
  (await horses()).reduce((all, one) => all + one.total_detections, 0)
