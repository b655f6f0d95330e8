/**
 * What the page is served with where it is served encrypted: the operator's own certificate, or one that the box makes
 * for itself and keeps in its state folder.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Loaded } from './config/load.ts'
import type { HttpTls } from './http/deps.ts'
import { selfSigned } from './lib/certificate.ts'
import { BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import { writeWhole } from './lib/whole-file.ts'

const DAY_MS = 24 * 3600_000
/** As long as a box is likely to stand there: whoever trusts it by hand should not have to again. */
const VALID_MS = 10 * 365 * DAY_MS
/** Made anew when it ends so soon. */
const REST_MS = 30 * DAY_MS

const files = (stateDir: string) => ({
  cert: join(stateDir, 'tls-cert.pem'),
  key: join(stateDir, 'tls-key.pem'),
})

/** Undefined where the page is served in the clear. Throws `STATE_DIR`. */
export function tlsOf({ config, secrets }: Loaded, stateDir: string, nowMs: number): HttpTls | undefined {
  const { httpTls } = secrets
  if (httpTls) return { ...httpTls, isSelfSigned: false, fingerprint: fingerprintOf(httpTls.cert) }
  if (config.http.tls !== 'self_signed') return undefined
  const own = ownCertificate(stateDir, nowMs) ?? makeOwn(stateDir, nowMs)
  return { ...own, isSelfSigned: true, fingerprint: fingerprintOf(own.cert) }
}

/**
 * Looks whether the operator's own certificate is another by now: each call answers what is new since the last one. What cannot
 * be taken is logged once, and the one in use goes on.
 */
export function freshTls({ secrets, readTls }: Loaded, log: Log): () => HttpTls | undefined {
  let [inUse, told] = [secrets.httpTls, '']
  return () => {
    if (secrets.httpTls === undefined) return undefined
    const problems: string[] = []
    const now = readTls(problems)
    if (now === undefined) {
      const why = problems.join('; ')
      // Both files are seldom exchanged in one moment: it is looked at again.
      if (why !== told) log.warn({ problems }, 'the changed certificate is not taken; the old one goes on')
      told = why
      return undefined
    }
    told = ''
    if (now.cert === inUse?.cert && now.key === inUse.key) return undefined
    inUse = now
    return { ...now, isSelfSigned: false, fingerprint: fingerprintOf(now.cert) }
  }
}

/** The certificate that the box made for itself, as long as it is good. */
export function ownCertificate(stateDir: string, nowMs: number): Pick<HttpTls, 'cert' | 'key'> | undefined {
  const at = files(stateDir)
  try {
    const [cert, key] = [readFileSync(at.cert, 'utf8'), readFileSync(at.key, 'utf8')]
    const read = new X509Certificate(cert)
    const isGood = read.checkPrivateKey(createPrivateKey(key)) && read.validToDate.getTime() - nowMs > REST_MS
    return isGood ? { cert, key } : undefined
  } catch {
    // Not made yet, or cut short: another one is made.
    return undefined
  }
}

/** What certificates are compared by, as browsers show it. */
export const fingerprintOf = (cert: string) => new X509Certificate(cert).fingerprint256

function makeOwn(stateDir: string, nowMs: number): Pick<HttpTls, 'cert' | 'key'> {
  const at = files(stateDir)
  // A box whose clock was wrong at its first start must not have a certificate from the future.
  const { certPem: cert, keyPem: key } = selfSigned(whoIAm(), nowMs - DAY_MS, VALID_MS)
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o750 })
    for (const [file, text, mode] of [
      [at.key, key, 0o600],
      [at.cert, cert, 0o644],
    ] as const)
      writeWhole(file, text, mode)
  } catch (cause) {
    throw new BarnboxError('STATE_DIR', `cannot write ${at.cert}`, { context: { file: at.cert }, cause })
  }
  return { cert, key }
}

function whoIAm() {
  const name = /^[a-z0-9-]{1,60}$/i.test(hostname()) ? hostname() : 'barnbox'
  const all = Object.values(networkInterfaces()).flatMap((ones) => ones ?? [])
  const addresses = all.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
  return {
    hosts: [...new Set([name, `${name}.local`, 'barnbox.local', 'localhost'])],
    addresses: [...new Set(['127.0.0.1', ...addresses])].slice(0, 16),
  }
}
