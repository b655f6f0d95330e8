/**
 * Which horses may be one, from what is stored of them: those of a camera, or of all where they are known together. Asked
 * for, never acted on.
 */
import { knownTogether } from './barn-together.ts'
import { wereApart } from './identity/apart.ts'
import type { Calibration } from './identity/calibration.ts'
import { rawCosine, suggestMerges } from './identity/suggest.ts'
import type { Overlap } from './pipeline/scope.ts'
import type { Registry } from './registry/registry.ts'
import type { Horse, HorseId, ScopeOf, StreamId } from './types.ts'
import type { MergeSuggestion } from './why-types.ts'

/** A camera's own, then others, of each those seen last: all looks are compared with all, while the cameras wait. */
const mostHorses = 60

export interface Asked {
  readonly scopeOf: ScopeOf
  readonly overlap: Overlap
  /** What cosines mean here, as far as it is known. */
  calibration(): Calibration | null
}

/** The pairs in which a camera's horse is, the most probable first; none before there is an embedder. */
export function createSuggestions(
  registry: Registry,
  { scopeOf, overlap, calibration }: Asked,
): (streamId: StreamId) => MergeSuggestion[] {
  const { sightings, corrections, embedders } = registry
  return (streamId) => {
    const kind = embedders.inUse()
    if (!kind) return []
    const isHere = (one: Horse) => one.streamId === streamId || one.lastStreamId === streamId
    const { horses, looks, compared } = knownTogether(registry, kind, scopeOf(streamId), scopeOf)
    const some = [...horses.filter(isHere), ...horses.filter((one) => !isHere(one))].slice(0, mostHorses)
    const known = new Map(some.map((one) => [one.id, one]))
    const candidates = [...known.keys()].map((horseId) => {
      return { horseId, vectors: (looks.get(horseId) ?? []).map(compared) }
    })
    const taken = new Set(corrections.undoneMerges().map(keyOf))
    const areElsewhere = (...ids: HorseId[]) => some.every((one) => !ids.includes(one.id) || !isHere(one))
    const areTwo = (one: HorseId, other: HorseId) =>
      areElsewhere(one, other) ||
      taken.has(keyOf([one, other])) ||
      wereTold(known.get(one), known.get(other)) ||
      wereApart(sightings.spansOf(one), sightings.spansOf(other), overlap)
    const score = calibration()?.probability ?? rawCosine
    return suggestMerges(candidates, score, areTwo).flatMap(({ one, other, ...how }) => {
      const [into, horse] = [known.get(one), known.get(other)].sort(byWorth)
      return into && horse ? [{ horse, into, ...how }] : []
    })
  }
}

const keyOf = (pair: readonly HorseId[]) => [...pair].sort().join(' ')

/** Whether a person has told them apart: by two names, or as two residents. */
export function wereTold(one: Horse | undefined, other: Horse | undefined): boolean {
  if (!one || !other) return true
  if (one.name !== null && other.name !== null) return true
  return one.officialMs !== null && other.officialMs !== null
}

/** The one that people know first: its number and name go on. */
function byWorth(one: Horse | undefined, other: Horse | undefined): number {
  if (!one || !other) return worth(other) - worth(one)
  return worth(other) - worth(one) || one.firstDetectedMs - other.firstDetectedMs || one.number - other.number
}

function worth(horse: Horse | undefined): number {
  if (!horse) return -1
  return (
    (horse.name === null ? 0 : 4) + (horse.officialMs === null ? 0 : 2) + (horse.standing === 'horse' ? 1 : 0)
  )
}
