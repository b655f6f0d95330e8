/**
 * What a broker is told of this barn, and what may be asked of it there.
 */
import { createHash } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Sink } from './alerts/deliver.ts'
import { eventOf } from './alerts/event.ts'
import type { Roster } from './barn-cameras.ts'
import type { BarnPresence } from './barn-presence.ts'
import type { Loaded } from './config/load.ts'
import type { Config, MqttConfig } from './config/schema.ts'
import type { AlertBook } from './http/deps.ts'
import { repeat } from './lib/abort.ts'
import type { Bus } from './lib/bus.ts'
import type { Log } from './lib/log.ts'
import { isLoopback } from './lib/loopback.ts'
import { startMqtt } from './mqtt/bridge.ts'
import { type ConnectionState, unconnected } from './mqtt/connection.ts'
import { createGate, type Gate, type Gatekeeper } from './mqtt/gate.ts'
import { listsOf } from './pipeline/scope.ts'
import type { AlertSubject, Place } from './presence-types.ts'
import type { Registry } from './registry/registry.ts'
import type { Settings } from './registry/settings.ts'
import type { CameraView, Clock, Facts, Horse, ScopeOf, StreamId } from './types.ts'

/** What there is of MQTT before anybody connects. */
export interface MqttWay {
  /** The way out that events take, where the config names a broker. */
  readonly sinks: readonly Sink[]
  /** For whoever knows the connection. */
  readonly keeper: Gatekeeper
  readonly state: ConnectionState
  readonly telling: Telling
}

export function openMqttWay(config: MqttConfig | undefined, settings: Settings, clock: Clock): MqttWay {
  const { gate, keeper } = createGate()
  const state = unconnected()
  return { sinks: config ? [sinkOf(gate, state)] : [], keeper, state, telling: openTelling(settings, clock) }
}

const sinkOf = (gate: Gate, state: ConnectionState): Sink => ({
  // For machines: it has all of them.
  ...{ name: 'mqtt', least: 'info', ready: gate.ready },
  trouble: () => state.lastError,
  deliver: (message) => gate.send(JSON.stringify(eventOf(message))),
})

/**
 * Whether alerts are told, of the box or of one place: switches for those at home. What is switched off by mistake would be silent for
 * ever, so it ends by itself.
 */
export interface Telling {
  isOn(place?: Place): boolean
  set(isOn: boolean, place?: Place): void
}

/** Whether anybody is told of what is about this. */
export const isToldOf =
  ({ isOn }: Telling) =>
  ({ streamId, stallId }: AlertSubject): boolean =>
    isOn() &&
    (streamId === null || isOn(`camera/${streamId}`)) &&
    (stallId === null || isOn(`stall/${stallId}`))

const silentMs = 12 * 3600_000
const silentKey = 'alerts_silent_until'
const leftKey = 'mqtt_left'

function openTelling(settings: Settings, clock: Clock): Telling {
  const keyOf = (place?: Place) => (place === undefined ? silentKey : `${silentKey}/${place}`)
  return {
    isOn: (place) => Number(settings.get(keyOf(place)) ?? 0) <= clock.utcMs(),
    set: (isOn, place) => settings.set(keyOf(place), String(isOn ? 0 : clock.utcMs() + silentMs)),
  }
}

export interface MqttParts {
  readonly registry: Registry
  readonly presence: BarnPresence
  readonly alerts: AlertBook
  readonly mqtt: MqttWay
  readonly roster: Pick<Roster, 'configs'>
  readonly scopeOf: ScopeOf
  readonly facts: Bus<Facts>
  readonly views: () => readonly CameraView[]
  readonly picture: (id: StreamId) => Promise<Uint8Array | undefined>
  /** Requests that wait for the models. */
  readonly waitingForVision: () => number
  readonly stateDir: string
  readonly version: string
  readonly clock: Clock
  readonly log: Log
}

const figuresMs = 30_000

