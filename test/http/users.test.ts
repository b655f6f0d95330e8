import t from 'tap'
import { createPasses } from '../../daemon/http/auth/passes.ts'
import { hashPassword, isPassword } from '../../daemon/http/auth/password.ts'
import { roleFor } from '../../daemon/http/auth/rights.ts'
import { SESSION_MS } from '../../daemon/http/auth/session.ts'
import type { Role, User, UserId } from '../../daemon/types.ts'
import { fakeApp, fakeBox, horse, horseId } from './fake-box.ts'

const stop = new AbortController()
t.teardown(() => stop.abort())

const HORSE = `/api/v1/streams/yard/horses/${horseId(1)}`
const PASSWORD = 'hay and carrots'
const hashed = hashPassword(PASSWORD)

async function setUp(people: Record<string, Role>, more: { token?: string } = {}) {
  const box = fakeBox(more)
  box.put(horse(1))
  const users = new Map<string, User>()
  for (const [name, role] of Object.entries(people)) {
    users.set(name, box.deps.users.add({ name, role, passwordHash: await hashed }, Date.now()))
  }
  const app = fakeApp(box, stop.signal)
  const ask = (path: string, init: RequestInit & { as?: string } = {}) => {
    const { as, headers, ...rest } = init
    const pass: Record<string, string> = as === undefined ? {} : { authorization: `Bearer ${as}` }
    return app.request(path, { ...rest, headers: { host: 'box:8480', ...pass, ...headers } })
  }
  const send = (path: string, method: string, body: unknown, as?: string) =>
    ask(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(as !== undefined && { as }),
    })
  const logIn = async (name: string, password = PASSWORD): Promise<string> => {
    const answer = await send('/api/v1/auth/login', 'POST', { name, password })
    const { token = '' } = (await answer.json()) as { token?: string }
    return token
  }
  return { box, app, users, ask, send, logIn }
}

t.test('a password is known by its hash, and nothing else is', async (t) => {
  const hash = await hashed
  t.match(hash, /^scrypt\$15\$8\$3\$/)
  t.not(hash, await hashPassword(PASSWORD), 'a salt of its own')
  t.equal(await isPassword(PASSWORD, hash), true)
  for (const wrong of ['', 'hay', `${PASSWORD} `]) t.equal(await isPassword(wrong, hash), false, wrong)
  for (const broken of [undefined, '', 'scrypt$15$8$3$$', hash.slice(0, -1)])
    t.equal(await isPassword(PASSWORD, broken), false, `${broken}`)
  t.equal(await isPassword('Ａnna', await hashPassword('Anna')), true, 'wide letters are the same letters')
})

t.test('the first user closes the box; the others are let in by their passes', async (t) => {
  const { ask, send, logIn, box } = await setUp({})
  const open = await ask('/api/v1/me', { headers: { host: 'localhost:8480' } })
  t.same(await open.json(), { user: null, role: 'admin' })
  const made = await send('/api/v1/users', 'POST', { name: 'Anna', role: 'admin', password: PASSWORD })
  t.equal(made.status, 403, 'an open box answers to its own machine only')
  box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash: await hashed }, Date.now())
  t.equal((await ask('/api/v1/me')).status, 401)
  const pass = await logIn('anna')
  t.match(await (await ask('/api/v1/me', { as: pass })).json(), { user: { name: 'Anna' }, role: 'admin' })
  t.equal(await logIn('Anna', 'wrong password'), '')
  t.equal(await logIn('Nobody'), '')
})

t.test('each role may do what it may, and no more', async (t) => {
  const { ask, send, logIn } = await setUp({ Anna: 'admin', Bert: 'caretaker', Cleo: 'viewer' })
  const tries: [string, string, unknown, Role][] = [
    ['GET', '/api/v1/cameras', undefined, 'viewer'],
    ['GET', HORSE, undefined, 'viewer'],
    ['GET', '/', undefined, 'viewer'],
    ['GET', '/readyz', undefined, 'viewer'],
    ['PUT', HORSE, { name: 'Thunder' }, 'caretaker'],
    ['POST', `/horses/${horseId(1)}`, {}, 'caretaker'],
    ['GET', '/api/v1/users', undefined, 'admin'],
    ['POST', '/api/v1/users', { name: '', role: 'viewer', password: 'x' }, 'admin'],
  ]
  const order: Role[] = ['viewer', 'caretaker', 'admin']
  for (const [name, role] of [
    ['Anna', 'admin'],
    ['Bert', 'caretaker'],
    ['Cleo', 'viewer'],
  ] as const) {
    const pass = await logIn(name)
    for (const [method, path, body, least] of tries) {
      const answer = await (body === undefined ? ask(path, { as: pass }) : send(path, method, body, pass))
      const may = order.indexOf(role) >= order.indexOf(least)
      t.equal(answer.status === 403, !may, `${role} ${method} ${path}: ${answer.status}`)
      t.not(answer.status, 401, `${role} is known`)
    }
  }
})

