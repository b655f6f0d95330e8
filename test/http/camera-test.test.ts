/** The acceptance test of a camera on the page and by the API: who may, what is shown, what is refused. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openCameraTests } from '../../daemon/barn-camera-test.ts'
import { roleFor } from '../../daemon/http/auth/rights.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import type { StreamId } from '../../daemon/types.ts'
import { fakeApp, fakeBox, JPEG } from './fake-box.ts'
import { goodMeasured } from './fake-tests.ts'

const yard = 'yard' as StreamId

function setUp(t: Test) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox()
  const app = fakeApp(box, stop.signal)
  const ask = async (method: string, path: string, language = 'en') => {
    const answer = await app.request(path, {
      method,
      headers: { host: 'localhost', 'accept-language': language },
    })
    return { status: answer.status, to: answer.headers.get('location'), text: await answer.text() }
  }
  return { ask, tests: box.cameraTests }
}

t.test('the report is shown, in the language of whoever reads', async (t) => {
  const { ask, tests } = setUp(t)
  tests.measured.set(yard, { ...goodMeasured, horses: [60], ways: [], picture: null })
  t.match((await ask('GET', '/cameras/yard/test')).text, /Good enough|mended/)
  tests.measured.set(yard, { ...goodMeasured, name: '<b>', horses: [60] })
  const { text } = await ask('GET', '/cameras/yard/test')
  t.match(text, /some things must be mended[\s\S]*60 pixels high: too small[\s\S]*picture\.jpg/)
  t.match(
    (await ask('GET', '/cameras/yard/test', 'de')).text,
    /muss behoben werden[\s\S]*60 Pixel hoch: zu klein/,
  )
  t.match((await ask('GET', '/cameras')).text, /href="\/cameras\/yard\/test"/)
  t.equal((await ask('GET', '/cameras/yard/test/picture.jpg')).status, 404)
  tests.picture = () => JPEG
  t.equal((await ask('GET', '/cameras/yard/test/night.jpg')).status, 200)
  t.equal((await ask('GET', '/cameras/nobody/test')).status, 404)
})

t.test('it is started, one at a time, and says until when', async (t) => {
  const { ask, tests } = setUp(t)
  t.match(await ask('POST', '/cameras/yard/test'), { status: 303, to: '/cameras/yard/test' })
  t.match((await ask('GET', '/cameras/yard/test')).text, /data-runs="yard"[\s\S]*The test runs, until about/)
  t.equal((await ask('POST', '/cameras/yard/test')).status, 303, 'twice is once')
  const busy = await ask('POST', '/api/v1/cameras/yard/report')
  t.match(busy, { text: /CAMERA_BUSY/ })
  const told = JSON.parse((await ask('GET', '/api/v1/cameras/yard/report')).text)
  t.match(told, {
    running: { camera: 'yard' },
    report: {
      ways: [
        { transport: 'tcp', lost: 0 },
        { transport: 'udp', lost: 3 },
      ],
      clock: { off_ms: 300 },
    },
  })
  tests.running = null
  tests.why = 'the disk is full'
  t.match((await ask('GET', '/cameras/yard/test')).text, /came to nothing:[\s\S]*the disk is full/)
  t.equal((await ask('POST', '/api/v1/cameras/nobody/report')).status, 404)
})

t.test('whoever may not set cameras up may not test them', async (t) => {
  for (const path of ['/cameras/yard/test', '/cameras/yard/test/night.jpg', '/api/v1/cameras/yard/report'])
    for (const method of ['GET', 'POST']) t.equal(roleFor(method, path), 'admin', `${method} ${path}`)
})

t.test('a test that comes to nothing says why, and another may begin', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'barnbox-'))
  t.teardown(() => rmSync(stateDir, { recursive: true }))
  const deps = {
    ...{ stateDir, clock: systemClock, log: silentLog, find: () => undefined, stallsOf: () => [] },
    ...{ ffmpeg: () => undefined, horsesIn: async () => null },
  }
  const tests = openCameraTests(deps, new AbortController().signal)
  t.throws(() => tests.start(yard), { code: 'NOT_FOUND' })
  t.equal(tests.running, null)
  t.equal(tests.report(yard), undefined)
})
