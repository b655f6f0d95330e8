/**
 * Reads the config once: file, then `BARNBOX__A__B` environment, then secret files; and the cameras that were added on the
 * page. Never writes it. A wrong config is one error that lists every problem with its path.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Document, parseDocument, stringify } from 'yaml'
import type { z } from 'zod'
import { BarnboxError } from '../lib/errors.ts'
import { crossProblems, secretFiles } from './cross-checks.ts'
import { keptName, readKept } from './kept.ts'
import { overRestored, type Restored, restoredFolder, secretFinder } from './restored.ts'
import { type Config, configSchema, type KeptCamera, keptSchema, mostCameras } from './schema.ts'
import { suggestFor } from './suggest.ts'
import { readMqttTls, readSyncCa, readTls } from './tls-files.ts'

/** What the config's `*_file` keys point to, read and kept apart from it: it is never logged or shown. */
export interface Secrets {
  readonly httpToken: string | undefined
  /** The certificate chain and its key, in PEM; undefined where the config names none. */
  readonly httpTls: { readonly cert: string; readonly key: string } | undefined
  readonly mqttPassword: string | undefined
  /** In PEM: who signed the broker's certificate, and what the box is known by. */
  readonly mqttTls: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  readonly syncPassword: string | undefined
  readonly redisPassword: string | undefined
  /** In PEM: who signed the central database's certificate. */
  readonly syncCa: string | undefined
  readonly cameraPasswords: ReadonlyMap<string, string>
  /** What backups are encrypted with, and what the store asks for. */
  readonly restic: { readonly password?: string; readonly accessKey?: string; readonly secretKey?: string }
  /** What is signed with, by the webhook's name. */
  readonly webhookSecrets: ReadonlyMap<string, string>
}

export interface Loaded {
  /** Its cameras are those of the file, then those that were added on the page. */
  readonly config: Config
  readonly secrets: Secrets
  /** The certificate and its key as they are now; undefined where none are named, or with why they cannot be taken. */
  readonly readTls: (problems: string[]) => Secrets['httpTls']
  /** The cameras that were added on the page. */
  readonly kept: readonly KeptCamera[]
  /** Its secret files: the names, as the config has them, and where each is. */
  readonly secretFiles: readonly { readonly name: string; readonly file: string }[]
  /** What would have to stand in the config file for all of this, where nothing were restored beneath it. */
  readonly text: string
  /** Where what a restored box had in its config lies beneath it; null where it was never restored. */
  readonly beneath: string | null
  /** What is odd and yet no reason not to start. */
  readonly warnings: readonly string[]
}

const environmentPrefix = 'BARNBOX__'
const shortestToken = 16

/**
 * The checked config of a file, with the cameras that are kept in the state folder where one is given. Relative secret files
 * are looked up in `$CREDENTIALS_DIRECTORY` (systemd's LoadCredential) when that is set, else beside the config file.
 * With a text, that is taken for what stands in the file. What a restored box had in its config lies beneath it (`restored.ts`). Throws `CONFIG_MISSING` when the file cannot be read,
 * `CONFIG_INVALID` with every problem otherwise.
 */
