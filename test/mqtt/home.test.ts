/**
 * The box beside a model of Home Assistant, on a real broker.
 */
import { connectAsync } from 'mqtt'
import t, { type Test } from 'tap'
import { usualWaits } from '../../daemon/mqtt/waits.ts'
import { cameraView, horse, horseId, streamId } from '../http/fake-box.ts'
import { noBroker } from '../support/broker.ts'
import { createWire } from '../support/tcp-proxy.ts'
import { fakeBarn, stallId, stallView } from './barn.ts'
import { ear, until } from './ear.ts'
import { delivering, home, start, startedBroker } from './start.ts'

if (noBroker) {
  t.plan(0, noBroker)
  process.exit()
}
t.setTimeout(120_000)

const P = 'barnbox/b7'
const box = 'barnbox_b7'
const stall = `${box}_stall_${stallId(1)}`
const thunder = `${box}_horse_${horseId(1)}`
const isConfig = (topic: string) => topic.startsWith('homeassistant/device/')

t.test('a whole run: found, valid, right; levels at once, events after the settle window', async (t) => {
  for (const version of ['3.1.1', '5'] as const) await t.test(`MQTT ${version}`, (t) => wholeRun(t, version))
})

/** A box and Home Assistant, from nothing to an alert that ends. */
async function wholeRun(t: Test, version: '3.1.1' | '5'): Promise<void> {
  const { url } = await startedBroker(t)
  const [ha, all] = [await home(t, url), await ear(t, url)]
  const barn = fakeBarn({ waits: { settleMs: 1500 } })
  barn.cameras = [
    cameraView('yard', 'live', { name: 'Yard' }),
    cameraView('aisle', 'down'),
    cameraView('off', 'down'),
  ]
  barn.off.add(streamId('off'))
  barn.horses.set(horseId(1), horse(1, { name: 'Thunder', hasAvatar: true }))
  barn.horses.set(horseId(2), horse(2, { standing: 'provisional' }))
  const drawn = { streamId: streamId('yard'), kind: 'stall', name: 'Stall 1', expected: [] } as const
  const { corners } = stallView(1).stall
  const { id: real } = barn.registry.stalls.add({ ...drawn, corners }, { actor: null, nowMs: Date.now() })
  const stall = `${box}_stall_${real}`
  barn.stalls = [stallView(1, {}, { id: real })]
  barn.stalls.push(stallView(2, { match: 'unsure', occupied: null, horseId: null, watch: 'blind' }))
  start(t, url, barn, { snapshots: true, version })
  delivering(t, barn)
  await until(() => ha.shown(`${box}_connected`) === 'online', 'online')
  t.equal(ha.devices[0], box, 'the box first')
  t.same(
    ha.devices.slice(1).sort(),
    [
      ...['aisle', 'off', 'yard'].map((id) => `${box}_camera_${id}`),
      thunder,
      stall,
      `${box}_stall_${stallId(2)}`,
    ].sort(),
    'and no provisional horse',
  )
  // Another subscriber hears it in its own time.
  await until(() => all.heard.some(({ topic }) => topic === `${P}/status`), 'that it is online')
  const order = all.heard.map(({ topic }) => topic)
  t.ok(
    order.indexOf(`${P}/status`) > order.indexOf(`${P}/alert/wrong_horse/state`),
    'online after the states',
  )

  const began = performance.now()
  const id = barn.raise('wrong_horse', { stallId: real })
  await until(() => ha.shown(`${box}_alert_wrong_horse`) === 'ON', 'the level')
  t.comment(`the level took ${Math.round(performance.now() - began)} ms`)
  t.same(all.all(`${P}/event`), [], 'the event waits')
  await until(() => ha.entities.get(`${box}_alert`)?.events.length === 1, 'the event')
  const declared = all.heard.findLastIndex(({ topic }) => isConfig(topic))
  t.ok(declared < all.heard.findIndex(({ topic }) => topic === `${P}/event`), 'all is declared before it')
  const [event] = ha.entities.get(`${box}_alert`)?.events ?? []
  t.match(event, { event_type: 'wrong_horse', edge: 'raised', alert: id, delayed: false })
  t.match(event, { stall: real, horse: null, severity: 'warning', occurred_at: /Z$/ })

  await until(() => ha.shown(`${thunder}_picture`) === '4 bytes', 'the picture of a horse')
  await until(() => ha.shown(`${box}_camera_yard_picture`) === '4 bytes', 'the picture of a camera')
  await until(() => ha.shown(`${stall}_alert`) === 'ON', 'where it is')
  const blind = `${box}_stall_${stallId(2)}`
  t.same(
    {
      stall: [`${stall}_occupied`, `${stall}_horse`, `${stall}_match`, `${stall}_watch`].map(ha.shown),
      blind: [`${blind}_occupied`, `${blind}_watch`, `${blind}_alert`].map(ha.shown),
      horse: [`${thunder}_stall`, `${thunder}_camera`, `${thunder}_last_seen`].map(ha.shown),
      cameras: ['yard', 'aisle', 'off'].map((one) => ha.shown(`${box}_camera_${one}_live`)),
      pictures: ['aisle', 'off'].map((one) => ha.shown(`${box}_camera_${one}_picture`)),
      box: [`${box}_alerts`, `${box}_cameras_live`, `${box}_alert_restless`].map(ha.shown),
    },
    {
      stall: ['ON', 'Thunder', 'expected', 'watching'],
      blind: ['unavailable', 'blind', 'OFF'],
      horse: ['Stall 1', 'yard', '2026-11-02T03:30:01.000Z'],
      cameras: ['ON', 'OFF', 'unknown'],
      pictures: ['unavailable', 'unavailable'],
      box: ['ON', '1', 'OFF'],
    },
  )
  t.equal(ha.shown(`${thunder}_posture`), 'unknown', 'nobody asks how it stands')
  barn.postures.set(real, { lyingSinceMs: null, restlessSinceMs: null, isUnsure: false })
  barn.facts.publish('stall-changed', { stallId: real })
  await until(() => ha.shown(`${thunder}_posture`) === 'standing', 'it stands')
  barn.postures.set(real, { lyingSinceMs: 1, restlessSinceMs: null, isUnsure: false })
  barn.facts.publish('stall-changed', { stallId: real })
  await until(() => ha.shown(`${thunder}_posture`) === 'lying', 'it lies')
  barn.postures.set(real, { lyingSinceMs: 1, restlessSinceMs: null, isUnsure: true })
  barn.facts.publish('stall-changed', { stallId: real })
  await until(() => ha.shown(`${thunder}_posture`) === 'unknown', 'nobody can tell')
  barn.stalls[0] = stallView(1, { match: 'other', horseId: null }, { id: real })
  barn.facts.publish('stall-changed', { stallId: real })
  barn.clear(id)
  await until(() => ha.shown(`${stall}_wrong_horse`) === 'ON', 'somebody else')
  await until(() => ha.shown(`${box}_alert_wrong_horse`) === 'OFF', 'the level ends')
  await until(() => ha.shown(`${thunder}_stall`) === 'unknown', 'it is in no stall any more')
  await until(() => ha.entities.get(`${box}_alert`)?.events.length === 2, 'the second event')
  t.same(ha.problems, [])
  const late = await ear(t, url)
  await until(() => late.last(`${P}/status`) === 'online', 'what is kept')
  t.equal(late.last(`${P}/event`), undefined, 'events are never kept')
}

