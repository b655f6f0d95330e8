/**
 * Of which form a file is, and what it says of itself: told by its content, for anybody may call a file anything.
 */
import { onnxMetadata } from './onnx-metadata.ts'
import { isSafetensors, safetensorsMetadata } from './safetensors.ts'
import { isLegacyTorch } from './swin-weights.ts'
import { tfjsGraphFile, tfjsMetadata } from './tfjs-graph.ts'
import { readTorchFile } from './torch-file.ts'
import { fileSource, refused, type WeightSource } from './weight-source.ts'
import { isZip } from './zip.ts'

export interface FileForm {
  /** `onnx` goes as it comes; `weights` and `tfjs` are converted. */
  readonly form: 'onnx' | 'weights' | 'tfjs'
  /** What stands in its metadata. */
  readonly says: ReadonlyMap<string, string>
}

/** Throws `MODEL_BROKEN` where it is none that is known. */
export function formOf(file: string): FileForm {
  const graph = tfjsGraphFile(file)
  if (graph !== undefined) return { form: 'tfjs', says: tfjsMetadata(graph) }
  const source = fileSource(file)
  const start = source.read(0, Math.min(16, source.size))
  if (isZip(start)) return { form: 'weights', says: torchSays(source) }
  if (isSafetensors(start)) return { form: 'weights', says: safetensorsMetadata(source) }
  if (isOrt(start)) {
    throw refused(file, "is in ONNX Runtime's own format, which is not taken; ask for the ONNX file")
  }
  const says = onnxMetadata(source)
  if (says) return { form: 'onnx', says }
  // Refused in words where it is read.
  if (isLegacyTorch(start)) return { form: 'weights', says: new Map() }
  throw refused(file, 'is neither an ONNX file nor weights (cut short?)')
}

/** A flatbuffer's identifier stands behind the place of its root. */
const isOrt = (start: Uint8Array) => Buffer.from(start.subarray(4, 8)).toString('latin1') === 'ORTM'

/** The texts beside the weights. */
function torchSays(source: WeightSource): Map<string, string> {
  const saved = readTorchFile(source)
  const texts = saved instanceof Map ? [...saved] : []
  return new Map(
    texts.filter((one): one is [string, string] => one.every((value) => typeof value === 'string')),
  )
}
