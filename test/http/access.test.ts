import t from 'tap'
import { makeSession, SESSION_MS } from '../../daemon/http/auth/session.ts'
import { silentLog } from '../../daemon/lib/log.ts'
import { fakeApp, fakeBox, horse, horseId } from './fake-box.ts'

const TOKEN = 'correct-horse-battery'
const stop = new AbortController()
t.teardown(() => stop.abort())

function setUp(token?: string) {
  const box = fakeBox(token === undefined ? {} : { token })
  box.put(horse(1))
  return { box, app: fakeApp(box, stop.signal) }
}
const put = (headers: Record<string, string>) => ({
  method: 'PUT',
  headers: { 'content-type': 'application/json', host: 'box:8480', ...headers },
  body: '{"name": "Thunder"}',
})
const HORSE = `/api/v1/streams/yard/horses/${horseId(1)}`
const form = (token: string, headers = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'box:8480', ...headers },
  body: new URLSearchParams({ token }).toString(),
})

t.test('every answer forbids foreign content', async (t) => {
  const { app } = setUp()
  for (const path of ['/', '/healthz', '/nothing', '/api/v1/streams/yard/horses/7']) {
    const headers = (await app.request(path)).headers
    const policy = headers.get('content-security-policy') ?? ''
    t.match(policy, /default-src 'none'/, path)
    t.notMatch(policy, /unsafe|https?:|\*/, path)
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('cache-control'), 'no-store')
  }
})

t.test('without a token only local names are answered', async (t) => {
  const { app } = setUp()
  const ask = (host: string) => app.request('/', { headers: { host } })
  for (const host of [
    'localhost:8480',
    '127.0.0.1:8480',
    '127.0.0.2:8480',
    '[::1]:8480',
    'localhost',
    'LOCALHOST:1',
  ])
    t.equal((await ask(host)).status, 200, host)
  for (const host of ['evil.example:8480', '127.0.0.1.evil.example', 'barnbox.local', '192.168.1.4:8480', ''])
    t.equal((await ask(host)).status, 403, host)
  t.equal((await app.request('/healthz', { headers: { host: 'evil.example' } })).status, 200)
})

t.test('without a token nobody is answered through a proxy, whatever it calls the box', async (t) => {
  const { app } = setUp()
  for (const name of ['Forwarded', 'Via', 'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Real-IP']) {
    const answer = await app.request('/', { headers: { host: '127.0.0.1:8480', [name]: '192.168.1.9' } })
    t.equal(answer.status, 403, name)
  }
})

t.test('a route that no rule names is closed to everybody', async (t) => {
  const { app } = setUp(TOKEN)
  app.get('/fresh', (c) => c.text('a route without a row'))
  const answer = await app.request('/fresh', { headers: { authorization: `Bearer ${TOKEN}` } })
  t.equal(answer.status, 404)
  t.match(await answer.json(), { code: 'NOT_FOUND' })
})

t.test('without a token pages of other sites may change nothing', async (t) => {
  const { box, app } = setUp()
  const from = (origin: string) => app.request(HORSE, put({ host: 'localhost:8480', origin }))
  for (const origin of ['http://evil.example', 'http://localhost:9999', 'null'])
    t.equal((await from(origin)).status, 403, origin)
  t.equal(box.horses.get(horseId(1))?.name, null)
  t.equal((await from('http://localhost:8480')).status, 200)
})

t.test('with a token everything but health, log-in and style needs it', async (t) => {
  const { app } = setUp(TOKEN)
  const open = ['/healthz', '/login', '/assets/style.css']
  const closed = [
    '/',
    '/readyz',
    '/metrics',
    '/api/v1/system',
    '/api/v1/cameras',
    HORSE,
    `${HORSE}/avatar`,
    '/api/v1/events',
    '/nothing',
    `/horses/${horseId(1)}`,
  ]
  for (const path of open) t.equal((await app.request(path)).status, 200, path)
  for (const path of closed) {
    const answer = await app.request(path)
    t.equal(answer.status, 401, path)
    t.match(answer.headers.get('www-authenticate'), /Bearer/)
    t.match(await answer.json(), { code: 'UNAUTHORIZED' })
  }
  const page = await app.request('/', { headers: { accept: 'text/html,*/*' } })
  t.equal(page.status, 303)
  t.equal(page.headers.get('location'), '/login')
})