t.test('a horse called a/b+c#" has a new name and nothing else; what goes is taken away', async (t) => {
  const { url } = await startedBroker(t)
  const [ha, all] = [await home(t, url), await ear(t, url)]
  const barn = fakeBarn()
  start(t, url, barn)
  await until(() => ha.shown(`${box}_connected`) === 'online', 'online')
  await until(() => all.last(`${P}/status`) === 'online', 'also to who hears all')
  const [ids, topics] = [[...ha.entities.keys()], new Set(all.heard.map(({ topic }) => topic))]
  const wild = horse(1, { name: 'a/b+c#"' })
  barn.horses.set(wild.id, wild)
  barn.facts.publish('horse-changed', { horse: wild, change: 'details' })
  await until(
    () => all.last(`homeassistant/device/${thunder}/config`)?.includes('a/b+c#') === true,
    'the new name',
  )
  await until(() => ha.shown(`${stall}_horse`) === 'a/b+c#"', 'also in its stall')
  t.same([...ha.entities.keys()], ids)
  t.same(new Set(all.heard.map(({ topic }) => topic)), topics)

  barn.horses.clear()
  barn.stalls = [stallView(1, { horseId: null }, { kind: 'zone', name: 'Gate' })]
  barn.facts.publish('horse-gone', { streamId: streamId('yard'), horseId: wild.id, into: null })
  barn.facts.publish('stalls-drawn', { streamId: streamId('yard') })
  await until(() => !ha.entities.has(`${thunder}_stall`), 'the horse is gone')
  await until(() => !ha.entities.has(`${stall}_match`), 'what a zone has not')
  t.ok(ha.entities.has(`${stall}_occupied`))
  barn.stalls = []
  barn.facts.publish('stalls-drawn', { streamId: streamId('yard') })
  await until(() => !ha.entities.has(`${stall}_occupied`), 'the stall is gone')
  await until(() => all.last(`${P}/stall/${stallId(1)}/state`) === '', 'and its state')
  await until(() => all.last(`${P}/stall/${stallId(1)}/alerts/state`) === '', 'and its switch')
  await until(() => all.last(`${P}/horse/${horseId(1)}/state`) === '', 'and the horse’s')
  t.same(ha.problems, [])
})

