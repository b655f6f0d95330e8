/**
 * One lasting connection to the broker, made of many short ones. The retry is ours: a client of the library can latch
 * after a keep-alive time-out and never try again, so every attempt gets a new client and none reconnects by itself.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { aborted, sleep } from '../lib/abort.ts'
import { BarnboxError } from '../lib/errors.ts'
import { ladderMs } from '../lib/ladder.ts'
import type { Log } from '../lib/log.ts'
import { redact } from '../lib/redact.ts'
import type { Clock } from '../types.ts'

export interface BrokerOptions {
  readonly url: string
  readonly clientId: string
  readonly username: string | undefined
  readonly password: string | undefined
  readonly will: { readonly topic: string; readonly payload: string }
}

/** What the owner does with a live connection. */
export interface Session {
  /** Retained, QoS 1; resolves at the broker's acknowledgement. Rejects when the connection is gone. */
  publish(topic: string, payload: string): Promise<void>
  /** False when the broker does not allow it. */
  subscribe(topic: string): Promise<boolean>
  onMessage(listener: (topic: string, payload: string) => void): void
}

export interface ConnectionState {
  connected: boolean
  lastError: string | null
  /** How often the broker has accepted us. */
  connects: number
}

const CONNECT_MS = 30_000
const KEEPALIVE_S = 30
/** How long a clean stop waits for the last words to be acknowledged. */
const GOODBYE_MS = 2000
/** A connection that lasted so long was a good one: the ladder begins anew. */
const HEALTHY_MS = 30_000

function clientOptions(options: BrokerOptions): IClientOptions {
  return {
    clientId: options.clientId,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    // Commands given while the box was away must not run when it is back.
    clean: true,
    queueQoSZero: false,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS,
    keepalive: KEEPALIVE_S,
    resubscribe: false,
    will: { topic: options.will.topic, payload: Buffer.from(options.will.payload), qos: 1, retain: true },
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

/** Resolves once the broker has said yes (CONNACK 0), else rejects with why. */
async function attempt(options: BrokerOptions, signal: AbortSignal): Promise<MqttClient> {
  const client = connect(options.url, clientOptions(options))
  let latest: unknown
  // A listener for good: an `error` event of an old client must never become an uncaught exception.
  client.on('error', (error) => {
    latest = error
  })
  const accepted = await new Promise<boolean>((resolve) => {
    client.once('connect', (answer) => resolve((answer.reasonCode ?? answer.returnCode ?? 0) === 0))
    client.once('error', () => resolve(false))
    client.once('close', () => resolve(false))
    void aborted(signal).then(() => resolve(false))
  })
  if (accepted && !signal.aborted) return client
  client.end(true)
  throw refusal(latest ?? new Error('it closed the connection'))
}

function sessionOf(client: MqttClient): Session {
  return {
    publish: async (topic, payload) => {
      // The library would hold it in memory until a reconnect that this client never makes.
      if (!client.connected) throw new BarnboxError('MQTT_UNREACHABLE', 'not connected')
      await client.publishAsync(topic, payload, { qos: 1, retain: true })
    },
    subscribe: async (topic) => {
      try {
        await client.subscribeAsync(topic, { qos: 1 })
        return true
      } catch (error) {
        // With the broker's answer it is a refusal; without, the connection is gone.
        if ((error as { packet?: unknown }).packet === undefined) throw error
        return false
      }
    },
    onMessage: (listener) =>
      void client.on('message', (topic, payload) => listener(topic, payload.toString('utf8'))),
  }
}

export interface Owner {
  /** Publishes everything anew. Only when it has resolved does the connection count as healthy. */
  connected(session: Session): Promise<void>
  lost(): void
  /** The last words before a clean stop. */
  goodbye(session: Session): Promise<void>
}

async function serve(client: MqttClient, owner: Owner, signal: AbortSignal): Promise<void> {
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const session = sessionOf(client)
  try {
    await Promise.race([owner.connected(session), closed, aborted(signal)])
    await Promise.race([closed, aborted(signal)])
  } finally {
    owner.lost()
    if (signal.aborted && client.connected) {
      const enough = new AbortController()
      const words = owner.goodbye(session).then(() => client.endAsync(false))
      await Promise.race([words.catch(() => {}), sleep(GOODBYE_MS, enough.signal)])
      enough.abort()
    }
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
    await serve(client, owner, until)
  } finally {
    run.abort()
  }
  if (!signal.aborted) throw new BarnboxError('MQTT_UNREACHABLE', 'The broker closed the connection.')
}

/** Runs until the signal aborts: connect, serve, wait, again. One log line per change of state. */
export async function runConnection(
  options: BrokerOptions,
  owner: Owner,
  deps: { log: Log; clock: Clock; state: ConnectionState; random?: () => number },
  signal: AbortSignal,
): Promise<void> {
  const { log, clock, state } = deps
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
    await sleep(ladderMs(failures, deps.random ?? Math.random), signal)
  }
  state.connected = false
}
