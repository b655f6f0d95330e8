/**
 * What others ask of the box: done once, answered; and everything else changes nothing.
 */
import fc from 'fast-check'
import { connectAsync } from 'mqtt'
import t from 'tap'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { command, createCommands } from '../../daemon/mqtt/commands.ts'
import { horseId } from '../http/fake-box.ts'
import { noBroker } from '../support/broker.ts'
import { fakeBarn, stallId } from './barn.ts'
import { ear, until } from './ear.ts'
import { home, start, startedBroker } from './start.ts'

t.setTimeout(180_000)
const P = 'barnbox/b7'

t.test('each transaction runs once, is answered each time; what fails says so', async (t) => {
  const [answers, counts]: [string[], { refused: number; ran: number }] = [[], { refused: 0, ran: 0 }]
  const desk = createCommands({
    commands: {
      count: command({}, () => ++counts.ran),
      missing: command({}, () => {
        throw new BarnboxError('NOT_FOUND', 'no such thing')
      }),
      broken: command({}, () => {
        throw new Error('secret details')
      }),
    },
    answer: async (name, payload) => void answers.push(`${name} ${payload}`),
    refused: () => void counts.refused++,
    log: silentLog,
  })
  const say = (name: string, payload: string | Uint8Array, isKept = false) =>
    desk.heard(name, { payload: Buffer.from(payload), isKept })
  for (let n = 0; n < 3; n++) await say('count', '{"transaction":"a"}')
  await say('count', '{"transaction":7}')
  await say('count', '{"transaction":"b"}', true)
  t.same(answers.splice(0), [
    ...Array(3).fill('count {"status":"ok","data":1,"transaction":"a"}'),
    'count {"status":"ok","data":2,"transaction":7}',
  ])
  t.same(counts, { refused: 1, ran: 2 }, 'a kept one is no command')
  await say('missing', '{"transaction":1}')
  await say('broken', '{"transaction":1}')
  t.match(answers.splice(0), [/"NOT_FOUND","message":"no such thing"/, /"INTERNAL"/])
  t.equal(counts.refused, 2)
  const bad = [
    '',
    'hay',
    '[]',
    'null',
    '7',
    '{}',
    '{"transaction":""}',
    '{"transaction":{}}',
    '{"transaction":1.5}',
  ]
  for (const payload of bad) await say('count', payload)
  await say('count', `{"transaction":"${'x'.repeat(9000)}"}`)
  await say('count', Uint8Array.of(0xff, 0xfe))
  t.equal(answers.length, bad.length + 2)
  for (const answer of answers.splice(0))
    t.match(answer, /"status":"error".*"BAD_REQUEST".*"transaction":null/)
  await say('count', '{"transaction":1,"more":true}')
  for (const name of ['nothing', 'constructor', '__proto__', 'tostring']) await say(name, '{"transaction":1}')
  t.equal(answers.splice(0).filter((one) => /BAD_REQUEST|NOT_FOUND/.test(one)).length, 5)
  for (const name of ['+', '#', 'A', '', 'a b', 'x'.repeat(33), 'ü']) await say(name, '{"transaction":1}')
  t.same(answers, [], 'no answer to what cannot be a topic')
  t.equal(counts.ran, 2)
})

t.test('whatever comes, nothing throws and nothing runs', async (t) => {
  let ran = 0
  const desk = createCommands({
    commands: { only: command({}, () => ran++) },
    answer: async () => {},
    refused: () => {},
    log: silentLog,
  })
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => Buffer.from(text)),
  )
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.constant('only'), fc.string()), payload, async (name, bytes) => {
      await desk.heard(name, { payload: bytes, isKept: false })
    }),
  )
  t.equal(ran, 0)
})