t.test('what goes while the wire is cut is taken away when it is mended', async (t) => {
  const { url, port } = await startedBroker(t)
  const wire = await createWire(port)
  t.teardown(() => wire[Symbol.asyncDispose]())
  const [ha, all] = [await home(t, url), await ear(t, url)]
  const barn = fakeBarn()
  barn.cameras.push(cameraView('aisle'))
  const bridge = start(t, `mqtt://127.0.0.1:${wire.port}`, barn)
  await until(() => ha.shown(`${thunder}_stall`) === 'Stall 1', 'the horse')
  wire.cut()
  await until(() => !bridge.state.connected, 'lost')
  barn.horses.clear()
  barn.facts.publish('horse-gone', { streamId: streamId('yard'), horseId: horseId(1), into: null })
  barn.stalls = []
  barn.facts.publish('stalls-drawn', { streamId: streamId('yard') })
  barn.cameras.pop()
  barn.facts.publish('camera-gone', { streamId: streamId('aisle') })
  wire.mend()
  await until(() => bridge.state.connects === 2, 'back')
  await until(() => !ha.entities.has(`${thunder}_stall`), 'the horse is gone')
  const states = [
    `${P}/horse/${horseId(1)}/state`,
    `${P}/stall/${stallId(1)}/state`,
    `${P}/camera/aisle/status`,
    `${P}/camera/aisle/alerts/state`,
  ]
  await until(() => states.every((topic) => all.last(topic) === ''), 'and what was so')
  t.same([...new Set([...ha.entities.values()].map(({ device }) => device))], [box, `${box}_camera_yard`])
  t.same(ha.problems, [])
})

t.test(
  'births: discovery, status, states in order; any case; several within the delay are one',
  async (t) => {
    const { url } = await startedBroker(t)
    const all = await ear(t, url)
    const barn = fakeBarn({ waits: { birthMs: [400, 500] } })
    start(t, url, barn, { home_assistant: { status_topic: 'house/here', prefix: 'house' } })
    const config = `house/device/${box}/config`
    await until(() => all.last(`${P}/status`) === 'online', 'online')
    t.equal(all.all(config).length, 1)
    const ha = await home(t, url, { status: 'house/here', prefix: 'house' })
    all.heard.splice(0)
    for (const word of ['online', 'OnLine', 'ONLINE']) await ha.birth(word)
    await until(() => all.all(`${P}/stall/${stallId(1)}/state`).length === 1, 'told again')
    const order = all.heard.map(({ topic }) => topic)
    const at = [
      'house/here',
      config,
      `${P}/status`,
      `${P}/camera/yard/status`,
      `${P}/stall/${stallId(1)}/state`,
    ]
    const places = at.map((topic) => order.lastIndexOf(topic))
    t.same(
      places,
      [...places].sort((a, b) => a - b),
      'in order',
    )
    await new Promise((resolve) => setTimeout(resolve, 900))
    t.equal(all.all(config).length, 1, 'one run')
    await ha.birth()
    await until(() => all.all(config).length === 2, 'a later one has its own')
    t.same(ha.problems, [])
  },
)

