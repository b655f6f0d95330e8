/**
 * Keeps the registry and the central database in step for as long as the daemon runs. Whatever is in the way is said and tried again;
 * nothing else waits for it.
 */
import { z } from 'zod'
import { repeat, sleep } from '../lib/abort.ts'
import { createBell } from '../lib/bell.ts'
import { ladderMs } from '../lib/ladder.ts'
import type { Log } from '../lib/log.ts'
import type { SyncView } from '../sync-types.ts'
import type { Alikes } from './alike.ts'
import type { Barnhand } from './barnhand.ts'
import { connect, failureOf, type Server } from './connection.ts'
import type { Place } from './place.ts'
import type { RoundParts } from './ports.ts'
import { nothingTold, type Told } from './push.ts'
import { meet, round } from './round.ts'

export interface SyncParts extends RoundParts {
  readonly server: Server
  readonly everyMs: number
  readonly log: Log
  /** Told after each meeting. */
  readonly barnhand?: Pick<Barnhand, 'tell'> | undefined
  /** Asked after each meeting, where the server has pgvector. */
  readonly alikes?: Pick<Alikes, 'ask'> | undefined
  readonly random?: () => number
  /** For tests, that do not wait as long. */
  readonly answerWithinMs?: number
}

export interface Syncing extends AsyncDisposable {
  view(): Omit<SyncView, 'barnhand'>
  /** Tells and hears at once. */
  wake(): void
}

/** Another process asks for a round by changing this. */
export const nowKey = 'sync_now'
const lookMs = 1000
const stateKey = 'sync_state'

const stateForm = z.object({
  state: z.enum(['connecting', 'catching-up', 'in-step', 'waiting']),
  sinceMs: z.number(),
  fault: z.object({ code: z.string(), detail: z.string() }).nullable(),
})

/** How it stood when it last changed, for another process; undefined before the first time. */
export function stateIn(memory: RoundParts['memory']): z.output<typeof stateForm> | undefined {
  try {
    return stateForm.parse(JSON.parse(memory.get(stateKey) ?? ''))
  } catch {
    return undefined
  }
}

type State = Omit<SyncView, 'barnhand' | 'waiting' | 'held' | 'told' | 'sentBytes'>

export function startSync(parts: SyncParts, signal: AbortSignal): Syncing {
  const own = new AbortController()
  const until = AbortSignal.any([own.signal, signal])
  const bell = createBell()
  const { clock, memory } = parts
  const told = nothingTold()
  let state: State = {
    ...{ state: 'connecting', sinceMs: clock.utcMs(), fault: null, heard: 0 },
    ...{ inStepMs: null, clockAheadMs: null, server: null },
  }
  const turn = (next: Partial<State>) => {
    const isOther = next.state !== undefined && next.state !== state.state
    const hadFault = state.fault?.code
    state = { ...state, ...next, sinceMs: isOther ? clock.utcMs() : state.sinceMs }
    if (!isOther && state.fault?.code === hadFault) return
    const { sinceMs, fault } = state
    memory.set(stateKey, JSON.stringify({ state: state.state, sinceMs, fault }))
  }
  let asked = memory.get(nowKey)
  const look = () => {
    const now = memory.get(nowKey)
    if (now !== asked) bell.ring()
    asked = now
  }
  const rest = async (ms: number) => {
    const over = new AbortController()
    const either = AbortSignal.any([until, over.signal])
    await Promise.race([bell.rung(either), sleep(ms, either)])
    over.abort()
  }
  const running = Promise.all([
    repeat(lookMs, look, until),
    keepGoing({ ...parts, turn, rest, told, heard: () => state.heard }, until),
  ])
  return {
    wake: bell.ring,
    view: () => ({
      ...{ ...state, waiting: parts.book.outbox.waiting(), held: told.held },
      ...{ told: told.rows, sentBytes: told.bytes },
    }),
    async [Symbol.asyncDispose]() {
      own.abort()
      await running
    },
  }
}

interface Going extends SyncParts {
  readonly told: Told
  readonly heard: () => number
  turn(next: Partial<State>): void
  rest(ms: number): Promise<void>
}

async function keepGoing(parts: Going, signal: AbortSignal): Promise<void> {
  const { log, turn, rest, random = Math.random } = parts
  for (let failures = 0; !signal.aborted; ) {
    try {
      await whileConnected(parts, () => (failures = 0), signal)
    } catch (error) {
      if (signal.aborted) return
      const { code, message } = failureOf(error)
      if (failures === 0) log.warn({ code, reason: message }, 'the central database is out of step')
      if (code === 'INTERNAL') log.error({ err: error }, 'sync failed by a fault of ours')
      turn({ state: 'waiting', fault: { code, detail: message } })
      failures++
      await rest(ladderMs(failures, random))
    }
  }
}

async function whileConnected(parts: Going, onInStep: () => void, signal: AbortSignal): Promise<void> {
  const { server, clock, turn, rest, told, heard, everyMs, log } = parts
  await using connection = await connect(server, signal, parts.answerWithinMs)
  const meeting = await meet(connection, parts)
  turn({ server: meeting.server, clockAheadMs: meeting.aheadMs })
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    if (isFirst) turn({ state: 'catching-up', fault: null })
    const rows = await round(connection, parts, meeting, told, signal)
    if (signal.aborted) return
    if (isFirst) log.info({ heard: rows }, 'in step with the central database')
    const fault = amiss(told, meeting.place)
    const state = fault?.code === 'SYNC_CLOCK' ? 'waiting' : 'in-step'
    turn({ state, fault, clockAheadMs: meeting.aheadMs, heard: heard() + rows })
    if (state === 'in-step') turn({ inStepMs: clock.utcMs() })
    onInStep()
    await parts.barnhand?.tell(connection, signal)
    if (meeting.server.hasVectors) await parts.alikes?.ask(connection)
    await rest(everyMs)
  }
}

/** What is in the way of some rows, while the others go on. */
function amiss(told: Told, { skipped }: Place): SyncView['fault'] {
  if (told.held > 0) return { code: 'SYNC_CLOCK', detail: `${told.held} rows of the future wait` }
  const [row, why] = Object.entries(skipped).at(-1) ?? []
  const parts = [
    ...(told.refused > 0 ? [`${told.refused} rows are refused there: ${told.refusal}`] : []),
    ...(row ? [`${Object.keys(skipped).length} rows of other boxes do not fit here: ${row}: ${why}`] : []),
  ]
  return parts.length > 0 ? { code: 'SYNC_ROWS', detail: parts.join('; ') } : null
}
