/**
 * The disk is full: the box says so, goes on watching, lets people look, and is well again by itself once there is room. On a real,
 * small file system, for which the test must be allowed to mount one.
 */
import t from 'tap'
import { startBox } from '../../scripts/demonstration/box.ts'
import { startHook } from '../support/hook.ts'
import { startRtspCamera } from '../support/rtsp.ts'
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.ts'
import { horsesOf, noSystem, swayClip, until, untilHorses } from './harness.ts'

const disk = mountSmallDisk(192)
const skip = await noSystem()
if (skip || disk === null) {
  t.plan(0, skip || noSmallDisk)
  process.exit()
}
t.teardown(() => disk[Symbol.dispose]())

t.setTimeout(240_000)

interface Told {
  readonly event_type: string
  readonly edge: string
  readonly camera: string | null
  readonly part: string | null
  readonly occurred_at: string
}

interface Ready {
  readonly ok: boolean
  readonly checks: { readonly registry: string }
}

t.test('a full disk is said, stops nothing but storing, and mends itself', async (t) => {
  const clip = await swayClip()
  await using camera = await startRtspCamera({ '/cam': clip })
  const other = await startRtspCamera({ '/cam': clip })
  const told: Told[] = []
  const hook = await startHook(({ body }) => told.push(JSON.parse(body) as Told))
  t.teardown(hook.close)
  const config = {
    http: { port: 0 },
    cameras: [
      { id: 'yard', url: camera.url('/cam'), fps: 2 },
      { id: 'gate', url: other.url('/cam'), fps: 0.5, silence_seconds: 3 },
    ],
    alerts: {
      rules: { camera_down: { after_seconds: 2 }, box_trouble: { after_seconds: 0 } },
      webhooks: [{ url: `http://127.0.0.1:${hook.port}/hook` }],
    },
  }
  await using box = await startBox({ config, stateDir: disk.folder })
  await untilHorses(box, 'yard', 3)
  const ready = async () => (await (await fetch(`${box.url}/readyz`)).json()) as Ready
  const page = async () => (await fetch(box.url)).text()
  t.equal((await ready()).checks.registry, 'ok')
  const downMs = async (wanted: string) => {
    const { cameras } = await box.get<{ cameras: { id: string; state: string; since: string }[] }>(
      '/api/v1/cameras',
    )
    const down = cameras.find(({ id, state }) => id === wanted && state === 'down')
    return down ? Date.now() - Date.parse(down.since) : 0
  }
  const analysed = async () => {
    const { cameras } = await box.get<{ cameras: { frames_analysed: number }[] }>('/api/v1/cameras')
    return cameras[0]?.frames_analysed ?? 0
  }
  const countOf = async () =>
    (await horsesOf(box, 'yard')).reduce((sum, one) => sum + one.total_detections, 0)

  await until(
    'it is said that nothing can be stored',
    async () => {
      // What the box let go of meanwhile is taken too.
      disk.fill()
      return (await ready()).checks.registry !== 'ok'
    },
    60_000,
  )
  const { ok, checks } = await ready()
  t.equal(ok, false)
  t.match(checks.registry, /full|disk/i)
  t.match(await page(), /Nothing can be stored/)
  const before = await analysed()
  await until('it goes on watching', async () => (await analysed()) > before + 5, 30_000)
  t.equal((await horsesOf(box, 'yard')).length, 3, 'and what is known is shown')
  const name = await fetch(`${box.url}/api/v1/streams/yard/horses/${(await horsesOf(box, 'yard'))[0]?.id}`, {
    ...{ method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"notes":"kicks"}' },
  })
  t.match({ status: name.status, body: await name.json() }, { status: 503, body: { code: 'DB_WRITE' } })
  const counted = await countOf()
  await other.kill('SIGKILL')
  await until('it would be an alert by now', async () => (await downMs('gate')) > 5000, 60_000)
  t.notOk(
    told.some(({ event_type: kind }) => kind === 'camera_down'),
    'what is no row is not told',
  )
  const roomMs = Date.now()
  disk.clear()
  await until('it is well again', async () => (await ready()).checks.registry === 'ok', 30_000)
  t.notMatch(await page(), /Nothing can be stored/)
  await until('what waited is stored', async () => (await countOf()) > counted, 30_000)
  t.equal((await horsesOf(box, 'yard')).length, 3, 'nobody was made anew')
  const raised = () => told.filter(({ edge, part }) => edge === 'raised' && part !== 'disk')
  await until('what was so is told', () => raised().length > 1, 30_000)
  t.same(
    raised().map(({ part, camera: id }) => part ?? id),
    ['registry', 'gate'],
    'once, in the order in which it came to be',
  )
  t.ok(raised().every(({ occurred_at: at }) => Date.parse(at) < roomMs))
  t.equal(await box.end('SIGTERM'), 0)
})
