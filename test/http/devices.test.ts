/**
 * The browsers by which people are told of alerts: each its user's own affair, and gone with the log-out.
 */
import t, { type Test } from 'tap'
import { startPushService } from '../support/push-service.ts'
import { registryBox } from './registry-box.ts'

const android =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36'

async function setUp(t: Test) {
  const service = await startPushService()
  t.teardown(service.close)
  const barn = registryBox(t, { push: { services: [service.origin], stateDir: t.testdir({}) } })
  const own = { host: 'localhost', origin: 'http://localhost', 'user-agent': android }
  const browserOf = async (role: 'admin' | 'viewer') => {
    const { authorization = '' } = await barn.letIn(role)
    let cookie = `barnbox_session=${authorization.replace('Bearer ', '')}`
    return async (method: string, path: string, body?: unknown) => {
      const type = { 'content-type': 'application/json', 'accept-language': 'fr' }
      const answer = await barn.app.request(path, {
        ...{ method, headers: { ...own, ...type, cookie } },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      for (const set of answer.headers.getSetCookie()) cookie += `; ${set.split(';')[0]}`
      return answer
    }
  }
  const anna = await browserOf('admin')
  const { key } = (await (await anna('GET', '/api/v1/me/devices')).json()) as { key: string }
  const said = (name: string) => ({ ...service.browser(name), key })
  return { ...barn, service, browserOf, anna, said }
}

t.test('a browser tells where it can be told, and is known from then on, until it logs out', async (t) => {
  const { anna, said, registry, service } = await setUp(t)
  const put = await anna('POST', '/api/v1/me/devices', { ...said('phone'), least: 'critical' })
  const device = (await put.json()) as { id: string }
  t.match(device, { name: 'Chrome, Android', least: 'critical' })
  t.match(put.headers.get('set-cookie'), /^barnbox_device=.*; HttpOnly; SameSite=Strict$/)
  t.match(await (await anna('GET', '/api/v1/me/devices')).json(), { this_device: device.id })
  t.match(await (await anna('GET', '/alerts')).text(), /Cet appareil est prévenu/)
  t.match(registry.pushDevices.all(), [{ language: 'fr' }])
  const again = await anna('POST', '/api/v1/me/devices', said('phone-renewed'))
  t.match(await again.json(), { id: device.id, least: 'critical' }, 'with another address it is the same')
  t.equal((await anna('POST', `/api/v1/me/devices/${device.id}/test`)).status, 204)
  t.match(service.got, [{ path: '/push/phone-renewed', note: { language: 'fr' } }])
  await anna('POST', '/logout')
  t.same(registry.pushDevices.all(), [])
})

t.test('what is no browser of a push service is refused', async (t) => {
  const { anna, said, registry } = await setUp(t)
  const good = said('phone')
  const wrong: [object, number][] = [
    [{ ...good, endpoint: 'http://127.0.0.1:1/x' }, 400],
    [{ ...good, endpoint: `${good.endpoint}${'x'.repeat(1000)}` }, 400],
    [{ ...good, keys: { ...good.keys, auth: 'AAAA' } }, 400],
    [{ ...good, keys: { ...good.keys, p256dh: '!' } }, 400],
    [{ ...good, least: 'loud' }, 400],
    [{ ...good, more: 1 }, 400],
    [{ ...good, key: 'another' }, 409],
  ]
  for (const [body, status] of wrong)
    t.equal(
      (await anna('POST', '/api/v1/me/devices', body)).status,
      status,
      JSON.stringify(body).slice(0, 90),
    )
  t.same(registry.pushDevices.all(), [])
})

t.test('nobody touches another one’s device; who is no user has none', async (t) => {
  const { anna, browserOf, said, registry, request } = await setUp(t)
  const { id } = (await (await anna('POST', '/api/v1/me/devices', said('phone'))).json()) as { id: string }
  const bert = await browserOf('viewer')
  for (const [method, path] of [
    ['DELETE', `/api/v1/me/devices/${id}`],
    ['POST', `/api/v1/me/devices/${id}/test`],
    ['POST', `/me/devices/${id}/remove`],
  ] as const)
    t.equal((await bert(method, path)).status, 404, path)
  t.equal((await bert('POST', '/api/v1/me/devices', said('tablet'))).status, 200, 'a viewer is told too')
  t.match(await (await bert('GET', '/api/v1/me/devices')).json(), { devices: { length: 1 } })
  t.equal((await request('GET', '/api/v1/me/devices')).status, 401)
  t.equal((await anna('POST', `/me/devices/${id}/remove`)).status, 303)
  t.equal(registry.pushDevices.all().length, 1)
})

t.test(
  'without the config’s leave the page says so; at an open box there is nobody to be told',
  async (t) => {
    const { request, letIn, app } = registryBox(t)
    t.match(await (await request('GET', '/alerts')).text(), /does not allow it/)
    t.equal((await request('GET', '/api/v1/me/devices')).status, 403)
    const headers = { host: 'localhost', ...(await letIn('admin')) }
    t.match(await (await app.request('/api/v1/me/devices', { headers })).json(), { key: null, devices: [] })
  },
)
