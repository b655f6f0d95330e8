import { readFileSync } from 'node:fs'
import t from 'tap'
import { ladderMs } from '../../daemon/lib/ladder.ts'
import { createPacer } from '../../daemon/mqtt/pacer.ts'
import { boxHealth, boxInfo, cameraStatus, horseState } from '../../daemon/mqtt/payloads.ts'
import { topicsOf } from '../../daemon/mqtt/topics.ts'
import type { HorseId } from '../../daemon/types.ts'
import { horse, horseId, streamId } from '../http/fake-box.ts'

t.test('topics', async (t) => {
  const topics = topicsOf('farm/barnbox', 'b7')
  t.same(
    [topics.status, topics.info, topics.health, topics.camera(streamId('yard')), topics.horse(horseId(3))],
    [
      'farm/barnbox/b7/status',
      'farm/barnbox/b7/info',
      'farm/barnbox/b7/health',
      'farm/barnbox/b7/camera/yard/status',
      'farm/barnbox/b7/horse/01980000-0000-7000-8000-000000000003/state',
    ],
  )
  for (const bad of ['+', '#', 'a/b', '', 'Thunder', 'a b'])
    t.throws(() => topics.horse(bad as HorseId), RangeError, bad)
  for (const bad of ['b_7', 'B7', '', 'b/7', '+']) t.throws(() => topicsOf('barnbox', bad), RangeError, bad)
  for (const bad of ['', 'a//b', '/a', 'a/#']) t.throws(() => topicsOf(bad, 'b7'), RangeError, bad)
})

t.test('payloads', async (t) => {
  t.equal(
    horseState(horse(1, { name: 'Thünder "x"', confidence: 0.91234 })),
    '{"stall":null,"camera":"yard","last_seen":"2026-11-02T03:30:01.000Z","confidence":0.912,"number":1,"name":"Thünder \\"x\\""}',
  )
  t.same((['connecting', 'live', 'silent', 'down'] as const).map(cameraStatus), [
    'offline',
    'online',
    'offline',
    'offline',
  ])
  t.equal(boxInfo({ boxId: 'b7', version: '1.2.3' }), '{"box_id":"b7","version":"1.2.3","model":"barnbox"}')
  const figures = { startedMs: 0, nowMs: 61_400, rssBytes: 7, camerasLive: 1, cameras: 2, framesDropped: 3 }
  t.equal(
    boxHealth({ ...figures, connects: 4 }),
    '{"time":"1970-01-01T00:01:01.400Z","uptime_seconds":61,"rss_bytes":7,"cameras_live":1,"cameras":2,"frames_dropped":3,"mqtt_connects":4}',
  )
})

t.test('the manual tells every figure of the health', async (t) => {
  const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const [, told = ''] = /\/health` \| each minute: `\{(.*)\}`/.exec(manual) ?? []
  const figures = { startedMs: 0, nowMs: 0, rssBytes: 7, camerasLive: 1, cameras: 2, framesDropped: 3 }
  const sent = Object.keys(JSON.parse(boxHealth({ ...figures, connects: 4 })))
  t.equal(told, sent.map((key) => `"${key}"`).join(', '))
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
  const pacer = createPacer((topic, payload) => void sent.push(`${topic}=${payload}`), clock, 30)
  pacer.put('a', '1')
  pacer.put('a', '2')
  pacer.put('a', '3')
  pacer.put('b', '1')
  t.same(sent, ['a=1', 'b=1'])
  now = 30
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.same(sent, ['a=1', 'b=1', 'a=3'])
  pacer.put('a', '4')
  pacer.clear()
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.same(sent, ['a=1', 'b=1', 'a=3'], 'cleared: nothing comes after')
})