t.test('over a broker', { skip: noBroker }, async (t) => {
  const { url } = await startedBroker(t)
  const [ha, all] = [await home(t, url), await ear(t, url)]
  const barn = fakeBarn()
  start(t, url, barn)
  await until(() => ha.shown('barnbox_b7_connected') === 'online', 'online')
  const { alerts } = barn.registry
  const ask = async (name: string, more: object, transaction: string | number = Math.random().toString()) => {
    await ha.client.publishAsync(`${P}/cmd/${name}`, JSON.stringify({ transaction, ...more }), { qos: 1 })
    const answer = () =>
      all
        .all(`${P}/cmd/${name}/response`)
        .map((text) => JSON.parse(text))
        .find((one) => one.transaction === transaction)
    await until(() => answer() !== undefined, `${name} is answered`)
    return answer()
  }
  const id = barn.raise('box_trouble', { part: 'one' })
  const other = barn.raise('box_trouble', { part: 'two' })
  const of = (one: string) => alerts.open().find((alert) => alert.id === one)
  t.match(await ask('acknowledge', { alert: id }), { status: 'ok', data: { alerts: [id] } })
  t.equal(of(id)?.acknowledgedBy, 'mqtt')
  t.equal(of(other)?.acknowledgedMs, null)
  t.match(await ask('snooze', { alert: 'all', minutes: 30 }), { status: 'ok', data: { alerts: [other, id] } })
  t.ok((of(other)?.snoozedUntilMs ?? 0) > Date.now() + 29 * 60_000)
  t.match(await ask('judge', { alert: other, verdict: 'not_useful' }), { status: 'ok' })
  t.equal(of(other)?.verdict, 'not_useful')
  t.match(await ask('judge', { alert: horseId(9), verdict: null }), { error: { code: 'NOT_FOUND' } })
  t.match(await ask('snooze', { alert: id, minutes: 0 }), {
    error: { code: 'BAD_REQUEST', message: /minutes/ },
  })
  t.match(await ask('reboot', {}), { status: 'error', error: { code: 'NOT_FOUND' } })
  const configs = () => all.all('homeassistant/device/barnbox_b7/config').length
  const before = configs()
  t.match(await ask('republish', {}), { status: 'ok', data: null })
  await until(() => configs() === before + 1, 'all again')

  const third = barn.raise('box_trouble', { part: 'three' })
  await ha.press('barnbox_b7_acknowledge')
  await until(() => of(third)?.acknowledgedBy === 'mqtt', 'the button acknowledges')
  await ha.press('barnbox_b7_snooze')
  await until(() => (of(third)?.snoozedUntilMs ?? 0) > Date.now(), 'the button snoozes')
  const kept = { qos: 1, retain: true } as const
  await ha.client.publishAsync(`${P}/alerts/set`, 'OFF', { qos: 1 })
  await until(() => ha.shown('barnbox_b7_alerts') === 'OFF', 'the switch')
  t.equal(barn.isTelling, false)
  await ha.client.publishAsync(`${P}/alerts/set`, 'ON', kept)
  await ha.client.publishAsync(
    `${P}/cmd/judge`,
    JSON.stringify({ transaction: 'k', alert: id, verdict: 'useful' }),
    kept,
  )
  await until(() => ha.shown('barnbox_b7_alerts') === 'ON', 'said now, though kept for others')
})

t.test(
  'a camera and a stall have a switch of their own; others are no thing',
  { skip: noBroker },
  async (t) => {
    const { url } = await startedBroker(t)
    const [ha, all] = [await home(t, url), await ear(t, url)]
    const barn = fakeBarn({ waits: { levelsMs: 300 } })
    start(t, url, barn)
    const [yard, stall] = ['barnbox_b7_camera_yard_alerts', `barnbox_b7_stall_${stallId(1)}_alerts`]
    await until(() => ha.shown(yard) === 'ON' && ha.shown(stall) === 'ON', 'both tell')
    await ha.turn(yard, 'OFF')
    await until(() => ha.shown(yard) === 'OFF', 'the camera is silent')
    await ha.turn(stall, 'OFF')
    await until(() => ha.shown(stall) === 'OFF', 'the stall is silent')
    t.same([...barn.silent], ['camera/yard', `stall/${stallId(1)}`])
    t.ok(barn.isTelling)
    await ha.turn(stall, 'ON')
    await until(() => ha.shown(stall) === 'ON', 'the stall tells')
    barn.silent.clear()
    await until(() => ha.shown(yard) === 'ON', 'a silence that ended is told by itself')

    const say = (thing: string, payload: string, retain = false) =>
      ha.client.publishAsync(`${P}/${thing}/set`, payload, { qos: 1, retain })
    const wrong = [
      'camera/aisle/alerts',
      'camera/yard/record',
      'horse/x/alerts',
      `camera/${stallId(1)}/alerts`,
    ]
    for (const thing of wrong) await say(thing, 'OFF')
    await say('camera/yard/alerts', 'off')
    const refused = () => Number(JSON.parse(all.last(`${P}/health`) ?? '{}').messages_refused ?? 0)
    await until(() => refused() === wrong.length + 1, 'each is counted')
    t.equal(barn.silent.size, 0)
    t.same(ha.problems, [])
  },
)

