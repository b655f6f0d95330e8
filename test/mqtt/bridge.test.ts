import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Aedes } from 'aedes'
import t, { type Test } from 'tap'
import { startMqtt } from '../../daemon/mqtt/bridge.ts'
import { cameraView, horse, horseId } from '../http/fake-box.ts'
import { type Broker, type BrokerRules, createBroker, noBroker, noRules } from '../support/broker.ts'
import { type FakeBarn, fakeBarn, mqttConfig, stallId } from './barn.ts'
import { ear, until } from './ear.ts'

const P = 'barnbox/b7'
const HORSE = `${P}/horse/${horseId(1)}/state`

async function broker(t: Test, rules: BrokerRules = {}): Promise<Broker> {
  const made = await createBroker(rules)
  t.teardown(() => made[Symbol.asyncDispose]())
  return made
}

function start(t: Test, url: string, barn: FakeBarn, more: object = {}) {
  const bridge = startMqtt(
    mqttConfig({ url, snapshots: false, ...more }),
    barn.deps,
    new AbortController().signal,
  )
  t.teardown(() => bridge[Symbol.asyncDispose]())
  return bridge
}

t.test('the bridge', { skip: noBroker, timeout: 60_000 }, async (t) => {
  t.test('states first, online last; changes follow, the newest wins; offline at a clean stop', async (t) => {
    const made = await broker(t)
    await made.start()
    const { url } = made
    const { heard, last } = await ear(t, url)
    const barn = fakeBarn()
    const bridge = start(t, url, barn)
    await until(() => last(`${P}/status`) === 'online', 'online')
    t.match(bridge.state, { connected: true, lastError: null, connects: 1 })
    const order = heard.map((one) => one.topic)
    for (const state of [`${P}/camera/yard/status`, HORSE, `${P}/health`, `${P}/info`, `${P}/alerts/state`])
      t.ok(order.includes(state), state)
    t.equal(order.at(-1), `${P}/status`, 'online comes after the states')
    t.match(JSON.parse(last(HORSE) ?? ''), { stall: stallId(1), camera: 'yard', number: 1, name: 'Thunder' })

    for (const name of ['A', 'B', 'C']) {
      barn.horses.set(horseId(1), horse(1, { name }))
      barn.facts.publish('horse-changed', { horse: horse(1, { name }), change: 'details' })
    }
    await until(() => last(HORSE)?.includes('"C"') === true, 'the newest name')
    t.equal(heard.filter((one) => one.topic === HORSE).length, 3, 'first, A, and C after a second')
    barn.facts.publish('camera-changed', cameraView('yard', 'down'))
    await until(() => last(`${P}/camera/yard/status`) === 'offline', 'the camera is offline')

    await bridge[Symbol.asyncDispose]()
    await until(() => last(`${P}/status`) === 'offline', 'offline')
    const late = await ear(t, url)
    await until(() => late.last(`${P}/status`) === 'offline', 'the retained status')
    t.ok(late.heard.every((one) => one.retained))
    t.equal(bridge.state.connected, false)
  })

  t.test('a stale offline is corrected', async (t) => {
    const made = await broker(t)
    await made.start()
    const { client, last, heard } = await ear(t, made.url)
    start(t, made.url, fakeBarn())
    await until(() => last(`${P}/status`) === 'online', 'online')
    await client.publishAsync(`${P}/status`, 'offline', { qos: 1, retain: true })
    const words = () => heard.filter(({ topic }) => topic === `${P}/status`).map(({ payload }) => payload)
    await until(() => words().join() === 'online,offline,online', 'online again')
  })

  t.test('absent at start, then there; forgetful restart: all is told again', async (t) => {
    const made = await broker(t)
    const barn = fakeBarn()
    const { lines } = barn
    const bridge = start(t, made.url, barn)
    await until(() => bridge.state.lastError !== null, 'an error in words')
    t.match(bridge.state, { connected: false, lastError: /ECONNREFUSED/ })
    barn.facts.publish('horse-changed', { horse: horse(1), change: 'details' })
    await made.start()
    await until(() => bridge.state.connected, 'connected')
    t.same(
      lines,
      ['no broker; trying for ever', 'connected to the broker'],
      'a line per change, none per try',
    )

    await made.kill()
    await until(() => !bridge.state.connected, 'lost')
    barn.horses.set(horseId(1), horse(1, { name: 'Renamed while away' }))
    await made.start()
    const { last, heard } = await ear(t, made.url)
    await until(() => last(`${P}/status`) === 'online', 'online again')
    t.match(JSON.parse(last(HORSE) ?? ''), { name: 'Renamed while away' })
    t.ok(heard.some((one) => one.topic === `${P}/camera/yard/status`))
    t.equal(bridge.state.connects, 2)
  })

  t.test('a refused log-in is no connection, and its words hold no password', async (t) => {
    const made = await broker(t, { login: { user: 'barn', password: 'right-secret' } })
    await made.start()
    const wrong = fakeBarn({ more: { password: 'wrong-secret' } })
    const bridge = start(t, made.url, wrong, { username: 'barn' })
    await until(() => bridge.state.lastError !== null, 'refused')
    t.match(bridge.state, { connected: false, connects: 0, lastError: /refused/ })
    t.notMatch(bridge.state.lastError, /secret/)
    t.notOk(wrong.lines.includes('connected to the broker'))
    await bridge[Symbol.asyncDispose]()
    const known = fakeBarn({ more: { password: 'right-secret' } })
    const right = start(t, made.url, known, { username: 'barn' })
    await until(() => right.state.connected, 'connected')
  })

  t.test(
    'a broker that forbids reading is told everything, and that is logged once',
    { skip: noRules },
    async (t) => {
      const made = await broker(t, { isDeaf: true })
      await made.start()
      const barn = fakeBarn()
      const { lines } = barn
      const bridge = start(t, made.url, barn)
      const refused = () => lines.filter((line) => /does not let us read/.test(line)).length
      await until(() => refused() === 1, 'the refusal is said')
      await new Promise((resolve) => setTimeout(resolve, 2500))
      t.match(bridge.state, { connected: true, connects: 1 }, 'the connection stays')
      await made.kill()
      await until(() => !bridge.state.connected, 'lost')
      await made.start()
      await until(() => bridge.state.connects === 2, 'connected again')
      await new Promise((resolve) => setTimeout(resolve, 500))
      t.ok(bridge.state.connected)
      t.equal(refused(), 1)
    },
  )

  t.test('a broker that hangs up on who wants to read is left alone with it', async (t) => {
    const aedes = await Aedes.createBroker({
      authorizeSubscribe: (_client, _what, answer) => answer(new Error('nobody reads here')),
    })
    const server = createServer(aedes.handle).listen(0, '127.0.0.1')
    t.teardown(() => {
      aedes.close()
      server.close()
    })
    await once(server, 'listening')
    const barn = fakeBarn()
    const { lines } = barn
    const bridge = start(t, `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, barn)
    await until(() => bridge.state.connects === 2, 'connected again')
    await new Promise((resolve) => setTimeout(resolve, 2000))
    t.match(bridge.state, { connected: true, connects: 2 })
    t.equal(lines.filter((line) => /does not let us read/.test(line)).length, 1)
  })

  t.test('killed, the will speaks', async (t) => {
    const made = await broker(t)
    await made.start()
    const { last } = await ear(t, made.url)
    const file = fileURLToPath(new URL('lone-box.ts', import.meta.url))
    const child = spawn(process.execPath, [file, made.url], { stdio: 'ignore' })
    t.teardown(() => child.kill('SIGKILL'))
    await until(() => last(`${P}/status`) === 'online', 'online')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await until(() => last(`${P}/status`) === 'offline', 'the will')
  })

  t.test('a stop without a broker, and in the middle of a try, is quick', async (t) => {
    const made = await broker(t)
    for (const wait of [0, 5, 300]) {
      const bridge = start(t, made.url, fakeBarn())
      await new Promise((resolve) => setTimeout(resolve, wait))
      const begin = Date.now()
      await bridge[Symbol.asyncDispose]()
      t.ok(Date.now() - begin < 1000, `after ${wait} ms`)
    }
  })
})
