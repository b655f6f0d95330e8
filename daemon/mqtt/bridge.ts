/**
 * Carries what is so to the broker, as retained states: all of it after every connect (a broker may forget), then
 * what changes. `online` comes last, so that whoever sees it finds every state behind it.
 */

import type { MqttConfig } from '../config/schema.ts'
import { repeat } from '../lib/abort.ts'
import type { Bus } from '../lib/bus.ts'
import type { Log } from '../lib/log.ts'
import type { CameraView, Clock, Facts, Horse, StreamId } from '../types.ts'
import { type ConnectionState, type Owner, runConnection, type Session } from './connection.ts'
import { createPacer } from './pacer.ts'
import { boxHealth, boxInfo, cameraStatus, horseState, OFFLINE, ONLINE } from './payloads.ts'
import { type Topics, topicsOf } from './topics.ts'

export interface MqttDeps {
  readonly boxId: string
  readonly version: string
  readonly password: string | undefined
  readonly cameras: () => readonly CameraView[]
  readonly horses: (stream: StreamId) => readonly Horse[]
  readonly facts: Bus<Facts>
  readonly clock: Clock
  readonly log: Log
  /** Bytes this process holds. */
  readonly rssBytes?: () => number
}

export type RunningMqtt = AsyncDisposable & {
  readonly state: Readonly<ConnectionState>
}

const HEALTH_MS = 60_000

function createOwner(topics: Topics, deps: MqttDeps, state: ConnectionState, startedMs: number) {
  let live: Session | undefined
  const send = (topic: string, payload: string) => {
    // A failed publish means a lost connection: everything is published again after the next one.
    live?.publish(topic, payload).catch(() => {})
  }
  const pacer = createPacer(send, deps.clock)
  const health = () => {
    const cameras = deps.cameras()
    return boxHealth({
      startedMs,
      nowMs: deps.clock.utcMs(),
      rssBytes: deps.rssBytes?.(),
      camerasLive: cameras.filter((camera) => camera.state === 'live').length,
      cameras: cameras.length,
      framesDropped: cameras.reduce((sum, camera) => sum + camera.framesDropped, 0),
      connects: state.connects,
    })
  }
  const everything = () => {
    const cameras = deps.cameras()
    // One that is away from home may be listed twice.
    const listed = cameras.flatMap((camera) => deps.horses(camera.id))
    const horses = new Map(listed.map((horse) => [horse.id, horse])).values()
    return [
      ...cameras.map((camera) => [topics.camera(camera.id), cameraStatus(camera.state)] as const),
      ...[...horses].map((horse) => [topics.horse(horse.id), horseState(horse)] as const),
      [topics.info, boxInfo(deps)] as const,
      [topics.health, health()] as const,
    ]
  }
  const listen = createListener(topics.status, deps.log)
  const owner: Owner = {
    async connected(session) {
      session.onMessage((topic, payload) => {
        // The will of an older connection can come after our own word.
        if (topic === topics.status && payload === OFFLINE && live === session) send(topic, ONLINE)
      })
      // Handed over in one go, so that whatever changes from now on is sent after it.
      const round = everything().map(([topic, payload]) => session.publish(topic, payload))
      live = session
      await Promise.all(round)
      // Meanwhile the stop may have said `offline`: that stays the last word.
      if (live !== session) return
      await session.publish(topics.status, ONLINE)
      await listen(session)
    },
    lost() {
      live = undefined
      pacer.clear()
    },
    goodbye: (session) => session.publish(topics.status, OFFLINE),
  }
  return { owner, send, pacer, health }
}

/**
 * Listens for a stale `offline`. The states need no ear, so a broker that forbids one still gets them; some forbid it by
 * hanging up, and are not asked again right after.
 */
function createListener(topic: string, log: Log): (session: Session) => Promise<void> {
  let isAsking = false
  let isTold = false
  const refused = () => {
    if (!isTold)
      log.warn({ code: 'MQTT_REFUSED', topic }, 'the broker does not let us read; states are still sent')
    isTold = true
  }
  return async (session) => {
    const hungUp = isAsking
    isAsking = false
    if (hungUp) return refused()
    isAsking = true
    const isGranted = await session.subscribe(topic)
    isAsking = false
    if (isGranted) isTold = false
    else refused()
  }
}

/** Starts at once and never waits for a broker; without one the box does everything else. */
export function startMqtt(config: MqttConfig, deps: MqttDeps, signal: AbortSignal): RunningMqtt {
  const own = new AbortController()
  const until = AbortSignal.any([own.signal, signal])
  const topics = topicsOf(config.base_topic, deps.boxId)
  const state: ConnectionState = { connected: false, lastError: null, connects: 0 }
  const { owner, send, pacer, health } = createOwner(topics, deps, state, deps.clock.utcMs())

  const tell = (horse: Horse) => pacer.put(topics.horse(horse.id), horseState(horse))
  deps.facts.on(
    'camera-changed',
    (camera) => send(topics.camera(camera.id), cameraStatus(camera.state)),
    until,
  )
  // Nothing retained is left of it.
  deps.facts.on('camera-gone', ({ streamId }) => send(topics.camera(streamId), ''), until)
  deps.facts.on('horse-changed', (fact) => tell(fact.horse), until)
  // Nothing retained is left of a horse that is gone.
  deps.facts.on('horse-gone', ({ horseId }) => pacer.put(topics.horse(horseId), ''), until)
  deps.facts.on('horses-seen', (fact) => fact.horses.forEach(tell), until)
  void repeat(HEALTH_MS, () => send(topics.health, health()), until)

  const broker = {
    url: config.url,
    clientId: `barnbox-${deps.boxId}`,
    username: config.username,
    password: deps.password,
    will: { topic: topics.status, payload: OFFLINE },
  }
  const running = runConnection(broker, owner, { log: deps.log, clock: deps.clock, state }, until)
  return {
    state,
    async [Symbol.asyncDispose]() {
      own.abort()
      await running
      pacer.clear()
    },
  }
}
