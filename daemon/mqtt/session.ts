/**
 * One connection to the broker while it lasts: what is said, in its order and not too much at once, and what is heard.
 */
import type { MqttClient } from 'mqtt'
import { BarnboxError } from '../lib/errors.ts'

/** Something to be said: kept by the broker and acknowledged, unless it says otherwise. */
export interface Letter {
  readonly topic: string
  readonly payload: string | Uint8Array
  readonly retain?: boolean
  readonly qos?: 0 | 1
  /** The broker forgets it after so long. MQTT 5 only. */
  readonly expirySeconds?: number | undefined
}

export interface Heard {
  readonly topic: string
  readonly payload: Buffer
  /** The broker had kept it: it was not said now. */
  readonly isKept: boolean
}

export interface Session {
  /** Resolves at the broker's acknowledgement. Rejects when the connection is gone. */
  publish(letter: Letter): Promise<void>
  /** Answers those that the broker does not allow. */
  subscribe(topics: readonly string[]): Promise<string[]>
  unsubscribe(topics: readonly string[]): Promise<void>
  onMessage(listener: (heard: Heard) => void): void
}

/** SUBACK's words for no. */
const refusedFrom = 0x80

export interface Dialect {
  readonly version: '3.1.1' | '5'
  readonly forbidsRetain: boolean
  /** So many are on their way at once. */
  readonly most: number
}

export function createSession(client: MqttClient, { version, forbidsRetain, most }: Dialect): Session {
  const inTurn = createWindow(most)
  const propertiesOf = (expirySeconds: number | undefined) =>
    version === '5' && expirySeconds !== undefined
      ? { properties: { messageExpiryInterval: expirySeconds } }
      : {}
  return {
    publish: ({ topic, payload, retain = true, qos = 1, expirySeconds }) =>
      inTurn(async () => {
        // The library would hold it in memory until a reconnect that this client never makes.
        if (!client.connected) throw new BarnboxError('MQTT_UNREACHABLE', 'not connected')
        const bytes = typeof payload === 'string' ? payload : Buffer.from(payload)
        const how = { qos, retain: retain && !forbidsRetain, ...propertiesOf(expirySeconds) }
        await client.publishAsync(topic, bytes, how)
      }),
    async subscribe(topics) {
      const asked = await Promise.all(topics.map((topic) => isGranted(client, topic)))
      return topics.filter((_, index) => asked[index] === false)
    },
    unsubscribe: async (topics) => void (await client.unsubscribeAsync([...topics])),
    onMessage: (listener) =>
      void client.on('message', (topic, payload, packet) =>
        listener({ topic, payload, isKept: packet.retain }),
      ),
  }
}

/** Each topic is asked for alone: one that is refused must not hide what was said of the others. */
async function isGranted(client: MqttClient, topic: string): Promise<boolean> {
  try {
    const granted = await client.subscribeAsync(topic, { qos: 1 })
    return granted.every(({ qos }) => qos < refusedFrom)
  } catch (error) {
    // With the broker's answer it is a refusal; without, the connection is gone.
    if ((error as { packet?: unknown }).packet === undefined) throw error
    return false
  }
}

/** At most so many at once, in the order in which they came; the first ones begin before it answers. */
function createWindow(most: number): (work: () => Promise<void>) => Promise<void> {
  let going = 0
  const line: (() => void)[] = []
  const next = () => {
    while (going < most) {
      const start = line.shift()
      if (!start) return
      going++
      start()
    }
  }
  return (work) =>
    new Promise((resolve, reject) => {
      line.push(() => {
        const done = work().then(resolve, reject)
        void done.finally(() => {
          going--
          next()
        })
      })
      next()
    })
}
