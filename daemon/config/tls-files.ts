/**
 * Reads the certificates and keys that the config names, and says what is wrong with them before anybody connects.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { Secrets } from './load.ts'

type Tree = Readonly<Record<string, unknown>>

/** Both, or undefined where they are not named or a problem was found. */
export function readTls(tree: Tree, folder: string, problems: string[]): Secrets['httpTls'] {
  const tls = Object(Object(tree['http'])['tls']) as Tree
  return readPair('http.tls', tls, folder, problems)
}

/** What the broker is known by, and what the box is; empty where the config names nothing. */
export function readMqttTls(tree: Tree, folder: string, problems: string[]): Secrets['mqttTls'] {
  const mqtt = Object(tree['mqtt']) as Tree
  const ca = readCa('mqtt', mqtt, folder, problems)
  return { ...(ca === undefined ? {} : { ca }), ...readPair('mqtt', mqtt, folder, problems) }
}

/** By what the central database is known; undefined where the config names nothing. */
export function readSyncCa(tree: Tree, folder: string, problems: string[]): string | undefined {
  return readCa('sync', Object(tree['sync']) as Tree, folder, problems)
}

function readCa(path: string, tree: Tree, folder: string, problems: string[]): string | undefined {
  if (typeof tree['ca_file'] !== 'string') return undefined
  const ca = readPem(path, 'ca_file', tree, folder, problems)
  if (ca !== undefined && !attempt(() => new X509Certificate(ca)))
    problems.push(`${path}.ca_file: is no certificate in PEM`)
  return ca
}

function readPair(path: string, tree: Tree, folder: string, problems: string[]): Secrets['httpTls'] {
  if (typeof tree['cert_file'] !== 'string' || typeof tree['key_file'] !== 'string') return undefined
  const cert = readPem(path, 'cert_file', tree, folder, problems)
  const key = readPem(path, 'key_file', tree, folder, problems)
  if (cert === undefined || key === undefined) return undefined
  const problem = problemOf(cert, key)
  if (problem === undefined) return { cert, key }
  problems.push(`${path}.${problem}`)
  return undefined
}

function readPem(
  path: string,
  key: string,
  tree: Tree,
  folder: string,
  problems: string[],
): string | undefined {
  const file = String(tree[key])
  try {
    return readFileSync(isAbsolute(file) ? file : resolve(folder, file), 'utf8')
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
