/**
 * The box's figures: as JSON, and as Prometheus reads them.
 */
import fc from 'fast-check'
import t from 'tap'
import { parseExposition, wentBack } from '../support/exposition.ts'
import { cameraView, fakeApp, fakeBox, systemView } from './fake-box.ts'

const stop = new AbortController()
t.teardown(() => stop.abort())

function setUp(token?: string) {
  const box = fakeBox(token === undefined ? {} : { token })
  const app = fakeApp(box, stop.signal)
  const headers = { host: 'localhost:8480' }
  const scrape = async () => parseExposition(await (await app.request('/metrics', { headers })).text())
  return { box, app, headers, scrape }
}

t.test('the reader of metrics refuses what is wrong', async (t) => {
  const head = '# HELP a_total b\n# TYPE a_total counter\n'
  t.equal(parseExposition(`${head}a_total{x="1\\"\\\\\\n"} 1e3\n`).value('a_total', { x: '1"\\\n' }), 1000)
  const wrong = [
    'a_total 1\n',
    `${head}a_total 1`,
    `${head}a_total x\n`,
    `${head}a_total 1\na_total 2\n`,
    `${head}b_total 1\n`,
    `${head}${head}`,
    `${head}a_total{x=1} 1\n`,
    `${head}a_total{x="1" y="2"} 1\n`,
    `${head}a_total{x="1",x="2"} 1\n`,
    '# HELP a b\n# TYPE a counter\na 1\n',
    '# HELP a_total b\n# TYPE a_total gauge\na_total 1\n',
  ]
  for (const text of wrong) t.throws(() => parseExposition(text), text)
})

t.test('the system in JSON', async (t) => {
  const { box, app, headers } = setUp()
  const answer = await app.request('/api/v1/system', { headers })
  t.equal(answer.status, 200)
  t.match(await answer.json(), {
    version: '0.0.0-test',
    started: '2026-11-02T00:00:00.000Z',
    uptime_seconds: 61,
    rss_bytes: 300_000_000,
    event_loop_lag_seconds: { p50: 0.0005, p99: 0.012 },
    models: {
      detector: { name: 'd', provider: 'cpu', ms: 31.5, cpu_ms: null, cosine: null, fallback: null },
      embedder: { name: 'appearance-mnv3', stopgap: true },
    },
    workers: { running: 1, wanted: 2, replaced: 0 },
    embedding: null,
    cameras: [{ id: 'yard', frames_decoded: 100, frames_quiet: 57, horses: 4, tracklets: 2 }],
    stages: { detect: { asked: 40, inferences: 40, seconds: 1.6 } },
    sightings: { matched: 5, created: 2, unknown: 1 },
    faults: [],
    ffmpeg: { path: '/usr/bin/ffmpeg', version: '5.1.9' },
  })
  box.system = systemView({
    detector: null,
    embedder: null,
    workers: null,
    ffmpeg: null,
    embedding: { state: 're-embedding', from: 'a', to: 'b', done: 3, total: 9, passedOver: 0, detail: null },
    faults: [{ part: 'registry', detail: 'the disk is full' }],
  })
  t.match(await (await app.request('/api/v1/system', { headers })).json(), {
    models: { detector: null, embedder: null },
    workers: null,
    embedding: { state: 're-embedding', from: 'a', to: 'b', done: 3, total: 9 },
    faults: [{ part: 'registry', detail: 'the disk is full' }],
    ffmpeg: null,
  })
})

t.test('the metrics: every name with its prefix and unit, every figure', async (t) => {
  const { box, app, headers, scrape } = setUp()
  box.ways = [{ name: 'mqtt', figures: { waiting: 3, dropped: 1, lastError: 'away' } }]
  const answer = await app.request('/metrics', { headers })
  t.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const found = await scrape()
  for (const name of found.types.keys()) t.match(name, /^barnbox_[a-z_]+$/)
  const way = { way: 'mqtt' }
  t.equal(found.value('barnbox_alert_messages_waiting', way), 3)
  t.equal(found.value('barnbox_alert_messages_dropped', way), 1)
  t.equal(found.value('barnbox_alert_way_troubled', way), 1)
  const camera = { camera: 'yard' }
  t.equal(found.value('barnbox_frames_decoded_total', camera), 100)
  t.equal(found.value('barnbox_frames_dropped_total', camera), 3)
  t.equal(found.value('barnbox_frames_analysed_total', camera), 40)
  t.equal(found.value('barnbox_frames_quiet_total', camera), 57)
  t.equal(found.value('barnbox_frames_failed_total', camera), 0)
  t.equal(found.value('barnbox_horses', camera), 4)
  t.equal(found.value('barnbox_tracklets_open', camera), 2)
  t.equal(found.value('barnbox_camera_live', camera), 1)
  t.equal(found.value('barnbox_stage_seconds_total', { stage: 'detect' }), 1.6)
  t.equal(found.value('barnbox_stage_requests_total', { stage: 'embed' }), 9)
  t.equal(found.value('barnbox_stage_inferences_total', { stage: 'embed' }), 21)
  t.equal(found.value('barnbox_stage_failed_total', { stage: 'embed' }), 2)
  t.equal(found.value('barnbox_sightings_total', { decision: 'unknown' }), 1)
  t.equal(found.value('barnbox_event_loop_lag_seconds', { quantile: '0.99' }), 0.012)
  t.equal(found.value('barnbox_resident_memory_bytes'), 300_000_000)
  t.equal(found.value('barnbox_vision_workers_running'), 1)
  t.equal(found.value('barnbox_info', { version: '0.0.0-test', node: '24.0.0' }), 1)
  const model = { part: 'detector', model: 'd', provider: 'cpu' }
  t.equal(found.value('barnbox_model_run_seconds', model), 0.0315)
  t.equal(found.value('barnbox_model_fell_back', model), 0)
  t.equal(found.value('barnbox_fault', { part: 'registry' }), 0)
})

