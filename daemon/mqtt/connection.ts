/**
 * One lasting connection to the broker, made of many short ones. The retry is ours: a client of the library can latch
 * after a keep-alive time-out and never try again, so every attempt gets a new client and none reconnects by itself.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { aborted, sleep } from '../lib/abort.ts'
import { BarnboxError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { redact } from '../lib/redact.ts'
import type { Clock } from '../types.ts'
import { createSession, type Letter, type Session } from './session.ts'

export interface BrokerOptions {
  readonly url: string
  readonly clientId: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** In PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
  readonly version: '3.1.1' | '5'
  readonly keepaliveSeconds: number
  /** The broker keeps nothing and forbids to ask for it. */
  readonly forbidsRetain: boolean
  /** What the broker says for a box that has died; asked before every attempt. */
  readonly will: () => Letter
}

export interface ConnectionState {
  connected: boolean
  lastError: string | null
  /** How often the broker has accepted us. */
  connects: number
}

/** Before the first try. */
export const unconnected = (): ConnectionState => ({ connected: false, lastError: null, connects: 0 })

const CONNECT_MS = 30_000
/** So many messages are on their way at once; a broker that takes fewer says so. */
const mostInFlight = 10
/** A connection that is back so soon was never away, for those who heard no will. MQTT 5 only. */
const WILL_DELAY_S = 15
/** The broker keeps to itself what is larger: nobody has so much to say to the box. MQTT 5 only. */
const LARGEST_HEARD = 1 << 20
/** How long a clean stop waits for the last words to be acknowledged. */
const GOODBYE_MS = 2000
/** A connection that lasted so long was a good one: the ladder begins anew. */
const HEALTHY_MS = 30_000

function clientOptions(options: BrokerOptions): IClientOptions {
  const { username, password, tls } = options
  const isFive = options.version === '5'
  const { topic, payload, retain = true } = options.will()
  return {
    clientId: options.clientId,
    protocolVersion: isFive ? 5 : 4,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...tls,
    // Commands given while the box was away must not run when it is back.
    clean: true,
    queueQoSZero: false,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS,
    keepalive: options.keepaliveSeconds,
    resubscribe: false,
    ...(isFive ? { properties: { maximumPacketSize: LARGEST_HEARD } } : {}),
    will: {
      topic,
      payload: Buffer.from(payload),
      qos: 1,
      retain: retain && !options.forbidsRetain,
      ...(isFive ? { properties: { willDelayInterval: WILL_DELAY_S } } : {}),
    },
  }
}

function refusal(error: unknown): BarnboxError {
  const code = (error as { code?: unknown }).code
  const text = redact(error instanceof Error ? error.message || String(code) : String(error))
  // A number is the broker's own answer; a word like ECONNREFUSED comes from the network.
  if (typeof code === 'number')
    return new BarnboxError('MQTT_REFUSED', `The broker refused the connection: ${text}`)
  return new BarnboxError('MQTT_UNREACHABLE', `The broker cannot be reached: ${text}`)
}

/** A client that the broker has said yes to (CONNACK 0). */
interface Accepted {
  readonly client: MqttClient
  /** How much it takes at once. */
  readonly most: number
}

/** Resolves once the broker has said yes, else rejects with why. */
export async function attempt(options: BrokerOptions, signal: AbortSignal): Promise<Accepted> {
  const client = connect(options.url, clientOptions(options))
  let latest: unknown
  let most = mostInFlight
  // A listener for good: an `error` event of an old client must never become an uncaught exception.
  client.on('error', (error) => {
    latest = error
  })
  const accepted = await new Promise<boolean>((resolve) => {
    client.once('connect', (answer) => {
      most = Math.min(most, answer.properties?.receiveMaximum ?? most)
      resolve((answer.reasonCode ?? answer.returnCode ?? 0) === 0)
    })
    client.once('error', () => resolve(false))
    client.once('close', () => resolve(false))
    void aborted(signal).then(() => resolve(false))
  })
  if (accepted && !signal.aborted) return { client, most }
  client.end(true)
  throw refusal(latest ?? new Error('it closed the connection'))
}

export interface Owner {
  /** Publishes everything anew; the signal aborts when the connection is gone. */
  connected(session: Session, until: AbortSignal): Promise<void>
  lost(): void
  /** The last words before a clean stop. */
  goodbye(session: Session): Promise<void>
}

async function serve(
  { client, most }: Accepted,
  owner: Owner,
  options: BrokerOptions,
  signal: AbortSignal,
): Promise<void> {
  const gone = new AbortController()
  client.once('close', () => gone.abort())
  const until = AbortSignal.any([signal, gone.signal])
  const session = createSession(client, { ...options, most })
  try {
    await Promise.race([owner.connected(session, until), aborted(until)])
    await aborted(until)
  } finally {
    owner.lost()
    if (signal.aborted && client.connected) {
      const enough = new AbortController()
      const words = owner.goodbye(session).then(() => client.endAsync(false))
      await Promise.race([words.catch(() => {}), sleep(GOODBYE_MS, enough.signal)])
      enough.abort()
    }
    gone.abort()
    client.end(true)
  }
}

/** One connection from its attempt to its end; rejects with why it ended unless the signal did it. */
async function once(
  options: BrokerOptions,
  owner: Owner,
  accepted: () => void,
  signal: AbortSignal,
): Promise<void> {
  // Its own signal, so that nothing of it stays hanging on the daemon's.
  const run = new AbortController()
  const until = AbortSignal.any([signal, run.signal])
  try {
    const client = await attempt(options, until)
    accepted()
    await serve(client, owner, options, until)
  } finally {
    run.abort()
  }
  if (!signal.aborted) throw new BarnboxError('MQTT_UNREACHABLE', 'The broker closed the connection.')
}

export interface ConnectionDeps {
  readonly log: Log
  readonly clock: Clock
  readonly state: ConnectionState
  /** How long to wait after so many failures in a row. */
  readonly ladderMs: (failures: number) => number
}

/** Runs until the signal aborts: connect, serve, wait, again. One log line per change of state. */
export async function runConnection(
  options: BrokerOptions,
  owner: Owner,
  { log, clock, state, ladderMs }: ConnectionDeps,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    let since = Number.POSITIVE_INFINITY
    try {
      await once(
        options,
        owner,
        () => {
          since = clock.monoMs()
          Object.assign(state, { connected: true, lastError: null, connects: state.connects + 1 })
          log.info({ connects: state.connects }, 'connected to the broker')
        },
        signal,
      )
    } catch (thrown) {
      const error = thrown instanceof BarnboxError ? thrown : refusal(thrown)
      const isNews = state.connected || state.lastError !== error.message
      Object.assign(state, { connected: false, lastError: error.message })
      if (isNews) log.warn({ code: error.code, reason: error.message }, 'no broker; trying for ever')
    }
    // A broker that takes us and drops us at once is no healthier than one that does not answer.
    failures = clock.monoMs() - since >= HEALTHY_MS ? 1 : failures + 1
    await sleep(ladderMs(failures), signal)
  }
  state.connected = false
}
