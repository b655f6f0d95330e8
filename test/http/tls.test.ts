/** HTTPS on the port, for real: pages, cookies, WebSockets. */
import { once } from 'node:events'
import { request } from 'node:https'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { hashPassword } from '../../daemon/http/auth/password.ts'
import { startHttp } from '../../daemon/http/server.ts'
import { selfSigned } from '../../daemon/lib/certificate.ts'
import { emptyAssets, fakeBox } from './fake-box.ts'

const never = new AbortController().signal
const { certPem: cert, keyPem: key } = selfSigned(
  { hosts: ['localhost'], addresses: ['127.0.0.1'] },
  Date.now() - 1000,
  3600_000,
)

async function setUp(t: Test, isSelfSigned: boolean) {
  const box = fakeBox({ tls: { cert, key, isSelfSigned, fingerprint: 'AB:CD' } })
  const config = { host: '127.0.0.1', port: 0, token_file: undefined, tls: undefined }
  const server = await startHttp(config, box.deps, never, emptyAssets)
  t.teardown(() => server[Symbol.asyncDispose]())
  const ask = async (path: string, method = 'GET', body = '') => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const sent = request({ host: '127.0.0.1', port: server.port, path, method, headers, ca: cert })
    sent.end(body)
    const [answer] = await once(sent, 'response')
    answer.resume()
    return answer as { statusCode: number; headers: Record<string, string | string[] | undefined> }
  }
  return { box, server, ask }
}

t.test('the port speaks HTTPS and nothing else; only a trusted certificate is insisted on', async (t) => {
  for (const isSelfSigned of [true, false]) {
    const { server, ask } = await setUp(t, isSelfSigned)
    const { statusCode, headers } = await ask('/')
    t.equal(statusCode, 200)
    t.equal(headers['strict-transport-security'], isSelfSigned ? undefined : 'max-age=31536000')
    await t.rejects(fetch(`http://127.0.0.1:${server.port}/healthz`))
  }
})

t.test('who logs in over HTTPS gets a cookie for HTTPS only', async (t) => {
  const { box, ask } = await setUp(t, true)
  const passwordHash = await hashPassword('hay and carrots')
  box.deps.users.add({ name: 'Anna', role: 'admin', passwordHash }, Date.now())
  const fields = new URLSearchParams({ name: 'Anna', password: 'hay and carrots' }).toString()
  const { statusCode, headers } = await ask('/login', 'POST', fields)
  t.equal(statusCode, 303)
  t.match(headers['set-cookie']?.[0], /; Secure/)
})

t.test('events come over wss', async (t) => {
  const { server } = await setUp(t, true)
  const socket = new WebSocket(`wss://127.0.0.1:${server.port}/api/v1/events`, { ca: cert })
  const [message] = await once(socket, 'message')
  t.match(JSON.parse(String(message)), { event: 'hello' })
  socket.terminate()
})
