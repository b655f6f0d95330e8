/**
 * An ear on everything that a broker carries, and patience.
 */
import { connectAsync, type MqttClient } from 'mqtt'
import type { Test } from 'tap'
import { until as untilSo } from '../support/until.ts'

export interface Heard {
  readonly topic: string
  readonly payload: string
  readonly retained: boolean
}

export interface Ear {
  readonly client: MqttClient
  readonly heard: Heard[]
  last(topic: string): string | undefined
  /** All that came there, in its order. */
  all(topic: string): string[]
}

export async function ear(t: Test, url: string, reconnectPeriod = 0): Promise<Ear> {
  const client = await connectAsync(url, { reconnectPeriod })
  t.teardown(() => client.end(true))
  client.on('error', () => {})
  const heard: Heard[] = []
  client.on('message', (topic, payload, packet) =>
    heard.push({ topic, payload: payload.toString(), retained: packet.retain }),
  )
  await client.subscribeAsync('#', { qos: 1 })
  return {
    ...{ client, heard },
    last: (topic) => heard.findLast((one) => one.topic === topic)?.payload,
    all: (topic) => heard.filter((one) => one.topic === topic).map(({ payload }) => payload),
  }
}

/** A loaded machine is slow. */
export const until = (isSo: () => boolean, what: string, ms = 20_000) => untilSo(isSo, what, ms)
