/**
 * What is kept for a replay: what the cameras' eyes answer, and how the cameras were.
 */
import { join } from 'node:path'
import type { ReplayConfig } from './config/replay.ts'
import type { VisionConfig } from './config/schema.ts'
import type { Bus } from './lib/bus.ts'
import type { Log } from './lib/log.ts'
import { openRingFolder, type RingFolder } from './replay/folder.ts'
import { openRing } from './replay/ring.ts'
import type { Keeper, SeenBy } from './replay-types.ts'
import type { CameraView, Clock, Facts } from './types.ts'
import type { Vision } from './vision/vision.ts'

export interface BarnReplay extends AsyncDisposable {
  /** Who keeps what is seen by these models from now on; undefined where nothing is kept. */
  join(vision: Vision, config: VisionConfig): Keeper | undefined
}

interface Parts {
  readonly stateDir: string
  readonly facts: Bus<Facts>
  readonly cameras: () => readonly CameraView[]
  readonly clock: Clock
  readonly log: Log
}

const mb = 1_000_000

/** Where a state folder's ring lies. */
export const ringFolderOf = (stateDir: string): RingFolder => openRingFolder(join(stateDir, 'replay'))

export function keepForReplay(config: ReplayConfig, parts: Parts, signal: AbortSignal): BarnReplay {
  if (!config.enabled) return { join: () => undefined, [Symbol.asyncDispose]: async () => {} }
  const { stateDir, facts, cameras, clock, log } = parts
  const options = {
    keepMs: config.keep_hours * 3_600_000,
    quotaBytes: { seen: config.quota_mb * mb, pictures: config.picture_quota_mb * mb },
    pictureMs: config.picture_seconds * 1000,
  }
  const ring = openRing(options, { folder: ringFolderOf(stateDir), clock, log }, signal)
  for (const { id, state } of cameras()) ring.state(id, state)
  facts.on('camera-changed', ({ id, state }) => ring.state(id, state), signal)
  return {
    join: (vision, visionConfig) => ring.begin(seenBy(vision, visionConfig)),
    [Symbol.asyncDispose]: () => ring[Symbol.asyncDispose](),
  }
}

export function seenBy({ about, embedder }: Vision, { threshold }: VisionConfig): SeenBy {
  const { detector, sameAbove, margin } = about
  return { detector, threshold, embedder, sameAbove, margin }
}
