/**
 * The states of one camera's life, and when they change. Pure: time and events come in.
 *
 *   connecting  no picture yet, or the stream ended a moment ago and nothing has failed since
 *   live        pictures come
 *   silent      connected, but the picture is late
 *   down        a try failed, or there was no picture for the whole limit; only a picture ends it
 *
 * Only decoded pictures count as life. An open connection, bytes and RTCP say nothing: a frozen camera has them all.
 */
import type { CameraState } from '../types.ts'
import { type Failure, failure } from './failure.ts'

export interface Life {
  readonly state: CameraState
  /** Why it is not live; null when live, and before anything was learnt. */
  readonly failure: Failure | null
  /** A run of ffmpeg begins: from here it has the limit's time for its first picture. */
  started(nowMs: number): void
  pictured(nowMs: number): void
  /** The run ended by itself. */
  ended(why: Failure): void
  /** Looks at the clock. True when this run has been without a picture for so long that it must be ended. */
  isSpent(nowMs: number): boolean
}

export interface LifeLimits {
  /** Without a picture for so long: late, shown as silent. */
  readonly lateMs: number
  /** Without a picture for so long: down, and connected anew. */
  readonly limitMs: number
}

/** At a low rate some intervals must pass before a missing picture means anything. */
const LATE_INTERVALS = 2.5
const LIMIT_INTERVALS = 5
/** Below ffmpeg's own socket timeout: at that moment it gives out a last picture that it still held. */
const LATE_MS = 4_000

export function limitsOf(silenceSeconds: number, fps: number): LifeLimits {
  const intervalMs = 1_000 / fps
  const limitMs = Math.max(silenceSeconds * 1_000, LIMIT_INTERVALS * intervalMs)
  const lateMs = Math.max(Math.min(LATE_MS, 0.4 * limitMs), LATE_INTERVALS * intervalMs)
  return { limitMs, lateMs }
}

export function createLife(limits: LifeLimits): Life {
  let state: CameraState = 'connecting'
  let why: Failure | null = null
  let runStartMs = 0
  /** The newest picture that counts, over all runs; before the first, the beginning. */
  let pictureMs = Number.NEGATIVE_INFINITY
  let hasPicture = false
  let isSecondAwaited = false
  const enter = (next: CameraState, reason: Failure | null) => {
    state = next
    why = reason
  }
  const silence = (words: string, ms: number) => failure('silent', `${words} ${Math.round(ms / 1_000)} s`)
  return {
    get state() {
      return state
    },
    get failure() {
      return why
    },
    started(nowMs) {
      runStartMs = nowMs
      if (pictureMs === Number.NEGATIVE_INFINITY) pictureMs = nowMs
      hasPicture = false
      isSecondAwaited = false
    },
    pictured(nowMs) {
      hasPicture = true
      // One picture after a silence may be what ffmpeg still held; two are a stream.
      if (state === 'silent' && !isSecondAwaited) {
        isSecondAwaited = true
        return
      }
      isSecondAwaited = false
      pictureMs = nowMs
      if (state !== 'live') enter('live', null)
    },
    ended(reason) {
      // The end of a good stream may be a moment's: the next try tells. Whatever else ends is a failed try.
      enter(state === 'live' && hasPicture ? 'connecting' : 'down', reason)
    },
    isSpent(nowMs) {
      const quietMs = nowMs - pictureMs
      if (nowMs - Math.max(pictureMs, runStartMs) >= limits.limitMs) {
        enter(
          'down',
          silence(hasPicture ? 'connected, but no picture for' : 'no picture came within', limits.limitMs),
        )
        return true
      }
      if (state === 'connecting' && quietMs >= limits.limitMs) {
        enter('down', why ?? silence('no picture for', limits.limitMs))
      } else if (state === 'live' && quietMs >= limits.lateMs) {
        enter('silent', silence('connected, but no picture for', limits.lateMs))
      }
      return false
    },
  }
}
