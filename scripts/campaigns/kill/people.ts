/**
 * People who set right whatever they find, as fast as they can.
 */
import { repeat } from '../../../daemon/lib/abort.ts'
import type { Bus } from '../../../daemon/lib/bus.ts'
import { BarnboxError } from '../../../daemon/lib/errors.ts'
import type { Corrections } from '../../../daemon/registry/corrections.ts'
import type { Db } from '../../../daemon/registry/database.ts'
import type { Registry } from '../../../daemon/registry/registry.ts'
import type { Corrected, Facts, Horse, HorseId } from '../../../daemon/types.ts'
import type { Random } from '../../simulator/random.ts'
import { type Fact, readRows } from './facts.ts'
import { kind, lookOf, streams } from './stable.ts'

export interface Household {
  readonly registry: Registry
  /** A corrected horse is looked at anew, as in the barn. */
  readonly corrections: Pick<
    Corrections,
    'reassign' | 'incorrect' | 'notThisHorse' | 'merge' | 'split' | 'remove' | 'undo'
  > & {
    newHorse(...args: Parameters<Corrections['newHorse']>): Corrected
  }
  readonly facts: Bus<Facts>
  /** A connection that sees what is stored. */
  readonly db: Db
  readonly random: Random
  readonly say: (fact: Fact) => void
}

const everyMs = 1
const dayMs = 24 * 3600 * 1000
const second = { ...kind, id: 'load@2' }
const by = () => ({ actor: 'anna', nowMs: Date.now() })

/** What a person does: whom it is about, and the work, which answers whom else it concerned. */
interface Deed {
  readonly about: readonly string[] | null
  work(): readonly string[]
}

/** Goes on until the signal. */
export async function startPeople(house: Household, signal: AbortSignal): Promise<void> {
  await repeat(everyMs, () => act(house), signal)
}

function act(house: Household): void {
  const { registry, random } = house
  const stream = random.pick(streams)
  const horses = registry.horses.findByStreamId(stream)
  const [one, other] = random.shuffled(horses)
  if (!one || !other) return
  const draw = random.uniform()
  if (draw < 0.7) perform(edit(one, house), house)
  else if (draw < 0.8) reEmbed(house)
  else if (draw < 0.995) perform(correct(one, other, house), house)
  else perform(letGo(house), house)
}

/** Says whom it is about, does it, and says how they stand. What the registry refuses is done, too. */
function perform(deed: Deed | undefined, { say, db }: Household): void {
  if (!deed) return
  say({ about: deed.about })
  let also: readonly string[] = []
  try {
    also = deed.work()
  } catch (error) {
    if (!(error instanceof BarnboxError) || !/^(NOT_FOUND|BAD_REQUEST|STALE)$/.test(error.code)) throw error
  }
  say({ done: readRows(db, [...(deed.about ?? []), ...also]) })
}

function edit({ id, officialMs }: Horse, { registry: { horses }, random }: Household): Deed {
  const word = `${random.below(1000)} 🐴`
  const work = () => {
    if (random.chance(0.2)) horses.setOfficial(id, officialMs === null, by())
    else horses.updateHorseDetails(id, { name: word, notes: word.repeat(1 + random.below(40)) }, by())
    return []
  }
  return { about: [id], work }
}

function correct(one: Horse, other: Horse, { registry, corrections, random }: Household): Deed | undefined {
  const idsOf = ({ correction: { id, horseId, otherId }, turned = [] }: Corrected) => [
    ...[id, horseId, otherId].filter((each) => each !== null),
    ...turned,
  ]
  const sighting = random.pick([...registry.sightings.findByHorseId(one.id, 5), undefined])
  const [last] = registry.corrections.list(1)
  const draw = random.uniform()
  if (draw < 0.35 && last) {
    const { id, horseId, otherId } = last
    // Who was founded since may be merged into whom it was, and a horse that it left empty is there again.
    const since = registry.corrections.foundedSince(id).flatMap((one) => [one.horseId, one.before])
    const emptied = registry.corrections.emptiedBy(id) ?? null
    const about = [id, horseId, otherId, emptied, ...since].filter((each) => each !== null)
    return { about, work: () => idsOf(corrections.undo(id, by())) }
  }
  const about = [one.id, other.id]
  if (draw < 0.45) return { about, work: () => idsOf(corrections.remove(one.id, by())) }
  if (draw < 0.6) return { about, work: () => idsOf(corrections.merge(one.id, other.id, by())) }
  if (!sighting) return undefined
  const { id } = sighting
  const works = [
    () => corrections.reassign(id, other.id, by()),
    () => corrections.newHorse(id, by()),
    () => corrections.incorrect(id, by()),
    () => corrections.notThisHorse(id, by()),
    () => corrections.split(one.id, [id], by()),
  ]
  const work = random.pick(works)
  return { about, work: () => idsOf(work()) }
}

/** As in the hourly upkeep, eight days later: whoever is provisional is let go of. */
function letGo({ registry, facts }: Household): Deed {
  const work = (): HorseId[] => {
    const { horses } = registry.cleanUp(
      { days: 90, provisionalDays: 7, nobodysDays: 14 },
      Date.now() + 8 * dayMs,
    )
    for (const { id: horseId, streamId } of horses)
      facts.publish('horse-gone', { streamId, horseId, into: null })
    return horses.map(({ id }) => id)
  }
  return { about: null, work }
}

/** Another embedder looks at some crops. */
function reEmbed({ registry: { embedders, crops, vectors }, random }: Household): void {
  embedders.note(second)
  for (const lookId of crops.missing(second.id).slice(0, 3)) vectors.add(second, lookId, lookOf(1, random))
}
