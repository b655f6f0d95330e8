/**
 * Carries what is so to the broker, and what is asked back: which part is handed to which.
 */
import type { MqttConfig } from '../config/schema.ts'
import { repeat } from '../lib/abort.ts'
import type { Bus } from '../lib/bus.ts'
import type { Log } from '../lib/log.ts'
import type { AlertSubject, Place } from '../presence-types.ts'
import type { AlertId, Clock, Facts, HorseId, StreamId } from '../types.ts'
import { createAnnouncer } from './announcer.ts'
import { type AlertDesk, commandTable } from './command-table.ts'
import { createCommands } from './commands.ts'
import { type BrokerOptions, type ConnectionState, runConnection } from './connection.ts'
import { announcements, type DiscoveryStyle } from './discovery.ts'
import type { Gatekeeper } from './gate.ts'
import type { HomeState } from './home.ts'
import { createInbox } from './inbox.ts'
import { listenToFacts } from './listen.ts'
import { type Conductor, createConductor } from './owner.ts'
import { type HealthFigures, OFFLINE } from './payloads.ts'
import type { Letter } from './session.ts'
import { sendSnapshots } from './snapshots.ts'
import { createStates, refreshMs, type Source, type States } from './states.ts'
import { createTeller, type Teller } from './teller.ts'
import { type Topics, tellingOf, topicsOf } from './topics.ts'
import { usualWaits, type Waits } from './waits.ts'

/** What only the connection knows. */
type OwnFigures =
  | 'connects'
  | 'refused'
  | 'home'
  | 'startedMs'
  | 'nowMs'
  | 'camerasLive'
  | 'cameras'
  | 'framesDropped'

export interface MqttDeps {
  readonly boxId: string
  readonly version: string
  readonly configHash: string
  readonly hardware: string
  readonly pageUrl?: string | undefined
  readonly password?: string | undefined
  readonly tls?: BrokerOptions['tls']
  readonly barn: Omit<Source, 'health' | 'info' | 'isTelling'> & {
    health(): Omit<HealthFigures, OwnFigures>
    /** JPEG; undefined where there is none. */
    picture(id: StreamId): Promise<Uint8Array | undefined>
    avatar(id: HorseId): Uint8Array | undefined
    /** What an alert is about. */
    alert(id: AlertId): AlertSubject | undefined
  }
  readonly alerts: AlertDesk
  /** Whether alerts are told at all, or those of one place: switches for those at home. */
  readonly telling: { isOn(place?: Place): boolean; set(isOn: boolean, place?: Place): void }
  /** Whether the box has left Home Assistant; remembered over a restart. */
  readonly left: { get(): boolean; set(hasLeft: boolean): void }
  /** How the connection stands, for whoever else looks at it. */
  readonly state: ConnectionState
  /** Of the gate that events pass. */
  readonly keeper: Gatekeeper
  readonly facts: Bus<Facts>
  readonly clock: Clock
  readonly log: Log
  readonly waits?: Partial<Waits>
}

export type RunningMqtt = AsyncDisposable & {
  readonly state: Readonly<ConnectionState>
}

/** What is counted and remembered while the daemon runs. */
interface Memory {
  readonly state: ConnectionState
  readonly home: HomeState
  refused: number
  readonly startedMs: number
}

function sourceOf(deps: MqttDeps, memory: Memory): Source {
  const { barn, clock } = deps
  return {
    ...barn,
    info: deps,
    isTelling: deps.telling.isOn,
    health() {
      const cameras = barn.cameras()
      return {
        ...barn.health(),
        ...{ startedMs: memory.startedMs, nowMs: clock.utcMs(), cameras: cameras.length },
        camerasLive: cameras.filter((camera) => camera.state === 'live').length,
        framesDropped: cameras.reduce((sum, camera) => sum + camera.framesDropped, 0),
        ...{ connects: memory.state.connects, refused: memory.refused, home: memory.home },
      }
    },
  }
}

