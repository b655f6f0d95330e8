/**
 * Which of one camera's frames are looked at (pure): all while something moves and for a while after, else one now and
 * then. Also the scene's clock: while nothing has moved, nothing can have changed, and no time passes there.
 */
import type { Frame } from '../types.ts'
import { type Grid, gridOf } from './grid.ts'
import { hasMoved } from './structure.ts'

export interface MotionGate {
  /** Whether this frame must be looked at. Asked of every frame that was taken, in order. */
  isDue(frame: Frame): boolean
  /** The frame asked about last was looked at to the end: the next ones are compared with it. */
  looked(): void
  /** The scene's time at the frame asked about last: monotonic ms without the time up to each quiet frame. */
  readonly sceneMs: number
}

export interface MotionRules {
  /** A look is never further from the one before than this and a frame's interval; 0 looks at every frame. */
  readonly quietSeconds: number
}

/**
 * For so long after the last movement, or after a gap in which anything may have happened, every frame is looked at: a
 * horse that has come to stand must be decided.
 */
const holdOffMs = 5000

export function createMotionGate({ quietSeconds }: MotionRules): MotionGate {
  const quietMs = quietSeconds * 1000
  let [grid, reference]: (Grid | undefined)[] = []
  let newestMs = Number.NEGATIVE_INFINITY
  let lastLookMs = Number.NEGATIVE_INFINITY
  let awakeUntilMs = Number.NEGATIVE_INFINITY
  /** How much time has not passed in the scene. */
  let stoodStillMs = 0
  const isAnother = (now: Grid) =>
    reference?.columns !== now.columns || reference.rows !== now.rows || hasMoved(reference, now)
  return {
    isDue(frame) {
      const { monoMs } = frame
      const sinceNewestMs = monoMs - newestMs
      newestMs = monoMs
      if (quietMs === 0) return true
      grid = gridOf(frame)
      if (sinceNewestMs > quietMs || isAnother(grid)) awakeUntilMs = monoMs + holdOffMs
      if (monoMs <= awakeUntilMs || monoMs - lastLookMs >= quietMs) return true
      stoodStillMs += sinceNewestMs
      return false
    },
    looked() {
      reference = grid
      lastLookMs = newestMs
    },
    get sceneMs() {
      return newestMs - stoodStillMs
    },
  }
}
