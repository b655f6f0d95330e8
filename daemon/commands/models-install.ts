/**
 * A file becomes an installed model: its licence taken, its hash held against what is known, converted where it is
 * weights, opened and tried, and only then put in its place.
 */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, open, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { type CatalogEntry, catalogEntry, isBuiltIn, type Task } from '../../models/catalog.ts'
import { convertDetectorCore } from '../../models/convert/detector.ts'
import { type FileForm, formOf } from '../../models/convert/file-form.ts'
import { convertWeights, type WeightOptions } from '../../models/convert/import.ts'
import { modelFiles, readGraph, readModelFile, tfjsGraphFile } from '../../models/convert/tfjs-graph.ts'
import { BarnboxError } from '../lib/errors.ts'
import { discard, syncFolder } from '../lib/whole-file.ts'
import { openDetector } from '../vision/detector.ts'
import { openEmbedder } from '../vision/embedder.ts'
import { isUnknownLayout, listTells } from '../vision/net.ts'
import type { ModelSource } from '../vision/resolve.ts'
import { useAnother } from '../vision/session.ts'
import {
  hashFile,
  type InstalledModel,
  modelsFolder,
  readInstalled,
  writeInstalled,
  writeModelFile,
} from '../vision/store.ts'
import { licenceSaid, mustAccept, stricter } from './models-licence.ts'

export interface InstallOptions extends WeightOptions {
  /** The licence (or model) that a person says is taken. */
  readonly acceptLicense?: string | undefined
}

export interface Incoming {
  readonly name: string
  readonly file: string
  /** Where it came from, as it is remembered. */
  readonly from: string
}

/** Throws before anything of an earlier model of that name has changed. Tests bring their own `entry`. */
export async function installModel(
  incoming: Incoming,
  options: InstallOptions,
  stateDir: string,
  entry: CatalogEntry | undefined = catalogEntry(incoming.name),
): Promise<InstalledModel> {
  const { name, file, from } = incoming
  checkName(name)
  const graph = tfjsGraphFile(file)
  await readable(graph ?? file)
  const fromSha256 = graph === undefined ? await hashFile(file) : graphHash(graph)
  checkHash(name, fromSha256, entry?.sha256 ?? knownHash(stateDir, entry))
  const { form, says } = formOf(file)
  const licence = stricter(entry?.licence, licenceSaid(says))
  const accepted = mustAccept(name, licence, options.acceptLicense)
  const folder = modelsFolder(stateDir)
  const job: Job = { name, file, form, fromSha256, entry }
  const isPair = form === 'weights' && !options.int8
  const whole = path.join(folder, `${name}.onnx`)
  const int8 = path.join(folder, `${name}.int8.onnx`)
  const untried = (file: string) => `${file}.${process.pid}.tmp`
  try {
    await mkdir(folder, { recursive: true })
    const made = await make(job, options, untried(whole))
    const beside = isPair ? await make(job, { ...options, int8: true }, untried(int8)) : undefined
    const model: InstalledModel = {
      ...made.tried,
      ...{ file: path.basename(whole), ...made.stored, from, fromSha256 },
      licence: licence?.spdx ?? null,
      acceptedAt: accepted ? new Date().toISOString() : null,
      installedAt: new Date().toISOString(),
      ...(form === 'weights' && { normalise: options.normalise }),
      ...(beside && { int8: { file: path.basename(int8), ...beside.stored } }),
    }
    await rename(untried(whole), whole)
    if (beside) await rename(untried(int8), int8)
    else discard(int8)
    syncFolder(folder)
    writeInstalled(stateDir, { ...readInstalled(stateDir), [name]: model })
    return model
  } finally {
    for (const file of [whole, int8]) discard(untried(file))
  }
}

interface Job {
  readonly name: string
  readonly file: string
  readonly form: FileForm['form']
  readonly fromSha256: string
  readonly entry: CatalogEntry | undefined
}

interface Made {
  readonly tried: Pick<InstalledModel, 'task' | 'layout' | 'input' | 'dim'>
  readonly stored: Pick<InstalledModel, 'sha256' | 'bytes' | 'id'>
}

