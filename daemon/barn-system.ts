/**
 * How the box does in figures, put together from its parts, for `/api/v1/system` and `/metrics`. Pure.
 */
import { type ConfiguredCamera, cameraViews, faults, type Standing } from './barn-views.ts'
import type { ModelRun, SystemView } from './http/deps.ts'
import type { Lag } from './lib/lag.ts'
import type { Tally } from './pipeline/tally.ts'
import type { StreamId } from './types.ts'
import type { About, Running } from './vision/protocol.ts'

export interface SystemParts {
  readonly version: string
  readonly node: string
  readonly startedMs: number
  readonly uptimeMs: number
  readonly rssBytes: number
  readonly lag: Lag
  readonly configured: readonly ConfiguredCamera[]
  readonly standing: Standing
  /** Undefined while the models are loading, and where they cannot be used. */
  readonly models: { readonly about: About; readonly workers: SystemView['workers'] } | undefined
  readonly tally: Tally
  readonly ffmpeg: SystemView['ffmpeg'] | undefined
  readonly calibration: SystemView['calibration']
  readonly sync: SystemView['sync']
  horsesOf(streamId: StreamId): number
}

export function systemView(parts: SystemParts): SystemView {
  const { version, node, startedMs, uptimeMs, rssBytes, lag, standing, models, tally, ffmpeg } = parts
  const about = models?.about
  const embedder = about ? modelRun(about.embedder, about.running.embedder) : null
  const cameras = cameraViews(parts.configured, standing, startedMs)
  return {
    ...{ version, node, startedMs, rssBytes, lag },
    uptimeSeconds: Math.round(uptimeMs / 1000),
    detector: about ? modelRun(about.detector, about.running.detector) : null,
    embedder: embedder && { ...embedder, stopgap: about?.stopgap === true },
    workers: models?.workers ?? null,
    embedding: standing.embedder,
    cameras: cameras.map((view) => ({
      ...view,
      horses: parts.horsesOf(view.id),
      tracklets: tally.tracklets.get(view.id) ?? 0,
    })),
    stages: tally.stages,
    sightings: tally.sightings,
    faults: faults(standing),
    calibration: parts.calibration,
    sync: parts.sync,
    ffmpeg: ffmpeg ? { path: ffmpeg.path, version: ffmpeg.version } : null,
  }
}

function modelRun(name: string, running: Running | null): ModelRun | null {
  return running && { name, ...running }
}
