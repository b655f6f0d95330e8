/**
 * Corrections as the barn makes them: the registry stores each, then everybody whom it concerns is told. Only horses that
 * are known together may be one.
 */
import { sameFrom } from './identity/suggest.ts'
import type { Bus } from './lib/bus.ts'
import { dot } from './lib/dot.ts'
import { BarnboxError } from './lib/errors.ts'
import type { OneOrSome } from './registry/corrections.ts'
import type { Founded } from './registry/moves.ts'
import type { Registry } from './registry/registry.ts'
import type { By, Corrected, CorrectionId, Facts, HorseId, ScopeOf, SightingId, StreamId } from './types.ts'

export type ToldCorrections = ReturnType<typeof toldCorrections>

/** The registry's corrections, each told on once it is stored. */
export function toldCorrections(registry: Registry, facts: Bus<Facts>, scopeOf: ScopeOf) {
  const { corrections, horses, sightings, atomically } = registry
  const tell = (corrected: Corrected): Corrected => {
    const { streamId, horseId, otherId } = corrected.correction
    facts.publish('corrected', corrected)
    for (const id of new Set([horseId, otherId, ...(corrected.turned ?? [])])) {
      if (id === null) continue
      const horse = horses.get(id)
      if (horse?.id === id) facts.publish('horse-changed', { horse, change: 'corrected' })
      else facts.publish('horse-gone', { streamId, horseId: id, into: horse?.id ?? null })
    }
    return corrected
  }
  // Of what is not there the registry speaks.
  const mustShare = (one: StreamId | undefined, other: StreamId | undefined) => {
    if (one === undefined || other === undefined || scopeOf(one) === scopeOf(other)) return
    throw new BarnboxError('BAD_REQUEST', 'The two are not of one camera.')
  }
  const mustBeKnownTo = (given: OneOrSome, horseId: HorseId) => {
    for (const id of typeof given === 'string' ? [given] : given)
      mustShare(sightings.get(id)?.streamId, horses.get(horseId)?.streamId)
  }
  const reassign: typeof corrections.reassign = (given, horseId, by) => {
    mustBeKnownTo(given, horseId)
    return corrections.reassign(given, horseId, by)
  }
  const notThisHorse: typeof corrections.notThisHorse = (given, by, horseId) => {
    if (horseId !== undefined) mustBeKnownTo(given, horseId)
    return corrections.notThisHorse(given, by, horseId)
  }
  const mustBeTogether = (given: OneOrSome) => {
    const [first, ...others] = typeof given === 'string' ? [given] : given
    for (const id of others)
      mustShare(sightings.get(first as SightingId)?.streamId, sightings.get(id)?.streamId)
  }
  const merge: typeof corrections.merge = (horseId, intoId, by) => {
    mustShare(horses.get(horseId)?.streamId, horses.get(intoId)?.streamId)
    return corrections.merge(horseId, intoId, by)
  }
  const named = (given: OneOrSome, name: string | null, by: By): Corrected =>
    atomically(() => {
      mustBeTogether(given)
      const corrected = corrections.newHorse(given, by)
      const id = corrected.correction.otherId as HorseId
      if (name !== null) horses.updateHorseDetails(id, { name }, by)
      return corrected
    })
  const untold = { ...corrections, reassign, notThisHorse, merge, newHorse: named, undo: wholeUndo(registry) }
  /** A horse that the box made by itself goes with the last that was left of it: its card would stand for nothing. */
  const andEmptied = (corrected: Corrected): Corrected[] => {
    const { kind, horseId, actor, atMs } = corrected.correction
    const isLeft = kind === 'merge' || kind === 'delete' || horseId === null || !corrections.isEmpty(horseId)
    return isLeft ? [corrected] : [corrected, corrections.remove(horseId, { actor, nowMs: atMs + 1 })]
  }
  const told =
    <Args extends unknown[]>(work: (...args: Args) => Corrected) =>
    (...args: Args) =>
      atomically(() => andEmptied(work(...args))).map(tell)[0] as Corrected
  return {
    reassign: told(reassign),
    newHorse: told(named),
    incorrect: told(corrections.incorrect),
    notThisHorse: told(notThisHorse),
    merge: told(merge),
    split: told(corrections.split),
    remove: told(corrections.remove),
    /** Takes a correction back, with all that follows from it. */
    undo: (id: CorrectionId, by: By) => untold.undo(id, by).map(tell)[0] as Corrected,
    list: corrections.list,
    get: corrections.get,
    notOf: corrections.notOf,
    /** Several as one: all of them or none, and told once all are stored. */
    together: (work: (now: typeof untold) => Corrected[]): Corrected[] =>
      atomically(() => work(untold).flatMap(andEmptied)).map(tell),
  }
}

/**
 * Takes a correction back; the correction itself is the first answer. A horse that it left empty is there again. Its horse went on
 * nameless before the camera, so that the box may have made it a new one meanwhile: a provisional one of the same tracklet, or of
 * the same look, is merged into the horse that it was.
 */
function wholeUndo(registry: Registry) {
  const { corrections, horses, atomically } = registry
  return (id: CorrectionId, by: By): Corrected[] =>
    atomically(() => {
      // A merge that is undone has moved nothing any more.
      const since = corrections.foundedSince(id)
      const emptied = corrections.emptiedBy(id)
      const restored = emptied ? [corrections.undo(emptied, by)] : []
      const undone = corrections.undo(id, by)
      const isAgain = ({ horseId, before, goesOn }: Founded) =>
        horses.get(before) !== undefined && (goesOn || areAlike(registry, horseId, before))
      const again = since.filter(isAgain)
      return [
        undone,
        ...restored,
        ...again.map(({ horseId, before }) => corrections.merge(horseId, before, by)),
      ]
    })
}

/** Whether a look of the one and a look of the other are as alike as two horses' are not: as for suggestions. */
function areAlike({ embedders, vectors }: Registry, one: HorseId, other: HorseId): boolean {
  const kind = embedders.inUse()
  if (!kind) return false
  const of = (horseId: HorseId) => vectors.ofHorses(kind, [horseId]).map(({ vector }) => vector)
  const others = of(other)
  return of(one).some((a) => others.some((b) => dot(a, b) >= sameFrom))
}
