/**
 * Where the built-in models' files are. They are converted once into the state directory and made again when their
 * source or the converter has changed, or when a file is not what was written.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  bundledGraphFile,
  convertAll,
  fileName,
  formats,
  type ModelName,
  modelNames,
  sourceKey,
} from '../../models/convert/convert.ts'
import type { PictureFormat } from '../../models/convert/layout.ts'
import { modelsFolder, writeModelFile } from './store.ts'

export type ModelFiles = Readonly<Record<ModelName, Readonly<Record<PictureFormat, string>>>>

interface Manifest {
  readonly key: string
  readonly sha256: Readonly<Record<string, string>>
}

/** The built-in models' files, converted first where needed. */
export function ensureModels(stateDir: string, graphFile: string = bundledGraphFile()): ModelFiles {
  const folder = modelsFolder(stateDir)
  const key = sourceKey(graphFile)
  const manifest = readManifest(folder)
  if (manifest?.key !== key || !Object.entries(manifest.sha256).every((entry) => isWhole(folder, ...entry))) {
    convertInto(folder, graphFile, key)
  }
  const fileOf = (model: ModelName, format: PictureFormat) => path.join(folder, fileName(model, format))
  const filesOf = (model: ModelName) =>
    Object.fromEntries(formats.map((format) => [format, fileOf(model, format)]))
  return Object.fromEntries(modelNames.map((model) => [model, filesOf(model)])) as ModelFiles
}

function convertInto(folder: string, graphFile: string, key: string): void {
  const sha256: Record<string, string> = {}
  const files = [...convertAll(graphFile)]
  for (const [name, bytes] of files) {
    writeModelFile(path.join(folder, name), [bytes])
    sha256[name] = hashOf(bytes)
  }
  // Last, so that it never speaks of files that are not there.
  writeModelFile(path.join(folder, manifestName), [Buffer.from(JSON.stringify({ key, sha256 }))])
}

const manifestName = 'manifest.json'

function readManifest(folder: string): Manifest | undefined {
  try {
    const manifest: Manifest = JSON.parse(readFileSync(path.join(folder, manifestName), 'utf8'))
    const whole = formats.every((f) => modelNames.every((m) => manifest.sha256[fileName(m, f)] !== undefined))
    return whole ? manifest : undefined
  } catch {
    return undefined
  }
}

function isWhole(folder: string, name: string, sha256: string): boolean {
  try {
    return hashOf(readFileSync(path.join(folder, name))) === sha256
  } catch {
    return false
  }
}

export const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
