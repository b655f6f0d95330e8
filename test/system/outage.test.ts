/** A camera's server gone for twenty seconds: said soon, back soon, the same horses; the other camera never notices. */
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { startBox } from '../../scripts/demonstration/box.ts'
import { watchFrames } from '../../scripts/demonstration/watch.ts'
import { createBroker, noBroker } from '../support/broker.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import {
  horsesOf,
  leftNaming,
  listenToBroker,
  noSystem,
  stateFolder,
  swayClip,
  until,
  untilCamera,
  untilHorses,
} from './harness.ts'

const skip = noBroker || (await noSystem())
if (skip) {
  t.plan(0, skip)
  process.exit()
}
const outageMs = 20_000
const downWithinMs = 15_000
const liveWithinMs = 10_000
/** At five pictures a second; a busy machine may skip many. */
const longestGapMs = 3_000

t.test('the server of one camera is away for 20 s', async (t) => {
  const stateDir = await stateFolder(t)
  const clip = await swayClip()
  const broker = await createBroker()
  t.teardown(() => broker[Symbol.asyncDispose]())
  await broker.start()
  const gone = await startRtspCamera({ '/cam': clip })
  await using other = await startRtspCamera({ '/cam': clip })
  const addresses = [gone.url('/cam'), other.url('/cam')]
  const config = {
    http: { port: 0 },
    mqtt: { url: broker.url },
    cameras: [
      { id: 'yard', url: gone.url('/cam'), fps: 3 },
      { id: 'aisle', url: other.url('/cam'), fps: 3 },
    ],
  }
  await using box = await startBox({ config, stateDir })
  const ear = await listenToBroker(t, broker.url)
  const said = () => ear.lastWhere((topic) => topic.endsWith('/camera/yard/status'))
  const known = await untilHorses(box, 'yard', 3)
  await untilCamera(box, 'aisle', 'live', 20_000)
  await until('online', () => said() === 'online', 10_000)
  using aisle = watchFrames(box.url, 'aisle')
  await until('the other camera is watched', () => aisle.frames.length > 0, 10_000)
  const atMs = Date.now()

  await gone.kill('SIGKILL')
  const killed = performance.now()
  const [downMs, offlineMs] = await Promise.all([
    untilCamera(box, 'yard', 'down', downWithinMs),
    until('offline on MQTT', () => said() === 'offline', downWithinMs),
  ])
  await wait(Math.max(0, outageMs - (performance.now() - killed)))

  const backAtMs = Date.now()
  await using _again = await startRtspCamera({ '/cam': clip }, { port: gone.port })
  using yard = watchFrames(box.url, 'yard')
  const [liveMs, onlineMs] = await Promise.all([
    untilCamera(box, 'yard', 'live', liveWithinMs),
    until('online on MQTT', () => said() === 'online', liveWithinMs),
  ])
  t.comment(
    `down after ${downMs} ms (MQTT ${offlineMs}), live ${liveMs} ms after its return (MQTT ${onlineMs})`,
  )

  const idsSince = () =>
    new Set(
      yard.frames
        .filter(({ utcMs }) => utcMs > backAtMs)
        .flatMap(({ boxes }) => boxes.map(({ horseId }) => horseId as string | null)),
    )
  await until('all horses are recognised', () => known.every(({ id }) => idsSince().has(id)), 30_000)
  t.same(
    (await horsesOf(box, 'yard')).map(({ id, number }) => ({ id, number })),
    known.map(({ id, number }) => ({ id, number })),
    'the same ids, and no new one',
  )

  const times = [atMs, ...aisle.frames.map(({ utcMs }) => utcMs).filter((ms) => ms > atMs), Date.now()]
  const gapMs = Math.max(...times.slice(1).map((ms, index) => ms - (times[index] ?? ms)))
  t.ok(gapMs < longestGapMs, `the other camera was never unwatched for longer than ${Math.round(gapMs)} ms`)
  t.equal(await box.end('SIGTERM'), 0)
  t.same(await leftNaming([...addresses, stateDir], 5_000), [])
})
