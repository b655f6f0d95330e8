/**
 * A process that is nothing but the bridge and the outbox, to be killed: `node lone-box.ts BROKER_URL [FILE [LATER_MS]]`. With a file the
 * outbox is kept there, and the clock is so much later. Each line of its input raises an alert; how many wait is said once that is a row.
 */
import { createInterface } from 'node:readline'
import { systemClock } from '../../daemon/lib/clock.ts'
import { startMqtt } from '../../daemon/mqtt/bridge.ts'
import { fakeBarn, mqttConfig } from './barn.ts'

const [url = '', file, later = '0'] = process.argv.slice(2)
const clock = { ...systemClock, utcMs: () => systemClock.utcMs() + Number(later) }
const barn = fakeBarn(file === undefined ? {} : { file, clock })
startMqtt(mqttConfig({ url }), barn.deps, new AbortController().signal)
barn.deliver()
const lines = createInterface({ input: process.stdin })
lines.on('line', (part) => {
  barn.raise('box_trouble', { part })
  process.stdout.write(`${barn.registry.outbox.figures('mqtt').waiting}\n`)
})
// The bridge holds no timer that keeps a process alive by itself.
setInterval(() => {}, 1000)
