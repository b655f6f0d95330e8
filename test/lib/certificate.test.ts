/** A self-made certificate: read by OpenSSL (Node's), and used in a handshake. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { selfSigned } from '../../daemon/lib/certificate.ts'

const YEAR = 365 * 24 * 3600_000
const from = Date.UTC(2026, 0, 2, 3, 4, 5)
const subject = {
  hosts: ['barn-box', 'barn-box.local', 'localhost'],
  addresses: ['127.0.0.1', '192.168.1.20'],
}

t.test('it says whom it is for and until when, and is signed by its own key', async (t) => {
  const { certPem, keyPem } = selfSigned(subject, from, 10 * YEAR)
  const cert = new X509Certificate(certPem)
  t.equal(cert.subject, 'CN=barn-box')
  t.equal(cert.issuer, cert.subject)
  t.equal(cert.ca, false)
  t.ok(cert.verify(cert.publicKey), 'its signature is right')
  t.ok(cert.checkPrivateKey(createPrivateKey(keyPem)))
  t.equal(Date.parse(cert.validFrom), from)
  t.equal(Date.parse(cert.validTo), from + 10 * YEAR)
  for (const host of subject.hosts) t.ok(cert.checkHost(host), host)
  for (const address of subject.addresses) t.ok(cert.checkIP(address), address)
  t.notOk(cert.checkHost('evil.example'))
  t.same(cert.keyUsage, ['1.3.6.1.5.5.7.3.1'])
})

t.test('each has a key and a number of its own; times after 2050 are written too', async (t) => {
  const serials = new Set<string>()
  for (let n = 0; n < 50; n++) {
    const cert = new X509Certificate(selfSigned(subject, from, 30 * YEAR).certPem)
    serials.add(cert.serialNumber)
    t.ok(cert.verify(cert.publicKey))
    t.equal(Date.parse(cert.validTo), from + 30 * YEAR)
  }
  t.equal(serials.size, 50)
})

t.test('many and long names fit', async (t) => {
  const hosts = Array.from({ length: 12 }, (_, n) => `${'long-'.repeat(10)}${n}.local`)
  const cert = new X509Certificate(selfSigned({ hosts, addresses: [] }, from, YEAR).certPem)
  for (const host of hosts) t.ok(cert.checkHost(host), host)
})

t.test('a client that is given it trusts the server', async (t) => {
  const { certPem, keyPem } = selfSigned(subject, Date.now() - 1000, YEAR)
  const server = createServer({ cert: certPem, key: keyPem }, (_, answer) => answer.end('hay'))
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const [answer] = await once(get({ host: '127.0.0.1', port, ca: certPem }), 'response')
  t.equal(answer.statusCode, 200)
  answer.resume()
  await t.rejects(once(get({ host: '127.0.0.1', port }), 'response'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})
