/**
 * What was seen, before anything was made of it: what is kept to be decided anew under other settings.
 */
import type { Box, CameraState, Detection, EmbedderKind, Look, StreamId } from './types.ts'

/** A box that was looked at, and how it looked. */
export interface SeenLook {
  readonly box: Box
  readonly look: Pick<Look, 'vector' | 'sharpness' | 'infrared'>
}

/** What was seen in one analysed picture of a camera. */
export interface SeenFrame {
  readonly streamId: StreamId
  /** When it was taken, on the monotonic clock. */
  readonly takenMs: number
  /** The scene's time then: no time passes there while nothing moves. */
  readonly sceneMs: number
  readonly width: number
  readonly height: number
  readonly detections: readonly Detection[]
  readonly looks: readonly SeenLook[]
}

/** What it was seen by. */
export interface SeenBy {
  readonly detector: string
  /** Weaker boxes were not answered. */
  readonly threshold: number
  /** Null where no horse could be recognised. */
  readonly embedder: EmbedderKind | null
  /** The embedder's own defaults for plain cosines. */
  readonly sameAbove: number
  readonly margin: number
}

/** Keeps what is seen. Nothing here waits or throws: what cannot be kept is dropped and counted. */
export interface Keeper {
  keep(seen: SeenFrame, jpeg?: Uint8Array): void
  /** Whether a picture of this camera is due to be kept. */
  wantsPicture(streamId: StreamId, monoMs: number): boolean
}

/** A camera changed its state, on the monotonic clock. */
export interface SeenState {
  readonly streamId: StreamId
  readonly takenMs: number
  readonly state: CameraState
}
