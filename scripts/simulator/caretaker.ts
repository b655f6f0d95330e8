/**
 * A caretaker at the registry: goes once through what was seen so far and puts it right, with the corrections that the
 * product has, then gives the names.
 */

import type { Registry } from '../../daemon/registry/registry.ts'
import type { By, HorseId, SightingId, StreamId, TrackletId } from '../../daemon/types.ts'

import type { Told } from './system.ts'

/** Sightings of one horse, or of nobody, that are gone through: all there are. */
const all = 10_000

/** `enrolled` are rows that were made known by photos, and whom each is. */
export type Caretaker = (
  registry: Registry,
  streamId: StreamId,
  told: Told,
  by: By,
  enrolled: ReadonlyMap<string, number>,
) => ReadonlyMap<string, number>

export const nameOf = (horse: number) => `Horse ${horse + 1}`

/**
 * Horses that are the same are merged, sightings of another horse are given to that one, with `unknowns` those of nobody
 * too, and each is named. Answers which row is which horse.
 */
export const caretaker =
  ({ unknowns }: { readonly unknowns: boolean }): Caretaker =>
  (registry, streamId, { names, tracklets }, by, enrolled) => {
    const own = new Map([...enrolled].map(([id, horse]) => [horse, id as HorseId]))
    for (const [id, horse] of names) {
      if (enrolled.has(id)) continue
      const first = own.get(horse)
      if (first === undefined) own.set(horse, id as HorseId)
      else registry.corrections.merge(id as HorseId, first, by)
    }
    const right = new Map([...own].map(([horse, id]): [string, number] => [id, horse]))
    const giveTo = (horse: number, sightingId: SightingId) => {
      const known = own.get(horse)
      if (known !== undefined) return void registry.corrections.reassign(sightingId, known, by)
      const { otherId } = registry.corrections.newHorse(sightingId, by).correction
      if (otherId === null) return
      own.set(horse, otherId)
      right.set(otherId, horse)
    }
    const goThrough = (sightings: readonly Seen[], now: HorseId | null) => {
      for (const { id, trackletId } of sightings) {
        const horse = tracklets.get(trackletId)
        if (horse !== undefined && horse !== right.get(now ?? '')) giveTo(horse, id)
      }
    }
    for (const { id } of registry.horses.findByStreamId(streamId))
      goThrough(registry.sightings.findByHorseId(id, all), id)
    if (unknowns) goThrough(registry.sightings.unknowns(streamId, all), null)
    for (const [horse, id] of own) registry.horses.updateHorseDetails(id, { name: nameOf(horse) }, by)
    return right
  }

interface Seen {
  readonly id: SightingId
  readonly trackletId: TrackletId
}