t.test('no route is without a rule, and none but these is open', async (t) => {
  const { app } = await setUp({ Anna: 'admin' })
  const shell = ['/manifest/', '/offline/', '/service-worker.js']
  const open = [
    '/healthz',
    '/language/',
    '/setup',
    '/login',
    '/logout',
    '/api/v1/auth/login',
    '/assets/',
    ...shell,
  ]
  const routes = app.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
  t.ok(routes.length > 10)
  for (const { method, path } of routes) {
    if (open.some((one) => path.startsWith(one))) continue
    const real = path.replace(':horseId', horseId(1)).replace(':userId', horseId(2)).replace(':id', 'yard')
    t.ok(roleFor(method, real), `${method} ${path} has a rule`)
    t.equal((await app.request(real, { method })).status, 401, `${method} ${path} is closed`)
  }
})

t.test('a pass ends with its time, its user and every change of the user', async (t) => {
  const { box, ask, logIn, users } = await setUp({ Anna: 'admin', Bert: 'caretaker' })
  let now = Date.now()
  box.deps.clock.utcMs = () => now
  const status = async (as: string) => (await ask('/api/v1/me', { as })).status
  const pass = await logIn('Bert')
  t.equal(await status(pass), 200)
  now += 12 * 3600 * 1000
  t.equal(await status(pass), 401, 'after half a day')
  const { id } = users.get('Bert') as User
  const second = await logIn('Bert')
  box.deps.users.change(id, { role: 'viewer' })
  t.equal(await status(second), 401, 'the role was changed')
  const third = await logIn('Bert')
  box.deps.users.remove(id)
  t.equal(await status(third), 401, 'the user is gone')
})

/** The same bytes in other letters: of the last one not all bits count. */
function twinOf(cookie: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return `${cookie.slice(0, -1)}${letters[letters.indexOf(cookie.at(-1) ?? '') ^ 1]}`
}

t.test('who logs out leaves nothing that opens the box, not on a copy of the cookie either', async (t) => {
  const { ask } = await setUp({ Anna: 'admin' }, { token: 'correct-horse-battery' })
  const logIn = async (fields: Record<string, string>) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await ask('/login', { method: 'POST', headers, body: `${new URLSearchParams(fields)}` })
    return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  }
  const status = async (cookie: string) => (await ask('/api/v1/me', { headers: { cookie } })).status
  const other = await logIn({ name: 'Anna', password: PASSWORD })
  for (const fields of [{ name: 'Anna', password: PASSWORD }, { token: 'correct-horse-battery' }]) {
    const cookie = await logIn(fields)
    t.equal(await status(cookie), 200)
    const foreign = await ask('/logout', { method: 'POST', headers: { cookie } })
    t.equal(foreign.status, 403, 'not asked for by our own page')
    const origin = 'http://box:8480'
    t.equal((await ask('/logout', { method: 'POST', headers: { cookie, origin } })).status, 303)
    t.equal(await status(cookie), 401)
    t.equal(await status(twinOf(cookie)), 401, 'nor written another way')
  }
  t.equal(await status(other), 200, 'the tablet on the wall stays logged in')
})

t.test('forged passes are refused', async (t) => {
  const { box, ask, users } = await setUp({ Anna: 'admin' })
  const anna = users.get('Anna') as User
  const other = createPasses(new Uint8Array(32).fill(7), box.deps.clock)
  const own = createPasses(box.deps.passKey, box.deps.clock)
  const good = await own.issue(anna, 60_000)
  const [head, body, mac] = good.split('.')
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const none = `${part({ alg: 'none' })}.${body}.`
  const bad = {
    'of another key': await other.issue(anna, 60_000),
    'of nobody': await own.issue({ ...anna, id: horseId(9) as string as UserId }, 60_000),
    'signed by nobody': none,
    'with another body': `${head}.${part({ iss: 'barnbox', sub: anna.id, ver: 1, exp: 9e9 })}.${mac}`,
    'of dots': '..',
  }
  t.equal((await ask('/api/v1/me', { as: good })).status, 200)
  for (const [what, as] of Object.entries(bad)) t.equal((await ask('/api/v1/me', { as })).status, 401, what)
})

