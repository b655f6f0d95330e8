/**
 * A barn without cameras or models that speaks MQTT: alerts and their outbox are real, in a database.
 */
import { type Delivering, startDelivery } from '../../daemon/alerts/deliver.ts'
import { openMqttWay } from '../../daemon/barn-mqtt.ts'
import type { MqttConfig } from '../../daemon/config/schema.ts'
import { configSchema } from '../../daemon/config/schema.ts'
import { type Bus, createBus } from '../../daemon/lib/bus.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import type { MqttDeps } from '../../daemon/mqtt/bridge.ts'
import type { Waits } from '../../daemon/mqtt/waits.ts'
import type { AlertKind, Place, Posture, StallView } from '../../daemon/presence-types.ts'
import { openRegistry, type Registry } from '../../daemon/registry/registry.ts'
import type { CameraView, Clock, Facts, Horse, HorseId, Stall, StallId } from '../../daemon/types.ts'
import { cameraView, horse, horseId, JPEG, streamId } from '../http/fake-box.ts'

/** Short waits; the ladder is the real one at a hundredth. */
export const quick: Partial<Waits> = {
  settleMs: 300,
  birthMs: [100, 300],
  collectMs: 150,
  pictureMs: 500,
  apartMs: 200,
  ladderMs: (failures) => (failures <= 5 ? 10 : failures <= 10 ? 50 : 100),
}

/** What the config makes of these keys. */
export function mqttConfig(more: object): MqttConfig {
  const given = { url: 'mqtt://127.0.0.1', ...more }
  const { mqtt } = configSchema.parse({ cameras: [{ id: 'yard', url: 'rtsp://cam/1' }], mqtt: given })
  if (!mqtt) throw new Error('no mqtt')
  return mqtt
}

export const stallId = (n: number) =>
  `01980000-0000-7000-8000-0000000001${String(n).padStart(2, '0')}` as StallId

export function stallView(n: number, more: Partial<StallView> = {}, of: Partial<Stall> = {}): StallView {
  return {
    stall: {
      ...{ id: stallId(n), streamId: streamId('yard'), kind: 'stall', name: `Stall ${n}` },
      ...{
        corners: [
          [0, 0],
          [0.5, 0],
          [0.5, 1],
        ] as const,
        expected: [horseId(1)],
        createdMs: 0,
        revision: 0,
      },
      ...of,
    },
    ...{ match: 'expected', occupied: true, horseId: horseId(1), certainty: 0.97654 },
    ...{ sinceMs: Date.UTC(2026, 10, 2, 3), watch: 'watching', watchSinceMs: 0, lookedMs: null },
    ...more,
  }
}

export interface FakeBarn {
  readonly deps: MqttDeps
  readonly facts: Bus<Facts>
  readonly registry: Registry
  readonly lines: string[]
  cameras: CameraView[]
  /** Those that are switched off. */
  readonly off: Set<string>
  readonly horses: Map<HorseId, Horse>
  stalls: StallView[]
  picture: Uint8Array | undefined
  isTelling: boolean
  /** Places that are silenced. */
  readonly silent: Set<Place>
  readonly postures: Map<StallId, Posture>
  hasLeft: boolean
  /** Raises an alert as the rules do: a row with its message; and tells it. */
  raise(kind: AlertKind, subject?: { stallId?: StallId; horseId?: HorseId; part?: string }): string
  clear(id: string): void
  /** Carries the outbox to the broker. */
  deliver(): AsyncDisposable
}

interface Making {
  readonly boxId?: string
  readonly file?: string
  readonly clock?: Clock
  readonly waits?: Partial<Waits>
  readonly more?: Partial<MqttDeps>
}

export function fakeBarn({ boxId = 'b7', file = ':memory:', clock = systemClock, waits, more }: Making = {}) {
  const lines: string[] = []
  const say = (_fields: object, message: string) => void lines.push(message)
  const log: Log = { ...silentLog, info: say, warn: say, error: say }
  const facts = createBus<Facts>(log)
  const registry = openRegistry(file, silentLog)
  const { alerts, outbox } = registry
  const way = openMqttWay(mqttConfig({}), registry.settings, clock)
  let delivering: Delivering | undefined
  const barn: FakeBarn = {
    ...{ facts, registry, lines, off: new Set(), horses: new Map(), picture: JPEG },
    ...{ cameras: [cameraView('yard', 'live', { name: 'Yard' })], stalls: [stallView(1)] },
    ...{ isTelling: true, hasLeft: false, silent: new Set(), postures: new Map() },
    raise(kind, { stallId: stall = null, horseId: whom = null, part = null } = {}) {
      const subject = { streamId: null, stallId: stall, horseId: whom, part }
      const raised = { kind, severity: 'warning' as const, detail: null, ...subject }
      const { id } = alerts.raise(raised, ['mqtt'], clock.utcMs())
      delivering?.wake()
      facts.publish('alert-changed', { alertId: id })
      return id
    },
    clear(id) {
      const alert = alerts.open().find((one) => one.id === id)
      if (!alert) throw new Error('it is not open')
      alerts.clear(alert.id, clock.utcMs())
      delivering?.wake()
      facts.publish('alert-changed', { alertId: alert.id })
    },
    deliver() {
      delivering = startDelivery(
        () => way.sinks,
        { outbox, alert: alerts.get, expireMs: 72 * 3600_000, clock, log, random: () => 0 },
        new AbortController().signal,
      )
      return delivering
    },
    deps: {
      ...{ boxId, version: '1.2.3', configHash: 'c0ffee', hardware: 'linux x64' },
      ...{ keeper: way.keeper, state: way.state, facts, clock, log, waits: { ...quick, ...waits } },
      alerts: {
        open: alerts.open,
        acknowledge: alerts.acknowledge,
        snooze: alerts.snooze,
        judge: alerts.judge,
      },
      telling: {
        isOn: (place) => (place === undefined ? barn.isTelling : !barn.silent.has(place)),
        set(isOn, place) {
          if (place === undefined) barn.isTelling = isOn
          else if (isOn) barn.silent.delete(place)
          else barn.silent.add(place)
        },
      },
      left: {
        get: () => barn.hasLeft,
        set(hasLeft) {
          barn.hasLeft = hasLeft
        },
      },
      barn: {
        cameras: () => barn.cameras,
        isOn: (id) => !barn.off.has(id),
        horses: () => [...barn.horses.values()],
        horse: (id) => barn.horses.get(id),
        stalls: () => barn.stalls,
        posture: (id) => barn.postures.get(id),
        stallOf: (id) => barn.stalls.find((view) => view.horseId === id),
        alerts: alerts.open,
        alert: alerts.get,
        picture: async () => barn.picture,
        avatar: (id) => (barn.horses.get(id)?.hasAvatar ? JPEG : undefined),
        health() {
          const { waiting, dropped } = outbox.figures('mqtt')
          const figures = {
            rssBytes: 7,
            diskFreeBytes: 8,
            fps: { yard: 4.9 },
            queues: { vision: 0, mqtt: waiting },
            alertsOpen: alerts.open().length,
          }
          return { ...figures, outbox: { waiting, dropped } }
        },
      },
      ...more,
    },
  }
  barn.horses.set(horseId(1), horse(1, { name: 'Thunder' }))
  return barn
}
