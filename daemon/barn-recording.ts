/**
 * Which cameras are recorded, into which folder, within which limits.
 */
import { join, resolve } from 'node:path'
import type { FfmpegPath } from './cameras/ffmpeg.ts'
import { startRecorder } from './cameras/recorder.ts'
import { type ClipFolder, openClipFolder } from './clips/folder.ts'
import type { ClipLimits } from './clips/keep.ts'
import { type Recordings, startRecordings } from './clips/recordings.ts'
import type { CameraConfig, RecordingConfig } from './config/schema.ts'
import type { Bus } from './lib/bus.ts'
import type { Log } from './lib/log.ts'
import type { Registry } from './registry/registry.ts'
import type { CameraState, Clock, Facts, StreamId } from './types.ts'

export interface BarnRecording extends AsyncDisposable {
  readonly fault: string | null
  /** Records a camera, where the config says so; ends with what it answers. */
  watch(camera: CameraConfig, ffmpeg: FfmpegPath, password: string | undefined): AsyncDisposable | undefined
}

interface RecordingParts {
  readonly registry: Pick<Registry, 'clips' | 'settings'>
  readonly folder: ClipFolder
  readonly facts: Bus<Facts>
  stateOf(streamId: StreamId): CameraState | undefined
  readonly clock: Clock
  readonly log: Log
}

const gb = 1_000_000_000
const limitsKey = 'clip_limits'

export function clipFolderOf({ folder }: RecordingConfig, stateDir: string): string {
  return folder ?? resolve(join(stateDir, 'clips'))
}

export const openFolder = (config: RecordingConfig, stateDir: string) =>
  openClipFolder(clipFolderOf(config, stateDir))

const limitsOf = (config: RecordingConfig): ClipLimits => ({
  keepMs: config.keep_hours * 3_600_000,
  quotaBytes: config.quota_gb * gb,
  reserveBytes: config.reserve_gb * gb,
})

/** Starts what keeps the clips, where there are some or shall be. */
export function startRecording(
  config: RecordingConfig,
  parts: RecordingParts,
  signal: AbortSignal,
): BarnRecording {
  const { registry, folder, facts, clock, log } = parts
  const isNeeded = config.enabled || registry.clips.totals().count > 0
  const limits = limitsOf(config)
  const recordings = isNeeded
    ? startRecordings(
        {
          ...{ folder, rows: registry.clips, limits, clock, log },
          ...notedLimits(registry, limits),
          isLive: (streamId) => parts.stateOf(streamId) === 'live',
        },
        signal,
      )
    : undefined
  const recorded = new Set<StreamId>()
  if (config.enabled)
    facts.on('frame-analysed', (frame) => recorded.has(frame.streamId) && recordings?.note(frame), signal)
  return {
    get fault() {
      return recordings?.fault ?? null
    },
    watch(camera, ffmpeg, password) {
      if (!recordings || !config.enabled || camera.record === false) return undefined
      const id = camera.id as StreamId
      recorded.add(id)
      const recorder = watch(camera, { ffmpeg, password, recordings, config, parts }, signal)
      return {
        async [Symbol.asyncDispose]() {
          recorded.delete(id)
          await recorder[Symbol.asyncDispose]()
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await recordings?.[Symbol.asyncDispose]()
    },
  }
}

interface Watching {
  readonly ffmpeg: FfmpegPath
  readonly password: string | undefined
  readonly recordings: Recordings
  readonly config: RecordingConfig
  readonly parts: RecordingParts
}

function watch(
  camera: CameraConfig,
  { ffmpeg, password, recordings, config, parts: { folder, clock, log } }: Watching,
  signal: AbortSignal,
): AsyncDisposable {
  const streamId = camera.id as StreamId
  return startRecorder(
    camera,
    {
      ...{ ffmpeg, password, clock, log },
      pieceSeconds: config.segment_seconds,
      folder: () => folder.half(streamId),
      mayRecord: () => recordings.mayRecord,
      onPiece: (piece) => recordings.ended({ streamId, ...piece }),
      onEnd: (end) => recordings.failed(streamId, end),
    },
    signal,
  )
}

/** The limits that were obeyed last stand in the settings: so a person's lowering is told from a clock that jumped. */
function notedLimits({ settings }: RecordingParts['registry'], { keepMs, quotaBytes }: ClipLimits) {
  const now = JSON.stringify({ keepMs, quotaBytes })
  return {
    isLowered() {
      const before = JSON.parse(settings.get(limitsKey) ?? now) as { keepMs: number; quotaBytes: number }
      return keepMs < before.keepMs || quotaBytes < before.quotaBytes
    },
    noteLimits() {
      if (settings.get(limitsKey) !== now) settings.set(limitsKey, now)
    },
  }
}
