/**
 * What is done from time to time, so that a box that nobody looks after does not fill up.
 */
import { repeat } from './lib/abort.ts'
import type { Bus } from './lib/bus.ts'
import type { Log } from './lib/log.ts'
import type { Registry } from './registry/registry.ts'
import type { Clock, Facts } from './types.ts'

const hourMs = 3600 * 1000
/** Days that a horse is kept that the box has only thought to see, and has not seen again. */
const provisionalDays = 7

interface Household {
  readonly registry: Registry
  readonly facts: Bus<Facts>
  readonly clock: Clock
  readonly log: Log
}

/** Lets go of what is too old, once an hour. */
export function keepHouse(
  days: number,
  { registry, facts, clock, log }: Household,
  signal: AbortSignal,
): AsyncDisposable {
  const own = new AbortController()
  const tidy = () => {
    try {
      const { horses, sightings } = registry.cleanUp({ days, provisionalDays }, clock.utcMs())
      if (horses.length + sightings > 0)
        log.info({ horses: horses.length, sightings }, 'old rows were let go')
      for (const { id: horseId, streamId } of horses)
        facts.publish('horse-gone', { streamId, horseId, into: null })
    } catch (error) {
      log.error({ err: error }, 'old rows could not be let go')
    }
  }
  const tidying = repeat(hourMs, tidy, AbortSignal.any([signal, own.signal]))
  return {
    async [Symbol.asyncDispose]() {
      own.abort()
      await tidying
    },
  }
}
