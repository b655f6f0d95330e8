/**
 * A CenterNet run by TensorFlow.js itself, for owners who want the original or have its GPU build. None of it is
 * part of the installation: what is missing is named. The `node-gpu` way has not been run on a GPU yet.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import util from 'node:util'
import { convertFront } from '../../models/convert/front.ts'
import {
  cellPixels,
  gridSide,
  keptClasses,
  type PictureFormat,
  peakCount,
} from '../../models/convert/layout.ts'
import { type Preprocess, raw } from '../../models/convert/preprocess.ts'
import { readTfjsArtifacts } from '../../models/convert/tfjs-graph.ts'
import { BarnboxError } from '../lib/errors.ts'
import { centernet, decodePeaks, type Peaks } from './decoders/centernet.ts'
import { detectionsOf } from './decoders/detections.ts'
import type { Detector } from './detector.ts'
import { placementOf } from './placement.ts'
import type { ModelSource, TfjsEngine } from './resolve.ts'
import { int64s, openGraph, pixelFeeds, runSession, type Session } from './session.ts'

const outputs = ['tower_0/keypoints', 'tower_0/wh']
const side = gridSide * cellPixels
const input: Preprocess = { ...raw, width: side, height: side }

/** What is used of TensorFlow.js; its packages are not there to take types from. */
interface Tensor {
  data(): Promise<Float32Array>
  dispose(): void
}

interface Tfjs {
  tidy<T>(work: () => T): T
  tensor4d(data: Float32Array, shape: readonly number[]): Tensor
  transpose(tensor: Tensor, axes: readonly number[]): Tensor
  loadGraphModel(handler: { load(): Promise<object> }): Promise<Graph>
}

interface Graph {
  execute(input: Tensor, outputs: readonly string[]): Tensor[]
  dispose(): void
}

type Engine = Exclude<TfjsEngine, 'converted'>

export async function openTfjsDetector(
  source: ModelSource,
  engine: Engine,
  threads: number,
): Promise<Detector> {
  const tf = await openTfjs(engine)
  const model = await tf.loadGraphModel({ load: async () => readTfjsArtifacts(source.file) })
  const fronts = new Map<PictureFormat, Session>()
  return {
    layout: centernet.layout,
    input,
    async detect(picture, threshold) {
      const { format } = picture
      const front = fronts.get(format) ?? (await openGraph(convertFront(input, format, false), threads))
      fronts.set(format, front)
      const { image } = await runSession(front, { ...pixelFeeds(picture), size: int64s([side, side]) })
      const peaks = await look(tf, model, image?.data as Float32Array, threshold)
      const found = decodePeaks(peaks, threshold)
      return detectionsOf(found, placementOf(input, picture), centernet.sameAnimal)
    },
    async [Symbol.asyncDispose]() {
      model.dispose()
      for (const front of fronts.values()) await front.release()
    },
  }
}

async function look(tf: Tfjs, model: Graph, image: Float32Array, threshold: number): Promise<Peaks> {
  const [heat, reach] = tf.tidy(() =>
    model.execute(tf.transpose(tf.tensor4d(image, [1, 3, side, side]), [0, 2, 3, 1]), outputs),
  )
  if (!heat || !reach) throw new BarnboxError('MODEL_BROKEN', 'the TensorFlow.js model gave no outputs')
  try {
    return peaksOf(await heat.data(), await reach.data(), threshold)
  } finally {
    heat.dispose()
    reach.dispose()
  }
}

/** The same peaks as the converted graph picks: cells that are the highest of their 3x3 neighbours. */
export function peaksOf(heat: Float32Array, reach: Float32Array, threshold: number): Peaks {
  const classes = heat.length / gridSide ** 2
  const found: { score: number; cell: number; at: number }[] = []
  for (const [kept, { index }] of keptClasses.entries()) {
    for (let at = 0; at < gridSide ** 2; at++) {
      const score = heat[at * classes + index] ?? 0
      if (!(score >= threshold) || !isHighest(heat, classes, index, at)) continue
      found.push({ score, cell: kept * gridSide ** 2 + at, at })
    }
  }
  const best = found.sort((a, b) => b.score - a.score).slice(0, peakCount)
  return {
    scores: Float32Array.from(best, ({ score }) => score),
    cells: Int32Array.from(best, ({ cell }) => cell),
    sizes: Float32Array.from(best.flatMap(({ at }) => [...reach.subarray(at * 4, at * 4 + 4)])),
  }
}

function isHighest(heat: Float32Array, classes: number, index: number, at: number): boolean {
  const score = heat[at * classes + index] ?? 0
  const [x, y] = [at % gridSide, Math.floor(at / gridSide)]
  for (let v = Math.max(0, y - 1); v <= Math.min(gridSide - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(gridSide - 1, x + 1); u++) {
      if ((heat[(v * gridSide + u) * classes + index] ?? 0) > score) return false
    }
  }
  return true
}

const openTfjs = (engine: Engine) => (engine === 'wasm' ? openWasm() : openNodeGpu())

const version = '4.22.0'
const wasmPackages = ['core', 'converter', 'backend-wasm', 'backend-cpu'].map(
  (one) => `@tensorflow/tfjs-${one}`,
)

async function openWasm(): Promise<Tfjs> {
  try {
    const core = await import('@tensorflow/tfjs-core')
    const { loadGraphModel } = await import('@tensorflow/tfjs-converter')
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
    setWasmPaths(`${path.dirname(main)}/`)
    if (!(await core.setBackend('wasm'))) throw new Error('its WebAssembly does not start')
    return { ...core, loadGraphModel } as unknown as Tfjs
  } catch (cause) {
    throw missing('wasm', wasmPackages.map((one) => `${one}@${version}`).join(' '), cause)
  }
}

/** Its native part calls a function that Node 23 took out of `util`. */
async function openNodeGpu(): Promise<Tfjs> {
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean }
  old.isNullOrUndefined ??= (value) => value === null || value === undefined
  // Not a literal: the package is no dependency, and nobody has its types.
  const name: string = '@tensorflow/tfjs-node-gpu'
  try {
    const module = (await import(name)) as { default?: Tfjs } & Tfjs
    return module.default ?? module
  } catch (cause) {
    throw missing('node-gpu', `${name}@${version}`, cause)
  }
}

function missing(engine: Engine, packages: string, cause: unknown): BarnboxError {
  const why = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? ''
  const cure = `npm install --no-save ${packages}, with its native part`
  return new BarnboxError('ENGINE_MISSING', `TensorFlow.js (${engine}) does not run: ${why}; ${cure}`, {
    context: { engine, why, cure },
    cause,
  })
}
