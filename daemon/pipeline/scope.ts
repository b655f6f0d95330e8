/**
 * Which cameras know their horses together (pure). The only place where a scope is made: of a camera's stream, and of how
 * the config has it.
 */
import type { GalleryVector } from '../identity/gallery.ts'
import type { Horses } from '../registry/horses.ts'
import type { StoredVector } from '../registry/vectors.ts'
import type { Horse, ScopeId, ScopeOf, StreamId } from '../types.ts'

/** `stream`: each camera knows its own horses. `barn`: all cameras know all. */
export type ScopeChoice = 'stream' | 'barn'

/** No camera is called so: what a stream's scope is called after is a slug. */
const barn = '*' as ScopeId

/** The scope of each camera's stream. */
export function scopes(choice: ScopeChoice): ScopeOf {
  return choice === 'barn' ? () => barn : (streamId) => streamId as string as ScopeId
}

/** A stored vector, as it is known in the scope of its horse. */
export function inScope(scopeOf: ScopeOf): (stored: StoredVector) => GalleryVector {
  return ({ streamId, ...rest }) => ({ ...rest, scopeId: scopeOf(streamId) })
}

/** The horses of a camera: those that were founded there, and those that are known there and were seen there last. */
export function listsOf(horses: Pick<Horses, 'findHomeOrSeen'>, scopeOf: ScopeOf) {
  return (streamId: StreamId): Horse[] =>
    horses.findHomeOrSeen(streamId).filter((horse) => scopeOf(horse.streamId) === scopeOf(streamId))
}

/** A camera, and others whose pictures show what its pictures show. */
export interface View {
  readonly id: string
  readonly overlaps: readonly string[]
}

/** Whether two cameras look at one place: one of the two saying so is enough. */
export type Overlap = (one: StreamId, other: StreamId) => boolean

export function overlapOf(views: readonly View[]): Overlap {
  const of = new Map(views.map(({ id, overlaps }) => [id, new Set(overlaps)]))
  const says = (one: string, other: string) => of.get(one)?.has(other) ?? false
  return (one, other) => one === other || says(one, other) || says(other, one)
}
