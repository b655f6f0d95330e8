/**
 * What the cosines of this barn's looks mean, learnt from pairs of stored looks of which it is known whether they are of one
 * animal. Worked out when somebody asks, and kept for an hour.
 */
import { knownTogether, type Together } from './barn-together.ts'
import { pairsApart } from './identity/apart.ts'
import { type Calibration, calibrate } from './identity/calibration.ts'
import { labelledPairs, type Pair } from './identity/labelled-pairs.ts'
import { thinned } from './identity/space.ts'
import { dot } from './lib/dot.ts'
import type { Overlap } from './pipeline/scope.ts'
import type { Registry } from './registry/registry.ts'
import type { Clock, Horse, HorseId, ModelKind, ScopeOf } from './types.ts'

const keptMs = 3600 * 1000
/** Pairs of each side that are compared: more would say the same, and the cameras wait. */
const mostPairs = 500
/** The horses that are known together, seen last, that are held against one another. */
const mostHorses = 60
/** Their newest sightings, which are looked through for horses seen at the same time. */
const mostSightings = 2000

/** Which horses are known together, and by what clock. */
export interface Setting {
  readonly scopeOf: ScopeOf
  readonly overlap: Overlap
  readonly clock: Pick<Clock, 'monoMs'>
}

/** How it stands for the embedder that horses are known by; null before there is one. */
export function createCalibration(registry: Registry, setting: Setting): () => Calibration | null {
  let kept: { readonly id: string; readonly atMs: number; readonly calibration: Calibration } | undefined
  return () => {
    const kind = registry.embedders.inUse()
    if (!kind) return null
    const atMs = setting.clock.monoMs()
    if (kept?.id !== kind.id || atMs - kept.atMs > keptMs)
      kept = { id: kind.id, atMs, calibration: learn(registry, kind, setting) }
    return kept.calibration
  }
}

/** A pair, and how its looks are compared: as those of all horses that are known together with it. */
type Compared = readonly [Pair, Together['compared']]

function learn(registry: Registry, kind: ModelKind, { scopeOf, overlap }: Setting): Calibration {
  const scopes = [...Map.groupBy(registry.crops.rows(), ({ streamId }) => scopeOf(streamId))]
  const pairs = scopes.map(([scopeId, looks]) => {
    const { horses, compared } = knownTogether(registry, kind, scopeId, scopeOf)
    const { same, different } = labelledPairs(looks, toldApart(registry, horses, overlap))
    const asCompared = (some: readonly Pair[]) => some.map((pair): Compared => [pair, compared])
    return { same: asCompared(same), different: asCompared(different) }
  })
  const same = thinned(
    pairs.flatMap((one) => one.same),
    mostPairs,
  )
  const different = thinned(
    pairs.flatMap((one) => one.different),
    mostPairs,
  )
  const ids = new Set([...same, ...different].flatMap(([pair]) => pair))
  const looks = registry.vectors.ofLooks(kind, [...ids])
  const cosines = (some: readonly Compared[]) =>
    some.flatMap(([[one, other], compared]) => {
      const [a, b] = [looks.get(one), looks.get(other)]
      return a && b ? [dot(compared(a), compared(b))] : []
    })
  return calibrate({ same: cosines(same), different: cosines(different) })
}

/** Horses that are two: seen at the same time, or told apart by people. `horses` are known together, those seen last first. */
function toldApart(
  { sightings, corrections }: Registry,
  horses: readonly Horse[],
  overlap: Overlap,
): (readonly [HorseId, HorseId])[] {
  const known = horses.slice(0, mostHorses)
  const pairsOf = (some: readonly Horse[]) =>
    some.flatMap(({ id }, at) => some.slice(at + 1).map((other) => [id, other.id] as const))
  const seen = sightings.spans(
    known.map(({ id }) => id),
    mostSightings,
  )
  const ids = new Set(horses.map(({ id }) => id))
  const pairs = [
    ...pairsApart(seen, overlap),
    ...pairsOf(known.filter(({ name }) => name !== null)),
    ...pairsOf(known.filter(({ officialMs }) => officialMs !== null)),
    ...corrections.undoneMerges().filter((pair) => pair.every((id) => ids.has(id))),
  ]
  const each = [...new Map(pairs.map((pair) => [[...pair].sort().join(' '), pair])).values()]
  return thinned(each, mostPairs)
}
