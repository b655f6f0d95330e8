/**
 * Carries the outbox to its ways out: each in its order, at least once, for ever. Each has a loop of its own, so that one that is away
 * holds up nobody else.
 */
import { repeat, sleep } from '../lib/abort.ts'
import { type Bell, createBell } from '../lib/bell.ts'
import { ladderMs } from '../lib/ladder.ts'
import type { Log } from '../lib/log.ts'
import type { Alert, Edge, Severity } from '../presence-types.ts'
import type { AlertId, Clock } from '../types.ts'

/** What a way out is handed. */
export interface Message {
  /** The same for each try: receivers know by it what comes twice. */
  readonly id: string
  readonly edge: Edge
  readonly occurredMs: number
  /** It is told later than it should be. */
  readonly isDelayed: boolean
  readonly alert: Alert
}

/** One way out. */
export interface Sink {
  readonly name: string
  /** What is less severe is not told there. */
  readonly least: Severity
  /** When it may be told something again; absent where always. */
  readonly ready?: (signal: AbortSignal) => Promise<void>
  /** Why nothing can be told there at all now, in words; null where it can be. */
  readonly trouble?: () => string | null
  /** Resolves when the other side has it. Throws `Refused` where it will never take it, anything else to be tried again. */
  deliver(message: Message, signal: AbortSignal): Promise<void>
}

/** The other side does not take this, however often it is told. */
export class Refused extends Error {}

/** The other side asks not to be tried again before that. */
export class Later extends Error {
  readonly afterMs: number

  constructor(message: string, afterMs: number) {
    super(message)
    this.afterMs = afterMs
  }
}

/** A row of the outbox. */
interface Waiting<Id extends string> {
  readonly id: Id
  readonly alertId: AlertId
  readonly edge: Edge
  readonly occurredMs: number
  readonly attempts: number
}

/** What is needed of the outbox. */
export interface Outbox<Id extends string> {
  next(sink: string, nowMs: number): Waiting<Id> | null
  nextTryMs(sink: string): number | null
  sent(id: Id, nowMs: number): void
  failed(id: Id, nextTryMs: number, error: string): void
  giveUp(id: Id, nowMs: number, error: string): void
  trim(limits: { waitingBeforeMs: number; sentBeforeMs: number; most: number }, nowMs: number): number
  only(sinks: readonly string[], nowMs: number): number
}

export interface DeliveryDeps<Id extends string> {
  readonly outbox: Outbox<Id>
  readonly alert: (id: AlertId) => Alert | undefined
  readonly expireMs: number
  readonly clock: Clock
  readonly log: Log
  readonly random?: () => number
}

export interface Delivering extends AsyncDisposable {
  /** There is something new to tell, or another way out. */
  wake(): void
}

/** Told later than this it is delayed. */
const delayedAfterMs = 30_000
const keptAfterSendingMs = 72 * 3600_000
const mostWaiting = 10_000
/** No way out holds its messages for longer than this, whatever the other side asks for. */
const mostAskedMs = 3600_000
const trimEveryMs = 60_000
/** A row may be written by another process, or its time come, without a bell. */
const lookAgainMs = 30_000

/** `sinks`: the ways out as they are now; a name stands for one for as long as it is among them. */
export function startDelivery<Id extends string>(
  sinks: () => readonly Sink[],
  deps: DeliveryDeps<Id>,
  signal: AbortSignal,
): Delivering {
  const own = new AbortController()
  const until = AbortSignal.any([own.signal, signal])
  const ways = createWays(sinks, deps, until)
  ways.look()
  const tidying = repeat(
    trimEveryMs,
    () => {
      ways.look()
      tidy(deps)
    },
    until,
  )
  return {
    wake() {
      ways.look()
      ways.ring()
    },
    async [Symbol.asyncDispose]() {
      own.abort()
      await Promise.all([tidying, ways.ended()])
    },
  }
}

function tidy<Id extends string>({ outbox, clock, log, expireMs }: DeliveryDeps<Id>): void {
  const nowMs = clock.utcMs()
  const limits = {
    waitingBeforeMs: nowMs - expireMs,
    sentBeforeMs: nowMs - keptAfterSendingMs,
    most: mostWaiting,
  }
  try {
    const dropped = outbox.trim(limits, nowMs)
    if (dropped > 0) log.warn({ dropped }, 'alerts could not be told in time and were given up')
  } catch (error) {
    log.error({ err: error }, 'the outbox could not be tidied')
  }
}

