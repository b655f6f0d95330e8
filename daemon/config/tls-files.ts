/**
 * Reads the certificate and the key that the config names, and says what is wrong with them before anybody connects.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { Secrets } from './load.ts'

type Tree = Readonly<Record<string, unknown>>

/** Both, or undefined where they are not named or a problem was found. */
export function readTls(tree: Tree, folder: string, problems: string[]): Secrets['httpTls'] {
  const tls = Object(Object(tree['http'])['tls']) as Tree
  const [certFile, keyFile] = [tls['cert_file'], tls['key_file']]
  if (typeof certFile !== 'string' || typeof keyFile !== 'string') return undefined
  const read = (path: string, file: string) => {
    try {
      return readFileSync(isAbsolute(file) ? file : resolve(folder, file), 'utf8')
    } catch {
      problems.push(`${path}: cannot read the file ${file}`)
      return undefined
    }
  }
  const [cert, key] = [read('http.tls.cert_file', certFile), read('http.tls.key_file', keyFile)]
  if (cert === undefined || key === undefined) return undefined
  const problem = problemOf(cert, key)
  if (problem === undefined) return { cert, key }
  problems.push(problem)
  return undefined
}

function problemOf(cert: string, key: string): string | undefined {
  const parsed = attempt(() => new X509Certificate(cert))
  if (!parsed) return 'http.tls.cert_file: is no certificate in PEM'
  const own = attempt(() => createPrivateKey(key))
  if (!own) return 'http.tls.key_file: is no private key in PEM without a passphrase'
  return parsed.checkPrivateKey(own) ? undefined : 'http.tls.key_file: is not the key of the certificate'
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
