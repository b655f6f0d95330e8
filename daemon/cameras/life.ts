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

/** At a low rate five intervals must pass before a missing picture means anything. */
const INTERVALS = 5

export function limitsOf(silenceSeconds: number, fps: number): LifeLimits {
  const limitMs = Math.max(silenceSeconds * 1_000, (INTERVALS * 1_000) / fps)
  return { limitMs, lateMs: limitMs / 2 }
}

export function createLife(limits: LifeLimits): Life {
  let state: CameraState = 'connecting'
  let why: Failure | null = null
  let lastSignMs = Number.NEGATIVE_INFINITY
  let hasPicture = false
  const enter = (next: CameraState, reason: Failure | null) => {
    state = next
    why = reason
  }
  return {
    get state() {
      return state
    },
    get failure() {
      return why
    },
    started(nowMs) {
      lastSignMs = nowMs
      hasPicture = false
    },
    pictured(nowMs) {
      lastSignMs = nowMs
      hasPicture = true
      if (state !== 'live') enter('live', null)
    },
    ended(reason) {
      // The end of a good stream may be a moment's: the next try tells. Whatever else ends is a failed try.
      enter(state !== 'down' && hasPicture ? 'connecting' : 'down', reason)
      hasPicture = false
    },
    isSpent(nowMs) {
      const quietMs = nowMs - lastSignMs
      if (quietMs >= limits.limitMs) {
        const seconds = Math.round(limits.limitMs / 1_000)
        enter('down', failure('silent', `connected, but no picture for ${seconds} s`))
        hasPicture = false
        return true
      }
      if (state === 'live' && quietMs >= limits.lateMs) {
        const seconds = Math.round(limits.lateMs / 1_000)
        enter('silent', failure('silent', `connected, but no picture for ${seconds} s`))
      }
      return false
    },
  }
}