/** Puts the network under a temporary name, and tries it. */
async function make(
  { name, file, form, fromSha256, entry }: Job,
  options: WeightOptions,
  to: string,
): Promise<Made> {
  if (form === 'onnx') await copyWhole(file, to)
  else if (form === 'weights') writeModelFile(to, convertWeights(file, options, entry?.variant))
  else writeModelFile(to, [convertDetectorCore(readGraph(tfjsGraphFile(file) ?? file))])
  const sha256 = await hashFile(to)
  // Weights are known by themselves: converted anew by a better converter they still make the same vectors.
  const precision = options.int8 ? 'int8' : 'float'
  const origin = form === 'weights' ? `${fromSha256} ${options.normalise} ${precision}` : sha256
  const tried = await tryModel(name, to, entry)
  const id = `${name}@${shortHash(`${origin} ${JSON.stringify(tried.input)}`)}`
  return { tried, stored: { sha256, bytes: (await stat(to)).size, id } }
}

/** Names stand in file names, ids and the config. */
export function checkName(name: string): void {
  if (isBuiltIn(name)) throw new BarnboxError('BAD_REQUEST', `${name} is built in; choose another name`)
  if (/^[a-z0-9][a-z0-9-]{0,47}$/.test(name)) return
  const message = `${name} is no name for a model: up to 48 of a-z, 0-9 and -, beginning with a letter or digit`
  throw new BarnboxError('BAD_REQUEST', message)
}

/** Throws where it is no file that can be read. */
export async function readable(file: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new BarnboxError('FILE_MISSING', `${file} cannot be read`, { context: { file }, cause })
  })
  if (!found.isFile()) throw new BarnboxError('FILE_MISSING', `${file} is no file`, { context: { file } })
}

/** Of the graph and all its weights. */
function graphHash(graph: string): string {
  const hash = createHash('sha256')
  for (const file of modelFiles(graph)) hash.update(readModelFile(file))
  return hash.digest('hex')
}

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** A name of the catalogue means one file: the first that came under it, until it is removed. */
const knownHash = (stateDir: string, entry: CatalogEntry | undefined) =>
  entry ? (readInstalled(stateDir)[entry.name]?.fromSha256 ?? null) : null

function checkHash(name: string, sha256: string, known: string | null): void {
  if (known === null || known === sha256) return
  const cure = `fetch it again, or \`barnbox models remove ${name}\` first if the change is meant`
  const message = `the file is not the ${name} that is known (sha256 ${sha256}, not ${known}); ${cure}`
  throw new BarnboxError('MODEL_HASH', message, { context: { name, sha256, known, cure } })
}

/** Copies a file; it is on the disk when this resolves. */
export async function copyWhole(file: string, to: string): Promise<void> {
  try {
    await copyFile(file, to)
    await using copy = await open(to, 'r')
    await copy.sync()
  } catch (cause) {
    const folder = path.dirname(to)
    const why = (cause as NodeJS.ErrnoException).code
    const message = `the models cannot be written into ${folder} (${why})`
    throw new BarnboxError('STATE_DIR', message, { context: { folder }, cause })
  }
}

/** Opens it as what the catalogue says it is, else as whatever it fits, and has it look once. */
async function tryModel(name: string, file: string, entry: CatalogEntry | undefined): Promise<Made['tried']> {
  const source: ModelSource = {
    name,
    file,
    id: name,
    ...(entry && { layout: entry.layout, input: entry.input }),
    ...(entry?.classes && { classes: entry.classes }),
  }
  const tasks: Task[] = entry ? [entry.task] : ['detect', 'embed']
  let refused: unknown
  for (const task of tasks) {
    try {
      if (task === 'detect') {
        await using detector = await openDetector(source, 1)
        return { task, layout: detector.layout, input: detector.input, dim: null }
      }
      await using embedder = await openEmbedder(source, 1)
      checkDim(name, embedder.kind.dim, entry?.dim ?? null)
      return { task, layout: embedder.layout, input: embedder.input, dim: embedder.kind.dim }
    } catch (error) {
      // What fits one task is refused with what that one says.
      if (refused === undefined || isUnknownLayout(refused)) refused = error
    }
  }
  throw renamed(refused, file)
}

function checkDim(name: string, dim: number, known: number | null): void {
  if (known === null || known === dim) return
  const message = `the file makes vectors of ${dim} numbers, ${name} makes ${known}`
  throw new BarnboxError('MODEL_BROKEN', message, { context: { dim, known } })
}

/** A person knows the file by the name they gave it, not by the one it was tried under. */
function renamed(error: unknown, file: string): unknown {
  if (!(error instanceof BarnboxError)) return error
  const message = error.message
    .replaceAll(file, 'the file')
    .replace(`; ${useAnother}`, '')
    .replace(`; ${listTells}`, '')
  return new BarnboxError(error.code, message, { context: error.context, cause: error })
}
