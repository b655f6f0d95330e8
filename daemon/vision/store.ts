/**
 * What the state folder knows of models: those that were brought (`installed.json`, with what was known when they
 * came) and those that were chosen (`use.json`). Every file here is whole or absent under its name.
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Task } from '../../models/catalog.ts'
import type { Preprocess } from '../../models/convert/preprocess.ts'
import { BarnboxError } from '../lib/errors.ts'
import { writeChunks } from '../lib/whole-file.ts'

/** A model that was fetched or imported. Its preprocessing stays what it was then: the vectors depend on it. */
export interface InstalledModel {
  readonly task: Task
  /** In the models folder. */
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  /** What it was made from: an address, or the name of a file. */
  readonly from: string
  readonly fromSha256: string
  readonly layout: string
  readonly input: Preprocess
  readonly dim: number | null
  /** Names the vectors: another number after the @ is never compared. */
  readonly id: string
  readonly licence: string | null
  /** When a person took a licence that not everybody may; ISO 8601. */
  readonly acceptedAt: string | null
  readonly installedAt: string
  /** Of a TensorRT engine, whose wrapper `file` is: the engine beside it, and the installed model it was built of. */
  readonly engine?: {
    readonly file: string
    readonly sha256: string
    readonly of: string
    readonly ofSha256: string
  }
  /** Of weights: the mean and deviation that their graph takes off the pixels. */
  readonly normalise?: 'imagenet' | 'half'
  /** The same weights in whole numbers, beside the file above. */
  readonly int8?: Int8Model
}

/** A variant in 8 bits, and how like the original it was found to be. */
export interface Int8Model {
  /** In the models folder. */
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  readonly id: string
  /** The lowest cosine of its vectors against those of the original, over so many crops. */
  readonly cosine?: number
  readonly crops?: number
  /** ISO 8601. */
  readonly measuredAt?: string
}

const int8Suffix = ':int8'

/** What the 8-bit variant of a model is called. */
export const int8Name = (name: string) => `${name}${int8Suffix}`
/** The model's own name, which its variant shares. */
export const withoutVariant = (name: string) =>
  name.endsWith(int8Suffix) ? name.slice(0, -int8Suffix.length) : name

export type Installed = Readonly<Record<string, InstalledModel>>

export interface Choice {
  readonly detector?: string
  readonly embedder?: string
}

export const modelsFolder = (stateDir: string) => path.join(stateDir, 'models')

const installedFile = (stateDir: string) => path.join(modelsFolder(stateDir), 'installed.json')
const choiceFile = (stateDir: string) => path.join(modelsFolder(stateDir), 'use.json')

export const readInstalled = (stateDir: string): Installed => readJson(installedFile(stateDir)) as Installed
export const readChoice = (stateDir: string): Choice => readJson(choiceFile(stateDir)) as Choice

export const writeInstalled = (stateDir: string, installed: Installed) =>
  writeJson(installedFile(stateDir), installed)
export const writeChoice = (stateDir: string, choice: Choice) => writeJson(choiceFile(stateDir), choice)

export const installedPath = (stateDir: string, { file }: Pick<InstalledModel, 'file'>) =>
  path.join(modelsFolder(stateDir), path.basename(file))

/** A file, and what it held when it was installed. */
export interface Whole {
  readonly file: string
  readonly sha256: string
}

export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/** Throws `MODEL_HASH` where a file is another than was installed. One that is gone is for whoever opens it. */
export async function checkWhole(files: readonly Whole[]): Promise<void> {
  for (const { file, sha256 } of files) {
    if (!existsSync(file)) continue
    const found = await hashFile(file)
    if (found === sha256) continue
    const cure = 'fetch or import it again'
    const message = `${file} is not what was installed (sha256 ${found}, not ${sha256}); ${cure}`
    throw new BarnboxError('MODEL_HASH', message, { context: { file, sha256: found, known: sha256, cure } })
  }
}

/** Nothing there is an empty object; something else there is a fault that a person must see. */
function readJson(file: string): object {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new BarnboxError('STATE_DIR', `${file} cannot be read`, { context: { file }, cause })
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below.
  }
  const cure = 'delete it, and fetch or import the models again'
  throw new BarnboxError('MODEL_BROKEN', `${file} is damaged; ${cure}`, { context: { file, cure } })
}

function writeJson(file: string, value: object): void {
  writeModelFile(file, [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)])
}

/** Whole or absent; the folder is made. The daemon reads what a person installs as another user. */
export function writeModelFile(file: string, chunks: Iterable<Uint8Array>): void {
  const folder = path.dirname(file)
  try {
    mkdirSync(folder, { recursive: true })
    writeChunks(file, chunks, 0o644)
  } catch (cause) {
    if (cause instanceof BarnboxError) throw cause
    const message = `the models cannot be written into ${folder}`
    throw new BarnboxError('STATE_DIR', message, { context: { folder }, cause })
  }
}
