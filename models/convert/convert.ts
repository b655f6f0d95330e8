/**
 * The built-in models: out of the npm package that carries the weights, into ONNX files. Which files there are, and
 * the key that says when they must be made again.
 */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import path from 'node:path'
import { convertDetector } from './detector.ts'
import { convertEmbedder } from './embedder.ts'
import type { PictureFormat } from './layout.ts'
import { modelFiles, readGraph, readModelFile } from './tfjs-graph.ts'

/** Grows with every change of the converter that changes a file it makes. */
export const converterVersion = 2

export const formats: readonly PictureFormat[] = ['nv12', 'rgb24']
export const modelNames = ['centernet-mnv3', 'appearance-mnv3'] as const
export type ModelName = (typeof modelNames)[number]

export const fileName = (model: ModelName, format: PictureFormat) => `${model}-${format}.onnx`

/** The graph inside the installed package; its `exports` hide the folder, so the way leads over its main file. */
export function bundledGraphFile(): string {
  const main = createRequire(import.meta.url).resolve('@vladmandic/human')
  return path.join(path.dirname(main), '..', 'models', 'centernet.json')
}

/** Names the source and the converter: files made under another key are stale. */
export function sourceKey(graphFile: string): string {
  const hash = createHash('sha256')
  for (const file of modelFiles(graphFile)) hash.update(readModelFile(file))
  return `${hash.digest('hex')} converter ${converterVersion}`
}

/** All files, one after the other, so that only one is in memory. */
export function* convertAll(graphFile: string): Generator<readonly [file: string, bytes: Uint8Array]> {
  const graph = readGraph(graphFile)
  for (const format of formats) {
    yield [fileName('centernet-mnv3', format), convertDetector(graph, format)]
    yield [fileName('appearance-mnv3', format), convertEmbedder(graph, format)]
  }
}
