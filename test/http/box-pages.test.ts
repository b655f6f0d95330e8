/** The pages of the box itself, and the file for helpers. */
import t, { type Test } from 'tap'
import { addToken } from '../../daemon/http/api/tokens.ts'
import { ERROR_KINDS } from '../../daemon/lib/errors.ts'
import type { SyncView } from '../../daemon/sync-types.ts'
import type { CameraQuality } from '../../daemon/system-types.ts'
import type { Role } from '../../daemon/types.ts'
import { boxLanguages } from '../../web/words/box.ts'
import { parseExposition } from '../support/exposition.ts'
import { cameraView, fakeApp, fakeBox, systemView } from './fake-box.ts'

function setUp(t: Test) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox()
  const app = fakeApp(box, stop.signal)
  box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash: 'h'.repeat(80) }, Date.now())
  const secrets = new Map(
    (['viewer', 'caretaker', 'admin'] as Role[]).map((role) => [
      role,
      addToken(box.deps, { name: role, role }).secret,
    ]),
  )
  const ask = (role: Role, path: string, headers: Record<string, string> = {}) =>
    app.request(path, { headers: { authorization: `Bearer ${secrets.get(role)}`, ...headers } })
  return { box, ask }
}

t.test('the system page says in words what is well and what is not', async (t) => {
  const { box, ask } = setUp(t)
  t.match(await (await ask('caretaker', '/system')).text(), /All is well/)
  box.checks = { registry: 'ok', cameras: 'no camera gives <pictures>' }
  const page = await (await ask('caretaker', '/system')).text()
  t.match(page, /Not all is well/)
  t.match(page, /data-is="fine"><strong>Memory.*data-is="wrong"><strong>Cameras/s)
  t.match(page, /no camera gives &lt;pictures&gt;/)
  t.match(page, /takes 120 MB; 30 GB are free/)
  t.notMatch(page, /nearly full/)
  box.machine = { ...box.machine, diskFreeBytes: 1e9 }
  t.match(await (await ask('caretaker', '/system')).text(), /nearly full/)
  t.match(await (await ask('viewer', '/system', { 'accept-language': 'de' })).text(), /120\sMB.*1\sGB/)
})

t.test('a change of the embedder is shown while it goes on', async (t) => {
  const { box, ask } = setUp(t)
  t.notMatch(await (await ask('viewer', '/system')).text(), /<progress/)
  const change = { from: 'a', to: 'swin', done: 30, total: 600, passedOver: 0, detail: null }
  box.system = systemView({ embedding: { ...change, state: 're-embedding' } })
  t.match(await (await ask('viewer', '/system')).text(), /by swin.*max="600" value="30"/s)
})

t.test('how the central database is kept in step is said in words, what is in the way too', async (t) => {
  const { box, ask } = setUp(t)
  t.notMatch(await (await ask('viewer', '/system')).text(), /central database/)
  const sync: SyncView = {
    state: 'in-step',
    ...{ sinceMs: Date.UTC(2026, 10, 2), fault: null, waiting: 0, held: 0, told: 1200, heard: 3 },
    ...{ sentBytes: 5e6, inStepMs: Date.UTC(2026, 10, 2), clockAheadMs: 250 },
    server: { version: '15.18', hasVectors: true, hasHypertables: false },
    barnhand: null,
  }
  box.system = systemView({ sync })
  const page = await (await ask('viewer', '/system')).text()
  t.match(
    page,
    /central database.*data-is="fine"><strong>in step.*Everything is told.*PostgreSQL 15\.18, pgvector/s,
  )
  const fault = { code: 'SYNC_FULL', detail: 'No <space> left' }
  box.system = systemView({ sync: { ...sync, state: 'waiting', waiting: 1200, fault } })
  const said = { en: /no room left/, de: /keinen Platz/, es: /espacio/, fr: /plus de place/ }
  for (const [language, words] of Object.entries(said)) {
    const full = await (await ask('viewer', '/system', { 'accept-language': language })).text()
    t.match(full, words)
    t.match(full, /data-is="wrong".*SYNC_FULL: No &lt;space&gt; left.*1.?200/s)
  }
  const answer = await (await ask('admin', '/api/v1/system')).json()
  t.match(answer, { sync: { state: 'waiting', fault, clock_ahead_seconds: 0.25, server: { vectors: true } } })
  t.match(await (await ask('admin', '/metrics')).text(), /barnbox_sync_waiting_rows 1200/)
})

