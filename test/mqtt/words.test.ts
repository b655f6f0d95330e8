import { readFileSync } from 'node:fs'
import t from 'tap'
import { ladderMs } from '../../daemon/lib/ladder.ts'
import { createPacer } from '../../daemon/mqtt/pacer.ts'
import {
  boxHealth,
  boxInfo,
  cameraStatus,
  type HealthFigures,
  horseState,
  stallState,
} from '../../daemon/mqtt/payloads.ts'
import { earsOf, topicsOf } from '../../daemon/mqtt/topics.ts'
import type { Alert, AlertKind } from '../../daemon/presence-types.ts'
import type { HorseId, StallId } from '../../daemon/types.ts'
import { horse, horseId, streamId } from '../http/fake-box.ts'
import { stallView } from './barn.ts'

t.test('topics', async (t) => {
  const topics = topicsOf('farm/barnbox', 'b7')
  const root = 'farm/barnbox/b7'
  t.same(
    [topics.status, topics.info, topics.health, topics.event, topics.alert('horse_missing')],
    [
      `${root}/status`,
      `${root}/info`,
      `${root}/health`,
      `${root}/event`,
      `${root}/alert/horse_missing/state`,
    ],
  )
  const id = '01980000-0000-7000-8000-000000000003'
  t.same(
    [topics.horse(horseId(3)), topics.horseSnapshot(horseId(3)), topics.stall(id as StallId)],
    [`${root}/horse/${id}/state`, `${root}/horse/${id}/snapshot`, `${root}/stall/${id}/state`],
  )
  const yard = streamId('yard')
  t.same(
    [topics.cameraStatus(yard), topics.cameraSnapshot(yard), topics.set('alerts'), topics.state('alerts')],
    [
      `${root}/camera/yard/status`,
      `${root}/camera/yard/snapshot`,
      `${root}/alerts/set`,
      `${root}/alerts/state`,
    ],
  )
  t.same([topics.command('x'), topics.response('x')], [`${root}/cmd/x`, `${root}/cmd/x/response`])
  for (const bad of ['+', '#', 'a/b', '', 'Thunder', 'a b'])
    t.throws(() => topics.horse(bad as HorseId), RangeError, bad)
  for (const bad of ['b_7', 'B7', '', 'b/7', '+']) t.throws(() => topicsOf('barnbox', bad), RangeError, bad)
  for (const bad of ['', 'a//b', '/a', 'a/#']) t.throws(() => topicsOf(bad, 'b7'), RangeError, bad)
  t.same(earsOf(topics, 'homeassistant/status'), [
    ...[`${root}/cmd/+`, `${root}/+/set`, `${root}/+/+/+/set`, `${root}/status`, 'homeassistant/status'],
  ])
})

const alert = (kind: AlertKind, stallId: StallId | null, horse: HorseId | null) =>
  ({ kind, stallId, horseId: horse }) as Alert

t.test('payloads', async (t) => {
  const thunder = horse(1, { name: 'Thünder "x"', confidence: 0.91234 })
  const view = stallView(1)
  const alerts = [
    alert('restless', view.stall.id, thunder.id),
    alert('horse_missing', null, thunder.id),
    alert('restless', null, thunder.id),
    alert('wrong_horse', view.stall.id, horseId(2)),
  ]
  t.equal(
    horseState(thunder, { stall: view, posture: undefined, alerts }),
    `{"stall":"${view.stall.id}","stall_name":"Stall 1","camera":"yard","last_seen":"2026-11-02T03:30:01.000Z","confidence":0.912,"posture":null,"alerts":["horse_missing","restless"],"number":1,"name":"Thünder \\"x\\""}`,
  )
  t.match(JSON.parse(horseState(thunder, { stall: undefined, posture: undefined, alerts: [] })), {
    stall: null,
    alerts: [],
  })
  t.equal(
    stallState(view, { horse: horse(1), alerts }),
    `{"occupied":true,"horse":"${horseId(1)}","horse_name":"Horse 1","expected":["${horseId(1)}"],"match":"expected","certainty":0.977,"since":"2026-11-02T03:00:00.000Z","watch":"watching","alerts":["restless","wrong_horse"],"name":"Stall 1","camera":"yard"}`,
  )
  const states = ['connecting', 'live', 'silent', 'down'] as const
  t.same(
    states.map((state) => cameraStatus(state, true)),
    ['offline', 'online', 'offline', 'offline'],
  )
  t.equal(cameraStatus('down', false), 'disabled')
  t.equal(
    boxInfo({ boxId: 'b7', version: '1.2.3', configHash: 'c0ffee' }),
    '{"box_id":"b7","version":"1.2.3","model":"barnbox","config_hash":"c0ffee"}',
  )
})

