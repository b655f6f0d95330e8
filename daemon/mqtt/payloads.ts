/**
 * What is published. Pure; times are ISO-8601 with Z. Ids are what programs go by; names stand beside them for people.
 */
import type { Alert, Posture, StallView } from '../presence-types.ts'
import type { CameraState, Horse } from '../types.ts'

export const ONLINE = 'online'
export const OFFLINE = 'offline'
export const DISABLED = 'disabled'
export const ON = 'ON'
export const OFF = 'OFF'

const iso = (ms: number) => new Date(ms).toISOString()
const thousandths = (share: number) => Math.round(share * 1000) / 1000

/** Home Assistant ignores what equals neither of its two words: a camera that only connects is not there yet. */
export function cameraStatus(state: CameraState, isOn: boolean): string {
  if (!isOn) return DISABLED
  return state === 'live' ? ONLINE : OFFLINE
}

/** The kinds of what is open, each once. */
const kindsOf = (alerts: readonly Alert[]) => [...new Set(alerts.map(({ kind }) => kind))].sort()

/** Null: it is not known, or nobody asks. */
function postureWord(posture: Posture | undefined): 'lying' | 'standing' | null {
  if (!posture || posture.isUnsure) return null
  return posture.lyingSinceMs === null ? 'standing' : 'lying'
}

interface About {
  /** Where it surely is, and how whoever is there lies or stands. */
  readonly stall: StallView | undefined
  readonly posture: Posture | undefined
  readonly alerts: readonly Alert[]
}

export function horseState(horse: Horse, { stall, posture, alerts }: About): string {
  return JSON.stringify({
    stall: stall?.stall.id ?? null,
    stall_name: stall?.stall.name ?? null,
    camera: horse.lastStreamId,
    last_seen: iso(horse.lastSeenMs),
    confidence: thousandths(horse.confidence),
    posture: postureWord(posture),
    alerts: kindsOf(alerts.filter(({ horseId }) => horseId === horse.id)),
    number: horse.number,
    name: horse.name,
  })
}

export function stallState(
  view: StallView,
  { horse, alerts }: { readonly horse: Horse | undefined; readonly alerts: readonly Alert[] },
): string {
  const { stall, occupied, horseId, match, certainty, sinceMs, watch } = view
  return JSON.stringify({
    occupied,
    horse: horseId,
    horse_name: horse ? horseName(horse) : null,
    expected: stall.expected,
    match,
    certainty: certainty === null ? null : thousandths(certainty),
    since: iso(sinceMs),
    watch,
    alerts: kindsOf(alerts.filter(({ stallId }) => stallId === stall.id)),
    name: stall.name,
    camera: stall.streamId,
  })
}

/** What a horse is called for people. */
export const horseName = ({ name, number }: Horse): string => name ?? `Horse ${number}`

export const level = (isOn: boolean): string => (isOn ? ON : OFF)

export interface BoxInfo {
  readonly boxId: string
  readonly version: string
  /** Another one means another config. */
  readonly configHash: string
}

export function boxInfo({ boxId, version, configHash }: BoxInfo): string {
  return JSON.stringify({ box_id: boxId, version, model: 'barnbox', config_hash: configHash })
}

export interface HealthFigures {
  readonly startedMs: number
  readonly nowMs: number
  readonly rssBytes: number
  /** Null where the disk cannot be asked. */
  readonly diskFreeBytes: number | null
  readonly camerasLive: number
  readonly cameras: number
  /** Analysed pictures a second, by camera. */
  readonly fps: Readonly<Record<string, number>>
  readonly framesDropped: number
  /** What waits: requests for the models, and messages by their way out. */
  readonly queues: Readonly<Record<string, number>>
  /** Alerts that wait to be told by MQTT, and that were given up. */
  readonly outbox: { readonly waiting: number; readonly dropped: number }
  readonly alertsOpen: number
  readonly connects: number
  /** Messages to the box that were not understood, or not allowed. */
  readonly refused: number
  /** What Home Assistant said last of itself, and when it said that it is there; null before it said so. */
  readonly home: { readonly status: string | null; readonly birthMs: number | null }
}

export function boxHealth(figures: HealthFigures): string {
  const { home, outbox } = figures
  return JSON.stringify({
    time: iso(figures.nowMs),
    uptime_seconds: Math.round((figures.nowMs - figures.startedMs) / 1000),
    rss_bytes: figures.rssBytes,
    disk_free_bytes: figures.diskFreeBytes,
    cameras_live: figures.camerasLive,
    cameras: figures.cameras,
    fps: figures.fps,
    frames_dropped: figures.framesDropped,
    queues: figures.queues,
    outbox_waiting: outbox.waiting,
    outbox_dropped: outbox.dropped,
    alerts_open: figures.alertsOpen,
    mqtt_connects: figures.connects,
    mqtt_reconnects: Math.max(0, figures.connects - 1),
    messages_refused: figures.refused,
    home_assistant: home.status,
    home_assistant_birth: home.birthMs === null ? null : iso(home.birthMs),
  })
}
