/**
 * Reads the certificates and keys that the config names, and says what is wrong with them before anybody connects.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Secrets } from './load.ts'

type Tree = Readonly<Record<string, unknown>>
/** Where a file lies that the config names. */
type Find = (name: string) => string

/** Both, or undefined where they are not named or a problem was found. */
export function readTls(tree: Tree, find: Find, problems: string[]): Secrets['httpTls'] {
  const tls = Object(Object(tree['http'])['tls']) as Tree
  return readPair('http.tls', tls, find, problems)
}

/** What the broker is known by, and what the box is; empty where the config names nothing. */
export function readMqttTls(tree: Tree, find: Find, problems: string[]): Secrets['mqttTls'] {
  const mqtt = Object(tree['mqtt']) as Tree
  const ca = readCa('mqtt', mqtt, find, problems)
  return { ...(ca === undefined ? {} : { ca }), ...readPair('mqtt', mqtt, find, problems) }
}

/** By what the central database is known; undefined where the config names nothing. */
export function readSyncCa(tree: Tree, find: Find, problems: string[]): string | undefined {
  return readCa('sync', Object(tree['sync']) as Tree, find, problems)
}

function readCa(path: string, tree: Tree, find: Find, problems: string[]): string | undefined {
  if (typeof tree['ca_file'] !== 'string') return undefined
  const ca = readPem(path, 'ca_file', tree, find, problems)
  if (ca !== undefined && !attempt(() => new X509Certificate(ca)))
    problems.push(`${path}.ca_file: is no certificate in PEM`)
  return ca
}

function readPair(path: string, tree: Tree, find: Find, problems: string[]): Secrets['httpTls'] {
  if (typeof tree['cert_file'] !== 'string' || typeof tree['key_file'] !== 'string') return undefined
  const cert = readPem(path, 'cert_file', tree, find, problems)
  const key = readPem(path, 'key_file', tree, find, problems)
  if (cert === undefined || key === undefined) return undefined
  const problem = problemOf(cert, key)
  if (problem === undefined) return { cert, key }
  problems.push(`${path}.${problem}`)
  return undefined
}

function readPem(path: string, key: string, tree: Tree, find: Find, problems: string[]): string | undefined {
  const file = String(tree[key])
  try {
    return readFileSync(find(file), 'utf8')
  } catch {
    problems.push(`${path}.${key}: cannot read the file ${file}`)
    return undefined
  }
}

function problemOf(cert: string, key: string): string | undefined {
  const parsed = attempt(() => new X509Certificate(cert))
  if (!parsed) return 'cert_file: is no certificate in PEM'
  const own = attempt(() => createPrivateKey(key))
  if (!own) return 'key_file: is no private key in PEM without a passphrase'
  return parsed.checkPrivateKey(own) ? undefined : 'key_file: is not the key of the certificate'
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