t.test('faults, a fall-back, a change of the embedder', async (t) => {
  const { box, scrape } = setUp()
  const model = { name: 'd', provider: 'cpu', ms: 30, cpuMs: 30, cosine: null, fallback: 'no CUDA here' }
  box.system = systemView({
    detector: model,
    faults: [{ part: 'registry', detail: 'full' }],
    embedding: { state: 'measuring', from: 'a', to: 'b', done: 3, total: 9, passedOver: 0, detail: null },
    cameras: [{ ...cameraView('yard', 'down'), horses: 0, tracklets: 0 }],
  })
  const found = await scrape()
  t.equal(found.value('barnbox_fault', { part: 'registry' }), 1)
  t.equal(found.value('barnbox_model_fell_back', { part: 'detector', model: 'd', provider: 'cpu' }), 1)
  t.equal(found.value('barnbox_embedding_change', { state: 'measuring' }), 1)
  t.same([found.value('barnbox_embedding_looks_done'), found.value('barnbox_embedding_looks_wanted')], [3, 9])
  t.equal(found.value('barnbox_camera_live', { camera: 'yard' }), 0)
  t.notOk(found.types.has('barnbox_camera_last_frame_timestamp_seconds'), 'nothing was ever seen')
})

t.test('L25: nothing but a page yet: no models, no cameras', async (t) => {
  const { box, scrape } = setUp()
  box.system = systemView({ detector: null, embedder: null, workers: null, cameras: [], ffmpeg: null })
  const found = await scrape()
  t.equal(found.value('barnbox_stage_requests_total', { stage: 'detect' }), 40)
  const bare = found.series.filter(({ labels }) => Object.keys(labels).length === 0)
  t.same(
    bare.map(({ name }) => name),
    ['barnbox_start_timestamp_seconds', 'barnbox_resident_memory_bytes'],
    'no figure of nothing',
  )
})

t.test('whatever a model is called, and in what language, the text is read back', async () => {
  const { box, scrape } = setUp()
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
      async (name, ms) => {
        const provider = `${name}"\\\n`
        box.system = systemView({
          detector: { name, provider, ms, cpuMs: null, cosine: null, fallback: null },
        })
        const found = await scrape()
        return (
          found.value('barnbox_model_run_seconds', { part: 'detector', model: name, provider }) === ms / 1000
        )
      },
    ),
    { numRuns: 200 },
  )
})

t.test('counters only grow from one scrape to the next', async (t) => {
  const { box, scrape } = setUp()
  const before = await scrape()
  const [camera] = box.system.cameras
  if (!camera) throw new Error('a camera was expected')
  box.system = systemView({ cameras: [{ ...camera, framesDecoded: 200, framesAnalysed: 41 }] })
  const after = await scrape()
  t.same(wentBack(before, after), [])
  t.same(wentBack(after, before).length, 2, 'and the test would notice')
})

t.test('both stand behind the door', async (t) => {
  const { app } = setUp('correct-horse-battery')
  for (const path of ['/metrics', '/api/v1/system']) {
    t.equal((await app.request(path)).status, 401, path)
    const headers = { authorization: 'Bearer correct-horse-battery' }
    t.equal((await app.request(path, { headers })).status, 200, path)
    t.equal((await app.request(path, { headers: { authorization: 'Bearer wrong' } })).status, 401, path)
    t.equal((await app.request(path, { headers, method: 'POST' })).status, 404, path)
  }
  const open = setUp()
  t.equal((await open.app.request('/metrics', { headers: { host: 'evil.example' } })).status, 403)
})
