/**
 * Reads a TensorFlow.js graph model (a JSON file and its weight shards): nodes and constants, checked for size.
 * Knows nothing of what the nodes mean.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { BarnboxError } from '../../daemon/lib/errors.ts'
import { textsOf } from './weight-source.ts'

export interface GraphNode {
  readonly name: string
  readonly op: string
  readonly inputs: readonly string[]
  readonly attrs: Readonly<Record<string, unknown>>
}

export interface Constant {
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array
}

export interface Graph {
  readonly file: string
  readonly nodes: ReadonlyMap<string, GraphNode>
  readonly constants: ReadonlyMap<string, Constant>
}

interface WeightEntry {
  name: string
  shape: number[]
  dtype: string
  quantization?: { dtype: string }
}

interface ModelJson {
  userDefinedMetadata?: unknown
  modelTopology: { node: { name: string; op: string; input?: string[]; attr?: Record<string, unknown> }[] }
  weightsManifest: { paths: string[]; weights: WeightEntry[] }[]
}

export function broken(file: string, what: string, cause?: unknown): BarnboxError {
  const cure = 'correct the path, or for a built-in model install barnbox again'
  return new BarnboxError('MODEL_BROKEN', `${file}: ${what}; ${cure}`, {
    context: { file, what, cure },
    cause,
  })
}

/** The graph's JSON where a path is a TensorFlow.js model: the file itself, or the one in its folder. */
export function tfjsGraphFile(given: string): string | undefined {
  const stats = statSync(given, { throwIfNoEntry: false })
  if (stats?.isFile()) return given.endsWith('.json') ? given : undefined
  if (!stats?.isDirectory()) return undefined
  const jsons = readdirSync(given).filter((name) => name.endsWith('.json'))
  const name = jsons.includes('model.json') ? 'model.json' : jsons[0]
  if (name !== undefined && (name === 'model.json' || jsons.length === 1)) return path.join(given, name)
  throw broken(given, 'is a folder without a model.json or one other JSON file')
}

/** What the model says of itself: what its maker wrote for readers, and other texts beside the graph. */
export function tfjsMetadata(jsonFile: string): Map<string, string> {
  const json = readJson(jsonFile)
  return new Map([...textsOf(json), ...textsOf(json.userDefinedMetadata)])
}

/** The files that make up the model, the JSON first. */
export function modelFiles(jsonFile: string): string[] {
  const folder = path.dirname(jsonFile)
  return [
    jsonFile,
    ...readJson(jsonFile).weightsManifest.flatMap((g) => g.paths.map((p) => shard(folder, p))),
  ]
}

export function readGraph(jsonFile: string): Graph {
  const json = readJson(jsonFile)
  const nodes = new Map<string, GraphNode>()
  for (const { name, op, input, attr } of json.modelTopology.node) {
    nodes.set(name, { name, op, inputs: input ?? [], attrs: attr ?? {} })
  }
  const constants = new Map<string, Constant>()
  for (const group of json.weightsManifest) {
    const bytes = Buffer.concat(group.paths.map((p) => readModelFile(shard(path.dirname(jsonFile), p))))
    readWeights(jsonFile, group.weights, bytes, constants)
  }
  return { file: jsonFile, nodes, constants }
}

/** A shard's path may not lead out of the model's folder. */
function shard(folder: string, name: string): string {
  return path.join(folder, path.basename(name))
}

export function readModelFile(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    const cure = 'correct the path in the config, or for a built-in model install barnbox again'
    throw new BarnboxError('MODEL_MISSING', `the model file ${file} cannot be read; ${cure}`, {
      context: { file, cure },
      cause,
    })
  }
}

function readJson(file: string): ModelJson {
  const text = readModelFile(file).toString('utf8')
  let json: ModelJson
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw broken(file, 'is not JSON (cut short?)', cause)
  }
  if (!Array.isArray(json?.modelTopology?.node) || !Array.isArray(json?.weightsManifest)) {
    throw broken(file, 'is not a TensorFlow.js graph model')
  }
  return json
}

function readWeights(file: string, entries: WeightEntry[], bytes: Buffer, into: Map<string, Constant>): void {
  let at = 0
  for (const { name, shape, dtype, quantization } of entries) {
    const count = shape.reduce((a, b) => a * b, 1)
    const stored = quantization?.dtype ?? dtype
    const size = stored === 'float16' ? 2 : 4
    if (at + count * size > bytes.length) throw broken(file, `its weights end before ${name} (cut short?)`)
    const part = bytes.subarray(at, at + count * size)
    at += count * size
    if (stored === 'float16') into.set(name, { shape, data: Float32Array.from(float16s(part)) })
    else if (stored === 'float32') into.set(name, { shape, data: new Float32Array(aligned(part)) })
    else if (stored === 'int32') into.set(name, { shape, data: new Int32Array(aligned(part)) })
    else throw broken(file, `its weight ${name} has the unsupported type ${stored}`)
  }
  if (at !== bytes.length) throw broken(file, `its weights hold ${bytes.length - at} bytes too many`)
}

/** A copy whose start is aligned for any typed array. */
function aligned(part: Buffer): ArrayBuffer {
  return part.buffer.slice(part.byteOffset, part.byteOffset + part.length) as ArrayBuffer
}

function float16s(part: Buffer): Float32Array {
  const out = new Float32Array(part.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = float16(part.readUInt16LE(i * 2))
  return out
}

export function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The model as TensorFlow.js itself loads it. */
export function readTfjsArtifacts(jsonFile: string): object {
  const { modelTopology, weightsManifest } = readJson(jsonFile)
  const folder = path.dirname(jsonFile)
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((one) => readModelFile(shard(folder, one))))
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights)
  return { modelTopology, weightSpecs, weightData: aligned(Buffer.concat(shards)) }
}
