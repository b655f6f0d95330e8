/**
 * One barn, two cameras: the horses go from one to the other, and are known there. The real daemon on two RTSP
 * cameras.
 */
import t from 'tap'
import { newStateDir, startBox } from '../../scripts/demonstration/box.ts'
import { startRtspCamera } from '../../scripts/demonstration/rtsp.ts'
import { watchFrames } from '../../scripts/demonstration/watch.ts'
import {
  emptyClip,
  farClip,
  horsesOf,
  noSystem,
  swayClip,
  until,
  untilCamera,
  untilHorses,
} from './harness.ts'

t.setTimeout(240_000)

t.test('horses that go to another camera keep their ids', { skip: await noSystem() }, async (t) => {
  const [here, there, empty] = [await swayClip(), await farClip(), await emptyClip()]
  await using camera = await startRtspCamera({ '/aisle': here, '/paddock': empty })
  using state = newStateDir()
  const config = (scope: string) => ({
    http: { port: 0 },
    identity: { scope },
    cameras: ['aisle', 'paddock'].map((id) => ({ id, url: camera.url(`/${id}`), fps: 4 })),
  })
  await t.test('in scope barn', async (t) => {
    await using box = await startBox({ config: config('barn'), stateDir: state.path })
    await untilCamera(box, 'paddock', 'live', 30_000)
    const known = await untilHorses(box, 'aisle', 3)
    t.same(await horsesOf(box, 'paddock'), [], 'nobody is there')
    // Long enough that they are learnt, from more than one moment.
    await until('they are known well', async () => (await horsesOf(box, 'aisle')).every(isSeenOften), 60_000)

    using watch = watchFrames(box.url, 'paddock')
    await camera.command(`switch /aisle ${empty}`)
    await camera.command(`switch /paddock ${there}`)
    await until(
      'all three are at the paddock',
      async () => (await horsesOf(box, 'paddock')).length >= 3,
      60_000,
    )
    const moved = await horsesOf(box, 'paddock')
    t.same(
      moved.map(({ id, number, stream_id, last_stream_id }) => ({ id, number, stream_id, last_stream_id })),
      known.map(({ id, number }) => ({ id, number, stream_id: 'aisle', last_stream_id: 'paddock' })),
    )
    t.equal((await horsesOf(box, 'aisle')).length, 3, 'nobody new, and they are still the aisle’s')
    const named = new Set(watch.frames.flatMap(({ boxes }) => boxes.flatMap(({ horseId }) => horseId ?? [])))
    t.same([...named].sort(), known.map(({ id }) => id).sort(), 'as the pictures show them')
    const placesOf = () => box.get<{ places: { horse_id: string }[] }>('/api/v1/streams/paddock/places')
    // They are stored with the sightings, a moment later.
    await until('each has its place', async () => (await placesOf()).places.length === 3, 30_000)
  })

  await t.test('back in scope stream the paddock has horses of its own', async (t) => {
    await using box = await startBox({ config: config('stream'), stateDir: state.path })
    const own = await untilHorses(box, 'paddock', 2)
    const before = await horsesOf(box, 'aisle')
    t.equal(before.length, 3, 'those of the aisle are all there')
    t.same(
      own.filter(({ id }) => before.some((one) => one.id === id)),
      [],
    )
    t.same(
      own.map(({ number }) => number),
      own.map((_, at) => at + 1),
      'and numbers of its own',
    )
  })
})

const isSeenOften = ({ total_detections }: { readonly total_detections: number }) => total_detections >= 40
