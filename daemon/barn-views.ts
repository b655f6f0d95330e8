/**
 * How the barn stands, for whoever asks: page, API, MQTT, readiness. Pure.
 */
import type { EmbedderChange, Fault } from './system-types.ts'
import type { CameraView, Decode, StreamId } from './types.ts'

/** What is known of the parts, as far as it is told on. */
export interface Standing {
  /** Why another config than the file's is run by; null where it is the file's. */
  readonly configFault: string | null
  /** That the run before ended for want of memory; null where it did not. */
  readonly memoryFault: string | null
  /** Why the clock cannot be right; null where it can. */
  readonly clockFault: string | null
  /** Why the registry's last write failed; null when it is fine. */
  readonly registryFault: string | null
  /** What was saved, and what not, where the registry was damaged at this start. */
  readonly rebuilt: string | null
  readonly models: 'loading' | 'loaded' | { readonly fault: string }
  /** Why horses are found and not recognised; null when they are, and before anybody has looked. */
  readonly identityFault: string | null
  /** How the embedder stands; null while the models are loading, and without them. */
  readonly embedder: EmbedderChange | null
  /** Why there is no ffmpeg; null when there is one, and before anybody has looked. */
  readonly ffmpegFault: string | null
  /** Why video is not recorded as it should be; null where it is, and where none is to be. */
  readonly recordingFault: string | null
  /** The cameras that were started. */
  readonly cameras: readonly CameraView[]
}

export interface ConfiguredCamera {
  readonly id: string
  readonly name?: string | undefined
  readonly enabled: boolean
  readonly decode: Decode
  /** It was added on the page, not in the config. */
  readonly isKept?: boolean
}

const ffmpegIsMissing = (why: string) => `ffmpeg is missing: ${why}`
const whyMissing = (why: string) => ({ detail: ffmpegIsMissing(why), reason: 'unavailable' }) as const
const whyOff = {
  paused: { detail: 'paused', reason: 'paused' },
  config: { detail: 'switched off in the config', reason: 'switched-off' },
} as const

/** Every camera of the config, those switched off included. */
export function cameraViews(
  configured: readonly ConfiguredCamera[],
  { cameras, ffmpegFault }: Standing,
  startedMs: number,
): CameraView[] {
  const running = new Map(cameras.map((view) => [view.id, view]))
  return configured.map(({ id, name, enabled, decode, isKept }) => {
    const off = enabled ? null : isKept === true ? whyOff.paused : whyOff.config
    const noFfmpeg = ffmpegFault === null ? null : whyMissing(ffmpegFault)
    const { detail, reason } = off ?? noFfmpeg ?? { detail: null, reason: null }
    const view = running.get(id as StreamId)
    // It may be called otherwise since it was started.
    if (view) return { ...view, name: name ?? id }
    return {
      id: id as StreamId,
      name: name ?? id,
      state: detail === null ? 'connecting' : 'down',
      sinceMs: startedMs,
      ...{ detail, reason },
      lastFrameMs: null,
      framesDecoded: 0,
      framesDropped: 0,
      framesAnalysed: 0,
      framesQuiet: 0,
      framesFailed: 0,
      decode: { asked: decode, used: decode, why: null },
    }
  })
}

/** What cannot do its work and stays so: what only comes up later is no fault. */
export function faults(standing: Standing): Fault[] {
  const {
    configFault,
    memoryFault,
    clockFault,
    registryFault,
    rebuilt,
    models,
    identityFault,
    embedder,
    ffmpegFault,
    recordingFault,
  } = standing
  const found: Fault[] = []
  if (configFault !== null) found.push({ part: 'config', detail: configFault })
  if (memoryFault !== null) found.push({ part: 'memory', detail: memoryFault })
  if (clockFault !== null) found.push({ part: 'clock', detail: clockFault })
  if (registryFault !== null) found.push({ part: 'registry', detail: registryFault })
  if (rebuilt !== null) found.push({ part: 'rebuilt', detail: rebuilt })
  if (typeof models === 'object') found.push({ part: 'models', detail: models.fault })
  if (identityFault !== null) found.push({ part: 'identity', detail: identityFault })
  if (embedder?.state === 'failed') found.push({ part: 'embedder', detail: embedder.detail ?? '' })
  if (ffmpegFault !== null) found.push({ part: 'ffmpeg', detail: ffmpegFault })
  if (recordingFault !== null) found.push({ part: 'recording', detail: recordingFault })
  return found
}

export function readiness(standing: Standing): { ok: boolean; checks: Record<string, string> } {
  const faultOf = Object.fromEntries(faults(standing).map(({ part, detail }) => [part, detail]))
  const isLive = standing.cameras.some(({ state }) => state === 'live')
  const noPictures =
    standing.ffmpegFault === null ? 'no camera gives pictures' : ffmpegIsMissing(standing.ffmpegFault)
  const models = faultOf['models'] ?? (standing.models === 'loading' ? 'still loading' : 'ok')
  const checks = {
    registry: faultOf['registry'] ?? 'ok',
    models,
    identity: faultOf['identity'] ?? (models === 'ok' ? 'ok' : 'waits for the models'),
    cameras: isLive ? 'ok' : noPictures,
  }
  return { ok: Object.values(checks).every((check) => check === 'ok'), checks }
}
