/** Recorded video over the API: lists, detections with names as they are now, ranges, corrections and who may make them. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { openClipDesk } from '../../daemon/barn-clips.ts'
import { toldCorrections } from '../../daemon/barn-corrections.ts'
import type { ClipFrames } from '../../daemon/clip-types.ts'
import { openClipFolder } from '../../daemon/clips/folder.ts'
import { packFrames } from '../../daemon/clips/frames.ts'
import { nameOf } from '../../daemon/clips/names.ts'
import { rangeOf } from '../../daemon/http/media/clip.ts'
import { answers } from '../../daemon/http/openapi/answers.ts'
import { told } from '../../daemon/http/openapi/told.ts'
import { mintId } from '../../daemon/lib/ids.ts'
import type { ClipId, HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'
import { type Json, now, registryBox } from './registry-box.ts'

const yard = 'yard' as StreamId
const bytes = Buffer.from(Array.from({ length: 1000 }, (_, n) => n % 251))

/** A clip of ten seconds in which both horses, somebody unknown and a person are seen. */
async function setUp(t: Test) {
  const root = t.testdir({})
  const barn = registryBox(t, { clips: root })
  const { registry, horses, see } = barn
  const trackletOf = (id: SightingId) => registry.sightings.get(id)?.trackletId as TrackletId
  const unknown = see(null, now)
  const tracklets = [horses[0].sightings[0], horses[1].sightings[0], unknown].map(trackletOf)
  const box = (n: number) => ({
    box: [n * 100, 50, n * 100 + 80, 250] as const,
    ...{ kind: 'horse' as const, score: 0.9, trackletId: tracklets[n] ?? null },
  })
  const person = { ...box(3), kind: 'person' as const }
  const frames: ClipFrames = {
    ...{ width: 640, height: 360 },
    frames: [0, 500, 9500].map((offsetMs) => ({ offsetMs, boxes: [box(0), box(1), box(2), person] })),
  }
  const add = async (fromMs: number, seen: ClipFrames | null, streamId = yard) => {
    const clip = { streamId, fromMs, toMs: fromMs + 10_000 }
    const file = nameOf(clip)
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), bytes)
    const id = mintId<ClipId>()
    const about = { bytes: bytes.length, pictures: 250, isProtected: false }
    registry.clips.add({ id, ...clip, file, ...about, frames: seen && packFrames(seen) })
    return { id, at: `/streams/${streamId}/chunks/${id}`, file: join(root, file) }
  }
  const clip = await add(now, frames)
  const detections = async () => {
    const { json } = await barn.ask('GET', `${clip.at}/detections`)
    return answers.ChunkDetections.parse(json)
  }
  const namesAt = async (frame = 0) =>
    (await detections()).frames[frame]?.tracked_horses.map(({ id, horse_name }) => [id, horse_name])
  return { ...barn, add, clip, detections, namesAt, root, unknown }
}

const named = (name: string) => ({ name })

t.test('the list is paged, newest first, and tells whom the camera saw', async (t) => {
  const { ask, add, horses, clip } = await setUp(t)
  const later: string[] = [clip.id]
  for (let n = 1; n < 5; n++) later.push((await add(now + n * 10_000, null)).id)
  const page = await ask('GET', '/streams/yard/chunks?limit=3')
  const first = answers.Chunks.parse(page.json)
  t.same(
    first.chunks.map(({ id }) => id),
    later.slice(2).reverse(),
  )
  t.equal(first.next_before, new Date(now + 20_000).toISOString())
  const second = answers.Chunks.parse(
    (await ask('GET', `/streams/yard/chunks?limit=3&before=${first.next_before}`)).json,
  )
  t.same(
    second.chunks.map(({ id }) => id),
    later.slice(0, 2).reverse(),
  )
  t.equal(second.next_before, null)
  t.same(
    second.chunks[1]?.horses.map(({ id }) => id),
    [horses[0].id],
  )
  t.same(
    second.chunks[0]?.horses.map(({ id }) => id),
    [horses[1].id],
  )
  t.match(second.chunks[1], { duration: 10, bytes: 1000, protected: false, stream_id: 'yard' })
  const within = answers.Chunks.parse(
    (await ask('GET', `/streams/yard/chunks?from=${now + 15_000}&to=${now + 25_000}`)).json,
  )
  t.same(
    within.chunks.map(({ id }) => id),
    later.slice(1, 3).reverse(),
  )
  t.equal((await ask('GET', '/streams/yard/chunks?from=never')).status, 400)
  t.equal((await ask('GET', '/streams/nowhere/chunks')).status, 404)
})

