/**
 * Whether a file is what the holder of a key has signed, in the form of minisign (Ed25519 over BLAKE2b). Pure: texts and a digest in.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { BarnboxError } from './errors.ts'

const refused = (why: string) => new BarnboxError('SIGNATURE_REFUSED', why)

/** A line of base64 that holds exactly so many bytes. */
function bytesOf(line: string | undefined, count: number, what: string): Buffer {
  const text = (line ?? '').trim()
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== count || bytes.toString('base64') !== text)
    throw refused(`${what} is none of minisign's`)
  return bytes
}

function keyOf(raw: Buffer): KeyObject {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/**
 * Answers the comment that is signed along. Throws `SIGNATURE_REFUSED`. `digest` is the file's BLAKE2b-512: the older kind of signature, over
 * the file itself, would have all of it in memory and is not taken.
 */
export function checkSignature(signature: string, publicKey: string, digest: Buffer): string {
  const key = bytesOf(publicKey.split('\n')[1], 42, 'the key')
  const [, first, comment = '', last] = signature.split('\n')
  const own = bytesOf(first, 74, 'the signature')
  const whole = bytesOf(last, 64, 'the signature')
  if (key.toString('latin1', 0, 2) !== 'Ed') throw refused('the key is of another kind')
  if (own.toString('latin1', 0, 2) !== 'ED')
    throw refused('the signature is of another kind; sign with minisign -SH')
  if (!own.subarray(2, 10).equals(key.subarray(2, 10))) throw refused('another key has signed it')
  const trusted = /^trusted comment: (.*?)\r?$/.exec(comment)?.[1]
  if (trusted === undefined) throw refused('the signature has no trusted comment')
  const holder = keyOf(key.subarray(10))
  const signed = own.subarray(10)
  if (!verify(null, digest, holder, signed)) throw refused('the file is not what was signed')
  if (!verify(null, Buffer.concat([signed, Buffer.from(trusted)]), holder, whole))
    throw refused('the comment is not what was signed')
  return trusted
}
