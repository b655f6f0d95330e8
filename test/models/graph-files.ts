/**
 * Small TensorFlow.js graphs on disk, made for a test.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface TinyNode {
  readonly name: string
  readonly op: string
  readonly input?: readonly string[]
  readonly attr?: object
}

export interface TinyWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
  readonly dtype?: 'float32' | 'int32'
}

export const words = (...texts: string[]) => ({ list: { s: texts.map((one) => btoa(one)) } })
export const word = (text: string) => ({ s: btoa(text) })
export const whole = (...values: number[]) => ({ list: { i: values.map(String) } })
const float = { type: 'DT_FLOAT' }

/** Writes the graph and answers its JSON file. The input is `in`, [1, side, side, channels]. */
export function writeGraph(
  side: number,
  channels: number,
  nodes: readonly TinyNode[],
  weights: readonly TinyWeight[],
): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'barnbox-graph-'))
  const dim = [1, side, side, channels].map((size) => ({ size: String(size) }))
  const input = { name: 'in', op: 'Placeholder', attr: { dtype: float, shape: { shape: { dim } } } }
  const constants = weights.map(({ name, dtype }) => ({
    name,
    op: 'Const',
    attr: { dtype: dtype === 'int32' ? { type: 'DT_INT32' } : float },
  }))
  const last = nodes.at(-1)?.name ?? 'in'
  const topology = {
    node: [input, ...constants, ...nodes.map((node) => ({ ...node, attr: { T: float, ...node.attr } }))],
    versions: {},
  }
  const json = {
    format: 'graph-model',
    signature: { inputs: { in: { name: 'in' } }, outputs: { [last]: { name: last } } },
    modelTopology: topology,
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name, shape, dtype }) => ({ name, shape, dtype: dtype ?? 'float32' })),
      },
    ],
  }
  const bytes = weights.map(({ values, dtype }) => {
    const data = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values)
    return Buffer.from(data.buffer)
  })
  const file = path.join(folder, 'graph.json')
  writeFileSync(file, JSON.stringify(json))
  writeFileSync(path.join(folder, 'weights.bin'), Buffer.concat(bytes))
  return file
}
