/**
 * A certificate that a box signs for itself (X.509 v3, RFC 5280, on P-256): so much of DER as that takes. Pure but for the
 * random key and serial number.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface SelfSigned {
  readonly certPem: string
  readonly keyPem: string
}

export interface Subject {
  /** As it is called: the first of the host names. */
  readonly hosts: readonly string[]
  /** IPv4 addresses. */
  readonly addresses: readonly string[]
}

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const BITS = 0x03
const OCTETS = 0x04
const OID = 0x06
const UTF8 = 0x0c
const BOOLEAN = 0x01
const GENERALIZED_TIME = 0x18
const UTC_TIME = 0x17

/** One value: its tag, its length, what is in it. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), body])
  const digits = length < 0x100 ? [length] : [length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length, ...digits), body])
}

/** The first two numbers share a byte, each later one takes seven bits a byte. */
function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = rest.flatMap((number) => {
    const groups = [number & 0x7f]
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return der(OID, Buffer.of(first * 40 + second, ...bytes))
}

/** Years from 2050 on are written in full. */
function time(utcMs: number): Buffer {
  const text = new Date(utcMs).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return text < '2050' ? der(UTC_TIME, Buffer.from(text.slice(2))) : der(GENERALIZED_TIME, Buffer.from(text))
}

const ecdsaWithSha256 = der(SEQUENCE, oid('1.2.840.10045.4.3.2'))

function extension(id: string, isCritical: boolean, value: Uint8Array): Buffer {
  return der(SEQUENCE, oid(id), ...(isCritical ? [der(BOOLEAN, Buffer.of(0xff))] : []), der(OCTETS, value))
}

function extensions({ hosts, addresses }: Subject): Buffer {
  const names = [
    ...hosts.map((host) => der(0x82, Buffer.from(host, 'ascii'))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ]
  return der(
    0xa3,
    der(
      SEQUENCE,
      // No authority: nobody who trusts this certificate trusts another one for it.
      extension('2.5.29.19', true, der(SEQUENCE)),
      // Signs handshakes; seven bits of the byte are unused.
      extension('2.5.29.15', true, der(BITS, Buffer.of(7, 0x80))),
      extension('2.5.29.37', false, der(SEQUENCE, oid('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', false, der(SEQUENCE, ...names)),
    ),
  )
}

/** A serial number is positive and has no zeros in front. */
function serial(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return der(INTEGER, bytes)
}

function pem(label: string, body: Buffer): string {
  const lines = body.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** A new key with a certificate of so many milliseconds. */
export function selfSigned(subject: Subject, fromMs: number, forMs: number): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const called = der(UTF8, Buffer.from((subject.hosts[0] ?? 'barnbox').slice(0, 64)))
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, oid('2.5.4.3'), called)))
  const said = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.of(2))),
    serial(),
    ecdsaWithSha256,
    name,
    der(SEQUENCE, time(fromMs), time(fromMs + forMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(subject),
  )
  const signature = der(BITS, Buffer.of(0), sign('sha256', said, privateKey))
  return {
    certPem: pem('CERTIFICATE', der(SEQUENCE, said, ecdsaWithSha256, signature)),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
