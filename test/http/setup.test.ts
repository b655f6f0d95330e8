/** A box that nobody can log in to: closed but for its set-up, which wants the PIN. */
import t, { type Test } from 'tap'
import { isPassword } from '../../daemon/http/auth/password.ts'
import { type FakeBox, fakeApp, fakeBox } from './fake-box.ts'

const PIN = '31415926'
const PASSWORD = 'hay and carrots'
const good = { pin: PIN, name: 'Anna', password: PASSWORD }

function setUp(t: Test, more: { token?: string } = {}) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox(more)
  const app = fakeApp(box, stop.signal, { isShared: true })
  const ask = (path: string, headers: Record<string, string> = {}) =>
    app.request(path, { headers: { host: 'box:8480', ...headers } })
  const send = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    app.request('/setup', {
      method: 'POST',
      headers: { host: 'box:8480', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    })
  return { box, app, ask, send }
}
const names = ({ deps }: FakeBox) => deps.users.all().map(({ name, role }) => `${name} ${role}`)

t.test('every route but the set-up is closed, for this machine too', async (t) => {
  const { app, ask } = setUp(t)
  const open = new Set([
    ...['/healthz', '/login', '/logout', '/setup', '/setup/restore'],
    ...['/api/v1/auth/login', '/assets/:file'],
  ])
  const routes = app.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
  for (const { method, path } of routes) {
    if (open.has(path) || /^\/(language|manifest|offline)\/|^\/service-worker/.test(path)) continue
    for (const host of ['box:8480', 'localhost:8480'])
      t.equal((await app.request(path, { method, headers: { host } })).status, 401, `${method} ${path}`)
  }
  for (const path of ['/', '/horses/x', '/streams/yard']) {
    const answer = await ask(path, { accept: 'text/html' })
    t.equal(answer.status, 303, path)
    t.equal(answer.headers.get('location'), '/setup')
  }
  const bearer = await ask('/readyz', { authorization: `Bearer ${PIN}` })
  t.equal(bearer.status, 401, 'the PIN is for one page only')
  t.match(await (await ask('/setup', { 'accept-language': 'de' })).text(), /Box einrichten/)
})

t.test('the PIN makes the first admin, once', async (t) => {
  const { box, ask, send } = setUp(t)
  const made = await send({ ...good, pin: '3141 5926' }, { origin: 'http://box:8480' })
  t.equal(made.status, 303)
  t.equal(made.headers.get('location'), '/')
  t.same(names(box), ['Anna admin'])
  t.equal(await isPassword(PASSWORD, box.deps.users.findByName('anna')?.passwordHash), true)
  t.equal(box.pin, undefined, 'used up')
  const cookie = made.headers.get('set-cookie')?.split(';')[0] ?? ''
  t.match(await (await ask('/', { cookie })).text(), /Anna/, 'who set it up is logged in')
  for (const answer of [await send({ ...good, name: 'Eve' }), await ask('/setup')]) {
    t.equal(answer.status, 303)
    t.equal(answer.headers.get('location'), '/login')
  }
  t.same(names(box), ['Anna admin'])
})

t.test('a wrong PIN makes nobody; ten of them, from wherever, close the door for a minute', async (t) => {
  const { box, send } = setUp(t)
  let mono = 0
  box.deps.clock.monoMs = () => mono
  for (const pin of ['', '31415927', '3141592', `${PIN}0`, 'x', '0', '1', '2', '3', '4']) {
    const answer = await send({ ...good, pin })
    t.equal(answer.status, 403, pin)
    const page = await answer.text()
    t.match(page, /not the PIN/)
    t.match(page, /value="Anna"/, 'the name need not be typed again')
    t.notMatch(page, PASSWORD)
  }
  const refused = await send(good)
  t.equal(refused.status, 429)
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.match(await refused.text(), /Wait a minute/)
  t.same(names(box), [])
  mono += 60_000
  t.equal((await send(good)).status, 303)
})

t.test('a name or password that is none is said, and the PIN stays good', async (t) => {
  const { box, send } = setUp(t)
  const wrong = {
    short: { password: 'short' },
    'a long one': { password: 'x'.repeat(201) },
    nameless: { name: ' ' },
  }
  for (const [what, fields] of Object.entries(wrong)) {
    const answer = await send({ ...good, ...fields })
    t.equal(answer.status, 400, what)
    t.match(await answer.text(), /name="pin" value="31415926"/)
  }
  t.same(names(box), [])
  t.equal(box.pin, PIN)
})

t.test('of two at once with the PIN one becomes the admin', async (t) => {
  const { box, send } = setUp(t)
  const answers = await Promise.all(['Anna', 'Bert', 'Cleo'].map((name) => send({ ...good, name })))
  t.equal(names(box).length, 1)
  t.equal(answers.filter(({ status }) => status === 303).length, 1)
})

t.test('without a PIN nobody sets it up; pages of other sites never do', async (t) => {
  const { box, send } = setUp(t)
  t.equal((await send(good, { origin: 'http://evil.example' })).status, 403)
  box.pin = undefined
  for (const pin of [PIN, '', 'undefined']) t.equal((await send({ ...good, pin })).status, 403, pin)
  t.same(names(box), [])
})

t.test('a box with an access token is not to be set up', async (t) => {
  const { box, ask, send } = setUp(t, { token: 'correct-horse-battery' })
  t.equal((await ask('/setup')).headers.get('location'), '/login')
  await send(good)
  t.same(names(box), [])
})
