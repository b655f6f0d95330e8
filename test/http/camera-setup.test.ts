/** Setting cameras up by the pages and the API: who may, what is refused, and that no password comes back. */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { failed } from '../../daemon/cameras/trial.ts'
import { meantBy } from '../../daemon/http/camera-address.ts'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { fakeApp, fakeBox } from './fake-box.ts'
import { goodTrial } from './fake-desk.ts'

function setUp(t: Test) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox()
  const app = fakeApp(box, stop.signal)
  const { cameraDesk: desk } = box
  const page = async (path: string) => {
    const answer = await app.request(path, { headers: { host: 'localhost' } })
    return { status: answer.status, text: await answer.text() }
  }
  /** Sends a form, and follows where it leads. */
  const send = async (path: string, fields: Record<string, string> = {}) => {
    const answer = await app.request(path, {
      method: 'POST',
      headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    })
    const to = answer.headers.get('location')
    const text = to === null ? await answer.text() : (await page(to)).text
    return { status: answer.status, to, text }
  }
  const api = async (method: string, path: string, body?: unknown) => {
    const headers = { host: 'localhost', 'content-type': 'application/json' }
    const answer = await app.request(`/api/v1${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, text: await answer.text() }
  }
  return { box, app, desk, page, send, api }
}

const typed = {
  address: 'rtsp://10.0.0.5/main',
  username: 'joe',
  password: 'sesame',
  transport: 'tcp',
  detect: '',
}

t.test('by address: test, name, save; the password never comes back', async (t) => {
  const { desk, page, send } = setUp(t)
  t.match((await page('/cameras')).text, /href="\/add-camera"/)
  const tried = await send('/add-camera', typed)
  t.match(tried, { status: 303, to: /^\/add-camera\/[0-9a-f-]{36}$/ })
  t.match(tried.text, /It gives a picture[\s\S]*picture\.jpg[\s\S]*H\.264[\s\S]*1920 × 1080/)
  t.notMatch(tried.text, /sesame/)
  t.match((await page(`${tried.to}/picture.jpg`)).status, 200)
  const nameless = await send(`${tried.to}/save`, { name: ' ' })
  t.match(nameless, { status: 400, text: /A name has 1 to 60/ })
  t.equal(desk.kept.size, 0)
  t.match(await send(`${tried.to}/save`, { name: 'South gate' }), {
    status: 303,
    to: '/cameras/south-gate/test',
  })
  t.match(desk.kept.get('south-gate'), { name: 'South gate', url: typed.address, password: 'sesame' })
  t.match(await send(`${tried.to}/save`, { name: 'Again' }), { to: '/add-camera' }, 'once')
  const settings = await page('/cameras/south-gate/settings')
  t.notMatch(settings.text, /sesame/)
  t.match(settings.text, /••••/)
})

t.test('a failure is said in words with its cure; mended, the typed password stands', async (t) => {
  const { desk, send } = setUp(t)
  desk.trial = failed('path', 'CAMERA_NOT_FOUND', 'no stream (404)')
  const first = await send('/add-camera', typed)
  t.match(
    first.text,
    /It gives no picture[\s\S]*no stream at this address[\s\S]*Look up the path[\s\S]*Save it all the same/,
  )
  desk.trial = goodTrial
  const second = await send(`${first.to}/test`, { ...typed, address: 'rtsp://10.0.0.5/other', password: '' })
  t.match(second.text, /It gives a picture/)
  t.match(desk.tried.at(-1), { url: 'rtsp://10.0.0.5/other', password: 'sesame' })
})

t.test('a device is asked for its streams', async (t) => {
  const { desk, send } = setUp(t)
  desk.devices = [{ host: '10.0.0.5', port: 8080, name: '<b>North</b>', maker: 'Hayloft' }]
  const looked = await send('/add-camera/look')
  t.match(looked.text, /1 device answered[\s\S]*&lt;b&gt;North[\s\S]*value="10\.0\.0\.5:8080"/)
  const offer = { codec: 'H264', fps: 25 }
  desk.streams = [
    { name: 'sub', url: 'rtsp://10.0.0.5/2', width: 640, height: 360, ...offer },
    { name: 'main', url: 'rtsp://10.0.0.5/1', width: 1920, height: 1080, ...offer },
  ]
  const asked = await send('/add-camera', { address: '10.0.0.5:8080', username: 'joe', password: 'sesame' })
  t.same(desk.asked, [{ host: '10.0.0.5', port: 8080, username: 'joe', password: 'sesame' }])
  t.match(asked.text, /<option value="1" selected>main, H264, 1920 × 1080, 25 pictures a second/)
  const tried = await send(`${asked.to}/choose`, { main: '1', detect: '0' })
  t.match(tried.text, /It gives a picture[\s\S]*The stream for finding horses/)
  t.match(
    desk.tried.map(({ url, password }) => [url, password]),
    [
      ['rtsp://10.0.0.5/1', 'sesame'],
      ['rtsp://10.0.0.5/2', 'sesame'],
    ],
  )
  t.match(await send(`${asked.to}/choose`, { main: '7' }), { status: 400, text: /no address of a stream/ })
  desk.devices = []
  t.match((await send('/add-camera/look')).text, /No camera answered/)
  for (const [code, says] of [
    ['ONVIF_REFUSED', /does not take this user/],
    ['ONVIF_FAILED', /does not say by ONVIF/],
  ] as const) {
    desk.streams = new BarnboxError(code, 'no')
    const refused = await send('/add-camera', { address: '10.0.0.5', username: 'joe', password: 'sesame' })
    t.match(refused, { status: 400, text: says })
    t.notMatch(refused.text, /sesame/)
  }
})

t.test('a camera is changed, called otherwise, paused and removed', async (t) => {
  const { desk, page, send } = setUp(t)
  await desk.add({ name: 'Gate', url: 'rtsp://10.0.0.5/main', username: 'joe', password: 'sesame' })
  await send('/cameras/gate/settings', { name: 'North gate' })
  t.match(desk.get('gate' as never), { name: 'North gate' })
  const same = await send('/add-camera', {
    ...typed,
    of: 'gate',
    address: 'rtsp://10.0.0.5/new',
    password: '',
  })
  t.match(desk.tried.at(-1), { url: 'rtsp://10.0.0.5/new', password: 'sesame' })
  t.equal((await send(`${same.to}/save`)).to, '/cameras#camera-gate')
  t.match(desk.kept.get('gate'), { url: 'rtsp://10.0.0.5/new', password: 'sesame', name: 'North gate' })
  const other = await send('/add-camera', {
    ...typed,
    of: 'gate',
    address: 'rtsp://10.0.0.6/new',
    password: '',
  })
  t.match(other, { status: 400, text: /Type the password again/ })
  await send('/cameras/gate/pause', { paused: 'yes' })
  t.match((await page('/cameras/gate/settings')).text, /Go on watching/)
  await send('/cameras/gate/pause', { paused: 'no' })
  t.equal(desk.kept.get('gate')?.enabled, true)
  t.equal((await send('/cameras/gate/remove')).to, '/cameras')
  t.equal(desk.kept.size, 0)
  t.equal((await page('/cameras/gate/settings')).status, 404)
})

t.test('what stands in the config is shown, and changed nowhere here', async (t) => {
  const { page, send, api } = setUp(t)
  const { text } = await page('/cameras/yard/settings')
  t.match(text, /stands in the config file[\s\S]*rtsp:\/\/10\.0\.0\.9\/main[\s\S]*••••/)
  t.notMatch(text, /<form[^>]*action="\/(cameras|add-camera)|of the config</)
  t.match(await send('/cameras/yard/pause', { paused: 'yes' }), { status: 409, text: /change it there/ })
  t.match(await api('DELETE', '/cameras/yard'), { status: 409, text: /CAMERA_IN_CONFIG/ })
})

t.test('the API refuses what is no stream, and hides what is secret', async (t) => {
  const { desk, api } = setUp(t)
  for (const [path, body] of [
    ['', { name: 'x', url: 'file:///etc/passwd' }],
    ['', { name: 'x', url: 'http://10.0.0.5/mjpeg' }],
    ['', { name: 'x', url: 'rtsp://joe:sesame@10.0.0.5/' }],
    ['', { name: 'x', url: 'rtsp://10.0.0.5/', password: 'a\nb' }],
    ['', { name: 'x', url: 'rtsp://10.0.0.5/', fps: 99 }],
    ['', { name: 'x', url: 'rtsp://10.0.0.5/', id: '../x' }],
    ['/test', { url: '-i /etc/passwd' }],
    ['/test', {}],
    ['/onvif', { host: 'a/b' }],
    ['/onvif', { host: 'a@b' }],
    ['/onvif', { host: '10.0.0.5', port: 0 }],
  ] as const) {
    const { status, text } = await api('POST', `/cameras${path}`, body)
    t.equal(status, 400, JSON.stringify(body))
    t.notMatch(text, /sesame/)
  }
  t.match(await api('PATCH', '/cameras/nobody', { name: 'x' }), { status: 404 })
  t.match(await api('POST', '/cameras/test', { of: 'nobody' }), { status: 404 })
  t.same([desk.tried, desk.asked, desk.kept.size], [[], [], 0])
  const added = await api('POST', '/cameras', {
    name: 'Gate',
    url: 'rtsp://10.0.0.5/',
    username: 'joe',
    password: 'sesame',
  })
  t.equal(added.status, 201)
  t.notMatch(added.text + (await api('GET', '/cameras/settings')).text, /sesame/)
  for (let n = 0; n < 30; n++) await api('POST', '/cameras/discover')
  t.match(await api('POST', '/cameras/test', { url: 'rtsp://a/' }), { status: 429, text: /CAMERA_BUSY/ })
})

t.test('what a person types is a stream or a device', async (t) => {
  const cases: [string, object][] = [
    ['rtsp://cam/1', { url: 'rtsp://cam/1', username: null, password: null }],
    [
      ' RTSP://joe:p%40ss:w@cam:554/1?a=b@c ',
      { url: 'rtsp://cam:554/1?a=b@c', username: 'joe', password: 'p@ss:w' },
    ],
    ['192.168.1.20', { kind: 'device', host: '192.168.1.20', port: 80 }],
    ['http://cam.local:8080/', { kind: 'device', host: 'cam.local', port: 8080 }],
    ['[fe80::1]:81', { kind: 'device', host: '[fe80::1]', port: 81 }],
    ['cam:0', { kind: 'stream', url: 'cam:0' }],
    ['/etc/passwd', { kind: 'stream' }],
    ['file:///etc/passwd', { kind: 'stream' }],
  ]
  for (const [text, meant] of cases) t.match(meantBy(text), meant, text)
  fc.assert(
    fc.property(fc.string(), (text) => {
      const meant = meantBy(text)
      return meant.kind === 'stream' || (meant.port > 0 && meant.port <= 65_535 && !/[/@\s]/.test(meant.host))
    }),
  )
})

t.test('whatever is sent, it is answered, and nothing breaks', async (t) => {
  const { send } = setUp(t)
  const field = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('rtsp://a/b', 'cam', 'yard', '0'))
  const form = fc.record({
    address: field,
    detect: field,
    username: field,
    password: field,
    transport: field,
    of: field,
    name: field,
  })
  await fc.assert(
    fc.asyncProperty(form, fc.constantFrom('/add-camera', '/cameras/yard/settings'), async (fields, path) => {
      return (await send(path, fields)).status < 500
    }),
    { numRuns: 60 },
  )
  t.pass('held')
})
