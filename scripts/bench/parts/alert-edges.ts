/**
 * How long it takes from an alert that is raised or cleared to a subscriber of a real broker: the level, and the event out of the outbox.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { startMqtt } from '../../../daemon/mqtt/bridge.ts'
import { fakeBarn, mqttConfig } from '../../../test/mqtt/barn.ts'
import { createBroker } from '../../../test/support/broker.ts'

const withinMs = 10_000

/** Milliseconds of each edge, of `count` alerts raised and cleared one after the other. */
export async function edgeDelays(count: number): Promise<number[]> {
  await using broker = await createBroker()
  await broker.start()
  const barn = fakeBarn()
  await using _bridge = startMqtt(
    mqttConfig({ url: broker.url, snapshots: false }),
    barn.deps,
    new AbortController().signal,
  )
  await using _delivering = barn.deliver()
  const client = await connectAsync(broker.url)
  try {
    const atMs = new Map<string, number>()
    client.on('message', (_, payload) => {
      const { alert, edge } = JSON.parse(payload.toString()) as { alert: string; edge: string }
      atMs.set(`${alert} ${edge}`, performance.now())
    })
    await client.subscribeAsync('barnbox/+/event', { qos: 1 })
    const told = async (key: string, startedMs: number): Promise<number> => {
      while (!atMs.has(key)) {
        if (performance.now() - startedMs > withinMs)
          throw new Error(`not told within ${withinMs} ms: ${key}`)
        await wait(1)
      }
      return (atMs.get(key) ?? 0) - startedMs
    }
    const delays: number[] = []
    // The first one waits until the connection has settled.
    for (let n = 0; n <= count; n++) {
      const raisedMs = performance.now()
      const id = barn.raise('box_trouble', { part: `part ${n}` })
      const raised = await told(`${id} raised`, raisedMs)
      const clearedMs = performance.now()
      barn.clear(id)
      const cleared = await told(`${id} cleared`, clearedMs)
      if (n > 0) delays.push(raised, cleared)
    }
    return delays
  } finally {
    await client.endAsync(true)
  }
}