t.test('what is no status is said over and counted', { skip: noBroker }, async (t) => {
  const { url } = await startedBroker(t)
  const all = await ear(t, url)
  start(t, url, fakeBarn({ waits: { levelsMs: 300 } }))
  await until(() => all.last(`${P}/status`) === 'online', 'online')
  for (const word of ['hay', 'ONLINE', 'x'.repeat(70_000), ''])
    await all.client.publishAsync(`${P}/status`, word, { qos: 1, retain: true })
  await all.client.publishAsync('homeassistant/status', 'hay', { qos: 1 })
  await until(() => JSON.parse(all.last(`${P}/health`) ?? '{}').messages_refused === 4, 'counted')
  await until(() => all.last(`${P}/status`) === 'online', 'and said over')
})

t.test('a switch that cannot be stored stays as it was, and says so', { skip: noBroker }, async (t) => {
  const { url } = await startedBroker(t)
  const [client, all] = [await connectAsync(url), await ear(t, url)]
  t.teardown(() => client.end(true))
  const set = () => {
    throw new Error('database or disk is full')
  }
  const barn = fakeBarn({ more: { telling: { isOn: () => true, set } } })
  start(t, url, barn)
  await until(() => all.last(`${P}/status`) === 'online', 'online')
  const told = () => all.all(`${P}/alerts/state`)
  const before = told().length
  await client.publishAsync(`${P}/alerts/set`, 'OFF', { qos: 1 })
  await until(() => told().length > before, 'its state is told')
  t.ok(told().every((state) => state === 'ON'))
  await client.publishAsync(`${P}/cmd/ping`, '{"transaction":1}', { qos: 1 })
  await until(() => all.last(`${P}/cmd/ping/response`) !== undefined, 'it goes on')
})

t.test('what was kept before a connect is not asked again', { skip: noBroker }, async (t) => {
  const { url } = await startedBroker(t)
  const [client, all] = [await connectAsync(url), await ear(t, url)]
  t.teardown(() => client.end(true))
  const kept = { qos: 1, retain: true } as const
  const barn = fakeBarn()
  const id = barn.raise('box_trouble')
  await client.publishAsync(`${P}/alerts/set`, 'OFF', kept)
  await client.publishAsync(`${P}/cmd/acknowledge`, `{"transaction":1,"alert":"${id}"}`, kept)
  start(t, url, barn)
  await until(() => all.last(`${P}/status`) === 'online', 'online')
  await client.publishAsync(`${P}/cmd/x`, '{"transaction":1}', { qos: 1 })
  await until(() => all.last(`${P}/cmd/x/response`) !== undefined, 'it listens')
  t.ok(barn.isTelling)
  t.equal(barn.registry.alerts.open()[0]?.acknowledgedMs, null)
  t.equal(all.last(`${P}/alerts/state`), 'ON')
})

/** Commands that are asked rightly, each once, but for one thing: none may be done. */
function halfValid(id: string): fc.Arbitrary<{ name: string; payload: string }> {
  const stranger = fc.oneof(fc.uuid(), fc.constantFrom('ALL', 'nothing', '__proto__', `${id} `))
  const noAlert = fc.oneof(fc.constantFrom('', null, 7, true, [id], { id }, 'x'.repeat(65)), stranger)
  const anAlert = fc.constantFrom(id, 'all')
  const noMinutes = fc.oneof(
    fc.constantFrom(0, -1, 0.999, 10_080.001, 1e300, '30', null, [30], true),
    fc.integer({ min: 10_081 }),
  )
  const noVerdict = fc.oneof(fc.string(), fc.constantFrom(undefined, true, ['useful'], 'USEFUL', 'usefull'))
  const more = fc.record({ more: fc.json() })
  const about = (name: string, fields: fc.Arbitrary<object>) =>
    fc.record({ name: fc.constant(name), fields, transaction: fc.uuid() })
  return fc
    .oneof(
      about('acknowledge', fc.record({ alert: noAlert })),
      about('acknowledge', fc.record({ alert: anAlert, more: fc.json() })),
      about('snooze', fc.record({ alert: anAlert, minutes: noMinutes })),
      about('snooze', fc.record({ alert: noAlert, minutes: fc.integer({ min: 1, max: 10_080 }) })),
      about('snooze', fc.record({ alert: anAlert })),
      about(
        'judge',
        fc.record({ alert: fc.constant(id), verdict: noVerdict }).filter((one) => !isVerdict(one.verdict)),
      ),
      about(
        'judge',
        fc.record({ alert: fc.oneof(noAlert, fc.constant('all')), verdict: fc.constantFrom('useful', null) }),
      ),
      ...['ping', 'republish', 'leave_home_assistant'].map((name) => about(name, more)),
    )
    .map(({ name, fields, transaction }) => ({ name, payload: JSON.stringify({ transaction, ...fields }) }))
}