t.test('the Bearer token opens the door; of wrong ones ten a minute are heard', async (t) => {
  const { box, app } = setUp(TOKEN)
  let mono = 0
  box.deps.clock.monoMs = () => mono
  const ask = (token: string) => app.request('/readyz', { headers: { authorization: `Bearer ${token}` } })
  t.equal((await ask(TOKEN)).status, 200)
  for (let n = 0; n < 10; n++) t.equal((await ask(`wrong-${n}`)).status, 401)
  const refused = await ask('wrong-10')
  t.equal(refused.status, 429)
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.equal((await ask(TOKEN)).status, 200, 'a right one is let in whatever others guess')
  t.equal((await ask('wrong-11')).status, 429, 'and helps nobody to guess on')
  t.equal((await app.request('/login', form(TOKEN))).status, 303, 'people who log in are counted apart')
  mono += 60_000
  t.equal((await ask('wrong-12')).status, 401)
  for (const bad of ['Basic abc', 'Bearer', 'Bearer  ', TOKEN])
    t.equal((await app.request('/readyz', { headers: { authorization: bad } })).status, 401, bad)
})

t.test('logging in leaves a cookie that is not the token', async (t) => {
  const { app } = setUp(TOKEN)
  const wrong = await app.request('/login', form('wrong'))
  t.equal(wrong.status, 401)
  t.match(await wrong.text(), /not the access token/)
  const right = await app.request('/login', form(` ${TOKEN} `, { origin: 'http://box:8480' }))
  t.equal(right.status, 303)
  const cookie = right.headers.get('set-cookie') ?? ''
  t.match(cookie, /HttpOnly/)
  t.match(cookie, /SameSite=Strict/)
  t.notMatch(cookie, TOKEN)
  const session = cookie.split(';')[0] ?? ''
  const headers = { cookie: session }
  t.match(await (await app.request('/', { headers })).text(), /Log out/)
  t.equal((await app.request(HORSE, put(headers))).status, 403, 'a change needs the word of our own page')
  t.equal((await app.request(HORSE, put({ ...headers, origin: 'http://evil.example' }))).status, 403)
  t.equal((await app.request(HORSE, put({ ...headers, origin: 'http://box:8480' }))).status, 200)
  t.equal((await app.request('/login', form(TOKEN, { origin: 'http://evil.example' }))).status, 403)
})

t.test('a form that is none is the sender’s fault: 400, and no line in the log', async (t) => {
  const lines: unknown[] = []
  const log = { ...silentLog, error: (fields: object) => void lines.push(fields) }
  const box = fakeBox({ token: TOKEN, log })
  box.put(horse(1))
  const app = fakeApp(box, stop.signal)
  for (const path of ['/login', `/horses/${horseId(1)}`]) {
    for (const type of ['multipart/form-data; boundary=x', 'multipart/form-data']) {
      const answer = await app.request(path, {
        method: 'POST',
        headers: { 'content-type': type, host: 'box:8480', authorization: `Bearer ${TOKEN}` },
        body: '--y\r\nnonsense',
      })
      t.equal(answer.status, 400, `${path} as ${type}`)
      const isPage = answer.headers.get('content-type')?.startsWith('text/html')
      t.match(await answer.text(), isPage ? /The form cannot be read/ : /"code":"BAD_REQUEST"/)
    }
  }
  t.same(lines, [])
})

t.test('forged, foreign and expired cookies are refused', async (t) => {
  const { app } = setUp(TOKEN)
  const now = Date.now()
  const good = makeSession(TOKEN, now)
  const [expiry = '', mac = ''] = good.split('.')
  const ask = async (value: string) =>
    (await app.request('/readyz', { headers: { cookie: `barnbox_session=${value}` } })).status
  t.equal(await ask(good), 200)
  t.equal(await ask(makeSession(TOKEN, now - SESSION_MS - 1000)), 401, 'expired')
  t.equal(await ask(makeSession('another-token-entirely', now)), 401, 'the token was changed')
  t.equal(await ask(`${Number(expiry) + 1}.${mac}`), 401, 'a longer life')
  for (const bad of ['', '.', `${expiry}.`, `.${mac}`, 'x.y', TOKEN]) t.equal(await ask(bad), 401, bad)
})