t.test('L19: detections have the names of now', async (t) => {
  const { ask, detections, namesAt, horses, add } = await setUp(t)
  const [a, b] = horses
  const all = await detections()
  t.match(all.video_metadata, { fps: 25, duration: 10, resolution: '640x360', total_frames: 250 })
  t.same(all.summary, { total_horses: 2, total_detections: 9, frames_analyzed: 3 })
  t.match(all.horses[0], { id: a.id, first_detected_frame: 0, last_detected_frame: 2, total_detections: 3 })
  t.match(all.frames[1], { frame_index: 1, timestamp: 0.5, detections: 4 })
  t.match(all.frames[0]?.tracked_horses[1], {
    ...{ bbox: { x: 100, y: 50, width: 80, height: 200 }, kind: 'horse', is_new: true },
    ...{ confidence: 0.9, total_detections: 3, horse_type: 'guest', is_official: false },
  })
  t.equal(all.frames[1]?.tracked_horses[1]?.is_new, false)
  const nobody = [null, null]
  t.same(await namesAt(), [[a.id, null], [b.id, null], nobody, nobody])
  await ask('PUT', `/streams/yard/horses/${a.id}`, named('Thunder'))
  t.same((await namesAt())?.[0], [a.id, 'Thunder'], 'a rename shows at once')
  await ask('POST', `/sightings/${b.sightings[0]}/corrections`, {
    ...{ correction_type: 'reassign', corrected_horse_id: a.id },
  })
  t.same((await namesAt())?.[1], [a.id, 'Thunder'], 'a correction made elsewhere shows')
  await ask('DELETE', `/horses/${a.id}`)
  t.same((await namesAt())?.[0]?.[1], null, 'a horse that is deleted is nobody')
  const empty = await add(now + 50_000, null)
  const none = answers.ChunkDetections.parse((await ask('GET', `${empty.at}/detections`)).json)
  t.match(none, { video_metadata: { resolution: null }, frames: [], horses: [] })
})

t.test('L18: what is corrected by a clip is corrected everywhere, and DELETE takes it back', async (t) => {
  const { ask, clip, horses, namesAt, registry, told, unknown } = await setUp(t)
  const [a, b] = horses
  const at = (frame_index: number, detection_index: number) => ({ frame_index, detection_index })
  const before = await namesAt()
  const corrections = [
    { ...at(0, 0), correction_type: 'reassign', original_horse_id: a.id, corrected_horse_id: b.id },
    { ...at(1, 0), correction_type: 'reassign', original_horse_id: a.id, corrected_horse_id: b.id },
    { ...at(0, 1), correction_type: 'mark_incorrect', original_horse_id: b.id },
    { ...at(2, 2), correction_type: 'new_guest', corrected_horse_name: 'Storm' },
  ]
  const facts = told.length
  const done = await ask('POST', `${clip.at}/corrections`, { corrections })
  t.equal(done.status, 202)
  const answer = answers.ChunkCorrected.parse(done.json)
  t.match(answer, { corrections_count: 4, chunk_id: clip.id })
  const status = await ask('GET', answer.reprocessing_url.replace('/api/v1', ''))
  t.match(status.json, { status: 'completed', progress: 100, applied: 4, undone: 0 })
  const [first, second, third] = (await namesAt()) ?? []
  t.equal(first?.[0], b.id)
  t.equal(second?.[0], null)
  t.equal(third?.[1], 'Storm')
  t.equal(
    registry.sightings.get(unknown)?.horseId,
    third?.[0] as HorseId,
    'it is the sighting that was corrected',
  )
  t.ok(told.length > facts, 'everybody is told')
  const listed = answers.ChunkCorrections.parse((await ask('GET', `${clip.at}/corrections`)).json)
  t.equal(listed.total, 4)
  t.equal(
    new Set(listed.corrections.map((one) => one.correction_id)).size,
    3,
    'two boxes of one sighting are one',
  )
  t.match(listed.corrections.at(-1), {
    frame_index: 0,
    detection_index: 0,
    correction_type: 'reassign',
    status: 'applied',
  })

  t.match(await ask('DELETE', `${clip.at}/corrections`), { status: 200, json: { undone: 3 } })
  t.same(await namesAt(), before)
  t.match((await ask('DELETE', `${clip.at}/corrections`)).json, { undone: 0 }, 'twice is as good as once')
  t.match((await ask('GET', `${clip.at}/corrections/status`)).json, { applied: 0, undone: 4 })
})

