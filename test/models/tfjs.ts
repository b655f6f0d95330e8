/**
 * The oracle: TensorFlow.js running the original graph, its output in the shape that our decoder reads.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter'
import * as tf from '@tensorflow/tfjs-core'
import type { Picture } from '../../daemon/types.ts'
import type { Peaks } from '../../daemon/vision/decoders/centernet.ts'
import { detectorSide, gridSide, keptClasses } from '../../models/convert/layout.ts'

export async function useWasm(): Promise<void> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
  setWasmPaths(`${folder}/`)
  await tf.setBackend('wasm')
  await tf.ready()
}

export interface GraphJson {
  modelTopology: object
  weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[]
}

export function loadOriginal(jsonFile: string): Promise<GraphModel> {
  const json: GraphJson = JSON.parse(readFileSync(jsonFile, 'utf8'))
  const shards = json.weightsManifest.flatMap((group) => group.paths)
  const bytes = Buffer.concat(shards.map((name) => readFileSync(path.join(path.dirname(jsonFile), name))))
  const weightSpecs = json.weightsManifest.flatMap((group) => group.weights)
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
  const load = async () => ({ modelTopology: json.modelTopology, weightSpecs, weightData })
  return loadGraphModel({ load })
}

/** Heat of 80 classes and reach, of the whole picture stretched to the network's input as our graph does it. */
export async function originalOutputs(
  model: GraphModel,
  picture: Picture,
): Promise<[Float32Array, Float32Array]> {
  const outputs = tf.tidy(() => {
    const pixels = tf.tensor3d(picture.pixels, [picture.height, picture.width, 3], 'float32')
    const scaled = tf.image.resizeBilinear(pixels, [detectorSide, detectorSide], false, true)
    return model.execute(tf.expandDims(scaled) as tf.Tensor, [
      'tower_0/keypoints',
      'tower_0/wh',
    ]) as tf.Tensor[]
  })
  const [heat = new Float32Array(), reach = new Float32Array()] = await Promise.all(
    outputs.map(async (output) => (await output.data()) as Float32Array),
  )
  tf.dispose(outputs)
  return [heat, reach]
}

export async function originalPeaks(model: GraphModel, picture: Picture, threshold: number): Promise<Peaks> {
  return peaksOf(...(await originalOutputs(model, picture)), threshold)
}

/** Written apart from the graph's own peak picking, which it checks. */
function peaksOf(heat: Float32Array, reach: Float32Array, threshold: number): Peaks {
  const at = (x: number, y: number, c: number) =>
    x < 0 || y < 0 || x >= gridSide || y >= gridSide ? 0 : (heat[(y * gridSide + x) * 80 + c] ?? 0)
  const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy] as const))
  const scores: number[] = []
  const cells: number[] = []
  const sizes: number[] = []
  for (const [kept, { index }] of keptClasses.entries()) {
    for (let cell = 0; cell < gridSide * gridSide; cell++) {
      const [x, y] = [cell % gridSide, Math.floor(cell / gridSide)]
      const score = at(x, y, index)
      if (score < threshold || around.some(([dx, dy]) => at(x + dx, y + dy, index) > score)) continue
      scores.push(score)
      cells.push(kept * gridSide * gridSide + cell)
      sizes.push(...reach.subarray(cell * 4, cell * 4 + 4))
    }
  }
  return { scores: Float32Array.from(scores), cells: Int32Array.from(cells), sizes: Float32Array.from(sizes) }
}
