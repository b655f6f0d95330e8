/** Signatures of minisign: what it signs is taken, whatever is changed afterwards is not. */
import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { verifyFile } from '../../daemon/commands/verify.ts'
import { checkSignature } from '../../daemon/lib/minisign.ts'

const run = promisify(execFile)
const skip = await run('minisign', ['-v']).then(
  () => false,
  () => 'needs minisign (apt-get install minisign)',
)
const refused = { code: 'SIGNATURE_REFUSED' }
const id = Buffer.from('12345678')

function signedBy(privateKey: KeyObject, digest: Buffer, comment: string): string {
  const signed = sign(null, digest, privateKey)
  const whole = sign(null, Buffer.concat([signed, Buffer.from(comment)]), privateKey)
  const own = Buffer.concat([Buffer.from('ED'), id, signed]).toString('base64')
  return `untrusted comment: x\n${own}\ntrusted comment: ${comment}\n${whole.toString('base64')}\n`
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const raw = Buffer.from(String(publicKey.export({ format: 'jwk' })['x']), 'base64url')
const key = `untrusted comment: x\n${Buffer.concat([Buffer.from('Ed'), id, raw]).toString('base64')}\n`
const digest = createHash('blake2b512').update('a package').digest()
const signature = signedBy(privateKey, digest, 'barnbox 1.2.3')

t.test('what was signed is taken, with its comment', async (t) => {
  t.equal(checkSignature(signature, key, digest), 'barnbox 1.2.3')
  t.equal(checkSignature(signature.replaceAll('\n', '\r\n'), key, digest), 'barnbox 1.2.3')
})

t.test('anything else is refused', async (t) => {
  const other = createHash('blake2b512').update('another').digest()
  t.throws(() => checkSignature(signature, key, other), refused)
  t.throws(() => checkSignature(signature.replace('1.2.3', '1.2.4'), key, digest), refused)
  t.throws(() => checkSignature('', key, digest), refused)
  t.throws(() => checkSignature(signature, '', digest), refused)
  const stranger = generateKeyPairSync('ed25519').privateKey
  t.throws(() => checkSignature(signedBy(stranger, digest, 'barnbox 1.2.3'), key, digest), refused)
})

t.test('no changed character of what counts is overlooked', async (t) => {
  const lines = signature.split('\n')
  const from = lines[0]?.length ?? 0
  fc.assert(
    fc.property(
      fc.integer({ min: from + 1, max: signature.length - 2 }),
      fc.integer({ min: 33, max: 126 }),
      (at, code) => {
        const changed = signature.slice(0, at) + String.fromCharCode(code) + signature.slice(at + 1)
        if (changed !== signature) t.throws(() => checkSignature(changed, key, digest), refused)
      },
    ),
    { numRuns: 300 },
  )
})

t.test('minisign itself', { skip }, async (t) => {
  const folder = t.testdir({ 'x.deb': 'a package' })
  const at = (name: string) => join(folder, name)
  await run('minisign', ['-GW', '-p', at('key.pub'), '-s', at('key')])
  await run('minisign', ['-SH', '-s', at('key'), '-m', at('x.deb'), '-t', 'barnbox 9'])
  t.equal(await verifyFile(at('x.deb'), at('key.pub')), 'barnbox 9')
  writeFileSync(at('x.deb'), `${readFileSync(at('x.deb'), 'utf8')}!`)
  await t.rejects(verifyFile(at('x.deb'), at('key.pub')), refused)
  await t.rejects(verifyFile(at('y.deb'), at('key.pub')), { code: 'FILE_MISSING' })
})