t.test('one that is wrong spoils all of them, and so does a later one on undo', async (t) => {
  const { ask, clip, horses, namesAt, told } = await setUp(t)
  const [a, b] = horses
  const good = { ...{ frame_index: 0, detection_index: 0 }, correction_type: 'mark_incorrect' }
  const wrong: [string, object, number][] = [
    ['no such frame', { ...good, frame_index: 3 }, 400],
    ['no such box', { ...good, detection_index: 4 }, 400],
    ['a person', { ...good, detection_index: 3 }, 400],
    ['another’s by now', { ...good, detection_index: 1, original_horse_id: a.id }, 409],
    [
      'to whom it is',
      { ...good, detection_index: 1, correction_type: 'reassign', corrected_horse_id: b.id },
      400,
    ],
    [
      'nobody known',
      { ...good, detection_index: 1, correction_type: 'reassign', corrected_horse_id: mintId() },
      404,
    ],
    ['the same box twice', { ...good, correction_type: 'new_guest' }, 400],
    ['a new word', { ...good, correction_type: 'delete' }, 400],
  ]
  const before = await namesAt()
  const facts = told.length
  for (const [what, bad, status] of wrong) {
    const answer = await ask('POST', `${clip.at}/corrections`, { corrections: [good, bad] })
    t.equal(answer.status, status, what)
  }
  for (const body of [{}, { corrections: [] }, { corrections: Array(501).fill(good) }, [good]])
    t.equal((await ask('POST', `${clip.at}/corrections`, body)).status, 400)
  t.same(await namesAt(), before, 'nothing was done')
  t.equal(told.length, facts, 'and nobody told')

  const guests = [0, 1].map((detection_index) => ({
    ...{ frame_index: 0, detection_index, correction_type: 'new_guest', corrected_horse_name: 'Storm' },
  }))
  t.equal((await ask('POST', `${clip.at}/corrections`, { corrections: guests })).status, 202)
  const after = await namesAt()
  t.ok(after?.[0]?.[0] && after[0][0] === after[1]?.[0], 'two of one new name are one horse')
  await ask('POST', `/sightings/${a.sightings[0]}/corrections`, { correction_type: 'mark_incorrect' })
  const stale = await ask('DELETE', `${clip.at}/corrections`)
  t.match(stale, { status: 409, json: { code: 'STALE' } })
  t.equal((await namesAt())?.[1]?.[1], 'Storm', 'nothing was taken back')
})