export function loadConfig(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  stateDir?: string,
  text = readConfigFile(file),
  restored: Restored | undefined = stateDir === undefined
    ? undefined
    : readRestored(restoredFolder(stateDir)),
): Loaded {
  const own = parseYaml(text, file)
  const tree = restored ? overRestored(own, restored.tree) : own
  const whole = restored ? stringify(tree) : text
  const problems: string[] = []
  applyEnvironment(tree, environment, problems)
  const parsed = configSchema.safeParse(tree)
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => describeIssue(issue)))
  const found = readKept(stateDir)
  const kept = keptSchema.safeParse(found.tree)
  if (!kept.success)
    problems.push(
      ...kept.error.issues.flatMap((issue) => describeIssue(issue)).map((one) => `${keptName}: ${one}`),
    )
  problems.push(...found.problems, ...problemsTogether(tree, found.tree))
  const find = secretFinder(secretsFolder(file, environment), restored)
  const read = readSecrets(tree, find, problems)
  const httpTls = readTls(tree, find, problems)
  const mqttTls = readMqttTls(tree, find, problems)
  const syncCa = readSyncCa(tree, find, problems)
  if (problems.length > 0 || !parsed.success || !kept.success) throw invalid(file, problems)
  const { cameras } = kept.data
  const config = { ...parsed.data, cameras: [...parsed.data.cameras, ...cameras.map(withoutPassword)] }
  const secrets = { ...secretsOf(parsed.data, read, cameras), httpTls, mqttTls, syncCa }
  const again = (problems: string[]) => readTls(tree, find, problems)
  const files = secretFiles(tree).map(({ file }) => ({ name: file, file: find(file) }))
  return {
    ...{ config, secrets, readTls: again, kept: cameras },
    ...{ secretFiles: files, text: whole, beneath: restored?.folder ?? null, warnings: found.warnings },
  }
}

/**
 * The config as it will be when a backup has taken the place of what is in the state folder: with the config of the backup beneath it, or with what
 * lies beneath it now. Throws `CONFIG_INVALID`.
 */
export function loadWith(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  { stateDir, folder, way }: { stateDir: string; folder: string; way: 'beneath' | 'aside' },
): Loaded {
  const restored = readRestored(way === 'beneath' ? folder : restoredFolder(stateDir))
  return loadConfig(file, environment, folder, readConfigFile(file), restored)
}

/** What lies beneath the config of a box that was restored, and in a backup. Throws `CONFIG_INVALID`; undefined where there is none. */
export function readRestored(folder: string): Restored | undefined {
  const file = join(folder, 'barnbox.yaml')
  if (!existsSync(file)) return undefined
  return { folder, tree: parseYaml(readConfigFile(file), file) }
}

/** Where relative names of secret files are looked up. */
export function secretsFolder(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return environment['CREDENTIALS_DIRECTORY'] ?? resolve(file, '..')
}

/** A camera of the page as it would stand in the config, whose passwords lie elsewhere. */
export function withoutPassword({ password: _, ...camera }: KeptCamera): Config['cameras'][number] {
  return camera
}

/** What is wrong between all cameras, wherever they come from. */
function problemsTogether(tree: Record<string, unknown>, kept: unknown): string[] {
  const listOf = (from: unknown): unknown[] => {
    const { cameras } = Object(from) as { cameras?: unknown }
    return Array.isArray(cameras) ? cameras : []
  }
  const own = listOf(tree)
  const all = [...own, ...listOf(kept)]
  const found = crossProblems({ ...tree, cameras: all }).map((problem) =>
    problem.replace(/^cameras\.(\d+)/, (path, index) =>
      Number(index) < own.length ? path : `${keptName}: cameras.${Number(index) - own.length}`,
    ),
  )
  if (all.length > mostCameras && own.length <= mostCameras)
    found.push(
      `${keptName}: with those of the config there are ${all.length} cameras, more than ${mostCameras}`,
    )
  return found
}

export function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new BarnboxError('CONFIG_MISSING', `cannot read the config ${file}`, { context: { file }, cause })
  }
}

function parseYaml(text: string, file: string): Record<string, unknown> {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true })
  if (document.errors.length > 0) {
    throw invalid(
      file,
      document.errors.map((error) => error.message.split('\n')[0] ?? error.message),
    )
  }
  const tree = toPlain(document)
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) {
    throw invalid(file, ['the file must hold keys like "cameras:"'])
  }
  return tree as Record<string, unknown>
}

/** Undefined where the document cannot be built: an alias without its anchor, or more aliases than `yaml`'s bound. */
function toPlain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    return undefined
  }
}

