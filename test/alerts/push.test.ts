/**
 * Browsers are told by a push service: signed, encrypted, in order, again after an outage; and no more once they are gone.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { startDelivery } from '../../daemon/alerts/deliver.ts'
import { isPushAddress } from '../../daemon/alerts/push-address.ts'
import { openPushKeys } from '../../daemon/alerts/push-keys.ts'
import { openPush } from '../../daemon/barn-push.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { PushDevice, Severity } from '../../daemon/presence-types.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { StreamId, UserId } from '../../daemon/types.ts'
import { startPushService } from '../support/push-service.ts'
import { until } from '../support/until.ts'

const startMs = Date.UTC(2026, 10, 22, 3, 12)
const passwordHash = 'h'.repeat(80)
const never = new AbortController().signal

async function setUp(t: Test) {
  const stateDir = t.testdir({})
  const registry = openRegistry(':memory:', silentLog)
  const service = await startPushService()
  let nowMs = startMs
  const clock = { utcMs: () => nowMs, monoMs: () => nowMs }
  const { outbox, alerts, users } = registry
  const cameras = () => [{ id: 'yard' as StreamId, name: 'Yard' }] as never
  const config = { ttl_hours: 12, services: [service.origin] }
  const world = { registry, cameras, stateDir, zone: 'UTC', changed: () => {}, clock, log: silentLog }
  const push = openPush(config, world, never)
  const deps = { outbox, alert: alerts.get, expireMs: 72 * 3600_000, clock, log: silentLog, random: () => 0 }
  const delivering = startDelivery(push.sinks, deps, never)
  t.teardown(async () => {
    await delivering[Symbol.asyncDispose]()
    await service.close()
    registry[Symbol.dispose]()
  })
  const anna = users.add({ name: 'Anna', role: 'admin', passwordHash }, startMs)
  const join = (name: string, more: Partial<PushDevice> = {}, known: PushDevice['id'] | null = null) => {
    const { endpoint, keys } = service.browser(name)
    const bytes = (text: string) => Buffer.from(text, 'base64url')
    const said = { userId: anna.id, name, endpoint, p256dh: bytes(keys.p256dh), auth: bytes(keys.auth) }
    const device = { ...said, language: 'en', least: 'info' as const, ...more }
    return push.desk.put(device, { known, key: push.desk.key ?? '' })
  }
  const about = { stallId: null, horseId: null, part: null, detail: 'no route' }
  const raise = (camera: string, severity: Severity = 'warning') => {
    const names = push.sinks().map(({ name }) => name)
    const kind = { kind: 'camera_down', severity, streamId: camera as StreamId } as const
    const alert = alerts.raise({ ...kind, ...about }, names, clock.utcMs())
    delivering.wake()
    return alert
  }
  const pass = (ms: number) => {
    nowMs += ms
    delivering.wake()
  }
  return { registry, service, push, world, config, anna, join, raise, pass, delivering, clock, stateDir }
}

t.test('a browser is told in its language, sealed for it alone, and of the end as well', async (t) => {
  const { service, push, join, raise, pass, registry } = await setUp(t)
  join('phone', { language: 'de' })
  const alert = raise('yard', 'critical')
  await until(() => service.got.length === 1, 'it is told')
  const [first] = service.got
  t.match(first, {
    note: {
      ...{ title: 'Dringend: Kamera ausgefallen', tag: alert.id, url: `/alerts#alert-${alert.id}` },
      ...{ body: 'Yard\nseit 03:12', language: 'de', stays: true, isQuiet: false, occurredMs: startMs },
    },
    headers: { ttl: '43200', urgency: 'high', topic: alert.id.replaceAll('-', '') },
    claims: { sub: 'mailto:barnbox@example.com' },
    key: push.desk.key,
  })
  pass(10_000)
  registry.alerts.clear(alert.id, startMs + 10_000)
  pass(0)
  await until(() => service.got.length === 2, 'the end is told')
  t.match(service.got[1], {
    note: { title: 'Vorbei: Kamera ausgefallen', tag: alert.id, stays: false, isQuiet: true },
    headers: { urgency: 'low', topic: first?.headers['topic'] },
  })
  t.same(service.faults, [])
})

t.test('after an outage all comes once, in its order, and late; nobody else waits for it', async (t) => {
  const { service, join, raise, pass, registry } = await setUp(t)
  const phone = join('phone')
  join('tablet')
  const outage = [503, { status: 429, retryAfter: '120' }, 413] as const
  service.answer = ({ path }) => (path.endsWith('phone') ? (outage[service.refused.length] ?? 201) : 201)
  for (const camera of ['a', 'b', 'c', 'd']) raise(camera)
  const of = (name: string) => service.got.filter(({ path }) => path.endsWith(name))
  await until(() => of('tablet').length === 4, 'the tablet has all')
  await until(() => service.refused.length === 1, 'the phone is tried')
  t.match(registry.outbox.figures(`push:${phone.id}`), { waiting: 4 })
  pass(5000)
  await until(() => service.refused.length === 2, 'it is tried again')
  await until(() => /429/.test(registry.outbox.figures(`push:${phone.id}`).lastError ?? ''), 'it is noted')
  pass(60_000)
  t.equal(registry.outbox.next(`push:${phone.id}`, startMs + 65_000), null, 'not before the service wants it')
  pass(60_000)
  await until(() => of('phone').length === 3, 'the phone has them')
  t.same(
    of('phone').map(({ note }) => String(note['body']).split('\n')),
    ['b', 'c', 'd'].map((camera) => [camera, 'since 03:12', 'Told late.']),
    'one that is never taken holds up none',
  )
  await until(() => registry.outbox.figures(`push:${phone.id}`).waiting === 0, 'none waits')
  t.equal(registry.outbox.figures(`push:${phone.id}`).dropped, 1)
  t.same(service.faults, [])
})

t.test('a service that does not believe the box is asked again: clocks and keys are set right', async (t) => {
  const { service, join, raise, pass, registry } = await setUp(t)
  const phone = join('phone')
  const answers = [401, 403]
  service.answer = () => answers[service.refused.length] ?? 201
  raise('a')
  const figures = () => registry.outbox.figures(`push:${phone.id}`)
  for (const status of answers) {
    await until(() => figures().lastError?.endsWith(`${status}`) === true, `${status} is noted`)
    pass(10_000)
  }
  await until(() => service.got.length === 1, 'it is told')
  await until(() => figures().waiting === 0, 'none waits')
  t.equal(figures().dropped, 0)
})

t.test('a browser that its service knows no more is forgotten, with what waited for it', async (t) => {
  const { service, join, raise, pass, registry } = await setUp(t)
  const [gone, lost] = [join('gone'), join('lost')]
  service.answer = ({ path }) => (path.endsWith('gone') ? 410 : 404)
  for (const camera of ['a', 'b']) raise(camera)
  await until(() => registry.pushDevices.all().length === 0, 'both are forgotten')
  pass(0)
  for (const { id } of [gone, lost]) t.equal(registry.outbox.figures(`push:${id}`).waiting, 0)
  t.equal(service.refused.length, 2, 'each was asked once')
})

t.test('a service that hangs is left after a while, and a stop waits for nobody', async (t) => {
  const { service, join, raise, delivering, registry } = await setUp(t)
  const { id } = join('phone')
  let isAsked = false
  service.answer = () => {
    isAsked = true
    return 'hang'
  }
  raise('yard')
  await until(() => isAsked, 'it is asked')
  await delivering[Symbol.asyncDispose]()
  t.match(registry.outbox.figures(`push:${id}`), { waiting: 1, dropped: 0 })
})

t.test('a device goes with its user, and with a new password or role', async (t) => {
  const { join, registry, anna } = await setUp(t)
  const bert = registry.users.add({ name: 'Bert', role: 'viewer', passwordHash }, startMs)
  join('one')
  const two = join('two', { userId: bert.id })
  registry.users.change(anna.id, { passwordHash: 'g'.repeat(80) })
  t.same(registry.pushDevices.all(), [two])
  registry.users.remove(bert.id)
  t.same(registry.pushDevices.all(), [])
})

t.test('one browser is one device, whoever uses it; a user has eight at most', async (t) => {
  const { push, join, registry, anna, service } = await setUp(t)
  const first = join('phone')
  const said = { ...first, language: 'fr' }
  t.match(push.desk.put(said, { known: null, key: push.desk.key ?? '' }), { id: first.id, language: 'fr' })
  const renewed = join('phone-renewed', {}, first.id)
  t.equal(renewed.id, first.id, 'with another address it is the same')
  const bert = registry.users.add({ name: 'Bert', role: 'viewer', passwordHash }, startMs)
  const his = push.desk.put({ ...renewed, userId: bert.id }, { known: first.id, key: push.desk.key ?? '' })
  t.not(his.id, first.id)
  t.same(push.desk.devices(anna.id), [])
  for (let n = 0; n < 8; n++) join(`n${n}`)
  t.throws(() => join('one too many'), { code: 'PUSH_LIMIT' })
  const at = { known: null, key: push.desk.key ?? '' }
  t.throws(() => push.desk.put({ ...said, endpoint: 'https://example.com/x' }, at), { code: 'PUSH_ADDRESS' })
  t.throws(() => push.desk.put(said, { known: null, key: 'of another day' }), { code: 'STALE' })
  t.throws(() => push.desk.remove(anna.id, his.id), { code: 'NOT_FOUND' })
  t.same(service.got, [])
})

t.test('a test message says what became of it', async (t) => {
  const { push, join, anna, service, config, world } = await setUp(t)
  const { id } = join('phone', { language: 'es' })
  await push.desk.test(anna.id, id)
  t.match(service.got, [
    { note: { title: 'Una prueba desde la cuadra' }, headers: { ttl: '60', topic: 'test' } },
  ])
  await t.rejects(push.desk.test('nobody' as UserId, id), { code: 'NOT_FOUND' })
  service.answer = () => 500
  await t.rejects(push.desk.test(anna.id, id), { code: 'PUSH_FAILED' })
  service.answer = () => 410
  await t.rejects(push.desk.test(anna.id, id), { code: 'NOT_FOUND' })
  t.same(push.desk.devices(anna.id), [])
  const off = openPush(undefined, world, never)
  t.same([off.desk.key, off.sinks()], [null, []])
  const again = join('phone')
  t.throws(() => off.desk.put(again, { known: null, key: '' }), { code: 'PUSH_OFF' })
  const other = openPush({ ...config, contact: 'https://barn.example' }, world, never)
  service.answer = () => 201
  await other.desk.test(anna.id, again.id)
  t.equal(service.got.at(-1)?.claims.sub, 'https://barn.example')
})

t.test('the keys are made once, for the daemon’s user only; with others all begins anew', async (t) => {
  const { stateDir, push, world, config, registry, join: joinIn } = await setUp(t)
  const file = join(stateDir, 'push-keys.json')
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.equal(openPush(config, world, never).desk.key, push.desk.key)
  joinIn('phone')
  const kept = readFileSync(file)
  for (const spoilt of ['', '{}', '{"publicKey":"AAAA","privateKey":"AAAA"}']) {
    writeFileSync(file, spoilt)
    t.not(openPushKeys(stateDir).keys.publicKey, push.desk.key)
  }
  writeFileSync(file, kept)
  openPush(config, world, never)
  t.equal(registry.pushDevices.all().length, 1)
  writeFileSync(file, '')
  openPush(config, world, never)
  t.same(registry.pushDevices.all(), [], 'no service would take a message for it any more')
  t.equal(openPush(config, { ...world, stateDir: file }, never).desk.key, null)
})

t.test('only push services are posted to', async (t) => {
  const good = [
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://web.push.apple.com/abc',
    'https://wns2-par02p.notify.windows.com/w/?token=abc',
  ]
  const bad = [
    ...[
      'http://fcm.googleapis.com/x',
      'https://fcm.googleapis.com:8443/x',
      'https://u:p@fcm.googleapis.com/x',
    ],
    ...[
      'https://fcm.googleapis.com.evil.example/x',
      'https://evil-push.apple.com.example/',
      'https://xpush.apple.com/',
    ],
    ...[
      'https://127.0.0.1/x',
      'https://[::1]/x',
      'https://10.0.0.1/x',
      'https://localhost/x',
      'file:///etc/passwd',
    ],
    ...[
      'https://169.254.169.254/',
      'https://2130706433/',
      '',
      'fcm.googleapis.com',
      'https://fcm.googleapis.com@10.0.0.1/',
    ],
  ]
  for (const one of good) t.ok(isPushAddress(one, []), one)
  for (const one of bad) t.notOk(isPushAddress(one, []), one)
  t.ok(isPushAddress('http://127.0.0.1:9000/x', ['http://127.0.0.1:9000']))
  t.notOk(isPushAddress('http://127.0.0.1:9001/x', ['http://127.0.0.1:9000']))
  fc.assert(
    fc.property(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      (url) => !isPushAddress(url, []),
    ),
  )
  fc.assert(fc.property(fc.string(), (text) => !isPushAddress(text, [])))
})
