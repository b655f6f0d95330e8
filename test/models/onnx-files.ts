/**
 * Small ONNX files, made for a test: networks that answer the same whatever they see.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createOnnxGraph, type Dim } from '../../models/convert/onnx-writer.ts'

export const newFolder = () => mkdtempSync(path.join(tmpdir(), 'barnbox-onnx-'))

/** Writes bytes into a folder of their own. */
export function written(bytes: Uint8Array, name = 'own.onnx'): string {
  const file = path.join(newFolder(), name)
  writeFileSync(file, bytes)
  return file
}

export interface Answer {
  readonly name: string
  readonly dims: readonly number[]
  /** All of its values; where there is one it stands for all. */
  readonly values: readonly number[] | Float32Array
}

/** A network with a float picture [1, 3, height, width] and the given answers. */
export function answering(
  answers: readonly Answer[],
  metadata: Readonly<Record<string, string>> = {},
  shape: readonly Dim[] = [1, 3, 64, 64],
): Uint8Array {
  const onnx = createOnnxGraph('answers')
  onnx.input('images', 'float32', shape)
  for (const { name, dims, values } of answers) {
    const count = dims.reduce((a, b) => a * b, 1)
    const all = values.length === 1 ? new Float32Array(count).fill(values[0] ?? 0) : values
    onnx.output(name, onnx.floats(all, dims), 'float32', dims)
  }
  return onnx.encode(metadata)
}

/** D-FINE's layout as Hugging Face exports it; sees nothing. */
export const detr = (metadata?: Readonly<Record<string, string>>, classes = 80, side = 640): Uint8Array =>
  answering(
    [
      { name: 'logits', dims: [1, 300, classes], values: [-9] },
      { name: 'pred_boxes', dims: [1, 300, 4], values: [0] },
    ],
    metadata,
    [1, 3, side, side],
  )

/** An embedder of a float crop. */
export const embedder = (
  values: readonly number[],
  metadata?: Readonly<Record<string, string>>,
  side = 32,
): Uint8Array =>
  answering([{ name: 'embedding', dims: [1, values.length], values }], metadata, [1, 3, side, side])
