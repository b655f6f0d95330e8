/**
 * A camera goes while nobody listens, and the box is killed: what was raised arrives once, in its order, and late is said to be late.
 * And who stands in a stall that was drawn.
 */
import t from 'tap'
import { startBox } from '../../scripts/demonstration/box.ts'
import { type Posted, startHook } from '../support/hook.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { noSystem, stateFolder, swayClip, until, untilCamera, untilHorses } from './harness.ts'

const skip = await noSystem()
if (skip) {
  t.plan(0, skip)
  process.exit()
}

interface Event {
  readonly id: string
  readonly event_type: string
  readonly edge: string
  readonly camera: string | null
  readonly stall: string | null
  readonly delayed: boolean
}

interface StallState {
  readonly stall_id: string
  readonly match: string
  readonly horse_id: string | null
  readonly watch: string
}

t.test('raised while nobody listens, killed, told once and in order', async (t) => {
  const stateDir = await stateFolder(t)
  const clip = await swayClip()
  const camera = await startRtspCamera({ '/cam': clip })
  const got: Event[] = []
  const keep = ({ body }: Posted) => got.push(JSON.parse(body) as Event)
  const first = await startHook(keep)
  const config = {
    http: { port: 0 },
    cameras: [{ id: 'yard', url: camera.url('/cam'), fps: 2, silence_seconds: 3 }],
    alerts: {
      // The box is killed: that the kernel has ended others meanwhile is none of its alerts.
      rules: { camera_down: { after_seconds: 2, cool_down_seconds: 0 }, box_trouble: { enabled: false } },
      webhooks: [{ url: `http://127.0.0.1:${first.port}/hook` }],
    },
  }
  const box = await startBox({ config, stateDir })
  const horses = await untilHorses(box, 'yard', 3)
  const corners = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ]
  const expected = horses.map(({ id }) => id)
  const drawn = await fetch(new URL('/api/v1/streams/yard/stalls', box.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'All of it', corners, expected }),
  })
  t.equal(drawn.status, 201)
  const stalls = async () => (await box.get<{ stalls: StallState[] }>('/api/v1/stalls')).stalls
  await until('one of them is in the stall', async () => (await stalls())[0]?.match === 'expected', 60_000)
  const [seen] = await stalls()
  t.equal(seen?.watch, 'watching')
  t.ok(expected.includes(seen?.horse_id ?? ''))
  t.same(got, [], 'all is well')

  await first.close()
  await camera.kill('SIGKILL')
  const open = async () =>
    (await box.get<{ alerts: { kind: string; id: string }[] }>('/api/v1/alerts?open=true')).alerts
  await until('the camera is said to be down', async () => (await open()).length > 0, 60_000)
  const [alert] = await open()
  t.equal(alert?.kind, 'camera_down')
  t.equal((await stalls())[0]?.watch, 'blind')
  await box.end('SIGKILL')

  const again = await startHook(keep, { port: first.port })
  t.teardown(again.close)
  await using back = await startBox({ config, stateDir })
  await until('it is told', () => got.length > 0, 60_000)
  t.match(got, [{ event_type: 'camera_down', edge: 'raised', camera: 'yard' }])
  await using _camera = await startRtspCamera({ '/cam': clip }, { port: camera.port })
  await untilCamera(back, 'yard', 'live', 30_000)
  await until('its end is told', () => got.length > 1, 60_000)
  t.same(
    got.map(({ edge }) => edge),
    ['raised', 'cleared'],
  )
  t.equal(new Set(got.map(({ id }) => id)).size, 2, 'each once')
})
