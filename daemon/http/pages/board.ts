/**
 * What pages with cameras and horses are made of: the views of both, and what stands around every page.
 */
import type { Context } from 'hono'
import { HERE_MS } from '../../../web/here.ts'
import type { Frame } from '../../../web/layout.ts'
import type { BoardView, CameraTile, HorseCard } from '../../../web/pages/board.ts'
import type { CameraView, Horse, StreamId } from '../../types.ts'
import { thumbnailUrl } from '../api/horse-json.ts'
import type { Assets } from '../assets.ts'
import type { Fault, HttpDeps } from '../deps.ts'
import type { Hub } from '../events/hub.ts'
import { bareFrame, spokenTo } from '../language.ts'
import { cameraName } from '../look-up.ts'
import { placeOf } from '../place-of.ts'
import { placesFor } from './places.ts'

export function frameOf(c: Context, assets: Assets): Frame {
  const { by, user, role } = c.get('caller')
  const more = { canLogOut: by !== 'nothing', userName: user?.name }
  return { ...bareFrame(c, assets), ...more, places: placesFor(role), here: c.req.path }
}

/** The script of pages without cameras, in the language of who looks. */
export const pageScript = (c: Context, assets: Assets) =>
  assets.url(`record-${spokenTo(c).words.language}.js`)

/** `horses`: those that the page has. */
export function tileOf(
  camera: CameraView,
  { faults, horses, nowMs }: { faults: readonly Fault[]; horses: readonly Horse[]; nowMs: number },
): CameraTile {
  const { id, name, state, sinceMs, reason, decode } = camera
  const isBlind = faults.some(({ part }) => part === 'models')
  const here = horses
    .filter(({ lastStreamId, lastSeenMs }) => lastStreamId === id && nowMs - lastSeenMs < HERE_MS)
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs)
    .map((horse) => ({ number: horse.number, name: horse.name, avatar: thumbnailUrl(horse) }))
  return { id, name, state, sinceMs, reason, isBlind, decode, here }
}

/** The cameras' names are worth their place only where there are several. */
export function cardOf(horse: Horse, deps: HttpDeps, views = deps.stallViews()): HorseCard {
  const isAlone = deps.cameras().length < 2
  const isAway = horse.lastStreamId !== horse.streamId
  return {
    id: horse.id,
    streamId: horse.streamId,
    number: horse.number,
    name: horse.name,
    color: horse.color,
    lastSeenMs: horse.lastSeenMs,
    sightings: horse.totalDetections,
    avatar: thumbnailUrl(horse),
    takenMs: horse.avatarMs,
    lastStreamId: horse.lastStreamId,
    cameraName: isAlone ? null : cameraName(deps, horse.lastStreamId),
    homeName: isAway ? cameraName(deps, horse.streamId) : null,
    version: horse.version,
    place: placeOf(horse.id, views),
  }
}

/**
 * The horses of some cameras, each once: by where they were founded and their number, not by recency. A card must not move
 * away under a finger, whether its horse is seen or goes to another camera.
 */
export function horsesOf(deps: HttpDeps, streams: readonly StreamId[]): Horse[] {
  const listed = streams.flatMap((id) => deps.horses.findByStreamId(id))
  const places = new Map(deps.cameras().map(({ id }, at) => [id, at]))
  const placeOf = ({ streamId }: Horse) => places.get(streamId) ?? places.size
  return [...new Map(listed.map((horse) => [horse.id, horse])).values()].sort(
    (a, b) => placeOf(a) - placeOf(b) || a.number - b.number,
  )
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
  const frame = frameOf(c, assets)
  const faults = deps.faults()
  return {
    ...frame,
    script: assets.url(`${script}-${frame.words.language}.js`),
    after,
    nowMs: deps.clock.utcMs(),
    stopgap: models?.stopgap === true ? models.embedder : null,
    faults,
    alerts: deps.alerts.open(),
    ...show(faults),
  }
}