t.test('the video, whole and in parts', async (t) => {
  const { request, clip, add } = await setUp(t)
  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    request(method, `/api/v1${clip.at}/video.mp4`, undefined, headers)
  const whole = await get()
  t.equal(whole.status, 200)
  t.match(Object.fromEntries(whole.headers), {
    ...{ 'content-type': 'video/mp4', 'content-length': '1000', 'accept-ranges': 'bytes' },
    'cache-control': /private/,
  })
  t.same(Buffer.from(await whole.arrayBuffer()), bytes)
  const part = async (range: string, more = {}) => {
    const answer = await get({ range, ...more })
    return [answer.status, answer.headers.get('content-range'), Buffer.from(await answer.arrayBuffer())]
  }
  t.same(await part('bytes=0-9'), [206, 'bytes 0-9/1000', bytes.subarray(0, 10)])
  t.same(await part('bytes=990-'), [206, 'bytes 990-999/1000', bytes.subarray(990)])
  t.same(await part('bytes=-5'), [206, 'bytes 995-999/1000', bytes.subarray(995)])
  t.same(await part('bytes=5-999999'), [206, 'bytes 5-999/1000', bytes.subarray(5)])
  t.same((await part('bytes=1000-')).slice(0, 2), [416, 'bytes */1000'])
  t.same((await part('bytes=0-1,5-6')).slice(0, 2), [200, null], 'several parts: all of it')
  const etag = whole.headers.get('etag') ?? ''
  t.equal((await part('bytes=0-1', { 'if-range': etag }))[0], 206)
  t.equal((await part('bytes=0-1', { 'if-range': '"other"' }))[0], 200)
  t.equal((await get({ 'if-none-match': etag })).status, 304)
  const head = await get({}, 'HEAD')
  t.equal(head.status, 200)
  t.equal(head.headers.get('content-length'), '1000')
  await rm(clip.file)
  t.match(await (await get()).json(), { code: 'NOT_FOUND' }, 'a file that is gone')
  const elsewhere = await add(now + 90_000, null, 'aisle' as StreamId)
  const path = `/api/v1/streams/yard/chunks/${elsewhere.id}/video.mp4`
  t.equal((await request('GET', path)).status, 404, 'another camera’s')
})

t.test('only so many read at a time, and who leaves makes room', { timeout: 20_000 }, async (t) => {
  const { request, clip } = await setUp(t)
  await writeFile(clip.file, Buffer.alloc(2_000_000))
  const path = `/api/v1${clip.at}/video.mp4`
  const open = await Promise.all(Array.from({ length: 32 }, () => request('GET', path)))
  t.ok(open.every(({ status }) => status === 200))
  t.equal((await request('GET', path)).status, 503)
  await open[0]?.body?.cancel()
  const last = await request('GET', path)
  t.equal(last.status, 200)
  await Promise.all([last, ...open.slice(1)].map((one) => one.body?.cancel()))
})

t.test('a part is within the file, whatever is asked for', (t) => {
  const header = fc.oneof(
    fc.string(),
    fc.tuple(fc.integer(), fc.integer()).map(([a, b]) => `bytes=${a}-${b}`),
    fc.nat().map((a) => `bytes=${a}-`),
    fc.nat().map((a) => `bytes=-${a}`),
  )
  fc.assert(
    fc.property(header, fc.integer({ min: 1, max: 5000 }), (text, size) => {
      const range = rangeOf(text, size)
      return (
        range === undefined ||
        range === null ||
        (range.start >= 0 && range.start < range.end && range.end <= size)
      )
    }),
    { numRuns: 1000 },
  )
  t.equal(rangeOf(undefined, 5), undefined)
  t.end()
})

t.test('hostile ids', async (t) => {
  const { request, clip } = await setUp(t)
  const ids = [
    'x',
    '..',
    '%2e%2e%2fbarnbox.db',
    `${clip.id}%00`,
    clip.id.slice(1),
    "' OR 1=1 --",
    '%ff',
    'é'.repeat(300),
  ]
  for (const id of ids)
    for (const end of ['detections', 'video.mp4', 'corrections', 'corrections/status']) {
      const { status } = await request('GET', `/api/v1/streams/yard/chunks/${id}/${end}`)
      t.ok(status === 400 || status === 404, `${id} ${end}: ${status}`)
    }
  t.equal((await request('GET', `/api/v1/streams/YARD/chunks/${clip.id}/video.mp4`)).status, 400)
  t.equal(
    (await request('GET', `/api/v1/streams/yard/chunks/${clip.id.toUpperCase()}/video.mp4`)).status,
    200,
  )
})

