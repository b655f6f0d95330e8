/**
 * A process that is nothing but the bridge and the outbox, to be killed: `node lone-box.ts BROKER_URL [FILE [ALERT...]]`. With a file the
 * outbox is kept there; each alert is raised at the start, and how many wait is said once they are rows.
 */
import { startMqtt } from '../../daemon/mqtt/bridge.ts'
import { fakeBarn, mqttConfig } from './barn.ts'

const [url = '', file, ...parts] = process.argv.slice(2)
const barn = fakeBarn(file === undefined ? {} : { file })
for (const part of parts) barn.raise('box_trouble', { part })
process.stdout.write(`${barn.registry.outbox.figures('mqtt').waiting}\n`)
startMqtt(mqttConfig({ url }), barn.deps, new AbortController().signal)
barn.deliver()
// The bridge holds no timer that keeps a process alive by itself.
setInterval(() => {}, 1000)