/** What others may ask for, and who is told of it. */
function openInbox(
  deps: MqttDeps,
  topics: Topics,
  homeStatus: string,
  { memory, teller, states, conductor }: Memorised & { readonly conductor: () => Conductor },
) {
  const { alerts, left, telling, clock, log } = deps
  const refused = () => {
    memory.refused++
  }
  const replay = () => conductor().replay()
  const commands = createCommands({
    commands: commandTable(alerts, { left, clock, replay, leave: () => conductor().leave() }),
    answer: async (name, payload) => {
      await teller.session()?.publish({ topic: topics.response(name), payload, retain: false })
    },
    refused,
    log,
  })
  const turn = (isOn: boolean, place?: Place) => {
    try {
      telling.set(isOn, place)
    } finally {
      // Also where it could not be stored: who turned it sees that it is as it was.
      if (!left.get()) teller.send(states.telling(place))
    }
  }
  const places = (): Place[] => [
    ...deps.barn.cameras().map(({ id }): Place => `camera/${id}`),
    ...deps.barn.stalls().map(({ stall }): Place => `stall/${stall.id}`),
  ]
  const switchOf = (thing: string) => {
    if (thing === tellingOf()) return turn
    const place = places().find((one) => thing === tellingOf(one))
    return place && ((isOn: boolean) => turn(isOn, place))
  }
  return createInbox({
    ...{ topics, homeStatus, commands, refused, switchOf, log },
    onOffline: () => conductor().onOffline(),
    onHome: (word) => conductor().onHome(word),
  })
}

interface Memorised {
  readonly memory: Memory
  readonly teller: Teller
  readonly states: States
}

/** Everything but the connection itself. */
function assemble(config: MqttConfig, deps: MqttDeps, memory: Memory, waits: Waits) {
  const { boxId, barn, left, clock, log } = deps
  const { discovery, prefix, status_topic: homeStatus, object_id: hasObjectId } = config.home_assistant
  const topics = topicsOf(config.base_topic, boxId)
  const style: DiscoveryStyle = { ...deps, prefix, hasObjectId }
  const teller = createTeller(clock, waits.apartMs)
  const states = createStates(sourceOf(deps, memory), topics)
  const announcer = createAnnouncer(() => {
    if (!discovery || left.get()) return []
    const horses = barn.horses().filter(({ standing }) => standing === 'horse')
    return announcements({ cameras: barn.cameras(), stalls: barn.stalls(), horses }, topics, style)
  })
  const inbox = openInbox(deps, topics, homeStatus, {
    ...{ memory, teller, states },
    conductor: () => conductor,
  })
  const areShown = () => config.snapshots && !left.get()
  const shown = {
    ...{ topics, waits, picture: barn.picture, avatar: barn.avatar },
    cameras: () => (areShown() ? barn.cameras() : []),
    horses: () => (areShown() ? barn.horses() : []),
    send: (letter: Letter) => teller.round(areShown() ? [letter] : []),
  }
  const conductor = createConductor({
    ...{ topics, boxId, prefix, homeStatus, teller, announcer, states, inbox, waits, clock, log },
    ...{ keeper: deps.keeper, home: memory.home, hasLeft: left.get },
    snapshots: (until) => sendSnapshots(shown, until),
    pictures: () => [
      ...shown.cameras().map(({ id }) => topics.cameraSnapshot(id)),
      ...shown.horses().map(({ id }) => topics.horseSnapshot(id)),
    ],
  })
  return { topics, teller, states, announcer, conductor }
}

/** Starts at once and never waits for a broker; without one the box does everything else. */
export function startMqtt(config: MqttConfig, deps: MqttDeps, signal: AbortSignal): RunningMqtt {
  const own = new AbortController()
  const until = AbortSignal.any([own.signal, signal])
  const waits = { ...usualWaits, ...deps.waits }
  const { clock, log, left, state } = deps
  const home: HomeState = { status: null, birthMs: null }
  const memory: Memory = { state, home, refused: 0, startedMs: clock.utcMs() }
  const parts = assemble(config, deps, memory, waits)
  const { topics, teller, conductor } = parts
  const listening = listenToFacts({ ...parts, barn: deps.barn, hasLeft: left.get, facts: deps.facts }, until)
  void repeat(waits.levelsMs, listening.beat, until)
  if (config.version === '5') void repeat(refreshMs, listening.refresh, until)
  const broker: BrokerOptions = {
    ...{ url: config.url, clientId: `barnbox-${deps.boxId}`, username: config.username },
    ...{ password: deps.password, tls: deps.tls, version: config.version },
    ...{ keepaliveSeconds: waits.keepaliveSeconds, forbidsRetain: config.force_disable_retain },
    will: () => ({ topic: topics.status, payload: OFFLINE, retain: !left.get() }),
  }
  const { ladderMs } = waits
  const running = runConnection(broker, conductor.owner, { log, clock, state, ladderMs }, until)
  return {
    state,
    async [Symbol.asyncDispose]() {
      own.abort()
      await running
      teller.attach(undefined)
    },
  }
}
