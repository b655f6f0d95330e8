/**
 * What the cosines of this barn's looks mean, learnt from pairs of stored looks of which it is known whether they are of one
 * animal. Worked out when somebody asks, and kept for an hour.
 */
import { type Calibration, calibrate } from './identity/calibration.ts'
import { labelledPairs, type Pair, seenTogether } from './identity/labelled-pairs.ts'
import { thinned } from './identity/space.ts'
import { dot } from './identity/vectors.ts'
import type { Registry } from './registry/registry.ts'
import type { Clock, Horse, HorseId, ModelKind, StreamId } from './types.ts'

const keptMs = 3600 * 1000
/** Pairs of each side that are compared: more would say the same, and the cameras wait. */
const mostPairs = 500
/** The horses of a camera, seen last, that are held against one another. */
const mostHorses = 60
/** The newest sightings of a camera that are looked through for horses seen at the same time. */
const mostSightings = 2000

/** How it stands for the embedder that horses are known by; null before there is one. */
export function createCalibration(
  registry: Registry,
  clock: Pick<Clock, 'monoMs'>,
): () => Calibration | null {
  let kept: { readonly id: string; readonly atMs: number; readonly calibration: Calibration } | undefined
  return () => {
    const kind = registry.embedders.inUse()
    if (!kind) return null
    const atMs = clock.monoMs()
    if (kept?.id !== kind.id || atMs - kept.atMs > keptMs)
      kept = { id: kind.id, atMs, calibration: learn(registry, kind) }
    return kept.calibration
  }
}

function learn(registry: Registry, kind: ModelKind): Calibration {
  const streams = [...Map.groupBy(registry.crops.rows(), ({ streamId }) => streamId)]
  const pairs = streams.map(([streamId, looks]) => labelledPairs(looks, toldApart(registry, streamId)))
  const same = thinned(
    pairs.flatMap((one) => one.same),
    mostPairs,
  )
  const different = thinned(
    pairs.flatMap((one) => one.different),
    mostPairs,
  )
  const vectors = registry.vectors.ofLooks(kind, [...new Set([...same, ...different].flat())])
  const cosines = (some: readonly Pair[]) =>
    some.flatMap(([one, other]) => {
      const [a, b] = [vectors.get(one), vectors.get(other)]
      return a && b ? [dot(a, b)] : []
    })
  return calibrate({ same: cosines(same), different: cosines(different) })
}

/** Horses of a camera that are two: seen at the same time, or told apart by people. */
function toldApart(
  { sightings, horses, corrections }: Registry,
  streamId: StreamId,
): (readonly [HorseId, HorseId])[] {
  const known = horses.findByStreamId(streamId).slice(0, mostHorses)
  const pairsOf = (some: readonly Horse[]) =>
    some.flatMap(({ id }, at) => some.slice(at + 1).map((other) => [id, other.id] as const))
  const ids = new Set(known.map(({ id }) => id))
  const seen = sightings.spans(streamId, mostSightings).filter(({ horseId }) => ids.has(horseId))
  const pairs = [
    ...seenTogether(seen),
    ...pairsOf(known.filter(({ name }) => name !== null)),
    ...pairsOf(known.filter(({ officialMs }) => officialMs !== null)),
    ...corrections.undoneMerges(streamId),
  ]
  const each = [...new Map(pairs.map((pair) => [[...pair].sort().join(' '), pair])).values()]
  return thinned(each, mostPairs)
}
