/**
 * What a barn hands to MQTT: the switch that silences alerts, and what it does.
 */
import { tmpdir } from 'node:os'
import t from 'tap'
import { watchOver } from '../daemon/barn-alerts.ts'
import { isToldOf, openMqttWay } from '../daemon/barn-mqtt.ts'
import { configSchema } from '../daemon/config/schema.ts'
import { createBus } from '../daemon/lib/bus.ts'
import { systemClock } from '../daemon/lib/clock.ts'
import { silentLog } from '../daemon/lib/log.ts'
import { overlapOf } from '../daemon/pipeline/scope.ts'
import type { Place } from '../daemon/presence-types.ts'
import { openRegistry } from '../daemon/registry/registry.ts'
import type { Fault } from '../daemon/system-types.ts'
import type { Facts, StallId, StreamId } from '../daemon/types.ts'
import { mqttConfig } from './mqtt/barn.ts'
import { until } from './support/until.ts'

const hourMs = 3600_000

t.test('a silence is remembered, ends by a word, and by itself', async (t) => {
  const registry = openRegistry(':memory:', silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  let nowMs = Date.UTC(2026, 10, 28)
  const clock = { utcMs: () => nowMs, monoMs: () => nowMs }
  const open = () => openMqttWay(mqttConfig({}), registry.settings, clock)
  const { telling } = open()
  t.ok(telling.isOn())
  telling.set(false)
  t.notOk(telling.isOn())
  t.notOk(open().telling.isOn(), 'also by who starts later')
  nowMs += 11 * hourMs
  t.notOk(telling.isOn())
  nowMs += hourMs
  t.ok(telling.isOn())
  telling.set(false)
  telling.set(true)
  t.ok(telling.isOn())
  t.same(openMqttWay(undefined, registry.settings, clock).sinks, [], 'no broker, no way out')
})

t.test('a camera or a stall is silent by itself', async (t) => {
  const registry = openRegistry(':memory:', silentLog)
  t.teardown(() => registry[Symbol.dispose]())
  let nowMs = Date.UTC(2026, 10, 28)
  const { telling } = openMqttWay(mqttConfig({}), registry.settings, {
    utcMs: () => nowMs,
    monoMs: () => nowMs,
  })
  const box = { streamId: null, stallId: null, horseId: null, part: 'disk' }
  const yard = { ...box, streamId: 'yard' as StreamId, part: null }
  const [camera, stall]: Place[] = [`camera/${yard.streamId}`, `stall/${'s1' as StallId}`]
  const inStall = { ...yard, stallId: 's1' as StallId }
  const aisle = { ...yard, streamId: 'aisle' as StreamId }
  const told = () => [box, yard, inStall, aisle].map(isToldOf(telling))
  t.same(told(), [true, true, true, true])
  telling.set(false, stall)
  t.same(told(), [true, true, false, true])
  telling.set(false, camera)
  telling.set(true, stall)
  t.same(told(), [true, false, false, true], 'and what is of its stalls')
  t.ok(telling.isOn())
  telling.set(false)
  t.same(told(), [false, false, false, false])
  telling.set(true)
  nowMs += 12 * hourMs
  t.same(told(), [true, true, true, true], 'it ends by itself')
})

t.test(
  'while it is silent alerts are rows and nobody is told; what is still so is told after it',
  async (t) => {
    const registry = openRegistry(':memory:', silentLog)
    const facts = createBus<Facts>(silentLog)
    const way = openMqttWay(mqttConfig({}), registry.settings, systemClock)
    const found = new Map<string, Fault>([['models', { part: 'models', detail: 'broken' }]])
    const { alerts } = configSchema.parse({
      cameras: [{ id: 'yard', url: 'rtsp://cam/1' }],
      alerts: { rules: { box_trouble: { after_seconds: 0 } } },
    })
    way.telling.set(false)
    const over = watchOver(
      alerts,
      {
        ...{
          registry,
          facts,
          overlap: overlapOf([]),
          clock: systemClock,
          log: silentLog,
          stateDir: tmpdir(),
        },
        ...{ cameras: () => [], quality: () => null, isWatching: () => true, isOn: () => true },
        ...{ secrets: new Map(), picture: async () => undefined, faults: () => [...found.values()] },
        ...{ sinks: way.sinks, isTelling: way.telling.isOn, isToldOf: isToldOf(way.telling) },
      },
      new AbortController().signal,
    )
    t.teardown(async () => {
      await over[Symbol.asyncDispose]()
      registry[Symbol.dispose]()
    })
    const parts = () => registry.alerts.open().map(({ part }) => part)
    await until(() => parts().includes('models'), 'the first is a row')
    const waiting = () => registry.outbox.figures('mqtt').waiting
    t.equal(waiting(), 0)
    const mqtt = () => over.book.ways().find(({ name }) => name === 'mqtt')?.figures
    t.match(mqtt(), { waiting: 0, lastError: null })
    way.state.lastError = 'The broker cannot be reached'
    t.match(mqtt(), { lastError: 'The broker cannot be reached' }, 'also where nothing was tried yet')
    way.telling.set(true)
    found.set('ffmpeg', { part: 'ffmpeg', detail: 'missing' })
    await until(() => waiting() === 2, 'both are told')
    t.ok(parts().includes('ffmpeg'))
  },
)
