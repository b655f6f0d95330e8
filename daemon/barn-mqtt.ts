/**
 * What a broker is told of this barn, and what may be asked of it there.
 */
import { createHash } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Sink } from './alerts/deliver.ts'
import { eventOf } from './alerts/event.ts'
import type { BarnPresence } from './barn-presence.ts'
import type { Loaded } from './config/load.ts'
import type { Config, MqttConfig } from './config/schema.ts'
import type { AlertBook } from './http/deps.ts'
import { repeat } from './lib/abort.ts'
import type { Bus } from './lib/bus.ts'
import type { Log } from './lib/log.ts'
import { isLoopback } from './lib/loopback.ts'
import { startMqtt } from './mqtt/bridge.ts'
import { createGate, type Gate } from './mqtt/gate.ts'
import { listsOf } from './pipeline/scope.ts'
import type { Registry } from './registry/registry.ts'
import type { Settings } from './registry/settings.ts'
import type { CameraView, Clock, Facts, Horse, ScopeOf, StreamId } from './types.ts'

/** The way out that events take; `keeper` is for whoever knows the connection. */
export function openMqttWay(): {
  readonly sink: Sink
  readonly keeper: ReturnType<typeof createGate>['keeper']
} {
  const { gate, keeper } = createGate()
  return { sink: sinkOf(gate), keeper }
}

const sinkOf = (gate: Gate): Sink => ({
  // For machines: it has all of them.
  ...{ name: 'mqtt', least: 'info', ready: gate.ready },
  deliver: (message) => gate.send(JSON.stringify(eventOf(message))),
})

/** A switch for those at home; what is switched off by mistake would be silent for ever, so it ends by itself. */
export interface Telling {
  isOn(): boolean
  set(isOn: boolean): void
}

const silentMs = 12 * 3600_000
const silentKey = 'alerts_silent_until'
const leftKey = 'mqtt_left'

export function openTelling(settings: Settings, clock: Clock): Telling {
  return {
    isOn: () => Number(settings.get(silentKey) ?? 0) <= clock.utcMs(),
    set: (isOn) => settings.set(silentKey, String(isOn ? 0 : clock.utcMs() + silentMs)),
  }
}

export interface MqttParts {
  readonly registry: Registry
  readonly presence: BarnPresence
  readonly alerts: AlertBook
  readonly telling: Telling
  readonly keeper: ReturnType<typeof createGate>['keeper']
  readonly scopeOf: ScopeOf
  readonly facts: Bus<Facts>
  readonly views: () => readonly CameraView[]
  readonly picture: (id: StreamId) => Promise<Uint8Array | undefined>
  readonly stateDir: string
  readonly version: string
  readonly clock: Clock
  readonly log: Log
}

const figuresMs = 30_000

export function joinMqtt(
  loaded: Loaded,
  config: MqttConfig,
  parts: MqttParts,
  signal: AbortSignal,
): AsyncDisposable {
  const { registry, alerts, presence, telling, keeper, facts, version, clock, log } = parts
  const { secrets } = loaded
  const own = new AbortController()
  const until = AbortSignal.any([own.signal, signal])
  const figures = watchFigures(parts, until)
  const isOn = (id: StreamId) => loaded.config.cameras.some((camera) => camera.id === id && camera.enabled)
  const mqtt = startMqtt(
    config,
    {
      ...{ boxId: registry.boxId, version, configHash: hashOf(loaded.config) },
      ...{ hardware: `${process.platform} ${process.arch}`, pageUrl: pageOf(loaded.config) },
      ...{ password: secrets.mqttPassword, tls: secrets.mqttTls },
      ...{ alerts, telling, keeper, facts, clock, log },
      barn: {
        ...{ cameras: parts.views, isOn, picture: parts.picture, avatar: registry.horses.avatar },
        horses: () => horsesOf(parts),
        ...{ horse: registry.horses.get, alert: registry.alerts.get, alerts: alerts.open },
        ...{ stalls: presence.views, stallOf: presence.stallOf, health: figures },
      },
      left: {
        get: () => registry.settings.get(leftKey) === 'yes',
        set: (hasLeft) => registry.settings.set(leftKey, hasLeft ? 'yes' : 'no'),
      },
    },
    until,
  )
  return {
    async [Symbol.asyncDispose]() {
      await mqtt[Symbol.asyncDispose]()
      own.abort()
    },
  }
}

/** Everybody once: one that is away from home is listed twice. */
function horsesOf({ registry, scopeOf, views }: MqttParts): Horse[] {
  const listed = views().flatMap(({ id }) => listsOf(registry.horses, scopeOf)(id))
  return [...new Map(listed.map((horse) => [horse.id, horse])).values()]
}

/** What is measured: rates over some time, and the disk. */
function watchFigures({ views, registry, alerts, stateDir, clock }: MqttParts, signal: AbortSignal) {
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
    return { rssBytes: process.memoryUsage.rss(), diskFreeBytes, fps, outbox, alertsOpen }
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