/** Nothing where the config names no broker. */
export function joinMqtt(
  { config, secrets }: Loaded,
  parts: MqttParts,
  signal: AbortSignal,
): AsyncDisposable {
  const { registry, alerts, presence, facts, version, clock, log } = parts
  const { keeper, state, telling } = parts.mqtt
  const own = new AsyncDisposableStack()
  if (!config.mqtt) return own
  const ending = new AbortController()
  own.defer(() => ending.abort())
  const until = AbortSignal.any([ending.signal, signal])
  const figures = watchFigures(parts, until)
  const isOn = (id: StreamId) => parts.roster.configs.some((camera) => camera.id === id && camera.enabled)
  const mqtt = startMqtt(
    config.mqtt,
    {
      ...{ boxId: registry.boxId, version, configHash: hashOf(config) },
      ...{ hardware: `${process.platform} ${process.arch}`, pageUrl: pageOf(config) },
      ...{ password: secrets.mqttPassword, tls: secrets.mqttTls },
      ...{ alerts, telling, keeper, state, facts, clock, log },
      barn: {
        ...{ cameras: parts.views, isOn, picture: parts.picture, avatar: registry.horses.avatar },
        horses: () => horsesOf(parts),
        ...{ horse: registry.horses.get, alert: registry.alerts.get, alerts: alerts.open },
        ...{ stalls: presence.views, stallOf: presence.stallOf, health: figures },
        posture: (id) => presence.postures().get(id),
      },
      left: {
        get: () => registry.settings.get(leftKey) === 'yes',
        set: (hasLeft) => registry.settings.set(leftKey, hasLeft ? 'yes' : 'no'),
      },
    },
    until,
  )
  own.use(mqtt)
  return own
}

/** Everybody once: one that is away from home is listed twice. */
function horsesOf({ registry, scopeOf, views }: MqttParts): Horse[] {
  const listed = views().flatMap(({ id }) => listsOf(registry.horses, scopeOf)(id))
  return [...new Map(listed.map((horse) => [horse.id, horse])).values()]
}

/** What is measured: rates over some time, and the disk. */
function watchFigures(parts: MqttParts, signal: AbortSignal) {
  const { views, registry, alerts, stateDir, clock } = parts
  let diskFreeBytes: number | null = null
  let before = { monoMs: clock.monoMs(), frames: new Map<StreamId, number>() }
  let fps: Record<string, number> = {}
  const look = async () => {
    const now = {
      monoMs: clock.monoMs(),
      frames: new Map(views().map((one) => [one.id, one.framesAnalysed])),
    }
    const seconds = Math.max(1, now.monoMs - before.monoMs) / 1000
    const rate = (id: StreamId, frames: number) =>
      Math.max(0, frames - (before.frames.get(id) ?? 0)) / seconds
    fps = Object.fromEntries(
      [...now.frames].map(([id, frames]) => [id, Math.round(rate(id, frames) * 10) / 10]),
    )
    before = now
    const disk = await statfs(stateDir).catch(() => null)
    diskFreeBytes = disk && disk.bavail * disk.bsize
  }
  void repeat(figuresMs, look, signal)
  return () => {
    const { waiting, dropped } = registry.outbox.figures('mqtt')
    const outbox = { waiting, dropped }
    const alertsOpen = alerts.open().length
    const ways = alerts.ways().map(({ name, figures }) => [name, figures.waiting] as const)
    const queues = { vision: parts.waitingForVision(), ...Object.fromEntries(ways) }
    return { rssBytes: process.memoryUsage.rss(), diskFreeBytes, fps, queues, outbox, alertsOpen }
  }
}

/** Tells one config from another; secrets are not in it. */
const hashOf = (config: Config) =>
  createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12)

/** Where others find the page; undefined where only the box itself can open it. */
function pageOf({ http: { host, port, tls } }: Config): string | undefined {
  if (isLoopback(host)) return undefined
  const isAny = host === '0.0.0.0' || host === '::'
  const name = isAny ? hostname() : host.includes(':') ? `[${host}]` : host
  return `${tls ? 'https' : 'http'}://${name}:${port}`
}
