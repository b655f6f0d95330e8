/**
 * A push service and the browsers that it stands for, after the standards alone: it checks who signs (RFC 8292) and opens what was
 * encrypted with the browser's own key (RFC 8291 over 8188). Nothing of the sender's library is used.
 */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Pushed {
  /** The browser's. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly note: Record<string, unknown>
  /** What is said of the sender. */
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string }
  /** The sender's public key, in base64url. */
  readonly key: string
}

/** What the service answers instead of taking it; `hang`: nothing. */
export type Answer = number | 'hang' | { readonly status: number; readonly retryAfter: string }

export interface PushService {
  readonly origin: string
  /** What was taken, and what was refused, in its order. */
  readonly got: Pushed[]
  readonly refused: Pushed[]
  /** What is wrong with what came: a signature, a header, a body that does not open. */
  readonly faults: string[]
  answer: (pushed: Pushed, count: number) => Answer
  /** A browser of this service, as it subscribes. */
  browser(name: string): { endpoint: string; keys: { p256dh: string; auth: string } }
  close(): Promise<void>
}

const text = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url')

export async function startPushService(port = 0): Promise<PushService> {
  const browsers = new Map<string, { ecdh: ReturnType<typeof createECDH>; auth: Buffer }>()
  let count = 0
  const server = createServer((request, response) => void take(request, response)).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const { url: path = '', headers } = request
    try {
      const browser = browsers.get(path)
      if (!browser) throw new Error(`nobody is at ${path}`)
      const { claims, key } = checkSender(headers, origin)
      checkHeaders(headers)
      const note = JSON.parse(open(Buffer.concat(pieces), browser.ecdh, browser.auth)) as Pushed['note']
      const pushed: Pushed = { path, headers, note, claims, key }
      const answer = service.answer(pushed, count++)
      if (answer === 'hang') return
      const status = typeof answer === 'number' ? answer : answer.status
      ;(status === 201 ? service.got : service.refused).push(pushed)
      if (typeof answer !== 'number') response.setHeader('retry-after', answer.retryAfter)
      response.writeHead(status).end()
    } catch (error) {
      service.faults.push(String(error))
      response.writeHead(400).end()
    }
  }
  const service: PushService = {
    ...{ origin, got: [], refused: [], faults: [], answer: () => 201 },
    browser(name) {
      const ecdh = createECDH('prime256v1')
      const p256dh = ecdh.generateKeys()
      const auth = randomBytes(16)
      browsers.set(`/push/${name}`, { ecdh, auth })
      return { endpoint: `${origin}/push/${name}`, keys: { p256dh: text(p256dh), auth: text(auth) } }
    },
    async close() {
      const closed = once(server, 'close')
      server.closeAllConnections()
      server.close()
      await closed
    },
  }
  return service
}

/** RFC 8292: a JWT by ES256 of the key that stands beside it, for this service, good for a day at most. */
function checkSender(
  { authorization = '' }: IncomingHttpHeaders,
  origin: string,
): Pick<Pushed, 'claims' | 'key'> {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? []
  const [head = '', body = '', signature = ''] = token.split('.')
  const point = Buffer.from(key, 'base64url')
  if (point.length !== 65 || point[0] !== 4) throw new Error('the key is no uncompressed point')
  const jwk = { kty: 'EC', crv: 'P-256', x: text(point.subarray(1, 33)), y: text(point.subarray(33)) }
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!isSigned) throw new Error('the signature does not fit')
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { alg: string }
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Pushed['claims']
  const inSeconds = claims.exp - Date.now() / 1000
  if (alg !== 'ES256' || claims.aud !== origin) throw new Error(`signed by ${alg} for ${claims.aud}`)
  if (inSeconds < 0 || inSeconds > 24 * 3600) throw new Error(`it ends in ${inSeconds} s`)
  return { claims, key }
}

/** RFC 8030. */
function checkHeaders({ ttl, urgency, topic, ...headers }: IncomingHttpHeaders): void {
  if (headers['content-encoding'] !== 'aes128gcm') throw new Error('another encoding')
  if (!/^\d+$/.test(String(ttl))) throw new Error(`TTL ${ttl}`)
  if (!/^(very-low|low|normal|high)$/.test(String(urgency))) throw new Error(`urgency ${urgency}`)
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(String(topic))) throw new Error(`topic ${topic}`)
}

/** One record: a header of salt, size and the sender's key of the moment, then AES-128-GCM. */
function open(sealed: Buffer, ecdh: ReturnType<typeof createECDH>, auth: Buffer): string {
  if (sealed.length > 4096) throw new Error(`${sealed.length} bytes: more than services take`)
  const salt = sealed.subarray(0, 16)
  const size = sealed.readUInt32BE(16)
  const sender = sealed.subarray(21, 21 + sealed.readUInt8(20))
  const record = sealed.subarray(21 + sender.length)
  if (record.length > size) throw new Error('more than one record')
  const shared = ecdh.computeSecret(sender)
  const about = Buffer.concat([Buffer.from('WebPush: info\0'), ecdh.getPublicKey(), sender])
  const secret = Buffer.from(hkdfSync('sha256', shared, auth, about, 32))
  const derive = (what: string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, salt, Buffer.from(`Content-Encoding: ${what}\0`), length))
  const cipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12))
  cipher.setAuthTag(record.subarray(-16))
  const plain = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()])
  const end = plain.lastIndexOf(2)
  if (end < 0 || plain.subarray(end + 1).some((byte) => byte !== 0))
    throw new Error('no end of the last record')
  return plain.subarray(0, end).toString()
}
