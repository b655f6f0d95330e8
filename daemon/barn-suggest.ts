/**
 * Which horses of a camera may be one, from what is stored of them. Asked for, never acted on.
 */
import type { Calibration } from './identity/calibration.ts'
import { rawCosine, suggestMerges, wereTogether } from './identity/suggest.ts'
import type { Registry } from './registry/registry.ts'
import type { Horse, HorseId, MergeSuggestion, StreamId } from './types.ts'

/** The horses seen last: all looks are compared with all, while the cameras wait. */
const mostHorses = 60

/** The pairs, the most probable first; none before there is an embedder. `calibration` is what cosines mean here, as far as it is known. */
export function createSuggestions(
  { horses, vectors, sightings, corrections, embedders }: Registry,
  calibration: () => Calibration | null,
): (streamId: StreamId) => MergeSuggestion[] {
  return (streamId) => {
    const kind = embedders.inUse()
    if (!kind) return []
    const known = new Map(
      horses
        .findByStreamId(streamId)
        .slice(0, mostHorses)
        .map((one) => [one.id, one]),
    )
    const looks = Map.groupBy(vectors.ofStream(kind, streamId), ({ horseId }) => horseId)
    const candidates = [...known.keys()].map((horseId) => {
      return { horseId, vectors: (looks.get(horseId) ?? []).map(({ vector }) => vector) }
    })
    const taken = new Set(corrections.undoneMerges(streamId).map(keyOf))
    const areTwo = (one: HorseId, other: HorseId) =>
      taken.has(keyOf([one, other])) ||
      wereTold(known.get(one), known.get(other)) ||
      wereTogether(sightings.spansOf(one), sightings.spansOf(other))
    const score = calibration()?.probability ?? rawCosine
    return suggestMerges(candidates, score, areTwo).flatMap(({ one, other, ...how }) => {
      const [into, horse] = [known.get(one), known.get(other)].sort(byWorth)
      return into && horse ? [{ horse, into, ...how }] : []
    })
  }
}

const keyOf = (pair: readonly HorseId[]) => [...pair].sort().join(' ')

/** Whether a person has told them apart: by two names, or as two residents. */
function wereTold(one: Horse | undefined, other: Horse | undefined): boolean {
  if (!one || !other) return true
  if (one.name !== null && other.name !== null) return true
  return one.officialMs !== null && other.officialMs !== null
}

/** The one that people know first: its number and name go on. */
function byWorth(one: Horse | undefined, other: Horse | undefined): number {
  return worth(other) - worth(one) || (one?.number ?? 0) - (other?.number ?? 0)
}

function worth(horse: Horse | undefined): number {
  if (!horse) return -1
  return (
    (horse.name === null ? 0 : 4) + (horse.officialMs === null ? 0 : 2) + (horse.standing === 'horse' ? 1 : 0)
  )
}
