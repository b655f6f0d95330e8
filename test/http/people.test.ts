/** Users and programs: their pages and, for programs, the API. */
import t, { type Test } from 'tap'
import { createPasses } from '../../daemon/http/auth/passes.ts'
import { hashPassword, isPassword } from '../../daemon/http/auth/password.ts'
import type { Role } from '../../daemon/types.ts'
import { type FakeBox, fakeApp, fakeBox, horse, horseId } from './fake-box.ts'

const HORSE = `/api/v1/streams/yard/horses/${horseId(1)}`
const hashed = hashPassword('hay and carrots')

async function setUp(t: Test) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox()
  box.put(horse(1))
  const app = fakeApp(box, stop.signal)
  const passwordHash = await hashed
  const add = (name: string, role: Role) => box.deps.users.add({ name, role, passwordHash }, Date.now())
  const people = { Anna: add('Anna', 'admin'), Bert: add('Bert', 'caretaker') }
  const passes = createPasses(box.deps.passKey, box.deps.clock)
  const cookieOf = async (name: keyof typeof people) => {
    const user = box.deps.users.get(people[name].id)
    return user ? `barnbox_session=${await passes.issue(user, 60_000)}` : ''
  }
  const as = async (name: keyof typeof people, path: string, fields?: Record<string, string>) =>
    app.request(path, {
      headers: {
        host: 'box:8480',
        cookie: await cookieOf(name),
        origin: 'http://box:8480',
        ...(fields && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(fields && { method: 'POST', body: new URLSearchParams(fields).toString() }),
    })
  const bearer = (token: string, path: string, init: RequestInit = {}) =>
    app.request(path, {
      ...init,
      headers: { host: 'box:8480', 'content-type': 'application/json', authorization: `Bearer ${token}` },
    })
  return { box, app, people, as, bearer }
}
const names = ({ deps }: FakeBox) => deps.users.all().map(({ name, role }) => `${name} ${role}`)
const secretIn = (page: string) => /<output[^>]*>([^<]+)</.exec(page)?.[1] ?? ''

t.test('an admin lets people in: with a password that is given, or made and shown once', async (t) => {
  const { box, as } = await setUp(t)
  const given = await as('Anna', '/users', { name: 'Cleo', role: 'viewer', password: 'given by Anna' })
  t.equal(given.status, 303)
  t.equal(await isPassword('given by Anna', box.deps.users.findByName('Cleo')?.passwordHash), true)
  const made = await as('Anna', '/users', { name: ' Dora ', role: 'caretaker', password: '' })
  t.equal(made.status, 200)
  t.equal(made.headers.get('cache-control'), 'no-store')
  const page = await made.text()
  t.match(page, /password of Dora/)
  t.equal(await isPassword(secretIn(page), box.deps.users.findByName('Dora')?.passwordHash), true)
  t.equal(secretIn(await (await as('Anna', '/users')).text()), '', 'once')
  t.same(names(box), ['Anna admin', 'Bert caretaker', 'Cleo viewer', 'Dora caretaker'])
})

t.test('what is wrong with a form is said on the page', async (t) => {
  const { box, as } = await setUp(t)
  const wrong: [Record<string, string>, number, RegExp][] = [
    [{ name: 'bert', role: 'viewer', password: '' }, 409, /This name is taken already/],
    [{ name: '', role: 'viewer', password: '' }, 400, /must not be empty/],
    [{ name: 'Cleo', role: 'king', password: '' }, 400, /May do what: cannot be taken/],
    [{ name: 'Cleo', role: 'viewer', password: 'short' }, 400, /at least 8/],
    [{}, 400, /role|name/],
  ]
  for (const [fields, status, says] of wrong) {
    const answer = await as('Anna', '/users', fields)
    t.equal(answer.status, status)
    const page = await answer.text()
    t.match(page, says)
    t.equal(secretIn(page), '', 'no password of nobody')
  }
  t.same(names(box), ['Anna admin', 'Bert caretaker'])
  const name = '<script>alert(1)</script>'
  await as('Anna', '/users', { name, role: 'viewer', password: '' })
  t.notMatch(await (await as('Anna', '/users')).text(), name)
})

t.test('roles and passwords are changed, people removed, never the last admin', async (t) => {
  const { box, people, as } = await setUp(t)
  const at = (name: keyof typeof people, what: string) => `/users/${people[name].id}/${what}`
  for (const [what, fields] of [
    ['role', { role: 'viewer' }],
    ['remove', {}],
  ] as const) {
    const answer = await as('Anna', at('Anna', what), fields)
    t.equal(answer.status, 409)
    t.match(await answer.text(), /must be an admin left/)
  }
  t.equal((await as('Anna', at('Bert', 'role'), { role: 'admin' })).status, 303)
  const page = await (await as('Anna', at('Bert', 'password'), { password: '' })).text()
  t.equal(await isPassword(secretIn(page), box.deps.users.findByName('Bert')?.passwordHash), true)
  t.equal((await as('Bert', at('Anna', 'remove'), {})).status, 303)
  t.same(names(box), ['Bert admin'])
  t.equal((await as('Bert', at('Anna', 'remove'), {})).status, 404)
})

t.test('people change their own password with the old one, and stay logged in', async (t) => {
  const { box, as } = await setUp(t)
  const page = await (await as('Bert', '/me')).text()
  t.match(page, /Bert/)
  t.match(page, /Caretaker/)
  const wrong = await as('Bert', '/me/password', { old: 'nonsense', password: 'new and long' })
  t.equal(wrong.status, 403)
  t.match(await wrong.text(), /old password is wrong/)
  t.equal((await as('Bert', '/me/password', { old: 'hay and carrots', password: 'short' })).status, 400)
  const right = await as('Bert', '/me/password', { old: 'hay and carrots', password: 'new and long' })
  t.equal(right.status, 200)
  t.match(right.headers.get('set-cookie'), /barnbox_session=/)
  t.equal(await isPassword('new and long', box.deps.users.findByName('Bert')?.passwordHash), true)
})

t.test('an open session is no licence to guess the password', async (t) => {
  const { box, as } = await setUp(t)
  box.deps.clock.monoMs = () => 0
  const guess = (old: string) => as('Bert', '/me/password', { old, password: 'new and long' })
  for (let n = 0; n < 10; n++) t.equal((await guess(`wrong ${n}`)).status, 403)
  t.equal((await guess('hay and carrots')).status, 429)
})

t.test('a program gets a token, shown once, and is let in by it as what it may do', async (t) => {
  const { box, as, bearer } = await setUp(t)
  const page = await (await as('Anna', '/tokens', { name: 'Home Assistant', role: 'viewer' })).text()
  const token = secretIn(page)
  t.match(token, /^barnbox_[\w-]{43}$/)
  const after = await (await as('Anna', '/users')).text()
  t.match(after, /Home Assistant/)
  t.match(after, /never used/)
  t.notMatch(after, token)
  t.match(await (await bearer(token, '/api/v1/me')).json(), { user: null, role: 'viewer' })
  t.match(await (await as('Anna', '/users')).text(), /used <time/)
  const named = { method: 'PUT', body: '{"name": "Thunder"}' }
  t.equal((await bearer(token, HORSE, named)).status, 403, 'a viewer only looks')
  t.equal((await bearer(token, '/users')).status, 403)
  t.equal((await bearer(`${token.slice(0, -1)}~`, '/api/v1/me')).status, 401)
  t.equal((await bearer(`barnbox_${'A'.repeat(43)}`, '/api/v1/me')).status, 401)
  const [{ id } = { id: '' }] = box.deps.tokens.all()
  t.equal((await as('Anna', `/tokens/${id}/remove`, {})).status, 303)
  t.equal((await bearer(token, '/api/v1/me')).status, 401, 'revoked')
})

t.test('the API makes, lists and revokes tokens, and their doings bear their name', async (t) => {
  const { box, bearer } = await setUp(t)
  const { registry } = box
  const admin = await bearerOf('Admin program', 'admin')
  const send = (method: string, path: string, body?: object) =>
    bearer(admin, path, { method, ...(body && { body: JSON.stringify(body) }) })
  const made = await send('POST', '/api/v1/tokens', { name: 'Farm app', role: 'caretaker' })
  t.equal(made.status, 201)
  const { id, token } = (await made.json()) as { id: string; token: string }
  t.equal((await send('POST', '/api/v1/tokens', { name: 'farm APP', role: 'viewer' })).status, 409)
  t.equal((await send('POST', '/api/v1/tokens', { name: 'x', role: 'viewer', hash: 'y' })).status, 400)
  const list = await (await send('GET', '/api/v1/tokens')).text()
  t.match(JSON.parse(list), { total: 2 })
  t.notMatch(list, token)
  const stored = Buffer.from(
    registry.tokens
      .all()
      .map((one) => JSON.stringify(one))
      .join(),
  )
  t.notOk(stored.includes(token))
  t.equal((await bearer(token, HORSE, { method: 'PUT', body: '{"name": "Thunder"}' })).status, 200)
  t.equal((await send('DELETE', `/api/v1/tokens/${id}`)).status, 204)
  t.equal((await send('DELETE', `/api/v1/tokens/${id}`)).status, 404)
  t.equal((await bearer(token, '/api/v1/me')).status, 401)

  async function bearerOf(name: string, role: Role): Promise<string> {
    const { addToken } = await import('../../daemon/http/api/tokens.ts')
    return addToken({ tokens: box.deps.tokens, clock: box.deps.clock }, { name, role }).secret
  }
})

t.test('a correction by a program is told with its name', async (t) => {
  const { box, bearer } = await setUp(t)
  const { addToken } = await import('../../daemon/http/api/tokens.ts')
  const { secret } = addToken(box.deps, { name: 'Farm app', role: 'caretaker' })
  const actors: (string | null)[] = []
  box.deps.horses.setOfficial = (id, _is, { actor }) => {
    actors.push(actor)
    return box.horses.get(id) ?? horse(1)
  }
  const body = JSON.stringify({ is_official: true })
  const answer = await bearer(secret, `/api/v1/horses/${horseId(1)}/official`, { method: 'PATCH', body })
  t.equal(answer.status, 200)
  t.same(actors, ['Farm app'])
})
