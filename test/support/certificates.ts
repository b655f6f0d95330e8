/**
 * Certificates that are as they should be, and such that are not. Made with openssl.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Pair {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  readonly cert: string
  /** A certificate for a host, that holds until so many days from now: below 0 it has expired. */
  issue(host: string, days: number): Pair
}

export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'barnbox-ca-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => {
    const done = spawnSync('openssl', args, { cwd: folder })
    if (done.status !== 0) throw new Error(`openssl: ${done.stderr}`)
  }
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '30',
    '-subj',
    '/CN=A made-up authority',
  )
  let count = 0
  return {
    cert: readFileSync(at('ca.pem'), 'utf8'),
    issue(host, days) {
      const name = `${++count}`
      openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${host}`)
      const isAddress = /^[\d.]+$/.test(host)
      writeFileSync(at(`${name}.ext`), `subjectAltName=${isAddress ? 'IP' : 'DNS'}:${host}\n`)
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`]
      openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', String(days), ...by)
      return { cert: readFileSync(at(`${name}.pem`), 'utf8'), key: readFileSync(at(`${name}.key`), 'utf8') }
    },
  }
}
