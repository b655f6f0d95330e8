import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import t from 'tap'
import { startHttp } from '../../daemon/http/server.ts'
import { emptyAssets, fakeBox } from './fake-box.ts'

const never = new AbortController().signal
const at = (port: number, host = '127.0.0.1') => ({ host, port, token_file: undefined, tls: undefined })

t.test('a port in use is said with host, port and cure', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  await t.rejects(startHttp(at(port), fakeBox().deps, never, emptyAssets), {
    code: 'PORT_IN_USE',
    kind: 'config',
    message: new RegExp(`127\\.0\\.0\\.1:${port} is in use.*http\\.port`),
  })
})

t.test('other machines are served nothing but the set-up before there is a user', async (t) => {
  const box = fakeBox()
  const server = await startHttp(at(0, '0.0.0.0'), box.deps, never, emptyAssets)
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).status
  t.equal(await ask('/readyz'), 401, 'nor is this machine')
  t.equal(await ask('/setup'), 200)
  box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash: 'h'.repeat(80) }, Date.now())
  t.equal(await ask('/readyz'), 401)
  await server[Symbol.asyncDispose]()
})

t.test('an address must exist', async (t) => {
  const deps = fakeBox({ token: 'correct-horse-battery' }).deps
  await t.rejects(startHttp(at(0, '203.0.113.7'), deps, never, emptyAssets), { code: 'CONFIG_INVALID' })
})

t.test('the signal stops it, even with a request half sent', async (t) => {
  const stop = new AbortController()
  const server = await startHttp(at(0), fakeBox().deps, stop.signal, emptyAssets)
  t.equal((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status, 200)
  const half = connect(server.port, '127.0.0.1')
  half.on('error', () => {})
  await once(half, 'connect')
  half.write('GET / HTTP/1.1\r\nHost: local')
  stop.abort()
  await server[Symbol.asyncDispose]()
  half.destroy()
  await t.rejects(fetch(`http://127.0.0.1:${server.port}/healthz`))
})
