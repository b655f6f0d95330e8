/**
 * What is published. Pure; times are ISO-8601 with Z.
 */
import type { CameraState, Horse } from '../types.ts'

export const ONLINE = 'online'
export const OFFLINE = 'offline'

const iso = (ms: number) => new Date(ms).toISOString()

/** Home Assistant ignores what equals neither of its two words: a camera that only connects is not there yet. */
export function cameraStatus(state: CameraState): string {
  return state === 'live' ? ONLINE : OFFLINE
}

/** `stall` is null until the box knows stalls; the key is there so that templates can be written now. */
export function horseState(horse: Horse): string {
  return JSON.stringify({
    stall: null,
    camera: horse.lastStreamId,
    last_seen: iso(horse.lastSeenMs),
    confidence: Math.round(horse.confidence * 1000) / 1000,
    number: horse.number,
    name: horse.name,
  })
}

export function boxInfo(box: { boxId: string; version: string }): string {
  return JSON.stringify({ box_id: box.boxId, version: box.version, model: 'barnbox' })
}

export interface HealthFigures {
  readonly startedMs: number
  readonly nowMs: number
  /** Undefined where nobody has measured it: then it is left out. */
  readonly rssBytes: number | undefined
  readonly camerasLive: number
  readonly cameras: number
  readonly framesDropped: number
  readonly connects: number
}

export function boxHealth(figures: HealthFigures): string {
  return JSON.stringify({
    time: iso(figures.nowMs),
    uptime_seconds: Math.round((figures.nowMs - figures.startedMs) / 1000),
    rss_bytes: figures.rssBytes,
    cameras_live: figures.camerasLive,
    cameras: figures.cameras,
    frames_dropped: figures.framesDropped,
    mqtt_connects: figures.connects,
  })
}
