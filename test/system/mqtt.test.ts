/** What the daemon tells a real broker: itself, its cameras, its horses; and its end, however it comes. */
import t, { type Test } from 'tap'
import { type Box, startBox } from '../../scripts/demonstration/box.ts'
import { startHomeAssistant } from '../mqtt/home-assistant.ts'
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
  await using ha = await startHomeAssistant(broker.url)
  const before = ear.heard.length
  const box = await startBox({ config, stateDir: fresh })
  t.teardown(() => box[Symbol.asyncDispose]())
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
  const horses = await untilHorses(box, 'yard', 3)
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ]
  const drawn = await fetch(new URL('/api/v1/streams/yard/stalls', box.url), {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ name: 'All of it', corners, expected: horses.map(({ id }) => id) }),
  })
  t.equal(drawn.status, 201)
  const { id: stall } = (await drawn.json()) as { id: string }
  await nameHorse(box, 'yard', first.id, 'Thunder')
  const shown = (thing: string) => ha.shown(`barnbox_${own}_${thing}`)
  await until('it is shown who stands there', () => shown(`stall_${stall}_match`) === 'expected', 60_000)
  await until('the horse is a device', () => shown(`horse_${first.id}_camera`) === 'yard', 20_000)
  t.same(ha.problems, [], 'whatever was told is valid')
  await box.end('SIGKILL')
  const willMs = await until('the will', () => ear.lastWhere(ownStatus) === 'offline', 10_000)
  t.comment(`the will spoke ${willMs} ms after the kill`)
  t.equal(await kept(t, ownStatus), 'offline')
  t.same(await leftNaming([camera.url('/cam'), stateDir, fresh], 5_000), [])
})

t.test(
  'Home Assistant finds the box; three alerts of a broker away, the box killed: each once, in order',
  async (t) => {
    const ids = ['one', 'two', 'three']
    const stateDir = await stateFolder(t)
    const start = () =>
      startBox({
        config: {
          ...{ http: config.http, mqtt: config.mqtt },
          cameras: ids.map((id) => ({ id, url: 'rtsp://127.0.0.1:9/none' })),
          // The box is killed: that the kernel has ended others meanwhile is none of its alerts.
          alerts: { rules: { camera_down: { after_seconds: 1 }, box_trouble: { enabled: false } } },
        },
        stateDir,
      })
    await broker.kill()
    const killed = await start()
    const open = async (box: Box) =>
      (await box.get<{ alerts: { id: string }[] }>('/api/v1/alerts?open=true')).alerts
    await until('three alerts', async () => (await open(killed)).length === 3, 60_000)
    const raised = (await open(killed)).map(({ id }) => id).sort()
    await killed.end('SIGKILL')
    await broker.start()
    const ear = await listenToBroker(t, broker.url)
    await using ha = await startHomeAssistant(broker.url)
    const box = await start()
    const level = (topic: string) => topic.endsWith('/alert/camera_down/state')
    await until('the level', () => ear.lastWhere(level) === 'ON', 40_000)
    const own = ha.devices[0] ?? ''
    t.match(own, /^barnbox_[a-z0-9]{12}$/, 'the box first')
    await until('all of it', () => ha.shown(`${own}_alert_camera_down`) === 'ON', 20_000)
    t.same(new Set(ha.devices), new Set([own, ...ids.map((id) => `${own}_camera_${id}`)]))

    const isEvent = (topic: string) => topic.endsWith('/event')
    const events = () => ear.heard.filter(({ topic }) => isEvent(topic))
    // Without a birth events wait half a minute: so they are late in any case.
    await until('the events', () => events().length >= 3, 60_000)
    const told = events().map(({ payload }) => JSON.parse(payload))
    t.match(told, Array(3).fill({ event_type: 'camera_down', edge: 'raised', delayed: true }))
    t.same(
      told.map(({ alert }) => alert),
      raised,
    )
    t.notOk(events().some(({ retained }) => retained))
    const { alerts } = await box.get<{ alerts: { id: string }[] }>('/api/v1/alerts?open=true')
    t.equal(alerts.length, 3, 'a restart raises none anew')
    t.equal(await box.end('SIGTERM'), 0)
    t.equal(events().length, 3)
    t.same(ha.problems, [], 'all of it is valid')
  },
)
