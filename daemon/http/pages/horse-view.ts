/**
 * What the page of a horse shows, read from the registry.
 */
import type { Context } from 'hono'
import type { ElsewhereEdit } from '../../../web/pages/elsewhere.ts'
import type { FactsView } from '../../../web/pages/facts.ts'
import type { HorsePageView, Whereabouts } from '../../../web/pages/horse.ts'
import type { StayRow } from '../../../web/pages/stays.ts'
import type { TimelineView } from '../../../web/pages/timeline.ts'
import { saidAt } from '../../lib/hlc.ts'
import type { CorrectionId, Horse, StoredSighting } from '../../types.ts'
import { lookUrl } from '../api/sighting-json.ts'
import type { Assets } from '../assets.ts'
import { isAtLeast } from '../auth/rights.ts'
import type { HttpDeps } from '../deps.ts'
import type { Hub } from '../events/hub.ts'
import { cameraName } from '../look-up.ts'
import { stallOf } from '../stall-of.ts'
import { explain } from '../why.ts'
import { frameOf, pageScript } from './board.ts'
import { doneOf, saidOf } from './said.ts'
import { faceOf, maybeOf } from './same.ts'
import { rowOf } from './sighting.ts'

/** What the address asks for, and what came of a form. */
export interface Asked {
  readonly done?: CorrectionId | 'saved' | undefined
  readonly before?: number | undefined
  readonly split?: string | undefined
  readonly tried?: FactsView['tried']
}

const sightingsShown = 20
const looksShown = 12
/** A gallery holds no more of a horse. */
const mostLooks = 500
const saidShown = 10
const elsewhereShown = 10
const hereMs = 15_000
/** A horse that was out of sight for no longer has not been away. */
const awayMs = 5 * 60_000
const dayMs = 24 * 3600_000

export function horseView(
  c: Context,
  deps: HttpDeps,
  { assets, hub }: { assets: Assets; hub: Hub },
  horse: Horse,
  { done, before, split, tried = null }: Asked,
): HorsePageView {
  // Read before the rows: an event that comes in between is told again, never missed.
  const after = hub.last
  const { id, streamId, revision, standing, officialMs } = horse
  const nowMs = deps.clock.utcMs()
  const mayCorrect = isAtLeast(c.get('caller').role, 'caretaker')
  const frame = { ...frameOf(c, assets), script: pageScript(c, assets) }
  const newest = deps.sightings.findByHorseId(id, sightingsShown)
  const [last] = newest
  const looks = deps.looksOf(id, mostLooks)
  return {
    ...{ ...frame, nowMs, after, mayCorrect, done: doneOf(deps, done) },
    horse: faceOf(horse, streamId, deps),
    takenMs: horse.avatarMs,
    isProvisional: standing === 'provisional',
    where: whereOf(deps, horse, newest, nowMs),
    facts: { id, isOfficial: officialMs !== null, facts: horse, revision, tried },
    looks: {
      looks: looks.slice(0, looksShown).map(({ lookId, ...look }) => ({
        ...look,
        picture: lookUrl(lookId) ?? '',
      })),
      more: Math.max(0, looks.length - looksShown),
    },
    names: deps.horses.names(id),
    timeline: timelineOf(deps, horse, {
      before,
      isSplitting: mayCorrect && split !== undefined,
      mayCorrect,
      nowMs,
    }),
    stays: staysOf(deps, horse, nowMs),
    why: last ? explain(deps, last, frame.words) : null,
    maybe: mayCorrect ? maybeOf(deps, horse) : [],
    elsewhere: elsewhereOf(deps, horse),
    alikes: mayCorrect ? deps.alikes(id).map((one) => faceOf(one, one.streamId, deps)) : [],
    said: deps.corrections.list(saidShown, id).map((one) => saidOf(deps, one)),
  }
}

function whereOf(
  deps: HttpDeps,
  { id, lastSeenMs, lastStreamId, totalDetections }: Horse,
  sightings: readonly StoredSighting[],
  nowMs: number,
): Whereabouts | null {
  if (totalDetections === 0) return null
  const isCameraLive = deps.cameras().find(({ id }) => id === lastStreamId)?.state === 'live'
  const isHere = isCameraLive && nowMs - lastSeenMs < hereMs
  const sinceMs = isHere ? stayStart(sightings, lastSeenMs) : lastSeenMs
  const stall = stallOf(deps, id, lastStreamId)
  const camera = cameraName(deps, lastStreamId)
  return { isHere, camera, stall, streamId: lastStreamId, sinceMs, isCameraLive }
}

/** Since when a horse is where it was seen last: sightings there that follow each other without a long time between. */
export function stayStart(
  newestFirst: readonly Pick<StoredSighting, 'streamId' | 'fromMs' | 'toMs'>[],
  lastSeenMs: number,
): number {
  const [newest] = newestFirst
  if (!newest) return lastSeenMs
  let startMs = newest.fromMs
  for (const { streamId, fromMs, toMs } of newestFirst) {
    if (streamId !== newest.streamId || startMs - toMs > awayMs) break
    startMs = Math.min(startMs, fromMs)
  }
  return startMs
}

function timelineOf(
  deps: HttpDeps,
  { id }: Horse,
  asked: Pick<TimelineView, 'isSplitting' | 'mayCorrect' | 'nowMs'> & { readonly before: number | undefined },
): TimelineView {
  const { before, ...how } = asked
  const found = deps.sightings.findByHorseId(id, sightingsShown + 1, before)
  const shown = found.slice(0, sightingsShown)
  const older = `/horses/${id}?before=${shown.at(-1)?.toMs}${how.isSplitting ? '&split=1' : ''}#sightings`
  return {
    ...how,
    horseId: id,
    sightings: shown.map((one) => rowOf(deps, one)),
    older: found.length > shown.length ? older : null,
    isPast: before !== undefined,
  }
}

function staysOf(deps: HttpDeps, { id }: Horse, nowMs: number): StayRow[] {
  const day = new Map(
    deps.sightings.staysOf(id, nowMs - dayMs, nowMs).map(({ streamId, ms }) => [streamId, ms]),
  )
  return deps.sightings.staysOf(id, nowMs - 7 * dayMs, nowMs).map(({ streamId, ms }) => {
    return { camera: cameraName(deps, streamId), dayMs: day.get(streamId) ?? 0, weekMs: ms }
  })
}

const fieldsOf = (horse: Horse): Readonly<Record<string, unknown>> => ({
  ...horse,
  official: horse.officialMs,
})

/** Only what still stands can be taken back: of each field the newest, where nobody has said anything since. */
function elsewhereOf(deps: HttpDeps, horse: Horse): ElsewhereEdit[] {
  const now = fieldsOf(horse)
  const newer = new Set<string>()
  return deps.pulledEdits(horse.id, elsewhereShown).map(({ field, before, after, stamp, actor }) => {
    const stands = !newer.has(field) && now[field] === after
    newer.add(field)
    return { field: field as ElsewhereEdit['field'], before, after, ...saidAt(stamp), actor, stands }
  })
}