const isVerdict = (text: unknown) => text === 'useful' || text === 'not_useful'

t.test('10,000 hostile messages change nothing and are counted', { skip: noBroker }, async (t) => {
  const { url } = await startedBroker(t, { lines: ['max_queued_messages 0'] })
  const [client, ha] = [await connectAsync(url), await home(t, url)]
  t.teardown(() => client.end(true))
  const barn = fakeBarn({ waits: { levelsMs: 500 } })
  const bridge = start(t, url, barn)
  await until(() => ha.shown('barnbox_b7_connected') === 'online', 'online')
  const id = barn.raise('box_trouble')
  await until(() => ha.shown('barnbox_b7_alert_box_trouble') === 'ON', 'the level')
  const standing = () =>
    JSON.stringify([
      barn.registry.alerts.open(),
      barn.isTelling,
      [...barn.silent],
      barn.hasLeft,
      [...ha.entities.keys()].sort(),
    ])
  const before = standing()

  const word = fc.stringMatching(/^[a-z_0-9]{1,12}$/)
  const name = fc.oneof(
    word,
    fc.constantFrom('acknowledge', 'snooze', 'judge', 'leave_home_assistant', 'republish'),
  )
  const topic = fc.oneof(
    name.map((one) => `${P}/cmd/${one}`),
    word.map((one) => `${P}/${one}/set`),
    fc.constantFrom(
      ...['alerts', 'camera/yard/alerts', `stall/${stallId(1)}/alerts`].map((one) => `${P}/${one}/set`),
    ),
    fc.constant('homeassistant/status'),
    fc.tuple(word, word, word).map(([a, b, c]) => `${P}/${a}/${b}/${c}/set`),
  )
  const json = fc.oneof(
    fc.json(),
    fc
      .record({ alert: fc.constantFrom(id, 'all'), minutes: fc.integer(), verdict: fc.string() })
      .map((one) => JSON.stringify(one)),
    fc.string({ maxLength: 300, unit: 'binary' }),
    fc.constantFrom('', 'on', 'off', '1', 'ONN', '{"transaction":', '{'.repeat(3000), 'x'.repeat(70_000)),
  )
  const asked = halfValid(id).map((one) => ({ topic: `${P}/cmd/${one.name}`, payload: one.payload }))
  const hostile = fc
    .tuple(fc.oneof(fc.record({ topic, payload: json }), asked), fc.boolean())
    .map(([message, retain]) => ({ ...message, retain }))
  const most = 10_000
  const isHostile = ({ payload, topic }: { readonly payload: string; readonly topic: string }) =>
    !(/\/alerts\/set$/.test(topic) && (payload === 'ON' || payload === 'OFF')) &&
    !(topic === 'homeassistant/status' && /^\s*(online|offline)\s*$/i.test(payload))
  const messages = fc.sample(hostile.filter(isHostile), { numRuns: most, seed: 6 })
  t.equal(messages.length, most)
  for (let from = 0; from < most; from += 200)
    await Promise.all(
      messages
        .slice(from, from + 200)
        .map(({ topic, payload, retain }) => client.publishAsync(topic, payload, { retain, qos: 1 })),
    )
  let health = '{}'
  const refused = () => Number(JSON.parse(health).messages_refused ?? 0)
  ha.client.on('message', (where, payload) => {
    if (where === `${P}/health`) health = payload.toString()
  })
  await until(() => refused() >= most, 'each is counted', 60_000)
  t.equal(refused(), most)
  t.equal(standing(), before)
  t.match(bridge.state, { connected: true, connects: 1 })
  t.same(ha.problems, [])
})
