/**
 * What pages with cameras and horses are made of: the views of both, and what stands around every page.
 */
import type { Context } from 'hono'
import type { Frame } from '../../../web/layout.ts'
import type { BoardView, CameraTile, HorseCard } from '../../../web/pages/board.ts'
import type { CameraView, Horse, StreamId } from '../../types.ts'
import { thumbnailUrl } from '../api/horse-json.ts'
import type { Assets } from '../assets.ts'
import type { Fault, HttpDeps } from '../deps.ts'
import type { Hub } from '../events/hub.ts'

export function frameOf(c: Context, assets: Assets): Frame {
  const { by, user } = c.get('caller')
  const canLogOut = by !== 'nothing'
  return { style: assets.url('style.css'), icon: assets.url('icon.svg'), canLogOut, userName: user?.name }
}

export function tileOf(camera: CameraView, faults: readonly Fault[]): CameraTile {
  const { id, name, state, sinceMs, detail, decode } = camera
  const isBlind = faults.some(({ part }) => part === 'models')
  return { id, name, state, sinceMs, detail, isBlind, decode }
}

export function cardOf(horse: Horse, cameraName: string | null): HorseCard {
  return {
    id: horse.id,
    streamId: horse.streamId,
    number: horse.number,
    name: horse.name,
    color: horse.color,
    lastSeenMs: horse.lastSeenMs,
    sightings: horse.totalDetections,
    avatar: thumbnailUrl(horse),
    cameraName,
    version: horse.version,
  }
}

/** The camera's name is worth its place only where there are several. */
export function cameraNameFor(cameras: readonly CameraView[], horse: Horse): string | null {
  if (cameras.length < 2) return null
  return cameras.find((camera) => camera.id === horse.streamId)?.name ?? horse.streamId
}

/** By number, not by recency: a card must not move away under a finger. */
export function horsesOf(deps: HttpDeps, stream: StreamId): Horse[] {
  return [...deps.horses.findByStreamId(stream)].sort((a, b) => a.number - b.number)
}

/** These cameras with these horses. */
export function boardOf(
  c: Context,
  deps: HttpDeps,
  { assets, hub }: { assets: Assets; hub: Hub },
  script: string,
  show: (faults: readonly Fault[]) => Pick<BoardView, 'cameras' | 'horses'>,
): BoardView {
  // Read before the rows: an event that comes in between is told again, never missed.
  const after = hub.last
  const models = deps.models()
  const faults = deps.faults()
  return {
    ...frameOf(c, assets),
    script: assets.url(script),
    after,
    nowMs: deps.clock.utcMs(),
    stopgap: models?.stopgap === true ? models.embedder : null,
    faults,
    ...show(faults),
  }
}
