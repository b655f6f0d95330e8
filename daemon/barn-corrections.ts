/**
 * Corrections as the barn makes them: the registry stores each, then everybody whom it concerns is told.
 */
import type { Bus } from './lib/bus.ts'
import type { Registry } from './registry/registry.ts'
import type { By, Corrected, Facts, HorseId, SightingId } from './types.ts'

/** The registry's corrections, each told on once it is stored. */
export function toldCorrections({ corrections, horses, atomically }: Registry, facts: Bus<Facts>) {
  const tell = (corrected: Corrected): Corrected => {
    const { streamId, horseId, otherId } = corrected.correction
    facts.publish('corrected', corrected)
    for (const id of [horseId, otherId]) {
      if (id === null) continue
      const horse = horses.get(id)
      if (horse?.id === id) facts.publish('horse-changed', { horse, change: 'corrected' })
      else facts.publish('horse-gone', { streamId, horseId: id, into: horse?.id ?? null })
    }
    return corrected
  }
  const told =
    <Args extends unknown[]>(work: (...args: Args) => Corrected) =>
    (...args: Args) =>
      tell(work(...args))
  const named = (sightingId: SightingId, name: string | null, by: By): Corrected =>
    atomically(() => {
      const corrected = corrections.newHorse(sightingId, by)
      const id = corrected.correction.otherId as HorseId
      if (name !== null) horses.updateHorseDetails(id, { name }, by)
      return corrected
    })
  return {
    reassign: told(corrections.reassign),
    newHorse: told(named),
    incorrect: told(corrections.incorrect),
    notThisHorse: told(corrections.notThisHorse),
    merge: told(corrections.merge),
    split: told(corrections.split),
    remove: told(corrections.remove),
    undo: told(corrections.undo),
    list: corrections.list,
  }
}
