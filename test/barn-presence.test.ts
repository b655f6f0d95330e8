import t, { type Test } from 'tap'
import { asksForPostures } from '../daemon/barn-alerts.ts'
import { watchStalls } from '../daemon/barn-presence.ts'
import { watchQuality } from '../daemon/cameras/quality.ts'
import { alertsSchema } from '../daemon/config/alerts.ts'
import { createBus } from '../daemon/lib/bus.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { openRegistry } from '../daemon/registry/registry.ts'
import type { Box, CameraView, Facts, SeenBox, StreamId, TrackletId } from '../daemon/types.ts'
import { cameraView } from './http/fake-box.ts'
import { until } from './support/until.ts'

const north = 'north' as StreamId
const startMs = Date.UTC(2026, 10, 22, 20)
const whole = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
] as const

/** A stall with a horse that stands for an hour and lies for five minutes; how it is estimated then. */
function watch(t: Test, withPostures: boolean) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const registry = openRegistry(':memory:', silentLog, 'none')
  t.teardown(() => registry[Symbol.dispose]())
  const by = { actor: null, nowMs: startMs }
  const stall = registry.stalls.add(
    { streamId: north, kind: 'stall', name: '1', corners: whole, expected: [] },
    by,
  )
  const facts = createBus<Facts>(silentLog)
  const time = { nowMs: startMs }
  const clock = { utcMs: () => time.nowMs, monoMs: () => time.nowMs }
  const cameras = () => [{ id: north, state: 'live' } as CameraView]
  const parts = { registry, facts, clock, cameras, overlap: () => false }
  const presence = watchStalls(
    { ...parts, quality: () => null, isWatching: () => true },
    { asksForPostures: () => withPostures },
    stop.signal,
  )
  for (let second = 0; second < 3900; second++) {
    time.nowMs = startMs + second * 1000
    const box: Box = [500, second < 3600 ? 200 : 360, 800, 500]
    const seen = { score: 0.9, kind: 'horse', certainty: null, horseId: null } as const
    const boxes: SeenBox[] = [{ ...seen, box, trackletId: 't' as TrackletId }]
    facts.publish('frame-analysed', {
      ...{ streamId: north, seq: second, utcMs: time.nowMs, width: 1280, height: 720, boxes },
    })
  }
  return { stall, postures: presence.postures() }
}

t.test('a horse that lies is told to the rules, where one of them asks', async (t) => {
  const { stall, postures } = watch(t, true)
  const posture = postures.get(stall.id)
  t.match(posture, { restlessSinceMs: null, isUnsure: false })
  t.ok(Math.abs((posture?.lyingSinceMs ?? 0) - startMs - 3_600_000) < 60_000)
  t.equal(watch(t, false).postures.size, 0)
})

t.test('a camera of which few pictures come sees in part; one that nobody looks at, nothing', async (t) => {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const registry = openRegistry(':memory:', silentLog, 'none')
  t.teardown(() => registry[Symbol.dispose]())
  registry.stalls.add(
    { streamId: north, kind: 'stall', name: '1', corners: whole, expected: [] },
    { actor: null, nowMs: startMs },
  )
  const facts = createBus<Facts>(silentLog)
  const time = { nowMs: startMs }
  const clock = { utcMs: () => time.nowMs, monoMs: () => time.nowMs }
  const quality = watchQuality(() => 5, clock.monoMs)
  const camera = cameraView('north', 'live')
  const presence = watchStalls(
    {
      ...{ registry, facts, clock, cameras: () => [camera], overlap: () => false },
      ...{ quality: quality.read, isWatching: () => true },
    },
    { asksForPostures: () => false },
    stop.signal,
  )
  const told: string[] = []
  facts.on('stall-changed', () => void told.push(presence.views()[0]?.watch ?? ''), stop.signal)
  const watch = () => presence.views()[0]?.watch
  let framesDecoded = 0
  /** So many pictures a second, for so long; each is looked at. */
  const pass = (seconds: number, fps: number) => {
    for (let second = 0; second < seconds; second++) {
      time.nowMs += 1000
      framesDecoded += fps
      quality.sample([{ ...camera, framesDecoded }])
      facts.publish('frame-analysed', {
        ...{ streamId: north, seq: second, utcMs: time.nowMs, width: 1280, height: 720, boxes: [] },
      })
    }
  }
  pass(60, 5)
  await until(() => watch() === 'watching', 'all is seen')
  pass(600, 2)
  await until(() => watch() === 'partly_blind', 'two of five come')
  pass(700, 5)
  await until(() => watch() === 'watching', 'all come again')
  time.nowMs += 31_000
  await until(() => watch() === 'blind', 'nobody looks')
  t.same(told, ['watching', 'partly_blind', 'watching', 'blind'], 'each is told')
})

t.test('nobody asks unless an experimental rule is switched on', async (t) => {
  const asks = (alerts: object) => asksForPostures(alertsSchema.parse(alerts))
  t.equal(asks({}), false)
  t.equal(asks({ rules: { down_too_long: { enabled: true } } }), true)
  t.equal(asks({ enabled: false, rules: { restless: { enabled: true } } }), false)
})
