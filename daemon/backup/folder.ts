/**
 * One backup: a folder that says itself what lies in it. It is written beside its name and renamed once it has been read again; what
 * is read is checked name by name and byte by byte before anything is believed of it.
 */
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { syncFolder, writeWhole } from '../lib/whole-file.ts'
import type { Kept } from './keep.ts'

export interface Manifest {
  readonly format: 1
  readonly made: string
  readonly version: string
  /** What the box calls itself on its network; older backups do not say it. */
  readonly box?: string
  /** The registry's newest migration. */
  readonly schema: number
  readonly counts: Readonly<Record<string, number>>
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>
}

/** A file that goes in: copied, or with the text given. */
export interface Part {
  readonly name: string
  readonly from?: string
  readonly text?: string
}

/** What the database holds, as its manifest says it. */
export interface Filled {
  readonly version: number
  readonly counts: Readonly<Record<string, number>>
}

export const manifestName = 'manifest.json'
export const databaseName = 'barnbox.db'
const namePattern = /^(\d{4}-\d{2}-\d{2})T(\d{2})(\d{2})(\d{2})Z$/
const halfPrefix = '.half-'
/**
 * What a backup may hold, and nothing else. No name leads out of the folder, and no secret comes to lie, beside the config, where the config itself or the
 * key of updates does.
 */
const partPattern =
  /^(?:barnbox\.db|barnbox\.yaml|cameras\.json|push-keys\.json|tls-cert\.pem|tls-key\.pem|secrets\/(?!\.|update\.pub$|barnbox\.yaml$)[\w.-]{1,100})$/

export const isPart = (name: string) => partPattern.test(name)

/** `2026-11-28T020000Z`: sorts as it came. */
export const nameAt = (utcMs: number) =>
  new Date(utcMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '')

/** The whole backups of a folder. What was cut short is swept away. */
export function listBackups(folder: string): Kept[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const [, day, hour, minute, second] = namePattern.exec(entry.name) ?? []
    if (!entry.isDirectory() || day === undefined) return []
    const utcMs = Date.parse(`${day}T${hour}:${minute}:${second}Z`)
    const path = join(folder, entry.name)
    if (Number.isNaN(utcMs) || !existsSync(join(path, manifestName))) return []
    const schema = readManifest(path)?.schema ?? null
    return [{ name: entry.name, utcMs, bytes: bytesOf(path), schema }]
  })
}

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? lstatSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  )
}

export function sweepHalves(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith(halfPrefix)) rmSync(join(folder, name), { recursive: true, force: true })
}

/**
 * Makes a backup and reads it again. `fill` writes the database into the file that it is given and answers what it holds. Answers the
 * backup's folder. Throws `BACKUP_FAILED`, or what `fill` throws; then nothing is left of it.
 */
export async function makeBackup(
  folder: string,
  utcMs: number,
  { version, box }: Pick<Manifest, 'version' | 'box'>,
  parts: readonly Part[],
  fill: (file: string) => Filled | Promise<Filled>,
): Promise<string> {
  const name = nameAt(utcMs)
  const [half, whole] = [join(folder, `${halfPrefix}${name}`), join(folder, name)]
  try {
    sweepHalves(folder)
    mkdirSync(half, { mode: 0o700 })
    const filled = await fill(join(half, databaseName))
    for (const part of parts) put(half, part)
    const names = [databaseName, ...parts.map((part) => part.name)]
    const files: Record<string, Manifest['files'][string]> = {}
    for (const one of names) files[one] = await digest(join(half, one))
    const { version: schema, counts } = filled
    const made = new Date(utcMs).toISOString()
    const manifest: Manifest = { format: 1, made, version, ...(box && { box }), schema, counts, files }
    writeWhole(join(half, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
    await readBackup(half)
    renameSync(half, whole)
    syncFolder(folder)
    return whole
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    if (error instanceof BarnboxError) throw error
    throw new BarnboxError('BACKUP_FAILED', `${whole}: ${asBarnboxError(error).message}`, { cause: error })
  }
}

function put(half: string, { name, from, text = '' }: Part): void {
  if (!isPart(name)) throw new BarnboxError('INTERNAL', `${name} is no part of a backup`)
  const file = join(half, name)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  if (from === undefined) writeWhole(file, text)
  else {
    copyFileSync(from, file)
    writeWhole(file, readFileSync(file))
  }
}

async function digest(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

const refused = (folder: string, why: string) =>
  new BarnboxError('BACKUP_REFUSED', `${folder} cannot be restored: ${why}`)

/** What a folder says that it holds, once each file is what it should be. Throws `BACKUP_REFUSED`. */
export async function readBackup(folder: string): Promise<Manifest> {
  const manifest = readPlain(folder)
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    if (lstatSync(join(folder, name)).size !== bytes) throw refused(folder, `${name} is not whole`)
    if ((await digest(join(folder, name))).sha256 !== sha256) throw refused(folder, `${name} is damaged`)
  }
  return manifest
}

/** What a folder says that it holds, once the like of it is there: known files, and nothing else. Throws `BACKUP_REFUSED`. */
export function readPlain(folder: string): Manifest {
  const manifest = readManifest(folder)
  if (manifest === undefined) throw refused(folder, `its ${manifestName} is missing or damaged`)
  if (!(databaseName in manifest.files)) throw refused(folder, `there is no ${databaseName} in it`)
  // Whatever else lies there is not looked at by anybody: a write-ahead log beside the database would be.
  const extra = readdirSync(folder).find(
    (name) => !(name in manifest.files) && ![manifestName, 'secrets'].includes(name),
  )
  if (extra !== undefined) throw refused(folder, `${JSON.stringify(extra)} does not belong in it`)
  for (const name of Object.keys(manifest.files)) {
    if (!isPart(name)) throw refused(folder, `it names ${JSON.stringify(name)}`)
    const found = lstatSync(join(folder, name), { throwIfNoEntry: false })
    const parent = lstatSync(dirname(join(folder, name)), { throwIfNoEntry: false })
    // A link would be followed to wherever it leads.
    if (!found?.isFile() || !parent?.isDirectory()) throw refused(folder, `${name} is missing, or no file`)
  }
  return manifest
}

export const mostManifestBytes = 1_000_000

/** What it says of itself, unproven. */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, manifestName)
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (!found?.isFile() || found.size > mostManifestBytes) return undefined
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Partial<Manifest>
    const { format, made, version, box, schema, counts, files } = manifest
    if (format !== 1 || typeof made !== 'string' || typeof version !== 'string') return undefined
    const named = typeof box === 'string' && box !== '' ? { box } : {}
    if (typeof schema !== 'number' || !isTable(counts) || !isTable(files)) return undefined
    const areFiles = Object.values(files).every(
      (one: unknown) => isTable(one) && typeof one['bytes'] === 'number' && typeof one['sha256'] === 'string',
    )
    return areFiles ? { format, made, version, ...named, schema, counts, files } : undefined
  } catch {
    return undefined
  }
}

const isTable = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
