/**
 * One meeting with the central database: who it is, whose clock is right, what is to be told and heard.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { SyncServer } from '../sync-types.ts'
import { type Connection, failureOf } from './connection.ts'
import { findPlace, isForgotten, keepPlace, learnShare, type Place } from './place.ts'
import type { RoundParts } from './ports.ts'
import { pull } from './pull.ts'
import { countRound, mostAheadMs, push, type Told } from './push.ts'
import { bringUp, joinFarm } from './schema.ts'
import { sweep } from './sweep.ts'

export interface Meeting {
  readonly server: SyncServer
  place: Place
  /** This box's clock less the server's. */
  aheadMs: number
  /** When the place was written last, by the monotonic clock. */
  keptMs: number
}

const idleMs = 10 * 60_000

/** Throws what stands in the way, as a `SYNC_...` error. */
export async function meet(connection: Connection, parts: RoundParts): Promise<Meeting> {
  const server = await bringUp(connection)
  await joinFarm(connection, parts.farm, parts.box)
  const aheadMs = await measureClock(connection, parts)
  return { server, aheadMs, place: await findPlace(connection, parts), keptMs: Number.NEGATIVE_INFINITY }
}

/** Tells all and hears all, and clears up; answers how many rows were heard. */
export async function round(
  connection: Connection,
  parts: RoundParts,
  meeting: Meeting,
  told: Told,
  signal: AbortSignal,
): Promise<number> {
  const { memory } = parts
  if (isForgotten(memory, meeting.place)) meeting.place = await findPlace(connection, parts)
  const { place } = meeting
  meeting.aheadMs = await measureClock(connection, parts)
  const before = told.rows
  let heard: number
  try {
    await push(connection, parts, { place, aheadMs: meeting.aheadMs, told }, signal)
    heard = await pull(connection, parts, place, signal)
  } catch (error) {
    if (!signal.aborted && failureOf(error).code === 'SYNC_UNREACHABLE') learnShare(memory, place, false)
    throw error
  }
  learnShare(memory, place, true)
  await sweep(connection, parts, signal)
  // What the box knows to have told is noted only after the server has it.
  place.rounds = await countRound(connection, parts, meeting.aheadMs)
  // Where nothing happens it is not written each time: a card wears out by it.
  const nowMs = parts.clock.monoMs()
  if (heard > 0 || told.rows > before || nowMs - meeting.keptMs > idleMs) {
    keepPlace(memory, place)
    meeting.keptMs = nowMs
  }
  return heard
}

/** Half of the way there and back is no lead. Throws `SYNC_CLOCK` where the two cannot be compared. */
async function measureClock(connection: Connection, { clock }: RoundParts): Promise<number> {
  const [sentMs, startMs] = [clock.utcMs(), clock.monoMs()]
  const [row] = await connection.query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
  )
  const aheadMs = sentMs + (clock.monoMs() - startMs) / 2 - (row?.ms ?? sentMs)
  if (Math.abs(aheadMs) <= mostAheadMs) return aheadMs
  const minutes = Math.round(Math.abs(aheadMs) / 60_000)
  const which = aheadMs > 0 ? 'ahead of' : 'behind'
  throw new BarnboxError(
    'SYNC_CLOCK',
    `this box's clock is ${minutes} minutes ${which} the central database's`,
  )
}
