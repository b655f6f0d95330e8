/**
 * Horses that are known together, and their stored looks as they are compared: without what is their cameras'. One place for all
 * who compare stored looks, so that what is learnt of cosines is learnt of the same cosines.
 */
import { learnCameras, type Placeable } from './identity/cameras.ts'
import { unit } from './identity/vectors.ts'
import type { Registry } from './registry/registry.ts'
import type { StoredVector } from './registry/vectors.ts'
import type { Horse, HorseId, ModelKind, ScopeId, ScopeOf } from './types.ts'

export interface Together {
  /** Those seen last first. */
  readonly horses: readonly Horse[]
  readonly looks: ReadonlyMap<HorseId, readonly StoredVector[]>
  /** A look as it is compared, of unit length. */
  compared(look: Placeable): Float32Array
}

export function knownTogether(
  { horses, vectors }: Pick<Registry, 'horses' | 'vectors'>,
  kind: ModelKind,
  scopeId: ScopeId,
  scopeOf: ScopeOf,
): Together {
  const all = horses.all().filter(({ streamId }) => scopeOf(streamId) === scopeId)
  const stored = vectors.ofHorses(
    kind,
    all.map(({ id }) => id),
  )
  const looks = Map.groupBy(stored, ({ horseId }) => horseId)
  const vectorOf = learnCameras([...looks.values()])
  return { horses: all, looks, compared: (look) => unit(vectorOf(look)) }
}
