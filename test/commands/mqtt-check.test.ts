/**
 * `barnbox mqtt check` as an installer uses it, against brokers that lack something.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import t, { type Test } from 'tap'
import { silentLog } from '../../daemon/lib/log.ts'
import { openRegistry, registryFile } from '../../daemon/registry/registry.ts'
import { fakeBarn } from '../mqtt/barn.ts'
import { until } from '../mqtt/ear.ts'
import { start, startedBroker } from '../mqtt/start.ts'
import { noBroker } from '../support/broker.ts'
import { barnbox } from './cli.ts'

if (noBroker) {
  t.plan(0, noBroker)
  process.exit()
}
t.setTimeout(180_000)

const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-mqtt-check-'))
const registry = openRegistry(registryFile(stateDir), silentLog)
const { boxId } = registry
registry[Symbol.dispose]()

async function check(mqtt: object | undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-mqtt-check-'))
  const file = join(folder, 'barnbox.yaml')
  writeFileSync(join(folder, 'password'), 'right\n')
  writeFileSync(
    file,
    JSON.stringify({ cameras: [{ id: 'a', url: 'rtsp://cam/1' }], ...(mqtt ? { mqtt } : {}) }),
  )
  const args = ['mqtt', 'check', '--config', file]
  const json = await barnbox([...args, '--json'], { BARNBOX_STATE_DIR: stateDir })
  const human = () => barnbox(args, { BARNBOX_STATE_DIR: stateDir })
  const { findings = [] } = JSON.parse(json.stdout || '{}') as {
    findings?: { part: string; level: string; detail: string }[]
  }
  const of = (level: string) => findings.filter((one) => one.level === level).map(({ part }) => part)
  return { ...json, human, findings, problems: of('problem'), warnings: of('warning'), ok: of('ok') }
}

const detail = ({ findings }: Awaited<ReturnType<typeof check>>, part: string) =>
  findings.find((one) => one.part === part)?.detail

async function withBox(t: Test, url: string, more: object = {}) {
  const barn = fakeBarn({ boxId })
  const bridge = start(t, url, barn, more)
  await until(() => bridge.state.connected, 'the box')
}

t.test('all is well: beside a running box, which it does not disturb', async (t) => {
  const { url } = await startedBroker(t)
  await withBox(t, url)
  const client = await connectAsync(url)
  t.teardown(() => client.end(true))
  await client.publishAsync('homeassistant/status', 'online', { retain: true, qos: 1 })
  const heard: string[] = []
  client.on('message', (topic, payload) => void heard.push(`${topic}=${payload}`))
  await client.subscribeAsync(`barnbox/${boxId}/status`)
  const found = await check({ url })
  t.same([found.problems, found.warnings, found.code], [[], [], 0], JSON.stringify(found.findings))
  t.match(detail(found, 'home assistant'), /its status is online/)
  const human = await found.human()
  t.match(human.stdout, /^ok {7}connection: 127\.0\.0\.1:\d+ lets the box in, with MQTT 5$/m)
  t.notMatch(human.stderr, /MaxListeners/)
  t.same([...new Set(heard)], [`barnbox/${boxId}/status=online`])
  const kept: string[] = []
  const late = await connectAsync(url)
  t.teardown(() => late.end(true))
  late.on('message', (topic) => void kept.push(topic))
  await late.subscribeAsync('#')
  await until(() => kept.includes(`barnbox/${boxId}/status`), 'what is kept')
  t.same(
    kept.filter((topic) => topic.includes('check')),
    [],
    'it leaves nothing behind',
  )
})

t.test('nobody there, no broker named, a wrong password', async (t) => {
  const nobody = await check({ url: 'mqtt://127.0.0.1:9' })
  t.same([nobody.problems, nobody.code], [['connection'], 1])
  t.match(detail(nobody, 'connection'), /MQTT_UNREACHABLE.*ECONNREFUSED/)
  const none = await check(undefined)
  t.equal(none.code, 2)
  t.match(none.stderr, /BAD_REQUEST: the config names no broker/)
  const { url } = await startedBroker(t, { login: { user: 'barn', password: 'other' } })
  const wrong = await check({ url, username: 'barn', password_file: 'password' })
  t.same(wrong.problems, ['connection'])
  t.match(detail(wrong, 'connection'), /MQTT_REFUSED/)
  t.notMatch(wrong.stdout, /right/)
})

t.test('rights that lack are named, class by class', async (t) => {
  const rights = [
    ...['user barn', `topic readwrite barnbox/${boxId}/#`, `topic deny barnbox/${boxId}/horse/#`],
    ...['topic read homeassistant/status', ''],
  ]
  const { url } = await startedBroker(t, {
    login: { user: 'barn', password: 'right' },
    ...{ lines: ['acl_file FOLDER/acl'], files: { acl: rights.join('\n') } },
  })
  const found = await check({ url, username: 'barn', password_file: 'password' })
  t.same(found.problems, ['write horses', 'write discovery'])
  t.match(detail(found, 'write discovery'), `allow homeassistant/device/barnbox_${boxId}_check/config`)
  t.same(found.warnings, ['daemon', 'home assistant'])
  t.match(detail(found, 'home assistant'), /it speaks at its start only/)
  t.equal(found.code, 1)
})

t.test('who may only write, and a broker that keeps nothing', async (t) => {
  const blind = await startedBroker(t, {
    login: { user: 'barn', password: 'right' },
    lines: ['acl_file FOLDER/acl'],
    files: { acl: 'user barn\ntopic write #\n' },
  })
  const found = await check({ url: blind.url, username: 'barn', password_file: 'password' })
  t.ok(found.problems.includes('read commands'))
  t.ok(found.ok.includes('write horses'))
  const { url } = await startedBroker(t, { lines: ['retain_available false'] })
  const forgetful = await check({ url })
  t.same(forgetful.problems, ['retain'])
  t.match(detail(forgetful, 'retain'), /force_disable_retain/)
  const known = await check({ url, force_disable_retain: true, home_assistant: { discovery: false } })
  t.same(known.problems, [])
  t.same(known.warnings, ['daemon', 'retain'])
})

t.test('what a running box has seen of Home Assistant is remembered', async (t) => {
  const { url } = await startedBroker(t)
  await withBox(t, url)
  const client = await connectAsync(url)
  t.teardown(() => client.end(true))
  await client.publishAsync('homeassistant/status', 'online', { qos: 1 })
  const words: string[] = []
  client.on('message', (_topic, payload) => void words.push(payload.toString()))
  await client.subscribeAsync(`barnbox/${boxId}/health`)
  await until(() => words.some((one) => /"home_assistant_birth":"2/.test(one)), 'the box has told it')
  t.match(detail(await check({ url }), 'home assistant'), /the box saw it start at 2/)
})
