/**
 * The connection, whatever the broker and the wire do.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import t from 'tap'
import { ladderMs } from '../../daemon/lib/ladder.ts'
import { horseId } from '../http/fake-box.ts'
import { noBroker } from '../support/broker.ts'
import { createWire } from '../support/tcp-proxy.ts'
import { fakeBarn } from './barn.ts'
import { ear, until } from './ear.ts'
import { broker, start, startedBroker } from './start.ts'

if (noBroker) {
  t.plan(0, noBroker)
  process.exit()
}
t.setTimeout(120_000)
const P = 'barnbox/b7'
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

t.test('ten minutes without a broker: it still tries', async (t) => {
  const made = await broker(t)
  let [tries, realMs] = [0, 0]
  const barn = fakeBarn({
    waits: {
      ladderMs(failures) {
        tries = failures
        realMs += ladderMs(failures, () => 0.5)
        return ladderMs(failures, () => 0.5) / 2000
      },
    },
  })
  const bridge = start(t, made.url, barn)
  await until(() => realMs > 10 * 60_000, 'ten minutes of the ladder')
  t.ok(tries > 25)
  t.same(barn.lines, ['no broker; trying for ever'], 'said once')
  await made.start()
  await until(() => bridge.state.connected, 'connected')
})

t.test('a half-open socket is found out, and left', async (t) => {
  const made = await startedBroker(t)
  const wire = await createWire(made.port)
  t.teardown(() => wire[Symbol.asyncDispose]())
  const all = await ear(t, made.url)
  const bridge = start(t, `mqtt://127.0.0.1:${wire.port}`, fakeBarn({ waits: { keepaliveSeconds: 1 } }))
  await until(() => all.last(`${P}/status`) === 'online', 'online')
  wire.freeze()
  await until(() => bridge.state.connects === 2, 'connected again')
  await until(() => bridge.state.connected && all.last(`${P}/status`) === 'online', 'and it stays')
})

t.test('a broker that refuses with a code is no connection; one that accepts later is', async (t) => {
  let code = 5
  const server = createServer((socket) => {
    socket.on('error', () => {})
    // CONNACK with a code; what comes then is acknowledged by nobody.
    socket.once('data', () => socket.write(Buffer.of(0x20, 2, 0, code)))
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const barn = fakeBarn()
  const bridge = start(t, `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, barn)
  await until(() => bridge.state.lastError !== null, 'refused')
  t.match(bridge.state, { connected: false, connects: 0, lastError: /refused the connection/ })
  code = 0
  await until(() => bridge.state.connected, 'accepted')
  const begin = performance.now()
  await bridge[Symbol.asyncDispose]()
  t.ok(performance.now() - begin < 4000, 'a broker that stalls does not hold up the stop')
})

t.test('MQTT 5: what expires, a will that waits, a DISCONNECT', async (t) => {
  const made = await startedBroker(t)
  const five = await connectAsync(made.url, { protocolVersion: 5, reconnectPeriod: 0 })
  t.teardown(() => five.end(true))
  const expiry = new Map<string, number | undefined>()
  const words: string[] = []
  five.on('message', (topic, payload, { properties }) => {
    expiry.set(topic, properties?.messageExpiryInterval)
    if (topic === `${P}/status`) words.push(payload.toString())
  })
  await five.subscribeAsync('#', { qos: 1 })
  const wire = await createWire(made.port)
  t.teardown(() => wire[Symbol.asyncDispose]())
  const bridge = start(t, `mqtt://127.0.0.1:${wire.port}`, fakeBarn(), { version: 5 })
  await until(() => words.includes('online'), 'online')
  t.ok((expiry.get(`${P}/horse/${horseId(1)}/state`) ?? 0) > 86_000)
  t.equal(expiry.get(`${P}/status`), undefined)
  t.equal(expiry.get('homeassistant/device/barnbox_b7/config'), undefined)
  const twin = await connectAsync(made.url, {
    clientId: 'barnbox-b7',
    protocolVersion: 5,
    reconnectPeriod: 0,
  })
  twin.on('error', () => {})
  await until(() => bridge.state.connects === 2, 'it was disconnected, and is back')
  twin.end(true)
  await until(() => words.at(-1) === 'online' && words.length > 1, 'online again')
  t.notOk(words.includes('offline'), 'a short break is none')
  await bridge[Symbol.asyncDispose]()
  await until(() => words.at(-1) === 'offline', 'a clean stop is told at once')
})

t.test('TLS: only a broker that is who it says, only a box with its certificate', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-certificates-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = (name: string) =>
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
  for (const name of ['ca', 'broker', 'box']) key(name)
  openssl('req', '-x509', '-new', '-key', 'ca.key', '-subj', '/CN=barn ca', '-days', '2', '-out', 'ca.pem')
  for (const name of ['broker', 'box']) {
    const names = name === 'broker' ? ['-addext', 'subjectAltName=IP:127.0.0.1'] : []
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, ...names, '-out', `${name}.csr`)
    const sign = [
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
    ]
    openssl(...sign, '-days', '2', '-copy_extensions', 'copy', '-out', `${name}.pem`)
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const files = {
    'ca.pem': read('ca.pem'),
    'broker.pem': read('broker.pem'),
    'broker.key': read('broker.key'),
  }
  const lines = [
    ...['cafile FOLDER/ca.pem', 'certfile FOLDER/broker.pem', 'keyfile FOLDER/broker.key'],
    ...['require_certificate true', 'use_identity_as_username true'],
  ]
  const { url } = await startedBroker(t, { scheme: 'mqtts', files, lines })
  const pair = { cert: read('box.pem'), key: read('box.key') }
  const known = start(t, url, fakeBarn({ more: { tls: { ca: read('ca.pem'), ...pair } } }))
  await until(() => known.state.connected, 'connected')
  const blind = start(t, url, fakeBarn({ boxId: 'b8', more: { tls: pair } }))
  await until(() => blind.state.lastError !== null, 'it does not trust the broker')
  t.match(blind.state, { connected: false, connects: 0, lastError: /certificate/ })
  const nobody = start(t, url, fakeBarn({ boxId: 'b9', more: { tls: { ca: read('ca.pem') } } }))
  await until(() => nobody.state.lastError !== null, 'it is not let in')
  t.equal(nobody.state.connects, 0)
})

t.test('a stop in each phase of the start is quick and leaves nothing behind', async (t) => {
  const { url } = await startedBroker(t)
  const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length
  const before = timers()
  for (const wait of [0, 3, 20, 60, 150, 250, 400, 800]) {
    const barn = fakeBarn({ waits: { settleMs: 60_000, birthMs: [60_000, 60_000], pictureMs: 60_000 } })
    const bridge = start(t, url, barn, { snapshots: true })
    barn.raise('box_trouble')
    const delivering = barn.deliver()
    await pause(wait)
    const begin = performance.now()
    await Promise.all([bridge[Symbol.asyncDispose](), delivering[Symbol.asyncDispose]()])
    t.ok(performance.now() - begin < 2000, `after ${wait} ms`)
  }
  await pause(200)
  t.ok(timers() <= before, `${timers()} timers, ${before} before`)
})

t.test('pictures and states are dropped while nobody is there', async (t) => {
  const made = await startedBroker(t)
  const barn = fakeBarn({ waits: { pictureMs: 50 } })
  let asked = 0
  const picture = async () => {
    asked++
    return barn.picture
  }
  const deps = { ...barn.deps, barn: { ...barn.deps.barn, picture } }
  const bridge = start(t, made.url, { ...barn, deps }, { snapshots: true })
  await until(() => asked > 1, 'pictures are taken')
  await made.kill()
  await until(() => !bridge.state.connected, 'lost')
  const then = asked
  await pause(600)
  t.ok(asked <= then + 1, 'and no more')
})
