/** The certificate that a box makes for itself: kept, told by doctor, trusted by the box's own commands. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t from 'tap'
import { fingerprintOf, ownCertificate, tlsOf } from '../../daemon/barn-tls.ts'
import type { Loaded } from '../../daemon/config/load.ts'
import { freePort } from '../support/ports.ts'
import { barnbox, folder, startBarnbox } from './cli.ts'

const YEAR = 365 * 24 * 3600_000
const selfSigned = { config: { http: { tls: 'self_signed' } }, secrets: {} } as unknown as Loaded

t.test('it is made once, its key is the owner’s alone, and it is made anew before it ends', async (t) => {
  const stateDir = folder()
  const now = Date.now()
  const made = tlsOf(selfSigned, stateDir, now)
  t.match(made, { isSelfSigned: true, cert: /^-----BEGIN CERTIFICATE/ })
  t.equal(statSync(join(stateDir, 'tls-key.pem')).mode & 0o777, 0o600)
  t.same(readdirSync(stateDir).sort(), ['tls-cert.pem', 'tls-key.pem'])
  t.equal(tlsOf(selfSigned, stateDir, now + 9 * YEAR)?.cert, made?.cert)
  t.not(tlsOf(selfSigned, stateDir, now + 10 * YEAR)?.cert, made?.cert)
  for (const file of ['tls-cert.pem', 'tls-key.pem']) {
    const before = tlsOf(selfSigned, stateDir, now)?.cert
    writeFileSync(join(stateDir, file), readFileSync(join(stateDir, file)).subarray(0, 60))
    t.equal(ownCertificate(stateDir, now), undefined)
    t.not(tlsOf(selfSigned, stateDir, now)?.cert, before, `${file} was cut short`)
  }
})

t.test('in the clear where nothing is said', async (t) => {
  const loaded = { config: { http: {} }, secrets: {} } as unknown as Loaded
  t.equal(tlsOf(loaded, folder(), Date.now()), undefined)
})

t.test('a daemon serves with it; doctor says its fingerprint, enrol trusts it', async (t) => {
  const stateDir = folder()
  const port = await freePort()
  const file = join(stateDir, 'barnbox.yaml')
  const cameras = [{ id: 'yard', url: 'rtsp://127.0.0.1:9/none', enabled: false }]
  writeFileSync(file, JSON.stringify({ http: { port, tls: 'self_signed' }, cameras }))
  const state = { BARNBOX_STATE_DIR: stateDir }
  const { child, end } = startBarnbox(['run', '--config', file], state)
  await new Promise<void>((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (more: string) => {
      text += more
      if (text.includes('"msg":"barnbox runs"')) resolve()
    })
    child.once('close', () => reject(new Error(text)))
  })
  const seen = await new Promise<string>((resolve, reject) => {
    const line = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(line.getPeerCertificate().fingerprint256)
      line.destroy()
    }).once('error', reject)
  })
  t.equal(seen, fingerprintOf(readFileSync(join(stateDir, 'tls-cert.pem'), 'utf8')))
  const doctor = await barnbox(['doctor', '--config', file], state)
  t.ok(doctor.stdout.includes(`SHA-256 ${seen}`))
  mkdirSync(join(stateDir, 'photos'))
  writeFileSync(join(stateDir, 'photos', 'Thunder.jpg'), 'no picture')
  const enrol = await barnbox(
    ['enrol', join(stateDir, 'photos'), '--camera', 'yard', '--config', file, '--json'],
    state,
  )
  t.match(enrol.stdout, /NOT_A_PICTURE/, 'the box has answered')
  child.kill('SIGTERM')
  await end
})