function invalid(file: string, problems: readonly string[]): BarnboxError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new BarnboxError('CONFIG_INVALID', `${file} has ${count}`, { context: { file, problems } })
}

/** `BARNBOX__HTTP__PORT=8080` sets `http.port`; a number in the path is an index: `BARNBOX__CAMERAS__0__FPS`. */
function applyEnvironment(
  tree: Record<string, unknown>,
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): void {
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(environmentPrefix) || value === undefined) continue
    const path = name.slice(environmentPrefix.length).toLowerCase().split('__')
    if (!setAt(tree, path, scalar(value))) problems.push(`${name}: there is no place for it in the config`)
  }
}

function setAt(tree: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  let node: Record<string, unknown> = tree
  for (const key of path.slice(0, -1)) {
    if (key === '__proto__') return false
    if (node[key] === undefined && !Array.isArray(node)) node[key] = {}
    const next = node[key]
    if (next === null || typeof next !== 'object') return false
    node = next as Record<string, unknown>
  }
  const last = path.at(-1)
  if (!last || last === '__proto__') return false
  node[last] = value
  return true
}

/** The value as YAML would read it, so that numbers and booleans keep their type. */
function scalar(text: string): unknown {
  const value = toPlain(parseDocument(text))
  return value === null || value === undefined || typeof value === 'object' ? text : value
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String).join('.')
  const at = path === '' ? '' : `${path}: `
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${path === '' ? key : `${path}.${key}`}: unknown key${suggestFor(issue.path, key)}`,
    )
  }
  return [`${at}${issue.message}`]
}

/** The first line of every secret file, by the path that names it. */
function readSecrets(
  tree: Readonly<Record<string, unknown>>,
  find: (name: string) => string,
  problems: string[],
): Map<string, string> {
  const secrets = new Map<string, string>()
  for (const { path, file } of secretFiles(tree)) {
    try {
      const text = readFileSync(find(file), 'utf8')
      const secret = text.split(/\r?\n/, 1)[0] ?? ''
      secrets.set(path, secret)
      if (secret === '') problems.push(`${path}: the file ${file} has an empty first line`)
    } catch {
      problems.push(`${path}: cannot read the file ${file}`)
    }
  }
  const token = secrets.get('http.token_file')
  if (token && token.length < shortestToken) {
    problems.push(`http.token_file: the token must have at least ${shortestToken} characters`)
  }
  return secrets
}

function secretsOf(
  config: Config,
  read: ReadonlyMap<string, string>,
  kept: readonly KeptCamera[],
): Omit<Secrets, 'httpTls' | 'mqttTls' | 'syncCa'> {
  const cameraPasswords = new Map(
    kept.flatMap(({ id, password }): [string, string][] => (password === undefined ? [] : [[id, password]])),
  )
  config.cameras.forEach(({ id }, index) => {
    const password = read.get(`cameras.${index}.password_file`)
    if (password !== undefined) cameraPasswords.set(id, password)
  })
  const webhookSecrets = new Map<string, string>()
  config.alerts.webhooks.forEach(({ name }, index) => {
    const secret = read.get(`alerts.webhooks.${index}.secret_file`)
    if (secret !== undefined) webhookSecrets.set(name, secret)
  })
  return {
    httpToken: read.get('http.token_file'),
    mqttPassword: read.get('mqtt.password_file'),
    restic: resticSecrets(read),
    syncPassword: read.get('sync.password_file'),
    redisPassword: read.get('sync.barnhand.redis.password_file'),
    cameraPasswords,
    webhookSecrets,
  }
}

function resticSecrets(read: ReadonlyMap<string, string>): Secrets['restic'] {
  const [password, accessKey, secretKey] = ['password_file', 'access_key_file', 'secret_key_file'].map(
    (key) => read.get(`backup.restic.${key}`),
  )
  return {
    ...(password !== undefined && { password }),
    ...(accessKey !== undefined && { accessKey }),
    ...(secretKey !== undefined && { secretKey }),
  }
}
