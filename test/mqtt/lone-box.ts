/**
 * A process that is nothing but the bridge, to be killed: `node lone-box.ts BROKER_URL`.
 */
import { startMqtt } from '../../daemon/mqtt/bridge.ts'
import { fakeBox } from '../http/fake-box.ts'

const { deps } = fakeBox()
startMqtt(
  { url: process.argv[2] ?? '', base_topic: 'barnbox' },
  {
    boxId: 'b7',
    version: '1.2.3',
    password: undefined,
    cameras: deps.cameras,
    horses: deps.horses.findByStreamId,
    facts: deps.facts,
    clock: deps.clock,
    log: deps.log,
  },
  new AbortController().signal,
)
// The bridge holds no timer that keeps a process alive by itself.
setInterval(() => {}, 1000)
