import t from 'tap'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { analysed, cameraView, fakeApp, fakeBox, horse, horseId, JPEG, streamId } from './fake-box.ts'

const stop = new AbortController()
t.teardown(() => stop.abort())

function setUp(more: Parameters<typeof fakeBox>[0] = {}) {
  const box = fakeBox(more)
  return { box, app: fakeApp(box, stop.signal) }
}
const json = (body: unknown) => ({
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
/** An answer's body, with the fields that a test expects. */
const read = async <T>(answer: Response | Promise<Response>) => (await (await answer).json()) as T
const of = (n: number) => `/api/v1/streams/yard/horses/${horseId(n)}`

t.test('the list has BarnHand’s fields, newest first, and no vector', async (t) => {
  const { box, app } = setUp()
  for (const n of [1, 2, 3, 4]) box.put(horse(n, { hasAvatar: n === 2 }))
  box.put(horse(9, { streamId: streamId('elsewhere') }))
  const body = await read<{ total: number; horses: { number: number }[] }>(
    app.request('/api/v1/streams/yard/horses'),
  )
  t.equal(body.total, 4)
  t.same(
    body.horses.map((one) => one.number),
    [4, 3, 2, 1],
  )
  t.same(body.horses[2], {
    id: horseId(2),
    stream_id: 'yard',
    last_stream_id: 'yard',
    last_stream_name: 'Yard',
    stream_name: 'Yard',
    number: 2,
    tracking_id: 'yard_horse_002',
    name: null,
    ui_color: '#b3541e',
    assigned_color: '#b3541e',
    first_detected: '2026-11-02T03:00:00.000Z',
    last_seen: '2026-11-02T03:30:02.000Z',
    total_detections: 20,
    confidence_score: 0.91,
    thumbnail_url: `${of(2)}/avatar?v=1`,
    thumbnail_taken_at: null,
    version: 1,
    status: 'identified',
    revision: 0,
    breed: null,
    age: null,
    color: null,
    markings: null,
    gender: null,
    is_official: false,
    made_official_at: null,
    metadata: { notes: null },
  })
  const summary = await read<{ total: number; recent: unknown[] }>(
    app.request('/api/v1/streams/yard/horses?summary=true'),
  )
  t.equal(summary.total, 4)
  t.equal(summary.recent.length, 3)
})

t.test('addresses that name nothing are 404, malformed ones 400', async (t) => {
  const { box, app } = setUp()
  box.put(horse(1))
  box.put(horse(9, { streamId: streamId('elsewhere') }))
  const cases: [string, number][] = [
    ['/api/v1/streams/nowhere/horses', 404],
    ['/api/v1/streams/NO%20WHERE/horses', 400],
    ['/api/v1/streams/yard/horses?summary=perhaps', 400],
    [of(1), 200],
    [of(2), 404],
    [of(9), 404],
    ['/api/v1/streams/yard/horses/7', 400],
    [`${of(1)}/avatar`, 404],
    ['/api/v1/cameras/nowhere/picture.jpg', 404],
    ['/api/v1/nothing', 404],
    ['/horses/7', 400],
    [`/horses/${horseId(5)}`, 404],
  ]
  for (const [path, status] of cases) {
    const answer = await app.request(path, { headers: { accept: 'text/html' } })
    t.equal(answer.status, status, path)
    if (status === 200) continue
    if (path.startsWith('/api/'))
      t.match(await answer.json(), { error: String, message: String, code: String }, path)
    // Who opened a page is told on a page.
    else t.match(await answer.text(), /^<!doctype html>/, path)
  }
})

t.test('PUT changes only what it names, tells everybody, and null clears', async (t) => {
  const { box, app } = setUp()
  box.put(horse(1, { notes: 'kicks' }))
  const told: unknown[] = []
  box.facts.on('horse-changed', (fact) => told.push([fact.change, fact.horse.name]), stop.signal)
  const named = await app.request(of(1), json({ name: '  Thunder ' }))
  t.equal(named.status, 200)
  t.match(await named.json(), { name: 'Thunder', metadata: { notes: 'kicks' }, version: 2 })
  const cleared = await app.request(of(1), json({ name: null, notes: null }))
  t.match(await cleared.json(), { name: null, metadata: { notes: null } })
  t.same(told, [
    ['details', 'Thunder'],
    ['details', null],
  ])
})

t.test('PUT refuses what it does not understand, and changes nothing', async (t) => {
  const { box, app } = setUp()
  box.put(horse(1, { name: 'Old' }))
  const bad: [unknown, RegExp][] = [
    [{ name: '' }, /name/],
    [{ name: '   ' }, /name/],
    [{ name: 'x'.repeat(101) }, /100/],
    [{ name: 'a\nb' }, /one line/],
    [{ name: 7 }, /name/],
    [{ notes: 'x'.repeat(501) }, /500/],
    [{ notes: 'a\u0000' }, /control/],
    [{ nme: 'x' }, /nme/],
    [{ name: 'x', __proto__x: 1 }, /__proto__x/],
    [{}, /nothing to change/],
    [[], /./],
    ['{"name": ', /JSON/i],
  ]
  for (const [body, words] of bad) {
    const answer = await app.request(of(1), json(body))
    t.equal(answer.status, 400, JSON.stringify(body).slice(0, 40))
    t.match((await read<{ message: string }>(answer)).message, words)
  }
  t.equal((await app.request(of(1), { method: 'PUT', body: 'name=x' })).status, 400)
  t.equal((await app.request(of(2), json({ name: 'x' }))).status, 404)
  const huge = await app.request(of(1), json({ notes: 'x'.repeat(70_000) }))
  t.equal(huge.status, 413)
  t.match(await huge.json(), { code: 'TOO_LARGE' })
  t.equal(box.horses.get(horseId(1))?.name, 'Old')
})

t.test('an avatar comes with its version as ETag', async (t) => {
  const { box, app } = setUp()
  box.put(horse(1, { hasAvatar: true, version: 3 }))
  box.avatars.set(horseId(1), JPEG)
  const first = await app.request(`${of(1)}/avatar`)
  t.equal(first.headers.get('content-type'), 'image/jpeg')
  t.equal(first.headers.get('cache-control'), 'private, no-cache', 'asked about each time')
  t.same(new Uint8Array(await first.arrayBuffer()), JPEG)
  const again = await app.request(`${of(1)}/avatar`, {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  })
  t.equal(again.status, 304)
})

t.test('L19: cameras tell their state, and a picture brings its own boxes', async (t) => {
  const { box, app } = setUp()
  box.cameras = [cameraView('yard'), cameraView('stall', 'down')]
  const { cameras } = await read<{ cameras: unknown[] }>(app.request('/api/v1/cameras'))
  t.match(cameras[1], { id: 'stall', state: 'down', since: '2026-11-02T03:12:00.000Z', detail: /answer/ })
  t.match(cameras[0], { decode: { asked: 'software', used: 'software', why: null } })

  const none = await app.request('/api/v1/cameras/stall/picture.jpg')
  t.equal(none.status, 503)
  t.match((await read<{ message: string }>(none)).message, /the camera does not answer/)

  const frame = analysed(7, [
    {
      box: [1.4, 2.6, 3, 4],
      score: 0.5,
      kind: 'horse',
      trackletId: null,
      certainty: 0.9,
      horseId: horseId(1),
    },
  ])
  box.picture = { jpeg: JPEG, analysed: frame }
  box.encoded = 0
  const all = await Promise.all([1, 2, 3].map(() => app.request('/api/v1/cameras/yard/picture.jpg')))
  t.equal(box.encoded, 1, 'viewers who ask at once share one encoding')
  const picture = all[0] as Response
  t.equal(picture.headers.get('barnbox-time'), new Date(frame.utcMs).toISOString())
  t.same(JSON.parse(picture.headers.get('barnbox-frame') ?? ''), {
    seq: 7,
    utcMs: frame.utcMs,
    width: 1280,
    height: 720,
    boxes: [{ box: [1, 3, 3, 4], kind: 'horse', horseId: horseId(1), certainty: 0.9 }],
  })
})

t.test('health and readiness', async (t) => {
  const { box, app } = setUp()
  t.same(await (await app.request('/healthz')).json(), { status: 'ok' })
  t.equal((await app.request('/readyz')).status, 200)
  box.checks = { registry: 'ok', models: 'the model file is missing' }
  const answer = await app.request('/readyz')
  t.equal(answer.status, 503)
  t.match(await answer.json(), { ok: false, checks: { models: /missing/ } })
})

t.test('a failing store is an error with a log line, and tells no secrets', async (t) => {
  const lines: unknown[] = []
  const log = { ...silentLog, error: (fields: object) => void lines.push(fields) }
  const { box, app } = setUp({ log })
  Object.assign(box.deps.horses, {
    findByStreamId: () => {
      throw new Error('SQLITE_CORRUPT at /var/lib/secret')
    },
  })
  const answer = await app.request('/api/v1/streams/yard/horses')
  t.equal(answer.status, 500)
  const body = await answer.text()
  t.notMatch(body, /SQLITE|secret/)
  t.match(JSON.parse(body), { code: 'INTERNAL' })
  Object.assign(box.deps.horses, {
    findByStreamId: () => {
      throw new BarnboxError('DB_BROKEN', 'The registry cannot be read.')
    },
  })
  const broken = await app.request('/api/v1/streams/yard/horses')
  t.equal(broken.status, 503)
  t.match(await broken.json(), { code: 'DB_BROKEN', message: /registry/ })
  t.equal(lines.length, 2)
})

t.test('where horses were seen last, in shares of the picture', async (t) => {
  const { box, app } = setUp()
  const { horses, tracks } = box.registry
  const atMs = Date.UTC(2026, 10, 22)
  const { id } = horses.create({ streamId: streamId('yard'), seenMs: atMs, confidence: 0.5 })
  tracks.place(id, [100, 200, 400, 480], { streamId: streamId('yard'), width: 1200, height: 720, atMs })
  t.same(await read(app.request('/api/v1/streams/yard/places')), {
    places: [{ horse_id: id, box: [0.0833, 0.2778, 0.3333, 0.6667], at: '2026-11-22T00:00:00.000Z' }],
  })
  t.equal((await app.request('/api/v1/streams/nowhere/places')).status, 404)
})
