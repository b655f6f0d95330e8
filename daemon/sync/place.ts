/**
 * Where the box and a server stand to each other: how much this box has told it, and up to where it has heard. Kept for one server: for
 * another, or for one that lost something (set back, or a standby that took over too early), all is told and heard anew.
 */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import type { Applied } from '../sync-types.ts'
import type { Connection } from './connection.ts'
import type { RoundParts } from './ports.ts'

const placeKey = 'sync_place'
/** Another process has all told and heard anew by changing this: what was noted before counts no more. */
const resetKey = 'sync_reset'

const heardTables = ['horses', 'corrections', 'seen', 'looks'] as const
export type HeardTable = (typeof heardTables)[number]

const form = z.object({
  server: z.string(),
  rounds: z.number(),
  heard: z.record(z.enum(heardTables), z.string().regex(/^\d+$/)),
  /** Of the usual size of a batch: less where the line is too slow for it. */
  share: z.number().positive().max(1).default(1),
  /** Rows of other boxes that do not fit here, and why: a newer program hears all anew. */
  skipped: z.record(z.string(), z.string()).default({}),
  program: z.string().default(''),
  /** The reset that it was begun after. */
  reset: z.string().default(''),
})
export type Place = z.output<typeof form>

const start: Readonly<Place['heard']> = { horses: '0', corrections: '0', seen: '0', looks: '0' }

export function placeIn(memory: RoundParts['memory']): Place | undefined {
  try {
    const place = form.parse(JSON.parse(memory.get(placeKey) ?? ''))
    return isForgotten(memory, place) ? undefined : place
  } catch {
    return undefined
  }
}

const resetIn = (memory: RoundParts['memory']) => memory.get(resetKey) ?? ''

export const isForgotten = (memory: RoundParts['memory'], { reset }: Place) => reset !== resetIn(memory)

export const keepPlace = (memory: RoundParts['memory'], place: Place) =>
  memory.set(placeKey, JSON.stringify(place))

export const shareOf = (most: number, { share }: Place) => Math.max(1, Math.floor(most * share))

const mostSkipped = 50

/** Notes which of some rows did not fit; those that did are not amiss any more. */
export function noteSkipped({ skipped }: Place, heard: readonly string[], amiss: Applied['skipped']): void {
  for (const row of heard) delete skipped[row]
  for (const { row, why } of amiss) if (Object.keys(skipped).length < mostSkipped) skipped[row] = why
}

const leastShare = 1 / 512

/** Whether a round came to its end: after one that did not the batches are half as large, and larger again little by little. */
export function learnShare(memory: RoundParts['memory'], place: Place, isDone: boolean): void {
  const share = isDone ? Math.min(1, place.share * 1.2) : Math.max(leastShare, place.share / 2)
  if (share === place.share) return
  place.share = share
  keepPlace(memory, place)
}

/** The next round tells and hears all anew. */
export const forgetPlace = (memory: RoundParts['memory']) => memory.set(resetKey, randomUUID())

const dayMs = 24 * 3600_000

/** Where to go on with this server. */
export async function findPlace(connection: Connection, parts: RoundParts): Promise<Place> {
  const { memory, farm, box, book, clock, historyDays } = parts
  const reset = resetIn(memory)
  await mendNumbers(connection, farm)
  const [now] = await connection.query<{ server: string; rounds: number; xmin: string; look: number }>(
    // The database, the cluster that it lies in, and its history: another one where it was set back, or a standby took over.
    `SELECT (SELECT id::text FROM barnbox.server) || ' ' || (SELECT system_identifier FROM pg_control_system()) || ' '
         || left(pg_walfile_name(pg_current_wal_lsn()), 8) AS server, pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,
       (SELECT coalesce(max(id), 0) FROM barnbox.looks WHERE farm = $1 AND box = $2) AS look,
       coalesce((SELECT rounds FROM barnbox.boxes WHERE farm = $1 AND box = $2), -1) AS rounds`,
    [farm, box],
  )
  const before = placeIn(memory)
  const { server = '', rounds = -1, xmin = '0', look = 0 } = now ?? {}
  book.goOnAfter(look)
  const isOutgrown = before && Object.keys(before.skipped).length > 0 && before.program !== parts.program
  const isAhead = before && Object.values(before.heard).some((xid) => BigInt(xid) > BigInt(xmin))
  if (
    before &&
    book.outbox.isOn() &&
    before.server === server &&
    before.rounds <= rounds &&
    !isAhead &&
    !isOutgrown
  ) {
    await fillAll(book)
    return { ...before, rounds, program: parts.program }
  }
  book.outbox.begin(historyDays === 0 ? Number.MAX_SAFE_INTEGER : clock.utcMs() - historyDays * dayMs)
  const place = {
    ...{ server, rounds: Math.max(0, rounds), heard: { ...start } },
    ...{ share: before?.share ?? 1, reset, skipped: {}, program: parts.program },
  }
  keepPlace(memory, place)
  await fillAll(book)
  return place
}

/** Little by little: a box with years behind it would look at no picture for seconds. */
async function fillAll({ outbox }: RoundParts['book']): Promise<void> {
  while (outbox.fill()) await nextTurn()
}

/** Rows of a database that was copied to another server may bear numbers of transactions that are yet to come there. */
async function mendNumbers(connection: Connection, farm: string): Promise<void> {
  for (const table of heardTables)
    await connection.query(
      `UPDATE barnbox.${table} SET xid = pg_current_xact_id() WHERE farm = $1 AND xid >= pg_snapshot_xmax(pg_current_snapshot())`,
      [farm],
    )
}