t.test('users are made, changed and removed', async (t) => {
  const { send, ask, logIn } = await setUp({ Anna: 'admin' })
  const pass = await logIn('Anna')
  const made = await send('/api/v1/users', 'POST', { name: 'Bert', role: 'viewer', password: PASSWORD }, pass)
  t.equal(made.status, 201)
  const { id } = (await made.json()) as { id: string }
  const again = await send(
    '/api/v1/users',
    'POST',
    { name: 'BERT', role: 'viewer', password: PASSWORD },
    pass,
  )
  t.equal(again.status, 409)
  t.match(await again.json(), { code: 'NAME_TAKEN' })
  t.match(await (await send(`/api/v1/users/${id}`, 'PATCH', { role: 'caretaker' }, pass)).json(), {
    role: 'caretaker',
  })
  const list = (await (await ask('/api/v1/users', { as: pass })).json()) as { total: number }
  t.equal(list.total, 2)
  t.notMatch(JSON.stringify(list), /scrypt|hash/)
  t.equal((await ask(`/api/v1/users/${id}`, { method: 'DELETE', as: pass })).status, 204)
  t.equal((await ask(`/api/v1/users/${id}`, { method: 'DELETE', as: pass })).status, 404)
  for (const bad of [
    { name: 'x', role: 'king', password: PASSWORD },
    { name: 'x', role: 'viewer', password: 'short' },
    { name: 'x', role: 'viewer', password: 'x'.repeat(201) },
    { name: ' ', role: 'viewer', password: PASSWORD },
    { name: 'a\u0000b', role: 'viewer', password: PASSWORD },
    { name: 'x'.repeat(61), role: 'viewer', password: PASSWORD },
  ])
    t.equal((await send('/api/v1/users', 'POST', bad, pass)).status, 400, JSON.stringify(bad).slice(0, 60))
})

t.test('people change their own password and stay logged in', async (t) => {
  const { send, ask, logIn } = await setUp({ Anna: 'admin', Bert: 'viewer' })
  const pass = await logIn('Bert')
  const wrong = await send('/api/v1/me/password', 'PUT', { old: 'nonsense', password: 'new password' }, pass)
  t.equal(wrong.status, 403)
  const right = await send('/api/v1/me/password', 'PUT', { old: PASSWORD, password: 'new password' }, pass)
  const { token } = (await right.json()) as { token: string }
  t.equal((await ask('/api/v1/me', { as: pass })).status, 401)
  t.equal((await ask('/api/v1/me', { as: token })).status, 200)
  t.not(await logIn('Bert', 'new password'), '')
})

t.test('the log-in page leaves a cookie that ends with the password', async (t) => {
  const { box, ask, users } = await setUp({ Anna: 'admin' })
  const logIn = (fields: Record<string, string>) =>
    ask('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://box:8480' },
      body: new URLSearchParams(fields).toString(),
    })
  t.match(await (await ask('/login')).text(), /name="password"/)
  t.notMatch(await (await ask('/login')).text(), /name="token"/, 'there is none')
  const wrong = await logIn({ name: 'Anna', password: 'nonsense' })
  t.equal(wrong.status, 401)
  t.match(await wrong.text(), /do not belong together/)
  const right = await logIn({ name: ' anna ', password: PASSWORD })
  t.equal(right.status, 303)
  const cookie = right.headers.get('set-cookie') ?? ''
  t.match(cookie, /HttpOnly.*SameSite=Strict/)
  t.match(cookie, new RegExp(`Max-Age=${SESSION_MS / 1000}`))
  const headers = { cookie: cookie.split(';')[0] ?? '' }
  const page = await (await ask('/', { headers })).text()
  t.match(page, /Anna.*Log out/)
  const put = { method: 'PUT', body: '{"name": "T"}' }
  const json = { ...headers, 'content-type': 'application/json' }
  t.equal((await ask(HORSE, { ...put, headers: json })).status, 403, 'not asked for by our own page')
  t.equal((await ask(HORSE, { ...put, headers: { ...json, origin: 'http://box:8480' } })).status, 200)
  box.deps.users.change((users.get('Anna') as User).id, { passwordHash: await hashPassword('another one') })
  t.equal((await ask('/', { headers })).status, 401)
})

t.test('passwords are compared a few at a time, whoever asks', async (t) => {
  const { send, logIn, box } = await setUp({ Anna: 'admin' })
  const pass = await logIn('Anna')
  box.deps.clock.monoMs = () => 0
  const change = () => send('/api/v1/me/password', 'PUT', { old: 'nonsense', password: 'new password' }, pass)
  const answers = await Promise.all(Array.from({ length: 6 }, change))
  t.same(answers.map(({ status }) => status).sort(), [403, 403, 403, 403, 503, 503])
})

t.test('ten wrong passwords close the door for a minute, with a page that says so', async (t) => {
  const { box, ask, send } = await setUp({ Anna: 'admin' })
  box.deps.clock.monoMs = () => 0
  for (let n = 0; n < 10; n++) {
    const wrong = await send('/api/v1/auth/login', 'POST', { name: 'Anna', password: `wrong ${n}` })
    t.equal(wrong.status, 401)
  }
  const right = await send('/api/v1/auth/login', 'POST', { name: 'Anna', password: PASSWORD })
  t.equal(right.status, 429)
  const page = await ask('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ name: 'Anna', password: PASSWORD }).toString(),
  })
  t.equal(page.status, 429)
  t.ok(Number(page.headers.get('retry-after')) > 0)
  t.match(await page.text(), /Wait a minute/)
  const german = await ask('/login', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'accept-language': 'de' },
    body: new URLSearchParams({ name: 'Anna', password: PASSWORD }).toString(),
  })
  t.notMatch(await german.text(), /Wait a minute/)
})
