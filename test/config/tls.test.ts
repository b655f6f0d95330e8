import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../daemon/config/load.ts'
import { selfSigned } from '../../daemon/lib/certificate.ts'
import type { BarnboxError } from '../../daemon/lib/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'barnbox-tls-'))
const put = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return name
}
const make = () => selfSigned({ hosts: ['box'], addresses: [] }, Date.now(), 3600_000)
const { certPem, keyPem } = make()

const load = (tls: unknown) => {
  const config = { cameras: [{ id: 'a', url: 'rtsp://cam/1' }], http: { tls } }
  return loadConfig(join(folder, put('barnbox.yaml', JSON.stringify(config))), {})
}
const problemsOf = (tls: unknown): string => {
  try {
    load(tls)
    return ''
  } catch (error) {
    return String((error as BarnboxError).context['problems'])
  }
}

t.test('certificate and key are read beside the config, or the box makes its own', async (t) => {
  const { secrets } = load({ cert_file: put('c.pem', certPem), key_file: put('k.pem', keyPem) })
  t.same(secrets.httpTls, { cert: certPem, key: keyPem })
  const own = load('self_signed')
  t.equal(own.config.http.tls, 'self_signed')
  t.equal(own.secrets.httpTls, undefined)
})

t.test('what is wrong with them is said before anybody connects', async (t) => {
  put('other.pem', make().keyPem)
  put('broken.pem', 'hay')
  t.match(problemsOf({ cert_file: 'c.pem', key_file: 'other.pem' }), /key_file: is not the key/)
  t.match(problemsOf({ cert_file: 'broken.pem', key_file: 'k.pem' }), /cert_file: is no certificate/)
  t.match(problemsOf({ cert_file: 'c.pem', key_file: 'broken.pem' }), /key_file: is no private key/)
  t.match(problemsOf({ cert_file: 'none.pem', key_file: 'none.pem' }), /cert_file: cannot.*key_file: cannot/)
  t.match(problemsOf('letsencrypt'), /http\.tls: must be self_signed, or cert_file and key_file/)
  t.match(problemsOf({ cert_file: 'c.pem' }), /http\.tls/)
})
