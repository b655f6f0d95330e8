/** Every route by everybody: what no rule names nobody may, and a new route is asked here without a line of this file. */
import t, { type Test } from 'tap'
import { addToken } from '../../daemon/http/api/tokens.ts'
import { createPasses } from '../../daemon/http/auth/passes.ts'
import { isAtLeast, isRead, roleFor, roles } from '../../daemon/http/auth/rights.ts'
import type { Role } from '../../daemon/types.ts'
import { fakeApp, fakeBox, horse, horseId } from './fake-box.ts'

/** Whoever may open these is nobody yet, or anybody. */
const open = new Set([
  'GET /healthz',
  'GET /login',
  'POST /login',
  'POST /logout',
  'GET /setup',
  'POST /setup',
  'GET /setup/restore',
  'POST /setup/restore',
  'GET /assets/:file',
  'GET /language/:tag',
  'GET /manifest/:tag',
  'GET /offline/:tag',
  'GET /service-worker.js',
  'POST /api/v1/auth/login',
])

/** Nothing of these is there: what is let in finds nothing, and changes nothing. */
const nowhere: Readonly<Record<string, string>> = { id: 'no-camera', file: 'none', tag: 'xx', lookId: '1' }

function setUp(t: Test) {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const box = fakeBox()
  box.put(horse(1))
  const app = fakeApp(box, stop.signal)
  const admin = box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash: 'h'.repeat(80) }, Date.now())
  const passes = createPasses(box.deps.passKey, box.deps.clock)
  const passOf = (role: Role) => {
    const passwordHash = 'h'.repeat(80)
    return passes.issue(box.deps.users.add({ name: role, role, passwordHash }, Date.now()), 60_000)
  }
  const routes = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => ({
      key: `${method} ${path}`,
      method,
      path: path.replaceAll(/:(\w+)/g, (_, name: string) => nowhere[name] ?? horseId(99)),
    }))
  const unique = [...new Map(routes.map((one) => [one.key, one])).values()]
  return { box, app, admin, passOf, routes: unique }
}

const socket = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }

t.test('nobody is let in anywhere but where all are', async (t) => {
  const { app, routes } = setUp(t)
  t.ok(routes.length > 60, `${routes.length} routes`)
  for (const { key, method, path } of routes) {
    const headers = { host: 'box:8480', ...socket }
    const answer = await app.request(path, { method, headers })
    // A log-in without a name is refused too, but not at the door.
    const isRefused = answer.status === 401 && answer.headers.has('www-authenticate')
    t.equal(isRefused, !open.has(key), `${key}: ${answer.status}`)
  }
  for (const key of open)
    t.ok(
      routes.some((one) => one.key === key),
      `${key} is there`,
    )
})

t.test('everybody is let in where the rights say so, and nowhere else', async (t) => {
  const { box, app, passOf, routes } = setUp(t)
  const means = await Promise.all(
    roles.map(
      async (role) => [role, await passOf(role), addToken(box.deps, { name: role, role }).secret] as const,
    ),
  )
  for (const { key, method, path } of routes) {
    if (open.has(key)) continue
    const least = roleFor(method, path)
    if (least === undefined) {
      t.fail(`${key} has no rule`)
      continue
    }
    for (const [role, pass, token] of means) {
      for (const bearer of [pass, token]) {
        // Only people have a password, and devices.
        if (bearer === token && /\/me\/(password$|devices)/.test(path)) continue
        const headers = { host: 'box:8480', authorization: `Bearer ${bearer}` }
        const { status } = await app.request(path, { method, headers })
        t.equal(status === 403, !isAtLeast(role, least), `${key} as ${role}: ${status}`)
        t.ok(status !== 401 && status !== 500, `${key} as ${role} is known: ${status}`)
      }
    }
  }
})

t.test('a page of another site changes nothing and opens no line, whoever is logged in', async (t) => {
  const { box, app, admin, routes } = setUp(t)
  const pass = await createPasses(box.deps.passKey, box.deps.clock).issue(admin, 60_000)
  for (const origin of ['http://evil.example', 'null', 'http://box:9999']) {
    const headers = { host: 'box:8480', origin, cookie: `barnbox_session=${pass}` }
    for (const { key, method, path } of routes) {
      if (isRead(method)) continue
      t.equal((await app.request(path, { method, headers })).status, 403, `${key} from ${origin}`)
    }
    for (const path of ['/api/v1/events', '/api/v1/cameras/yard/live'])
      t.equal((await app.request(path, { headers: { ...headers, ...socket } })).status, 403, path)
  }
})

t.test('what the rights name is what is asked for: users, tokens and diagnostics are the admin’s', (t) => {
  const tries: [string, string, Role | undefined][] = [
    ['GET', '/users', 'admin'],
    ['GET', '/api/v1/tokens', 'admin'],
    ['GET', '/api/v1/diagnostics', 'admin'],
    ['POST', '/me/password', 'viewer'],
    ['GET', '/system', 'viewer'],
    ['POST', '/horses/x', 'caretaker'],
    ['POST', '/cameras', undefined],
    ['GET', '/usersx', undefined],
    ['DELETE', '/system', undefined],
  ]
  for (const [method, path, least] of tries) t.equal(roleFor(method, path), least, `${method} ${path}`)
  t.end()
})
