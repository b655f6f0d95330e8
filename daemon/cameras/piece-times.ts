/**
 * When a recorded piece was: the camera says how long it is, the box when its end had come. Pieces of one run follow each
 * other without a gap, and stay with the box's clock, by which what is seen is timed too. Pure.
 */

/** Farther off the clock was set; nearer the line was slow, or the camera's clock is. */
const setMs = 10_000
/** How far one piece may come nearer to the box's clock. */
const stepMs = 500

export interface PieceTimes {
  /** Pieces ended. */
  readonly count: number
  /** UTC ms when the next piece began; undefined where nothing has. */
  readonly nextMs: number | undefined
  /** The first picture of all has come. */
  began(utcMs: number): void
  /** A piece of this length has ended, as is heard now. */
  ended(lengthMs: number, utcMs: number): { fromMs: number; toMs: number }
}

export function createPieceTimes(): PieceTimes {
  let count = 0
  let nextMs: number | undefined
  return {
    get count() {
      return count
    },
    get nextMs() {
      return nextMs
    },
    began(utcMs) {
      nextMs ??= utcMs
    },
    ended(lengthMs, utcMs) {
      // ffmpeg looks at a stream for a while before it says that it writes; a last piece is heard of late.
      const first = Math.min(utcMs - lengthMs, nextMs ?? utcMs)
      const begun = count === 0 ? first : (nextMs ?? first)
      const expected = begun + lengthMs
      const isSet = Math.abs(utcMs - expected) > setMs
      const fromMs = Math.round(isSet ? utcMs - lengthMs : begun)
      const near = expected + Math.max(-stepMs, Math.min(stepMs, utcMs - expected))
      const toMs = Math.max(fromMs + 1, Math.round(isSet ? utcMs : near))
      count++
      nextMs = toMs
      return { fromMs, toMs }
    },
  }
}