t.test('viewers look, caretakers correct, strangers see nothing', async (t) => {
  const { letIn, request, clip } = await setUp(t)
  await letIn('admin')
  const [viewer, caretaker] = [await letIn('viewer'), await letIn('caretaker')]
  const at = `/api/v1${clip.at}`
  const reads = [
    `/api/v1/streams/yard/chunks`,
    `${at}/detections`,
    `${at}/video.mp4`,
    `${at}/corrections`,
    `${at}/corrections/status`,
  ]
  for (const path of reads) {
    t.equal((await request('GET', path)).status, 401, path)
    t.equal((await request('GET', path, undefined, viewer)).status, 200, path)
  }
  const body = JSON.stringify({
    corrections: [{ frame_index: 0, detection_index: 0, correction_type: 'mark_incorrect' }],
  })
  t.equal((await request('POST', `${at}/corrections`, body, viewer)).status, 403)
  t.equal((await request('DELETE', `${at}/corrections`, undefined, viewer)).status, 403)
  t.equal((await request('POST', `${at}/corrections`, body, caretaker)).status, 202)
  const { corrections } = (await (await request('GET', `${at}/corrections`, undefined, viewer)).json()) as {
    corrections: Json[]
  }
  t.match(corrections, [{ actor: 'a caretaker' }])
})

t.test('who follows a clip is told, once for all of one request; who does not, nothing', async (t) => {
  const { hub, ask, clip, horses } = await setUp(t)
  const line = (heard: Json[]) => ({
    bufferedAmount: 0,
    send: (text: string) => void heard.push(JSON.parse(text) as Json),
    ...{ ping: () => {}, pong: () => {}, close: () => {}, terminate: () => {} },
  })
  const [heard, other]: [Json[], Json[]] = [[], []]
  const client = hub.join(line(heard), { after: undefined, frames: [] })
  hub.join(line(other), { after: undefined, frames: [] })
  client.follow(clip.id)
  const events = (all: Json[]) =>
    all.filter(({ event }) => ['chunk:updated', 'reprocessing:progress'].includes(String(event)))
  const corrections = [0, 1].map((detection_index) => ({
    ...{ frame_index: 0, detection_index, correction_type: 'mark_incorrect' },
  }))
  await ask('POST', `${clip.at}/corrections`, { corrections })
  t.match(
    events(heard).map(({ event }) => event),
    ['reprocessing:progress', 'chunk:updated'],
  )
  for (const { event, data } of events(heard)) told[event as 'chunk:updated'].parse(data)
  t.match(events(heard)[0]?.['data'], { chunkId: clip.id, progress: 100, step: 'completed' })
  await ask('PUT', `/streams/yard/horses/${horses[0].id}`, named('Thunder'))
  t.equal(events(heard).length, 3, 'a rename changes the clip’s names')
  client.unfollow(clip.id)
  await ask('DELETE', `${clip.at}/corrections`)
  t.equal(events(heard).length, 3)
  t.same(events(other), [])
})

t.test('a list of many clips asks the database a few times, not once a clip', async (t) => {
  const { registry, facts, root, add, box } = await setUp(t)
  for (let n = 1; n < 40; n++) await add(now + n * 10_000, null)
  const asked: string[] = []
  const clips = new Proxy(registry.clips, {
    get(of, name: keyof typeof registry.clips) {
      asked.push(name)
      return of[name]
    },
  })
  const corrections = toldCorrections(registry, facts, box.deps.scopeOf)
  const desk = openClipDesk({
    registry: { ...registry, clips },
    folder: openClipFolder(root),
    corrections,
    facts,
  })
  asked.length = 0
  t.equal(desk.list(yard, 50).length, 40)
  t.same(asked, ['list', 'whoWasThere'])
  asked.length = 0
  const clip = desk.list(yard, 1, { beforeMs: now + 1 })[0]
  t.ok(clip && desk.seen(clip)?.frames.length === 3)
  t.same(asked, ['list', 'whoWasThere', 'frames', 'whoWas'])
})
