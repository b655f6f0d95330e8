/** HTTPS on the port, for real: pages, cookies, WebSockets. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { fingerprintOf, freshTls, tlsOf } from '../../daemon/barn-tls.ts'
import { loadConfig } from '../../daemon/config/load.ts'
import { hashPassword } from '../../daemon/http/auth/password.ts'
import type { HttpTls } from '../../daemon/http/deps.ts'
import { startHttp } from '../../daemon/http/server.ts'
import { selfSigned } from '../../daemon/lib/certificate.ts'
import { type Log, silentLog } from '../../daemon/lib/log.ts'
import { until } from '../support/until.ts'
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

t.test('a changed certificate is served with, without a start; a broken one is not', async (t) => {
  const folder = t.testdir({})
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const put = (pem: { certPem: string; keyPem: string }) => {
    writeFileSync(certFile, pem.certPem)
    writeFileSync(keyFile, pem.keyPem)
  }
  const make = () => selfSigned({ hosts: ['localhost'], addresses: [] }, Date.now() - 1000, 3600_000)
  const [first, second] = [make(), make()]
  put(first)
  const file = join(folder, 'barnbox.yaml')
  const tls = { cert_file: 'cert.pem', key_file: 'key.pem' }
  const cameras = [{ id: 'yard', url: 'rtsp://127.0.0.1:9/none' }]
  writeFileSync(file, JSON.stringify({ cameras, http: { tls } }))
  const loaded = loadConfig(file, {})
  const warned: string[] = []
  const log: Log = { ...silentLog, warn: (_about: object, text?: string) => void warned.push(text ?? '') }
  const box = fakeBox({ tls: tlsOf(loaded, folder, Date.now()) as HttpTls })
  const deps = { ...box.deps, freshTls: freshTls(loaded, log) }
  const config = { host: '127.0.0.1', port: 0, token_file: undefined, tls: undefined }
  const server = await startHttp(config, deps, never, emptyAssets, 20)
  t.teardown(() => server[Symbol.asyncDispose]())
  const served = async () => {
    const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }
  t.equal(await served(), fingerprintOf(first.certPem))
  writeFileSync(certFile, second.certPem)
  await until(() => warned.length > 0, 'a certificate without its key is told of')
  t.equal(await served(), fingerprintOf(first.certPem))
  writeFileSync(keyFile, second.keyPem)
  await until(async () => (await served()) === fingerprintOf(second.certPem), 'the new one is served with')
  writeFileSync(certFile, 'nonsense')
  await until(() => warned.length > 1, 'nonsense is told of')
  t.equal(await served(), fingerprintOf(second.certPem))
  t.equal(warned.length, 2, 'once each')
})

t.test('events come over wss', async (t) => {
  const { server } = await setUp(t, true)
  const socket = new WebSocket(`wss://127.0.0.1:${server.port}/api/v1/events`, { ca: cert })
  const [message] = await once(socket, 'message')
  t.match(JSON.parse(String(message)), { event: 'hello' })
  socket.terminate()
})
