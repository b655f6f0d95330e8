/** What the daemon tells a real broker: itself, its cameras, its horses; and its end, however it comes. */
import { connectAsync } from 'mqtt'
import t, { type Test } from 'tap'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { problemsOf } from '../mqtt/home-assistant.ts'
import { type Broker, createBroker, noBroker } from '../support/broker.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import {
  leftNaming,
  listenToBroker,
  nameHorse,
  noSystem,
  stateFolder,
  swayClip,
  until,
  untilHorses,
} from './harness.ts'

const skip = noBroker || (await noSystem())
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const camera = await startRtspCamera({ '/cam': await swayClip() })
const stateDir = await stateFolder(t)
const broker: Broker = await createBroker()
t.teardown(async () => {
  await broker[Symbol.asyncDispose]()
  await camera[Symbol.asyncDispose]()
})
const config = {
  http: { port: 0 },
  mqtt: { url: broker.url },
  cameras: [{ id: 'yard', name: 'Yard', url: camera.url('/cam'), fps: 2 }],
}
/** `barnbox/BOX/status` and so on: the box's id is its own. */
const status = (topic: string) => /^barnbox\/[a-z0-9]{12}\/status$/.test(topic)
const yard = (topic: string) => topic.endsWith('/camera/yard/status')
const horse = (id: string) => (topic: string) => topic.endsWith(`/horse/${id}/state`)

/** A listener that comes later is told only what the broker kept. */
async function kept(t: Test, isMeant: (topic: string) => boolean): Promise<string | undefined> {
  const ear = await listenToBroker(t, broker.url)
  await until('a kept word', () => ear.lastWhere(isMeant) !== undefined, 10_000)
  t.ok(ear.heard.find(({ topic }) => isMeant(topic))?.retained, 'retained')
  return ear.lastWhere(isMeant)
}

t.test('no broker at the start: the box runs, and tells all of it once there is one', async (t) => {
  const box: Box = await startBox({ config, stateDir })
  const [first] = await untilHorses(box, 'yard', 1)
  if (!first) throw new Error('no horse')
  await broker.start()
  const ear = await listenToBroker(t, broker.url)
  const ms = await until('online', () => ear.lastWhere(status) === 'online', 15_000)
  t.comment(`online ${ms} ms after the broker's start`)
  t.match(JSON.parse(ear.lastWhere(horse(first.id)) ?? '{}'), { number: 1, camera: 'yard', name: null })
  t.equal(ear.lastWhere(yard), 'online')

  await nameHorse(box, 'yard', first.id, 'Thunder')
  const renamed = () => ear.lastWhere(horse(first.id))?.includes('"Thunder"') === true
  t.comment(`a new name is on MQTT after ${await until('the name', renamed, 10_000)} ms`)
  t.equal(await kept(t, status), 'online')
  t.match(JSON.parse((await kept(t, horse(first.id))) ?? '{}'), { name: 'Thunder' })

  t.equal(await box.end('SIGTERM'), 0)
  await until('offline', () => ear.lastWhere(status) === 'offline', 10_000)
  t.equal(await kept(t, status), 'offline')
})

t.test('a horse is told on its first sight, and the will speaks for a killed box', async (t) => {
  const fresh = await stateFolder(t)
  const ear = await listenToBroker(t, broker.url)
  const before = ear.heard.length
  const box = await startBox({ config, stateDir: fresh })
  const [first] = await untilHorses(box, 'yard', 1)
  if (!first) throw new Error('no horse')
  const ms = await until('its state', () => ear.lastWhere(horse(first.id)) !== undefined, 10_000)
  t.comment(`a new horse is on MQTT ${ms} ms after it is in the API`)
  const own = ear.heard
    .slice(before)
    .findLast(({ topic }) => horse(first.id)(topic))
    ?.topic.split('/')[1]
  const ownStatus = (topic: string) => topic === `barnbox/${own}/status`
  await until('online', () => ear.lastWhere(ownStatus) === 'online', 10_000)
  await box.end('SIGKILL')
  const willMs = await until('the will', () => ear.lastWhere(ownStatus) === 'offline', 10_000)
  t.comment(`the will spoke ${willMs} ms after the kill`)
  t.equal(await kept(t, ownStatus), 'offline')
  t.same(await leftNaming([camera.url('/cam'), stateDir, fresh], 5_000), [])
})

t.test(
  'Home Assistant finds the box; an alert is a level at once, and an event after its birth',
  async (t) => {
    const ear = await listenToBroker(t, broker.url)
    const before = ear.heard.length
    const fresh = () => ear.heard.slice(before)
    const last = (isMeant: (topic: string) => boolean) =>
      fresh().findLast(({ topic }) => isMeant(topic))?.payload
    const lost = { id: 'lost', url: 'rtsp://127.0.0.1:9/none' }
    const box = await startBox({
      config: {
        ...{ http: config.http, mqtt: config.mqtt, cameras: [lost] },
        alerts: { rules: { camera_down: { after_seconds: 1 } } },
      },
      stateDir: await stateFolder(t),
    })
    const level = (topic: string) => topic.endsWith('/alert/camera_down/state')
    await until('the level', () => last(level) === 'ON', 40_000)
    const devices = fresh().filter(
      ({ topic, payload }) => /^homeassistant\/device\//.test(topic) && payload !== '',
    )
    const camera = devices.find(({ topic }) => topic.endsWith('_camera_lost/config'))?.topic ?? ''
    const [, own = ''] = /device\/(barnbox_[a-z0-9]{12})_camera_lost\//.exec(camera) ?? []
    const order = devices.map(({ topic }) => topic).filter((topic) => topic.includes(`/${own}`))
    t.same(order, [`homeassistant/device/${own}/config`, camera], 'the box first')
    for (const { topic, payload } of devices) t.same(problemsOf(topic, payload), [], topic)
    const client = await connectAsync(broker.url)
    t.teardown(() => client.end(true))
    await client.publishAsync('homeassistant/status', 'online', { qos: 1 })
    const event = (topic: string) => topic.endsWith('/event')
    await until('the event', () => last(event) !== undefined, 20_000)
    t.match(JSON.parse(last(event) ?? '{}'), { event_type: 'camera_down', edge: 'raised', camera: 'lost' })
    t.notOk(fresh().find(({ topic }) => event(topic))?.retained)
    t.equal(await box.end('SIGTERM'), 0)
  },
)