t.test('whatever may be in the way of sync is said in words of its own', (t) => {
  const codes = Object.keys(ERROR_KINDS).filter((code) => /^(SYNC|BARNHAND|REDIS)_/.test(code))
  for (const [language, { system }] of Object.entries(boxLanguages)) {
    const { faults } = system.sync
    for (const code of [...codes, 'CLOCK_AHEAD', 'DB_WRITE', 'INTERNAL'])
      t.ok(Object.hasOwn(faults, code), `${language}: ${code}`)
  }
  t.ok(codes.length > 15)
  t.end()
})

t.test('what is in the way of BarnHand’s rows and of its Redis is said apart from the rest', async (t) => {
  const { box, ask } = setUp(t)
  const redis = { state: 'connected', fault: null, written: 70, dropped: 2 } as const
  const barnhand = { fault: null, rows: 12, unplaced: 1, deleted: 2, redis }
  const sync: SyncView = {
    ...{ state: 'in-step', sinceMs: 0, fault: null, waiting: 0, held: 0, told: 0, heard: 0, sentBytes: 0 },
    ...{ inStepMs: null, clockAheadMs: null, server: null, barnhand },
  }
  box.system = systemView({ sync })
  const page = await (await ask('viewer', '/system')).text()
  t.match(page, /data-is="fine"><strong>BarnHand’s horses.*data-is="fine"><strong>BarnHand’s Redis/s)
  t.match(page, /12 horses .*1 .*2 /s)
  const faults = {
    ...{ fault: { code: 'BARNHAND_MISMATCH', detail: '512 <numbers>' } },
    redis: { ...redis, state: 'waiting', fault: { code: 'REDIS_FULL', detail: 'OOM' } },
  } as const
  box.system = systemView({ sync: { ...sync, barnhand: { ...barnhand, ...faults } } })
  const said = { en: /does not fit/, de: /passt nicht/, es: /no encaja/, fr: /ne convient pas/ }
  for (const [language, words] of Object.entries(said)) {
    const wrong = await (await ask('viewer', '/system', { 'accept-language': language })).text()
    t.match(wrong, words)
    t.match(wrong, /data-is="fine".*data-is="wrong".*512 &lt;numbers&gt;.*data-is="wrong".*REDIS_FULL: OOM/s)
  }
  const answer = await (await ask('admin', '/api/v1/system')).json()
  t.match(answer, { sync: { fault: null, barnhand: { ...barnhand, ...faults } } })
  const { value } = parseExposition(await (await ask('admin', '/metrics')).text())
  const figures = { barnhand_told: 0, barnhand_rows: 12, barnhand_unplaced: 1, barnhand_deleted: 2 }
  const more = { redis_connected: 0, redis_written_total: 70, redis_dropped_total: 2 }
  for (const [name, figure] of Object.entries({ ...figures, ...more }))
    t.equal(value(`barnbox_sync_${name}`), figure, name)
})

t.test('the log and the diagnostics are for admins', async (t) => {
  const { box, ask } = setUp(t)
  box.log = ['{"msg":"<b>the first</b>"}', '{"msg":"the last"}']
  for (const role of ['viewer', 'caretaker'] as const) {
    t.notMatch(await (await ask(role, '/system')).text(), /the last|diagnostics/)
    t.equal((await ask(role, '/api/v1/diagnostics')).status, 403)
  }
  const page = await (await ask('admin', '/system')).text()
  t.match(page, /the last/)
  t.notMatch(page, /<b>the first/)
  const file = await ask('admin', '/api/v1/diagnostics')
  t.match(
    file.headers.get('content-disposition'),
    /attachment; filename="barnbox-diagnostics-\d{8}T\d{4}\.json"/,
  )
  t.match(await file.json(), { system: { version: '0.0.0-test' }, readiness: { ok: true }, log: box.log })
})

t.test('the cameras page says how each is, and shows a picture only where there is one', async (t) => {
  const { box, ask } = setUp(t)
  box.cameras = [
    cameraView('yard', 'live', { name: 'Yard <1>', framesAnalysed: 3 }),
    cameraView('aisle', 'live'),
    cameraView('gate', 'down'),
  ]
  const early = await (await ask('viewer', '/cameras')).text()
  t.match(early, /Yard &lt;1&gt;/)
  t.match(early, /half a minute/)
  t.match(early, /Offline since/)
  t.same(
    [...early.matchAll(/<img src="([^"]+)" alt="Picture/g)].map(([, src]) => src),
    ['/api/v1/cameras/yard/picture.jpg'],
  )
  const quality: CameraQuality = {
    label: 'poor',
    reasons: ['breaks', 'few'],
    breaks: 4,
    come: 0.5,
    dropped: 0,
  }
  box.quality = quality
  const page = await (await ask('viewer', '/cameras')).text()
  t.match(page, /Poor/)
  t.match(page, /within the last hour: 4 times/)
  t.match(page, /50%/)
})
