/**
 * Which horses may be one, from what is stored of them: those of a camera, or of all where they are known together. Asked
 * for, never acted on.
 */
import { learnCameras } from './identity/cameras.ts'
import { rawCosine, type Span, suggestMerges, wereTogether } from './identity/suggest.ts'
import { unit } from './identity/vectors.ts'
import type { Overlap } from './pipeline/scope.ts'
import type { Registry } from './registry/registry.ts'
import type { Horse, HorseId, MergeSuggestion, ScopeOf, StreamId } from './types.ts'

/** A camera's own, then others, of each those seen last: all looks are compared with all, while the cameras wait. */
const mostHorses = 60

/** The pairs in which a camera's horse is, the most probable first; none before there is an embedder. */
export function createSuggestions(
  { horses, vectors, sightings, corrections, embedders }: Registry,
  scopeOf: ScopeOf,
  overlap: Overlap,
): (streamId: StreamId) => MergeSuggestion[] {
  return (streamId) => {
    const kind = embedders.inUse()
    if (!kind) return []
    const isHere = (one: Horse) => one.streamId === streamId || one.lastStreamId === streamId
    const all = horses.all().filter((one) => scopeOf(one.streamId) === scopeOf(streamId))
    const some = [...all.filter(isHere), ...all.filter((one) => !isHere(one))].slice(0, mostHorses)
    const known = new Map(some.map((one) => [one.id, one]))
    const looks = Map.groupBy(vectors.ofHorses(kind, [...known.keys()]), ({ horseId }) => horseId)
    const vectorOf = learnCameras([...looks.values()])
    const candidates = [...known.keys()].map((horseId) => {
      return { horseId, vectors: (looks.get(horseId) ?? []).map((look) => unit(vectorOf(look))) }
    })
    const taken = new Set(corrections.undoneMerges().map(keyOf))
    const areElsewhere = (...ids: HorseId[]) => some.every((one) => !ids.includes(one.id) || !isHere(one))
    const areTwo = (one: HorseId, other: HorseId) =>
      areElsewhere(one, other) ||
      taken.has(keyOf([one, other])) ||
      wereTold(known.get(one), known.get(other)) ||
      wereApart(sightings.spansOf(one), sightings.spansOf(other), overlap)
    return suggestMerges(candidates, rawCosine, areTwo).flatMap(({ one, other, ...how }) => {
      const [into, horse] = [known.get(one), known.get(other)].sort(byWorth)
      return into && horse ? [{ horse, into, ...how }] : []
    })
  }
}

/** A sighting may end late, and a horse is not before two cameras at once. */
const lateMs = 2000

/**
 * Whether two were seen as two: together in the pictures of a camera, or at one time before cameras that look at different
 * places.
 */
function wereApart(some: readonly Seen[], others: readonly Seen[], overlap: Overlap): boolean {
  const [mine, theirs] = [byCamera(some), byCamera(others)]
  return [...mine].some(([one, spans]) =>
    [...theirs].some(([other, more]) => {
      if (one === other) return wereTogether(spans, more)
      return !overlap(one, other) && wereTogether(spans.map(sooner), more.map(sooner))
    }),
  )
}

type Seen = readonly [fromMs: number, toMs: number, streamId: StreamId]

const byCamera = (seen: readonly Seen[]): Map<StreamId, Span[]> =>
  new Map(
    [...Map.groupBy(seen, ([, , streamId]) => streamId)].map(([streamId, spans]) => [
      streamId,
      spans.map(([from, to]) => [from, to]),
    ]),
  )

const sooner = ([from, to]: Span): Span => [from, Math.max(from, to - lateMs)]

const keyOf = (pair: readonly HorseId[]) => [...pair].sort().join(' ')

/** Whether a person has told them apart: by two names, or as two residents. */
function wereTold(one: Horse | undefined, other: Horse | undefined): boolean {
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
