/**
 * A barn whose cameras know their horses together, over the API and on the page.
 */
import t, { type Test } from 'tap'
import { createApp } from '../../daemon/http/app.ts'
import { createHub } from '../../daemon/http/events/hub.ts'
import { updated } from '../../daemon/http/events/payloads.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import { listsOf, type ScopeChoice } from '../../daemon/pipeline/scope.ts'
import type { HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'
import { axis, cropOf } from '../identity/vectors.ts'
import { kind } from '../pipeline/yard.ts'
import { cameraView, emptyAssets, fakeBox } from './fake-box.ts'

const now = Date.UTC(2026, 10, 22)
const [aisle, paddock] = ['aisle', 'paddock'] as [StreamId, StreamId]

function setUp(t: Test, scope: ScopeChoice = 'barn') {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox({ scope })
  box.cameras = [
    cameraView('aisle', 'live', { name: 'Aisle' }),
    cameraView('paddock', 'live', { name: 'Paddock' }),
  ]
  const { registry } = box
  const horses = { ...registry.horses, findByStreamId: listsOf(registry.horses, box.deps.scopeOf) }
  const deps = { ...box.deps, horses }
  const app = createApp(deps, { hub: createHub(deps, stop.signal), assets: emptyAssets })
  const see = (horseId: HorseId | null, streamId: StreamId, fromMs: number) => {
    const ids = { id: mintId<SightingId>(), trackletId: mintId<TrackletId>() }
    const basis = { score: 0.9, secondScore: null, threshold: 0.8, margin: 0.05, model: kind.id }
    const decision = { kind: horseId === null ? ('unknown' as const) : ('matched' as const), ...basis }
    const times = { fromMs, toMs: fromMs + 60_000, detections: 5, addedDetections: 5 }
    registry.sightings.save([{ ...ids, streamId, horseId, ...times, decision }])
    return ids.id
  }
  const make = (streamId: StreamId, fromMs = now) => {
    const { id } = registry.horses.create({ streamId, seenMs: fromMs, confidence: 0.5 })
    return { id, sighting: see(id, streamId, fromMs) }
  }
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await app.request(`/api/v1${path}`, {
      method,
      headers: { host: 'localhost', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
  }
  const listed = async (stream: StreamId) => {
    const { horses } = (await ask('GET', `/streams/${stream}/horses`)).json as { horses: { id: string }[] }
    return horses.map(({ id }) => id)
  }
  const page = async (path: string) => (await app.request(path, { headers: { host: 'localhost' } })).text()
  return { registry, box, app, make, see, ask, listed, page }
}

t.test('a camera lists its own horses, and those that were seen there last', async (t) => {
  const { make, see, ask, listed } = setUp(t)
  const [a, b] = [make(aisle), make(paddock)]
  see(a.id, paddock, now + 100_000)
  t.same(await listed(paddock), [a.id, b.id], 'the last seen first')
  t.same(await listed(aisle), [a.id], 'its own too, wherever they are')
  const where = {
    stream_id: 'aisle',
    stream_name: 'Aisle',
    last_stream_id: 'paddock',
    last_stream_name: 'Paddock',
  }
  for (const stream of [aisle, paddock]) {
    const path = `/streams/${stream}/horses/${a.id}`
    t.match(await ask('GET', path), {
      status: 200,
      json: { ...where, number: 1, tracking_id: 'aisle_horse_001' },
    })
    t.match(await ask('PUT', path, { notes: stream }), { status: 200, json: { metadata: { notes: stream } } })
  }
  t.match((await ask('GET', `/streams/paddock/horses?summary=true`)).json, {
    total: 2,
    recent: [{ id: a.id }, {}],
  })
  see(a.id, aisle, now + 200_000)
  t.same(await listed(paddock), [b.id], 'until it has gone on')
})

t.test('a horse whose camera is gone from the config is one of the barn', async (t) => {
  const { registry, box, app, make, see, ask, listed, page } = setUp(t)
  const { id } = make(aisle)
  see(id, paddock, now + 100_000)
  box.cameras = [cameraView('paddock', 'live', { name: 'Paddock' })]
  t.same(await listed(paddock), [id])
  t.match(await page('/'), new RegExp(`data-horse="${id}"`))
  registry.horses.updateAvatar(id, { jpeg: Uint8Array.of(0xff, 0xd8), score: 1 })
  const { thumbnail_url } = (await ask('GET', `/streams/paddock/horses/${id}`)).json as {
    thumbnail_url: string
  }
  t.equal((await app.request(thumbnail_url, { headers: { host: 'localhost' } })).status, 200, 'its picture')
  t.match(await ask('PUT', `/streams/aisle/horses/${id}`, { name: 'Thunder' }), {
    status: 200,
    json: { name: 'Thunder', stream_name: 'aisle' },
  })
  t.equal((await ask('GET', `/streams/nowhere/horses/${id}`)).status, 404)
})

t.test('in scope stream a horse is its camera’s alone, wherever it was seen before', async (t) => {
  const { make, see, ask, listed } = setUp(t, 'stream')
  const { id } = make(aisle)
  see(id, paddock, now + 100_000)
  t.same(await listed(paddock), [])
  t.same(await listed(aisle), [id])
  t.equal((await ask('GET', `/streams/paddock/horses/${id}`)).status, 404)
})

t.test('corrections reach over the cameras of a barn, and of no more', async (t) => {
  for (const scope of ['barn', 'stream'] as const) {
    const { registry, make, see, ask } = setUp(t, scope)
    const [a, b] = [make(aisle), make(paddock, now + 600_000)]
    const status = scope === 'barn' ? 200 : 400
    // One that nobody knows by name would go with its only sighting.
    registry.horses.updateHorseDetails(b.id, { name: 'Storm' }, { actor: null, nowMs: now })
    const reassign = { correction_type: 'reassign', corrected_horse_id: a.id }
    const path = `/sightings/${b.sighting}/corrections`
    const given = await ask('POST', path, reassign)
    t.equal(given.status, status, `${scope}: reassign`)
    t.equal((await ask('POST', `/horses/${b.id}/merge`, { into: a.id })).status, status, `${scope}: merge`)
    if (scope === 'stream') continue
    t.match(registry.horses.get(b.id), {
      id: a.id,
      streamId: aisle,
      lastStreamId: paddock,
      totalDetections: 10,
    })
    const { corrections } = (await ask('GET', '/corrections')).json as { corrections: { id: string }[] }
    for (const { id } of corrections) t.equal((await ask('POST', `/corrections/${id}/undo`)).status, 200)
    t.match(registry.horses.get(a.id), { lastStreamId: aisle, totalDetections: 5 })
    t.match(registry.horses.get(b.id), { streamId: paddock, lastStreamId: paddock, totalDetections: 5 })

    const away = see(a.id, paddock, now + 900_000)
    t.match(registry.horses.get(a.id), { lastStreamId: paddock })
    const split = await ask('POST', `/horses/${a.id}/split`, { sightings: [away] })
    const { other_id } = split.json['correction'] as { other_id: HorseId }
    t.match(registry.horses.get(other_id), { streamId: paddock, number: 2 }, 'founded where it was seen')
    t.match(registry.horses.get(a.id), { lastStreamId: aisle }, 'and the other one was never away')
  }
})

t.test('the page has a card for each horse, and says where it is', async (t) => {
  const { make, see, page } = setUp(t)
  const [a, b] = [make(aisle), make(paddock)]
  see(a.id, paddock, now + 100_000)
  const html = await page('/')
  t.equal(html.match(/class="card"/g)?.length, 2)
  t.ok(html.indexOf(a.id) < html.indexOf(b.id), 'a card does not move away under a finger')
  t.match(
    await page(`/parts/horse/${a.id}`),
    /data-at="paddock"[\s\S]*Horse #1 \(Aisle\)[\s\S]*Camera Paddock/,
  )
  t.match(await page(`/parts/horse/${b.id}`), /Horse #1<[\s\S]*Camera Paddock/)
})

t.test('who listens is told of the camera that saw it last', async (t) => {
  const { registry, make, see } = setUp(t)
  const { id } = make(aisle)
  see(id, paddock, now + 100_000)
  const horse = registry.horses.get(id)
  t.match(horse && updated({ horse, change: 'avatar' }, now), {
    streamId: 'paddock',
    horse: { last_stream_id: 'paddock', tracking_id: 'aisle_horse_001' },
  })
})

t.test('the same horse, known by two cameras apart, is suggested and never merged by itself', async (t) => {
  const { registry, make, see, ask, page } = setUp(t)
  registry.embedders.note(kind)
  registry.embedders.use(kind.id)
  const looks = registry.openLooks(kind)
  /** A background takes a third of what is seen. */
  const teach = (horseId: HorseId, sides: readonly number[], camera: StreamId) => {
    for (const side of sides) {
      const seen = axis(side)
      seen[camera === aisle ? 14 : 15] = 0.6
      const vector = seen.map((value) => value / Math.hypot(1, 0.6))
      looks.add(camera, { horseId, camera, vector, jpeg: cropOf(vector), quality: 1, takenMs: now })
    }
  }
  const day = 86_400_000
  const [a, b, c, d] = [
    make(aisle),
    make(paddock, now + day),
    make(aisle, now + 2 * day),
    make(paddock, now + 3 * day),
  ]
  teach(a.id, [0, 1, 2], aisle)
  teach(b.id, [0, 1, 2], paddock)
  teach(c.id, [4, 5, 6], aisle)
  teach(d.id, [8, 9, 10], paddock)
  const suggested = async (stream: StreamId) =>
    ((await ask('GET', `/streams/${stream}/merge-suggestions`)).json as { suggestions: unknown[] })
      .suggestions
  for (const stream of [aisle, paddock])
    t.match(await suggested(stream), [{ horse: { id: b.id }, into: { id: a.id } }])
  t.equal(registry.horses.all().length, 4)
  t.match(await page(`/horses/${a.id}`), /Horse #1 \(Paddock\)/)
  see(a.id, aisle, now + 5 * day)
  see(b.id, paddock, now + 5 * day + 10_000)
  t.same(await suggested(aisle), [], 'seen before two cameras at once they are two')
})