t.test('broker and Home Assistant restarted together: all is right within 15 s', async (t) => {
  const made = await startedBroker(t)
  const barn = fakeBarn({ waits: usualWaits })
  start(t, made.url, barn)
  delivering(t, barn)
  const ha = await home(t, made.url)
  await until(() => ha.shown(`${box}_connected`) === 'online', 'online')
  const counts = `${box}_reconnects`
  const right = () => [...ha.entities.keys()].flatMap((id) => (id === counts ? [] : [[id, ha.shown(id)]]))
  await until(() => right().length > 30, 'everything')
  const before = right()
  await made.kill()
  await ha[Symbol.asyncDispose]()
  await made.start()
  const began = performance.now()
  const again = await home(t, made.url)
  await again.birth()
  await until(() => again.entities.size === before.length + 1, 'all is found again')
  await until(() => before.every(([id, shown]) => again.shown(String(id)) === shown), 'and right', 15_000)
  t.ok(performance.now() - began < 15_000)
  t.comment(`after ${Math.round(performance.now() - began)} ms`)
  t.same(again.problems, [])
})

t.test('a broker that keeps nothing and forbids to ask for it: the birth brings all', async (t) => {
  const { url } = await startedBroker(t, { lines: ['retain_available false'] })
  const refused = fakeBarn({ boxId: 'b6' })
  const bridge = start(t, url, refused)
  await until(() => bridge.state.lastError !== null, 'it is not let in so')
  await bridge[Symbol.asyncDispose]()
  const barn = fakeBarn()
  const running = start(t, url, barn, { force_disable_retain: true, snapshots: true })
  await until(() => running.state.connected, 'connected')
  const ha = await home(t, url)
  const all = await ear(t, url)
  t.equal(ha.entities.size, 0)
  await ha.birth()
  await until(() => ha.shown(`${stall}_occupied`) === 'ON', 'found and right')
  // What was said before it listened is told by the birth after it does.
  await ha.birth()
  await until(() => [...ha.entities.keys()].every((id) => ha.shown(id) !== undefined), 'all')
  t.same(
    all.heard.filter(({ retained }) => retained),
    [],
  )
  t.equal(running.state.connects, 1)
  t.same(ha.problems, [])
})

t.test('what an earlier life left is cleared once; another box’s is never touched', async (t) => {
  const { url } = await startedBroker(t)
  const ha = await connectAsync(url)
  t.teardown(() => ha.end(true))
  const keep = (topic: string, payload = '{"components":{}}') =>
    ha.publishAsync(topic, payload, { retain: true, qos: 1 })
  const own = [
    'homeassistant/device/barnbox_b7_horse_old/config',
    `${P}/stall/old/state`,
    `${P}/stall/old/alerts/state`,
    `${P}/camera/old/alerts/state`,
    `${P}/horse/old/state`,
    `${P}/horse/old/snapshot`,
  ]
  const others = [
    'homeassistant/device/barnbox_b8_horse_old/config',
    'homeassistant/device/barnbox_b71/config',
    'barnbox/b8/horse/old/state',
    'homeassistant/device/kitchen/config',
  ]
  for (const topic of [...own, ...others]) await keep(topic)
  const all = await ear(t, url)
  const barn = fakeBarn()
  const bridge = start(t, url, barn)
  await until(() => own.every((topic) => all.last(topic) === ''), 'its own are cleared')
  await until(() => all.last(`${P}/status`) === 'online', 'online')
  for (const topic of others) t.not(all.last(topic), '', topic)
  const back = own[0] ?? ''
  await keep(back)
  const twin = await connectAsync(url, { clientId: 'barnbox-b7', reconnectPeriod: 0 })
  await until(() => bridge.state.connects === 2, 'pushed off, and back')
  twin.end(true)
  await until(() => all.heard.filter(({ topic }) => topic === `${P}/status`).length >= 2, 'told again')
  t.not(all.last(back), '', 'only at the first connect')
})

