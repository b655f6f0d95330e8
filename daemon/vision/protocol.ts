/**
 * What the main thread and the vision worker say to each other.
 */
import type { ErrorCode, ErrorContext } from '../lib/errors.ts'
import type { Box, Detection, EmbedderKind, Look, Picture } from '../types.ts'
import type { AskedProvider } from './providers.ts'
import type { TfjsEngine } from './resolve.ts'

/** What the worker is started with. */
export interface WorkerSetup {
  readonly stateDir: string
  /** Without one nothing can be detected. */
  readonly detector?: string | undefined
  readonly embedder: string
  /** How a TensorFlow.js detector runs; converted when absent. */
  readonly tfjs?: TfjsEngine | undefined
  readonly threshold: number
  readonly threads: number
  /** What the models are to run on; `auto` when absent. */
  readonly provider?: AskedProvider | undefined
  /** What an earlier worker found out: taken as it is, nothing is tested again. */
  readonly decided?: RunningModels | undefined
}

/** What a model really runs on, as was found out when it was opened. */
export interface Running {
  /** `cpu`, `cuda` or `tensorrt`, as a profile of its nodes has it; `wasm` or `tfjs-node-gpu`. */
  readonly provider: string
  /** Median of a few looks at a fixed picture. */
  readonly ms: number
  /** The same on the CPU, and how like its answer is to the CPU's (1: the same); null where they were not compared. */
  readonly cpuMs: number | null
  readonly cosine: number | null
  /** Why it is not what was asked for; null where it is. */
  readonly fallback: string | null
}

export interface RunningModels {
  readonly detector: Running
  /** Null where there is none. */
  readonly embedder: Running | null
}

/** Each thing that can be asked for, as [argument, answer]. */
export interface Asks {
  detect: [{ picture: Picture }, Detection[]]
  /** `crops`: whether the pixels of each box are to come along. */
  embed: [
    { picture: Picture; boxes: readonly Box[]; crops?: readonly boolean[] | undefined },
    (Look | undefined)[],
  ]
  embedCrop: [{ jpeg: Uint8Array }, Float32Array]
  photo: [{ photo: Uint8Array }, Picture]
  crop: [{ picture: Picture; box: Box }, Uint8Array]
  thumbnail: [{ picture: Picture; box: Box }, Uint8Array]
  jpeg: [{ picture: Picture }, Uint8Array]
}

export type AskName = keyof Asks
export type Ask = { [Name in AskName]: { readonly name: Name; readonly with: Asks[Name][0] } }[AskName]

/** `stop` comes last: the worker finishes what it has, releases its sessions and ends. */
export type ToWorker = { readonly id: number; readonly ask: Ask } | 'stop'

export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly context: ErrorContext
  readonly stack: string | undefined
}

export interface About {
  readonly detector: string
  readonly embedder: string
  /** Why the embedder cannot be used; null when it can. */
  readonly embedderFault: Pick<PlainError, 'code' | 'message'> | null
  readonly stopgap: boolean
  readonly sameAbove: number
  readonly margin: number
  readonly running: RunningModels
}

/** What a worker has loaded; without an embedder it only detects. */
export interface Ready {
  readonly embedder: EmbedderKind | null
  readonly about: About
}

/** The step that a worker now takes to open a model. */
export interface Opening {
  readonly model: string
  /** What it is to run on. */
  readonly provider: string
  /** `load`: it is read and made ready. `look`: it looks at a first picture, at most a few times. */
  readonly step: 'load' | 'look'
}

export type FromWorker =
  | { readonly opening: Opening }
  | { readonly ready: Ready }
  | { readonly failed: PlainError }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainError }
