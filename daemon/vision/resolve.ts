/**
 * Which model is meant: a name of the catalogue or of something brought, or a path. And which one when nobody says.
 */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { catalogEntry, isBuiltIn } from '../../models/catalog.ts'
import { type ModelName, sourceKey } from '../../models/convert/convert.ts'
import { convertDetectorCore } from '../../models/convert/detector.ts'
import { embedderId } from '../../models/convert/embedder.ts'
import type { PictureFormat } from '../../models/convert/layout.ts'
import type { Preprocess } from '../../models/convert/preprocess.ts'
import { readGraph, tfjsGraphFile } from '../../models/convert/tfjs-graph.ts'
import { BarnboxError } from '../lib/errors.ts'
import { ensureModels, hashOf } from './models.ts'
import {
  type InstalledModel,
  installedPath,
  modelsFolder,
  readChoice,
  readInstalled,
  type Whole,
  withoutVariant,
  writeModelFile,
} from './store.ts'

/** How a TensorFlow.js graph runs. */
export type TfjsEngine = 'converted' | 'wasm' | 'node-gpu'

export interface ModelSource {
  /** What people call it. */
  readonly name: string
  readonly file: string
  /** The built-in models' files, one a picture format. */
  readonly files?: Readonly<Record<PictureFormat, string>>
  /** Of an installed model, the files that must be what was installed. */
  readonly whole?: readonly Whole[]
  /** What its vectors are stored under. */
  readonly id: string
  /** Known for models of the catalogue; else the ports tell. */
  readonly layout?: string
  readonly input?: Preprocess
  /** How many classes a detector is known to tell apart. */
  readonly classes?: number
  /** What its graph takes off the pixels by itself, where that is known. */
  readonly normalise?: 'imagenet' | 'half'
  /** SPDX's name, where it is known. */
  readonly licence?: string | null | undefined
  /** Given, `file` is a TensorFlow.js graph that runs as it is. */
  readonly engine?: Exclude<TfjsEngine, 'converted'>
  /** Of a TensorRT engine, the ONNX model that it was built of. */
  readonly original?: ModelSource
}

/** The model behind a name; built-in ones are converted first where needed. */
export function resolveModel(stateDir: string, name: string, tfjs: TfjsEngine = 'converted'): ModelSource {
  if (isBuiltIn(name)) {
    const files = ensureModels(stateDir)[name as ModelName]
    return { name, file: files.nv12, files, id: embedderId, licence: catalogEntry(name)?.licence.spdx }
  }
  const graph = tfjsGraphFile(name)
  if (graph !== undefined) return graphSource(stateDir, graph, tfjs)
  if (isPath(name)) return fileSource(name)
  const installed = installedSource(stateDir, name)
  if (installed) return installed
  const entry = catalogEntry(name)
  const cure = howToBring(name)
  const known = entry ? 'is not installed' : 'is neither in the catalogue nor installed'
  throw new BarnboxError('MODEL_MISSING', `the model ${name} ${known}: ${cure}`, { context: { name, cure } })
}

/** The command by which a model comes to the box. */
export const howToBring = (name: string) =>
  catalogEntry(name)?.url ? `\`barnbox models fetch ${name}\`` : `\`barnbox models import FILE --as ${name}\``

/**
 * What was brought under the name, or its 8-bit variant. An engine comes with what it was built of: the CPU runs that.
 */
function installedSource(stateDir: string, name: string): ModelSource | undefined {
  const all = readInstalled(stateDir)
  const model: InstalledModel | undefined = all[withoutVariant(name)]
  const file = name === withoutVariant(name) ? model : model?.int8
  if (!model || !file) return undefined
  const { layout, input, licence, normalise, engine } = model
  const how = { layout, input, licence, ...(normalise && { normalise }) }
  const whole = [file, ...(engine ? [engine] : [])].map((one) => ({
    file: installedPath(stateDir, one),
    sha256: one.sha256,
  }))
  const source = { name, file: installedPath(stateDir, file), whole, id: file.id, ...how }
  if (!engine) return source
  const original = installedSource(stateDir, engine.of)
  if (original && all[engine.of]?.sha256 === engine.ofSha256) return { ...source, original }
  const cure = `build the engine anew of the ${engine.of} that is installed, and import it again`
  const message = `the engine ${name} was built of another ${engine.of}; ${cure}`
  throw new BarnboxError('MODEL_BROKEN', message, { context: { name, of: engine.of, cure } })
}

/** What an embedder's vectors are stored under; nothing is opened or made for it. Throws as `resolveModel` does. */
export const embedderIdOf = (stateDir: string, name: string): string =>
  isBuiltIn(name) ? embedderId : resolveModel(stateDir, name).id

const isPath = (name: string) => name.includes(path.sep) || name.endsWith('.onnx')

/** A TensorFlow.js graph as it is, or as the ONNX file that it is made into once. */
function graphSource(stateDir: string, graph: string, tfjs: TfjsEngine): ModelSource {
  const name = path.basename(path.dirname(path.resolve(graph)))
  // The converter's version is in it: a better converter makes the file anew.
  const hash = hashOf(Buffer.from(sourceKey(graph)))
  const id = `${name}@${hash.slice(0, 12)}`
  if (tfjs !== 'converted') return { name, file: graph, id, engine: tfjs }
  const file = path.join(modelsFolder(stateDir), `tfjs-${hash.slice(0, 32)}.onnx`)
  if (!existsSync(file)) writeModelFile(file, [convertDetectorCore(readGraph(graph))])
  return { name, file, id }
}

/** Another file is another model, whatever its name. */
function fileSource(file: string): ModelSource {
  const name = path.basename(file)
  let hash: string
  try {
    hash = hashOf(readFileSync(file))
  } catch (cause) {
    const cure = 'correct the path under `vision` in the config'
    const message = `the model file ${file} cannot be read; ${cure}`
    throw new BarnboxError('MODEL_MISSING', message, { context: { file, cure }, cause })
  }
  return { name, file, id: `${path.basename(file, '.onnx')}@${hash.slice(0, 12)}` }
}

/** What the config names, else what was chosen (`barnbox models use`), else the built-in. */
export function chosenModels(
  config: { readonly detector?: string | undefined; readonly embedder?: string | undefined },
  stateDir: string,
): { detector: string; embedder: string } {
  const { detector, embedder } = config
  if (detector !== undefined && embedder !== undefined) return { detector, embedder }
  const choice = readChoice(stateDir)
  return {
    detector: detector ?? choice.detector ?? 'centernet-mnv3',
    embedder: embedder ?? choice.embedder ?? 'appearance-mnv3',
  }
}
