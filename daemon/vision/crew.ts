/**
 * Keeps so many vision workers at work: starts them, replaces those that end by themselves, and says when that makes
 * no sense any more. Decides nothing about requests.
 */
import { aborted, sleep } from '../lib/abort.ts'
import { createBackoff } from '../lib/backoff.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { VisionClient } from './client.ts'
import type { Ready } from './protocol.ts'

/** How the workers stand. */
export interface Workers {
  /** Those that have loaded the models and take requests. */
  readonly running: number
  readonly wanted: number
  /** How often one was started anew, as the one before had ended or could not start. */
  readonly replaced: number
}

export interface CrewDeps {
  readonly wanted: number
  open(): VisionClient
  /** Throws when a worker has loaded what does not fit the others. */
  check(ready: Ready): void
  join(client: VisionClient): void
  leave(client: VisionClient): void
  /** Called once, when only a restart of the daemon helps. */
  giveUp(error: BarnboxError): void
  readonly log: Log
}

export interface Crew extends AsyncDisposable {
  readonly workers: Workers
}

/** How soon a worker is replaced, and how many may die in which time. */
export interface Pace {
  readonly firstMs: number
  readonly mostMs: number
  readonly mostDeaths: number
  readonly withinMs: number
}

export const usualPace: Pace = { firstMs: 500, mostMs: 30_000, mostDeaths: 5, withinMs: 60_000 }

/** How a worker's life ended, and whether it ever took requests. */
interface End {
  readonly why: BarnboxError
  readonly served: boolean
}

/** `first` has loaded the models already; the others are started now, for it has made what they load. */
export function createCrew(first: VisionClient, deps: CrewDeps, pace: Pace = usualPace): Crew {
  const { wanted, log } = deps
  const own = new AbortController()
  const stopped = aborted(own.signal).then(() => undefined)
  const deaths = createDeaths(pace)
  let [running, replaced] = [0, 0]

  const giveUp = (error: BarnboxError) => {
    if (own.signal.aborted) return
    own.abort()
    deps.giveUp(error)
  }
  const serve = async (client: VisionClient): Promise<BarnboxError | undefined> => {
    running++
    deps.join(client)
    if (client !== first) log.info({ running, wanted }, 'another vision worker is at work')
    const why = await Promise.race([client.over, stopped])
    deps.leave(client)
    running--
    // At once: to wait for its end is in vain.
    if (why?.code === 'VISION_STUCK') giveUp(why)
    return why
  }
  /** A worker's life. Answers how it ended; undefined when it was told to. */
  const live = async (given?: VisionClient): Promise<End | undefined> => {
    try {
      await using client = given ?? deps.open()
      const ready = await Promise.race([client.ready, stopped])
      if (!ready) return undefined
      deps.check(ready)
      const why = await serve(client)
      return why && { why, served: true }
    } catch (thrown) {
      const why = asBarnboxError(thrown)
      // Its thread never ends, and another would hang beside it.
      if (why.code === 'VISION_STUCK') giveUp(why)
      return { why, served: false }
    }
  }
  const keep = async (given?: VisionClient) => {
    const backoff = createBackoff(pace.firstMs, pace.mostMs)
    const say = createVoice(log)
    let next = given
    while (!own.signal.aborted) {
      const bornMs = performance.now()
      const end = await live(next)
      next = undefined
      if (!end || own.signal.aborted) return
      replaced++
      // Where others work, one that cannot start does no harm.
      if ((end.served || running === 0) && deaths.areTooMany()) return giveUp(endless(end.why, pace))
      if (end.served && performance.now() - bornMs > pace.withinMs) backoff.reset()
      say(end, { running, wanted, replaced })
      await sleep(backoff.next(), own.signal)
    }
  }
  const lives = Array.from({ length: wanted }, (_, index) => keep(index === 0 ? first : undefined))
  return {
    get workers() {
      return { running, wanted, replaced }
    },
    async [Symbol.asyncDispose]() {
      own.abort()
      await Promise.all(lives)
    },
  }
}

/** Counts deaths; asked once for each of them. */
function createDeaths({ mostDeaths, withinMs }: Pace): { areTooMany(): boolean } {
  let times: number[] = []
  return {
    areTooMany() {
      const nowMs = performance.now()
      times = [...times.filter((ms) => nowMs - ms < withinMs), nowMs]
      return times.length > mostDeaths
    },
  }
}

/** Each death is said; of starts that fail one after the other the first. */
function createVoice(log: Log): (end: End, workers: Workers) => void {
  let isSaid = false
  return ({ why, served }, workers) => {
    const fields = { code: why.code, err: why, ...workers }
    if (served) log.warn(fields, 'a vision worker has died; another takes its place')
    else if (!isSaid) log.error(fields, 'a vision worker cannot start; it is tried again and again')
    isSaid = !served
  }
}

function endless(cause: BarnboxError, { mostDeaths, withinMs }: Pace): BarnboxError {
  const context = { deaths: mostDeaths + 1, within_ms: withinMs }
  return new BarnboxError('VISION_ENDED', `vision workers die again and again: ${cause.message}`, {
    context,
    cause,
  })
}