t.test('two boxes on one broker do not mix', async (t) => {
  const { url } = await startedBroker(t)
  const [ha, all] = [await home(t, url), await ear(t, url)]
  const [one, other] = [fakeBarn({ boxId: 'b7' }), fakeBarn({ boxId: 'b8' })]
  const first = start(t, url, one)
  start(t, url, other)
  await until(() => ['b7', 'b8'].every((id) => ha.shown(`barnbox_${id}_connected`) === 'online'), 'both')
  one.raise('box_trouble', { part: 'disk' })
  await until(() => ha.shown('barnbox_b7_alert_box_trouble') === 'ON', 'the one')
  t.equal(ha.shown('barnbox_b8_alert_box_trouble'), 'OFF')
  await ha.client.publishAsync('barnbox/b7/alerts/set', 'OFF', { qos: 1 })
  await until(() => ha.shown('barnbox_b7_alerts') === 'OFF', 'the one is silent')
  t.equal(ha.shown('barnbox_b8_alerts'), 'ON')
  t.ok(other.isTelling)
  await ha.client.publishAsync('barnbox/b7/cmd/leave_home_assistant', '{"transaction":1}', { qos: 1 })
  await until(() => ![...ha.entities.keys()].some((id) => id.startsWith('barnbox_b7')), 'the one has left')
  await first[Symbol.asyncDispose]()
  t.equal(ha.shown('barnbox_b8_connected'), 'online')
  t.equal(ha.shown(`barnbox_b8_horse_${horseId(1)}_stall`), 'Stall 1')
  for (const { topic } of all.heard) {
    const whose = /^(?:barnbox\/|homeassistant\/device\/barnbox_)(b7|b8)(?=[/_])/.exec(topic)
    t.ok(whose, topic)
  }
  t.same(ha.problems, [])
})

t.test('leave: nothing is kept, also after a restart, until it is asked for again', async (t) => {
  const { url } = await startedBroker(t)
  const barn = fakeBarn()
  const bridge = start(t, url, barn, { snapshots: true })
  const ha = await home(t, url)
  await until(() => ha.shown(`${box}_camera_yard_picture`) === '4 bytes', 'all there')
  const answers = await ear(t, url)
  const command = (name: string, n: number) =>
    ha.client.publishAsync(`${P}/cmd/${name}`, JSON.stringify({ transaction: n }), { qos: 1 })
  await command('leave_home_assistant', 1)
  await until(() => answers.last(`${P}/cmd/leave_home_assistant/response`) !== undefined, 'the answer')
  t.match(JSON.parse(answers.last(`${P}/cmd/leave_home_assistant/response`) ?? ''), {
    status: 'ok',
    transaction: 1,
  })
  barn.facts.publish('camera-changed', cameraView('yard', 'down'))
  barn.raise('box_trouble')
  const kept = async () => {
    const late = await ear(t, url)
    await new Promise((resolve) => setTimeout(resolve, 700))
    return late.heard.filter(({ retained, payload }) => retained && payload !== '')
  }
  t.same(await kept(), [])
  t.equal(ha.entities.size, 0)
  await bridge[Symbol.asyncDispose]()
  const again = start(t, url, barn)
  await until(() => again.state.connected, 'connected')
  t.same(await kept(), [], 'it remembers')
  await command('republish', 2)
  await until(() => ha.shown(`${box}_connected`) === 'online', 'back')
  await until(() => ha.shown(`${box}_alert_box_trouble`) === 'ON', 'and right')
  t.same(ha.problems, [])
})

t.test('without discovery nothing is announced, and what was is taken away', async (t) => {
  const { url } = await startedBroker(t)
  const first = start(t, url, fakeBarn())
  const ha = await home(t, url)
  await until(() => ha.shown(`${box}_connected`) === 'online', 'online')
  await first[Symbol.asyncDispose]()
  const all = await ear(t, url)
  start(t, url, fakeBarn(), { home_assistant: { discovery: false } })
  await until(() => ha.entities.size === 0, 'all is taken away')
  await until(() => all.last(`${P}/status`) === 'online', 'states are told all the same')
  t.same(
    all.heard.filter(({ topic, payload, retained }) => isConfig(topic) && payload !== '' && !retained),
    [],
  )
})