const figures: HealthFigures = {
  ...{
    startedMs: 0,
    nowMs: 61_400,
    rssBytes: 7,
    diskFreeBytes: 8,
    camerasLive: 1,
    cameras: 2,
    framesDropped: 3,
  },
  ...{
    fps: { yard: 4.9 },
    queues: { vision: 1, mqtt: 2 },
    outbox: { waiting: 2, dropped: 1 },
    alertsOpen: 3,
    connects: 4,
    refused: 5,
  },
  home: { status: 'online', birthMs: 1000 },
}

t.test('health', async (t) => {
  t.same(JSON.parse(boxHealth(figures)), {
    ...{ time: '1970-01-01T00:01:01.400Z', uptime_seconds: 61, rss_bytes: 7, disk_free_bytes: 8 },
    ...{ cameras_live: 1, cameras: 2, fps: { yard: 4.9 }, frames_dropped: 3, queues: { vision: 1, mqtt: 2 } },
    ...{ outbox_waiting: 2, outbox_dropped: 1, alerts_open: 3, mqtt_connects: 4, mqtt_reconnects: 3 },
    ...{ messages_refused: 5, home_assistant: 'online', home_assistant_birth: '1970-01-01T00:00:01.000Z' },
  })
})

t.test('the manual tells every figure of the health', async (t) => {
  const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const [, told = ''] = /\/health` \| each minute.*?: `\{(.*?)\}`/.exec(manual) ?? []
  t.equal(
    told,
    Object.keys(JSON.parse(boxHealth(figures)))
      .map((key) => `"${key}"`)
      .join(', '),
  )
})

t.test('the ladder: 5 x 1 s, 5 x 5 s, 10 x 10 s, then a minute for ever', async (t) => {
  const middle = () => 0.5
  const waits = Array.from({ length: 22 }, (_, n) => ladderMs(n + 1, middle) / 1000)
  t.same(waits, [1, 1, 1, 1, 1, 5, 5, 5, 5, 5, ...Array(10).fill(10), 60, 60])
  t.equal(
    ladderMs(1, () => 0),
    800,
  )
  t.equal(
    ladderMs(1, () => 1),
    1200,
  )
})

t.test('L23: one message per topic and interval, the newest wins', async (t) => {
  const sent: string[] = []
  let now = 0
  const clock = { monoMs: () => now, utcMs: () => 0 }
  const pacer = createPacer(({ topic, payload }) => void sent.push(`${topic}=${payload}`), clock, 30)
  pacer.put({ topic: 'a', payload: '1' })
  pacer.put({ topic: 'a', payload: '2' })
  pacer.put({ topic: 'a', payload: '3' })
  pacer.put({ topic: 'b', payload: '1' })
  t.same(sent, ['a=1', 'b=1'])
  now = 30
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.same(sent, ['a=1', 'b=1', 'a=3'])
  pacer.put({ topic: 'a', payload: '4' })
  pacer.clear()
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.same(sent, ['a=1', 'b=1', 'a=3'], 'cleared: nothing comes after')
})
