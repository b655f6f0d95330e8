import t from 'tap'
import { cameraViews, faults, readiness, type Standing } from '../daemon/barn-views.ts'
import { cameraView } from './http/fake-box.ts'

const well: Standing = {
  configFault: null,
  memoryFault: null,
  clockFault: null,
  registryFault: null,
  rebuilt: null,
  models: 'loaded',
  identityFault: null,
  embedder: null,
  ffmpegFault: null,
  recordingFault: null,
  cameras: [cameraView('yard')],
}
const configured = [
  { id: 'yard', name: 'Yard', enabled: true, decode: 'software' },
  { id: 'aisle', enabled: true, decode: 'vaapi' },
  { id: 'off', enabled: false, decode: 'software' },
] as const

t.test('readiness names what is wrong, the registry too', async (t) => {
  t.same(readiness(well), {
    ok: true,
    checks: { registry: 'ok', models: 'ok', identity: 'ok', cameras: 'ok' },
  })
  const cases: [Partial<Standing>, Record<string, string>][] = [
    [{ registryFault: 'the disk is full' }, { registry: 'the disk is full' }],
    [{ models: 'loading' }, { models: 'still loading', identity: 'waits for the models' }],
    [
      { models: { fault: 'the file is missing' } },
      { models: 'the file is missing', identity: 'waits for the models' },
    ],
    [{ identityFault: 'no embedder' }, { models: 'ok', identity: 'no embedder' }],
    [{ cameras: [cameraView('yard', 'down')] }, { cameras: 'no camera gives pictures' }],
    [{ cameras: [], ffmpegFault: 'not there' }, { cameras: 'ffmpeg is missing: not there' }],
  ]
  for (const [more, checks] of cases) {
    const { ok, checks: said } = readiness({ ...well, ...more })
    t.equal(ok, false)
    t.match(said, checks)
  }
})

t.test('faults are what stays wrong', async (t) => {
  t.same(faults({ ...well, models: 'loading', cameras: [] }), [])
  const failed = {
    state: 'failed',
    from: 'a@1',
    to: 'b@1',
    done: 0,
    total: 3,
    passedOver: 0,
    detail: 'e',
  } as const
  const all = {
    configFault: 'c',
    memoryFault: 'o',
    registryFault: 'r',
    rebuilt: null,
    models: { fault: 'm' },
    identityFault: 'i',
    embedder: failed,
    ffmpegFault: 'f',
    clockFault: 't',
    recordingFault: 'v',
    cameras: [],
  }
  t.same(faults(all), [
    { part: 'config', detail: 'c' },
    { part: 'memory', detail: 'o' },
    { part: 'clock', detail: 't' },
    { part: 'registry', detail: 'r' },
    { part: 'models', detail: 'm' },
    { part: 'identity', detail: 'i' },
    { part: 'embedder', detail: 'e' },
    { part: 'ffmpeg', detail: 'f' },
    { part: 'recording', detail: 'v' },
  ])
  const changing = { ...failed, state: 're-embedding', detail: null } as const
  t.same(faults({ ...well, embedder: changing }), [], 'a change that goes on is none')
  t.ok(readiness({ ...well, embedder: failed }).ok, 'nor is the box unready: horses go on being known')
})

t.test('every camera of the config is shown, whether it runs or not', async (t) => {
  const states = (standing: Standing) =>
    cameraViews(configured, standing, 7).map(({ id, state, detail }) => [id, state, detail])
  const off = ['off', 'down', 'switched off in the config']
  t.same(states(well), [['yard', 'live', null], ['aisle', 'connecting', null], off])
  t.same(cameraViews(configured, well, 7)[1]?.decode, { asked: 'vaapi', used: 'vaapi', why: null })
  const missing = 'ffmpeg is missing: not there'
  t.same(states({ ...well, cameras: [], ffmpegFault: 'not there' }), [
    ['yard', 'down', missing],
    ['aisle', 'down', missing],
    off,
  ])
})
