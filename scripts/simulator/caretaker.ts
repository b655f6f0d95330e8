/**
 * A caretaker at the registry: goes once through what was seen so far and puts it right, with the corrections that the
 * product has, then gives the names.
 */

import type { Registry } from '../../daemon/registry/registry.ts'
import type { By, HorseId, StreamId } from '../../daemon/types.ts'

import type { Told } from './system.ts'

/** Sightings of one horse that are gone through: all there are. */
const all = 10_000

/**
 * Horses that are the same are merged, sightings of another horse are given to that one, and each is named. Answers which
 * row is which horse.
 */
export function putRight(
  registry: Registry,
  streamId: StreamId,
  { names, tracklets }: Told,
  by: By,
): Map<string, number> {
  const own = new Map<number, HorseId>()
  for (const [id, horse] of names) {
    const first = own.get(horse)
    if (first === undefined) own.set(horse, id as HorseId)
    else registry.corrections.merge(id as HorseId, first, by)
  }
  const right = new Map([...own].map(([horse, id]): [string, number] => [id, horse]))
  for (const { id } of registry.horses.findByStreamId(streamId)) {
    for (const { id: sightingId, trackletId } of registry.sightings.findByHorseId(id, all)) {
      const horse = tracklets.get(trackletId)
      if (horse === undefined || horse === right.get(id)) continue
      const other = own.get(horse)
      if (other !== undefined) registry.corrections.reassign(sightingId, other, by)
      else {
        const { otherId } = registry.corrections.newHorse(sightingId, by).correction
        if (otherId === null) continue
        own.set(horse, otherId)
        right.set(otherId, horse)
      }
    }
  }
  for (const [horse, id] of own) registry.horses.updateHorseDetails(id, { name: `Horse ${horse + 1}` }, by)
  return right
}
