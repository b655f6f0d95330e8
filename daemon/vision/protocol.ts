/**
 * What the main thread and the vision worker say to each other.
 */
import type { ErrorCode, ErrorContext } from '../lib/errors.ts'
import type { Box, Detection, Look, ModelKind, Picture } from '../types.ts'
import type { TfjsEngine } from './resolve.ts'

/** What the worker is started with. */
export interface WorkerSetup {
  readonly stateDir: string
  readonly detector: string
  readonly embedder: string
  /** How a TensorFlow.js detector runs; converted when absent. */
  readonly tfjs?: TfjsEngine | undefined
  readonly threshold: number
  readonly threads: number
}

/** Each thing that can be asked for, as [argument, answer]. */
export interface Asks {
  detect: [{ picture: Picture }, Detection[]]
  embed: [{ picture: Picture; boxes: readonly Box[] }, (Look | undefined)[]]
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
  readonly stopgap: boolean
  readonly sameAbove: number
  readonly margin: number
}

export type FromWorker =
  | { readonly ready: { readonly embedder: ModelKind; readonly about: About } }
  | { readonly failed: PlainError }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainError }
