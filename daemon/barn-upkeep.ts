/**
 * What is done from time to time, so that a box that nobody looks after does not fill up.
 */
import { repeat, sleep } from './lib/abort.ts'
import type { Bus } from './lib/bus.ts'
import { watchSteadiness } from './lib/clock.ts'
import type { Log } from './lib/log.ts'
import type { Registry } from './registry/registry.ts'
import type { Clock, Facts } from './types.ts'

const hourMs = 3600 * 1000
const dayMs = 24 * hourMs
/** Days that a horse is kept that the box has only thought to see, and has not seen again. */
const provisionalDays = 7
/** Days within which a person may still say whose an unknown sighting was, and it is learnt from. */
const nobodysDays = 14

/** What an hour too far ahead calls old is let go for good: a clock is believed once it has gone evenly for so long. */
const steadyMs = 6 * hourMs

/** Crops read in one go, and the rest between: the thread is everybody's, and the card is the cameras'. */
const cropsAtOnce = 4
const restMs = 100

interface Household {
  readonly registry: Registry
  readonly facts: Bus<Facts>
  readonly clock: Clock
  readonly log: Log
}

/** Lets go of what is too old, once an hour, while the clock can be believed; reads the crops, which the start leaves out, after it and once a day. */
export function keepHouse(
  days: number,
  { registry, facts, clock, log }: Household,
  signal: AbortSignal,
): AsyncDisposable {
  const own = new AbortController()
  const isSteady = watchSteadiness(clock, steadyMs)
  const tidy = () => {
    if (!isSteady()) return
    try {
      const kept = { days, provisionalDays, nobodysDays }
      const { horses, sightings, looks } = registry.cleanUp(kept, clock.utcMs())
      if (horses.length + sightings + looks > 0)
        log.info({ horses: horses.length, sightings, looks }, 'old rows were let go')
      for (const { id: horseId, streamId } of horses)
        facts.publish('horse-gone', { streamId, horseId, into: null })
    } catch (error) {
      log.error({ err: error }, 'old rows could not be let go')
    }
  }
  const ended = AbortSignal.any([signal, own.signal])
  const inspect = () => inspectCrops(registry, log, ended)
  const tidying = Promise.all([
    repeat(hourMs, tidy, ended),
    inspect().then(() => repeat(dayMs, inspect, ended)),
  ])
  return {
    async [Symbol.asyncDispose]() {
      own.abort()
      await tidying
    },
  }
}

/** Reads all stored crops, a few at a time, and says which are broken. */
async function inspectCrops({ crops }: Registry, log: Log, signal: AbortSignal): Promise<void> {
  try {
    let last: number | undefined = 0
    while (last !== undefined && !signal.aborted) {
      const read = crops.inspect(last, cropsAtOnce)
      if (read.broken.length > 0) log.error({ looks: read.broken }, 'stored crops are damaged')
      last = read.last
      await sleep(restMs, signal)
    }
  } catch (error) {
    log.error({ err: error }, 'the stored crops cannot be read: the database is damaged')
  }
}
