/**
 * Alerts over MQTT that must not be lost: a broker that is away, Home Assistant that is, a box that is killed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import { noBroker } from '../support/broker.ts'
import { createWire } from '../support/tcp-proxy.ts'
import { fakeBarn } from './barn.ts'
import { type Ear, ear, until } from './ear.ts'
import { delivering, home, start, startedBroker } from './start.ts'

if (noBroker) {
  t.plan(0, noBroker)
  process.exit()
}
t.setTimeout(120_000)

const P = 'barnbox/b7'
const minute = 60_000
const eventsOf = (all: Ear) => all.all(`${P}/event`).map((payload) => JSON.parse(payload))
const parts = (all: Ear) => eventsOf(all).map(({ part }) => part)

/** The bridge in a process of its own. */
function life(t: Test, ...args: string[]) {
  const file = fileURLToPath(new URL('lone-box.ts', import.meta.url))
  const plain = ['-u', 'NODE_OPTIONS', process.execPath]
  const child = spawn('env', [...plain, file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const said = createInterface({ input: child.stdout })
  return {
    async raise(part: string) {
      const line = once(said, 'line')
      child.stdin.write(`${part}\n`)
      await line
    },
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

const registryFile = () => join(mkdtempSync(join(tmpdir(), 'barnbox-outbox-')), 'barn.sqlite')

function rowsOf(t: Test, file: string) {
  const registry = openRegistry(file, silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  return registry.outbox
}

t.test('broker away for ten minutes: three alerts arrive once each, in order, and are marked', async (t) => {
  const made = await startedBroker(t)
  let later = 0
  const clock = { ...systemClock, utcMs: () => systemClock.utcMs() + later }
  const barn = fakeBarn({ clock })
  const bridge = start(t, made.url, barn)
  delivering(t, barn)
  await until(() => bridge.state.connected, 'connected')
  await made.kill()
  await until(() => !bridge.state.connected, 'lost')
  for (const part of ['one', 'two', 'three']) barn.raise('box_trouble', { part })
  const raisedMs = clock.utcMs()
  later += 10 * minute
  t.equal(barn.registry.outbox.figures('mqtt').waiting, 3)
  await made.start()
  const all = await ear(t, made.url)
  await until(() => eventsOf(all).length >= 3, 'all three')
  t.same(parts(all), ['one', 'two', 'three'])
  for (const { delayed, occurred_at: at } of eventsOf(all)) {
    t.equal(delayed, true)
    t.ok(Math.abs(Date.parse(at) - raisedMs) < minute, 'when it was, not when it is told')
  }
  barn.raise('box_trouble', { part: 'four' })
  await until(() => eventsOf(all).length === 4, 'the next')
  t.equal(eventsOf(all)[3].delayed, false)
  await until(() => barn.registry.outbox.figures('mqtt').waiting === 0, 'none waits')
})

t.test(
  'broker away for ten minutes, the box killed between three alerts: each once, in order, late',
  async (t) => {
    const made = await startedBroker(t)
    const file = registryFile()
    const before = await ear(t, made.url)
    const first = life(t, made.url, file)
    await until(() => before.last(`${P}/status`) === 'online', 'online')
    await made.kill()
    for (const part of ['one', 'two']) await first.raise(part)
    await first.kill()
    const row = rowsOf(t, file).next('mqtt', Date.now())
    const second = life(t, made.url, file)
    await second.raise('three')
    await second.kill()
    await made.start()
    const all = await ear(t, made.url)
    const third = life(t, made.url, file, String(10 * minute))
    await until(() => eventsOf(all).length >= 3, 'all three')
    await until(() => all.last(`${P}/alert/box_trouble/state`) === 'ON', 'the level, too')
    await third.raise('four')
    await until(() => parts(all).includes('four'), 'the next one')
    t.same(parts(all), ['one', 'two', 'three', 'four'])
    t.equal(eventsOf(all)[0].id, row?.id, 'the ids stay')
    t.same(
      eventsOf(all).map(({ delayed }) => delayed),
      [true, true, true, false],
    )
  },
)

t.test('killed before PUBACK: it comes again, with its id', async (t) => {
  const made = await startedBroker(t)
  const wire = await createWire(made.port)
  t.teardown(() => wire[Symbol.asyncDispose]())
  const file = registryFile()
  const all = await ear(t, made.url)
  const first = life(t, `mqtt://127.0.0.1:${wire.port}`, file)
  await first.raise('before')
  await until(() => eventsOf(all).length === 1, 'the first is told')
  const outbox = rowsOf(t, file)
  await until(() => outbox.figures('mqtt').waiting === 0, 'and done')
  wire.swallow()
  await first.raise('lost')
  await until(() => eventsOf(all).length === 2, 'the broker has it, and the box does not know')
  t.equal(outbox.figures('mqtt').waiting, 1)
  await first.kill()
  life(t, made.url, file)
  await until(() => eventsOf(all).length === 3, 'again')
  t.same(parts(all), ['before', 'lost', 'lost'])
  t.equal(eventsOf(all)[2].id, eventsOf(all)[1].id)
  await until(() => outbox.figures('mqtt').waiting === 0, 'done')
})

t.test('while Home Assistant is offline events wait and levels do not', async (t) => {
  const { url } = await startedBroker(t)
  const [ha, all] = [await home(t, url), await ear(t, url)]
  const barn = fakeBarn()
  start(t, url, barn)
  delivering(t, barn)
  await until(() => all.last(`${P}/status`) === 'online', 'online')
  await ha.birth('offline')
  await until(() => all.last('homeassistant/status') === 'offline', 'it says so')
  await new Promise((resolve) => setTimeout(resolve, 700))
  const id = barn.raise('box_trouble', { part: 'disk' })
  await until(() => all.last(`${P}/alert/box_trouble/state`) === 'ON', 'the level')
  await new Promise((resolve) => setTimeout(resolve, 700))
  t.same(eventsOf(all), [])
  await ha.birth()
  await until(() => eventsOf(all).length === 1, 'the event')
  t.match(eventsOf(all), [{ alert: id, event_type: 'box_trouble' }])
  const order = all.heard.map(({ topic }) => topic)
  t.ok(order.lastIndexOf(`${P}/event`) > order.lastIndexOf('homeassistant/device/barnbox_b7/config'))
  t.same(ha.problems, [])
})

t.test('what is given up is counted where others see it', async (t) => {
  const { url } = await startedBroker(t)
  const all = await ear(t, url)
  const barn = fakeBarn({ waits: { settleMs: 60_000 } })
  start(t, url, barn)
  await until(() => all.last(`${P}/status`) === 'online', 'online')
  for (const part of ['one', 'two', 'three', 'four']) barn.raise('box_trouble', { part })
  const none = { waitingBeforeMs: 0, sentBeforeMs: 0 }
  t.equal(barn.registry.outbox.trim({ ...none, most: 1 }, Date.now()), 3)
  barn.raise('box_trouble', { part: 'five' })
  const health = () => JSON.parse(all.last(`${P}/health`) ?? '{}')
  await until(() => health().outbox_dropped === 3 && health().outbox_waiting === 2, 'both are told')
  t.equal(health().alerts_open, 5)
})
