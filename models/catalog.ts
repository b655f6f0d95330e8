/**
 * What `catalog.json` holds, typed. A test holds the file against these types.
 */
import json from './catalog.json' with { type: 'json' }
import type { Preprocess } from './convert/preprocess.ts'

export type Task = 'detect' | 'embed'

export interface Licence {
  /** SPDX's name of it. */
  readonly spdx: string
  /** Whether whoever earns money with the box may use it. */
  readonly commercial: boolean
  /** Whether it asks for the source of what it is used in (GPL, AGPL). */
  readonly copyleft: boolean
  readonly note?: string
}

export interface CatalogEntry {
  readonly name: string
  readonly task: Task
  readonly what: string
  readonly licence: Licence
  /** Where the weights are described or come from, for people. */
  readonly source: string
  /** What `fetch` loads; null where somebody must make or find the file. */
  readonly url: string | null
  /** Of the file at `url`; null where the first fetch or import records it. */
  readonly sha256: string | null
  /** `npm`: made from an npm package at the first start; `onnx`: as it comes; `swin`: weights, converted here. */
  readonly form: 'npm' | 'onnx' | 'swin'
  /** Of weights: the size of network that they must be of. Several sizes give vectors of one length. */
  readonly variant?: string
  /** Name of the decoder or embedder layout. */
  readonly layout: string
  readonly input: Preprocess
  /** How many classes a detector tells apart. */
  readonly classes: number | null
  /** Length of an embedder's vector. */
  readonly dim: number | null
  /** Stands in until something better is brought. */
  readonly stopgap?: boolean
  /** Similarity from which two looks are the same horse, and the lead over the second that a decision needs. */
  readonly sameAbove?: number
  readonly margin?: number
}

// The import's own type widens every word to a string.
export const catalog = json.models as unknown as readonly CatalogEntry[]

export const catalogEntry = (name: string) => catalog.find((entry) => entry.name === name)

export const isBuiltIn = (name: string) => catalogEntry(name)?.form === 'npm'