/** One loop a way out, begun and ended as the ways come and go. */
function createWays<Id extends string>(
  sinks: () => readonly Sink[],
  deps: DeliveryDeps<Id>,
  signal: AbortSignal,
) {
  const { outbox, clock, log } = deps
  const open = new Map<string, { readonly bell: Bell; readonly ending: AbortController }>()
  const running = new Set<Promise<void>>()
  let isFirst = true
  const begin = (sink: Sink) => {
    const [bell, ending] = [createBell(), new AbortController()]
    const work = carry(sink, bell, deps, AbortSignal.any([signal, ending.signal]))
    running.add(work)
    void work.finally(() => running.delete(work))
    open.set(sink.name, { bell, ending })
  }
  return {
    look() {
      if (signal.aborted) return
      try {
        const wanted = sinks()
        const names = new Set(wanted.map(({ name }) => name))
        const gone = [...open].filter(([name]) => !names.has(name))
        for (const [name, { ending }] of gone) {
          ending.abort()
          open.delete(name)
        }
        if (isFirst || gone.length > 0) outbox.only([...names], clock.utcMs())
        isFirst = false
        for (const sink of wanted) if (!open.has(sink.name)) begin(sink)
      } catch (error) {
        log.error({ err: error }, 'who is to be told cannot be read')
      }
    },
    ring() {
      for (const { bell } of open.values()) bell.ring()
    },
    ended: () => Promise.all(running),
  }
}

/** Tells what waits for one way out, for as long as there is that way. */
async function carry<Id extends string>(
  sink: Sink,
  bell: Bell,
  deps: DeliveryDeps<Id>,
  until: AbortSignal,
): Promise<void> {
  while (!until.aborted) {
    const waitMs = await once(sink, deps, until)
    if (waitMs === 0) continue
    const rest = new AbortController()
    const either = AbortSignal.any([until, rest.signal])
    await Promise.race([bell.rung(either), sleep(waitMs, either)])
    rest.abort()
  }
}

/** Tells the oldest, if any; answers how long to wait before the next look: 0 where there may be more at once. Never throws. */
async function once<Id extends string>(
  sink: Sink,
  deps: DeliveryDeps<Id>,
  signal: AbortSignal,
): Promise<number> {
  const { outbox, clock, log } = deps
  let row: Waiting<Id> | null
  try {
    await sink.ready?.(signal)
    if (signal.aborted) return 0
    const nowMs = clock.utcMs()
    row = outbox.next(sink.name, nowMs)
    if (!row)
      return Math.min(lookAgainMs, Math.max(1, (outbox.nextTryMs(sink.name) ?? nowMs + lookAgainMs) - nowMs))
  } catch (error) {
    log.error({ err: error, sink: sink.name }, 'the outbox cannot be read')
    return lookAgainMs
  }
  const note = await tell(row, sink, deps, signal)
  await untilWritten(note, sink, deps, signal)
  return 0
}

/** Hands one over; answers how to write down what became of it. */
async function tell<Id extends string>(
  { id, alertId, edge, occurredMs, attempts }: Waiting<Id>,
  sink: Sink,
  { outbox, alert: alertOf, clock, log, random = Math.random }: DeliveryDeps<Id>,
  signal: AbortSignal,
): Promise<() => void> {
  try {
    const alert = alertOf(alertId)
    if (!alert) throw new Refused('the alert is not kept any more')
    const isDelayed = clock.utcMs() - occurredMs > delayedAfterMs
    await sink.deliver({ id, edge, occurredMs, isDelayed, alert }, signal)
    const sentMs = clock.utcMs()
    return () => outbox.sent(id, sentMs)
  } catch (error) {
    if (signal.aborted) return () => {}
    const nowMs = clock.utcMs()
    if (attempts === 0) log.warn({ sink: sink.name, reason: String(error) }, 'an alert could not be told yet')
    const text = error instanceof Error ? error.message : String(error)
    if (error instanceof Refused) return () => outbox.giveUp(id, nowMs, text)
    const askedMs = error instanceof Later ? Math.min(error.afterMs, mostAskedMs) : 0
    const waitMs = Math.max(ladderMs(attempts + 1, random), askedMs)
    return () => outbox.failed(id, nowMs + waitMs, text)
  }
}

/** Nothing else goes this way before: the same message would be told again. */
async function untilWritten<Id extends string>(
  write: () => void,
  { name: sink }: Sink,
  { log, random = Math.random }: DeliveryDeps<Id>,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      return write()
    } catch (error) {
      if (failures === 1) log.error({ err: error, sink }, 'what was told cannot be written down yet')
    }
    if (signal.aborted) return
    await sleep(ladderMs(failures, random), signal)
  }
}
