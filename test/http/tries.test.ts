import t from 'tap'
import { hashPassword } from '../../daemon/http/auth/password.ts'
import { addressCount, createTries, networkOf } from '../../daemon/http/auth/tries.ts'
import { fakeApp, fakeBox } from './fake-box.ts'

const stop = new AbortController()
t.teardown(() => stop.abort())

t.test('addresses of one IPv6 network count as one, others each for itself', async (t) => {
  const same = [
    ['2001:db8:0:7::1', '2001:DB8:0:7:aaaa:bbbb:cccc:dddd'],
    ['fe80::1%eth0', 'fe80::2%eth0'],
    ['::ffff:192.168.1.7', '192.168.1.7'],
    ['::1', '::2'],
  ] as const
  for (const [one, other] of same) t.equal(networkOf(one), networkOf(other), one)
  const apart = [
    ['192.168.1.7', '192.168.1.8'],
    ['2001:db8:0:7::1', '2001:db8:0:8::1'],
    ['2001:db8::1', '2001:db8:1::1'],
    ['unknown', '192.168.1.8'],
  ] as const
  for (const [one, other] of apart) t.not(networkOf(one), networkOf(other), one)
})

t.test('no count is lost however many others there are, and all are after a minute', async (t) => {
  let mono = 0
  const tries = createTries(() => mono)
  const mine = [addressCount('log-in', '10.0.0.1')]
  for (let n = 0; n < 10; n++) tries.wrong(mine)
  for (let n = 0; n < 5000; n++) tries.wrong([addressCount('log-in', `2001:db8:0:${n.toString(16)}::1`)])
  t.ok(tries.waitMs(mine) > 0)
  t.ok(tries.waitMs([addressCount('log-in', '10.9.9.9')]) > 0, 'of so many there is one count more, for all')
  mono += 60_000
  t.equal(tries.waitMs(mine), 0)
  t.equal(tries.waitMs([addressCount('log-in', '10.9.9.9')]), 0)
})

t.test('what somebody is right with takes back no wrong guess at another', async (t) => {
  const box = fakeBox()
  box.deps.clock.monoMs = () => 0
  const passwordHash = await hashPassword('hay and carrots')
  box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash }, Date.now())
  box.deps.users.add({ name: 'Cleo', role: 'viewer', passwordHash }, Date.now())
  const app = fakeApp(box, stop.signal)
  const logIn = async (name: string, password: string) => {
    const body = JSON.stringify({ name, password })
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json', host: 'box:8480' } }
    return (await app.request('/api/v1/auth/login', init)).status
  }
  for (let n = 0; n < 9; n++) t.equal(await logIn('Anna', `wrong ${n}`), 401)
  t.equal(await logIn('Cleo', 'hay and carrots'), 200)
  t.equal(await logIn('Anna', 'wrong 9'), 401)
  t.equal(await logIn('Anna', 'wrong 10'), 429)
})

t.test('a name is guessed at from many addresses no more than thirty times a minute', async (t) => {
  const tries = createTries(() => 0)
  const from = (n: number, name: string) => [addressCount('log-in', `10.0.1.${n}`), { of: name, most: 30 }]
  for (let n = 0; n < 30; n++) {
    t.equal(tries.waitMs(from(n, 'anna')), 0)
    tries.wrong(from(n, 'anna'))
  }
  t.ok(tries.waitMs(from(99, 'anna')) > 0)
  t.equal(tries.waitMs(from(99, 'cleo')), 0)
})
