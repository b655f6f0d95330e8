/**
 * Who is unknown, as people are asked: sightings of nobody that look like one animal together, with the horses that are most
 * like it. Worked out when somebody asks.
 */

import type { Asked } from './barn-suggest.ts'
import { knownTogether } from './barn-together.ts'
import { wereApart } from './identity/apart.ts'
import { groupAlike, rankHorses, type Unknown } from './identity/groups.ts'
import { rawCosine } from './identity/suggest.ts'
import type { Registry } from './registry/registry.ts'
import type { Horse, HorseId, ScopeId, StoredSighting, StreamId } from './types.ts'

/** The newest of a camera; the upkeep keeps looks of no more. */
const mostSightings = 50
/** Horses that a group is held against, those seen last. */
const mostHorses = 60
/** Looks of a group that are held against horses. */
const mostLooks = 8
/** Horses offered for a group, of so many that are most alike. */
const mostOffers = 3
const mostRanked = 8

/** A picture of a sighting. */
export interface Glimpse {
  readonly lookId: number
  readonly sightingId: StoredSighting['id']
  readonly takenMs: number
}

export interface UnknownGroup {
  /** The newest first. */
  readonly sightings: readonly StoredSighting[]
  readonly glimpses: readonly Glimpse[]
  /** The most alike first, without those that people said it is not. */
  readonly offers: readonly Horse[]
}

export interface Unknowns {
  readonly groups: readonly UnknownGroup[]
  /** Sightings of which no picture is kept. */
  readonly notLooked: number
}

type Seen = Unknown & { readonly sighting: StoredSighting; readonly glimpses: readonly Glimpse[] }

/** The unknown of some cameras, the groups seen last first. */
export function createUnknowns(registry: Registry, asked: Asked): (streams: readonly StreamId[]) => Unknowns {
  return (streams) => {
    const found = streams.flatMap((id) => registry.sightings.unknowns(id, mostSightings))
    const kept = registry.crops.keptFor(found.map(({ id }) => id))
    const shown = found.filter(({ id }) => kept.has(id))
    const byScope = [...Map.groupBy(shown, ({ streamId }) => asked.scopeOf(streamId))]
    const groups = byScope.flatMap(([scope, some]) => groupsOf(registry, asked, scope, some, kept))
    const newest = ({ sightings }: UnknownGroup) => sightings[0]?.toMs ?? 0
    return {
      groups: groups.sort((a, b) => newest(b) - newest(a)),
      notLooked: found.length - shown.length,
    }
  }
}

function groupsOf(
  registry: Registry,
  { scopeOf, overlap, calibration }: Asked,
  scope: ScopeId,
  sightings: readonly StoredSighting[],
  kept: ReturnType<Registry['crops']['keptFor']>,
): UnknownGroup[] {
  const kind = registry.embedders.inUse()
  const known = kind && knownTogether(registry, kind, scope, scopeOf)
  const looksOf = ({ id }: StoredSighting) => kept.get(id) ?? []
  const vectors = kind
    ? registry.vectors.ofLooks(
        kind,
        sightings.flatMap((one) => looksOf(one).map(({ lookId }) => lookId)),
      )
    : new Map()
  const newestFirst = sightings.toSorted((a, b) => b.toMs - a.toMs)
  const seen = newestFirst.map((sighting): Seen => {
    const looks = looksOf(sighting)
    const own = looks.flatMap(({ lookId, infrared }) => {
      const look = vectors.get(lookId)
      return look && known ? [known.compared({ ...look, infrared })] : []
    })
    const glimpses = looks.map(({ lookId, takenMs }) => ({ lookId, takenMs, sightingId: sighting.id }))
    return { sighting, glimpses, vectors: own }
  })
  const spanOf = ({ sighting: { fromMs, toMs, streamId } }: Seen) => [fromMs, toMs, streamId] as const
  const areTwo = (one: Seen, other: Seen) => wereApart([spanOf(one)], [spanOf(other)], overlap)
  const groups = groupAlike(seen, calibration()?.probability ?? rawCosine, areTwo)
  const candidates = (known?.horses ?? []).slice(0, mostHorses).map(({ id }) => {
    return {
      horseId: id,
      vectors: (known?.looks.get(id) ?? []).map((look) => known?.compared(look) ?? look.vector),
    }
  })
  const ranked = rankHorses(
    groups.map((group) => group.flatMap((one) => one.vectors).slice(0, mostLooks)),
    candidates,
  )
  return groups.map((group, at) => {
    const some = group.map(({ sighting }) => sighting)
    const nots = registry.corrections.notOf(some.map(({ id }) => id))
    const wasElsewhere = (id: HorseId) =>
      wereApart(group.map(spanOf), registry.sightings.spansOf(id), overlap)
    const offers = (ranked[at] ?? [])
      .slice(0, mostRanked)
      .filter((id) => !nots.includes(id) && !wasElsewhere(id))
      .slice(0, mostOffers)
    return {
      sightings: some,
      glimpses: group.flatMap(({ glimpses }) => glimpses),
      offers: offers.flatMap((id) => registry.horses.get(id) ?? []),
    }
  })
}
