/**
 * Tells the central database what this box has to say: batch by batch, each in one transaction that may be told twice. A row leaves the
 * outbox once the server has it, as it was when it was read.
 */
import { sleep } from '../lib/abort.ts'
import type { Stamp } from '../lib/hlc.ts'
import { type HorseState, type LookState, type SyncKind, syncKinds } from '../sync-types.ts'
import type { Connection } from './connection.ts'
import { keepPlace, type Place } from './place.ts'
import type { Mark, RoundParts } from './ports.ts'
import { namedBy, reads, writes } from './tables.ts'

/** Rows of a batch: enough that the way there and back does not matter, few enough to be held in memory. */
const most: Readonly<Record<SyncKind, number>> = {
  horse: 500,
  seen: 200,
  correction: 500,
  look: 100,
  sighting: 2000,
}
/** A sighting that nothing was added to for so long has ended. */
const restMs = 60_000
/** The server's own gate: see `refuse_future`. */
export const mostAheadMs = 5 * 60_000

export interface Told {
  rows: number
  bytes: number
  /** Said in the future by the server's clock: they wait. */
  held: number
}

/** Everything that waits; what comes meanwhile goes the next time, or it might never come to an end. `aheadMs` is this box's clock less the server's. */
export async function push(
  connection: Connection,
  parts: RoundParts,
  { place, aheadMs, told }: { place: Place; aheadMs: number; told: Told },
  signal: AbortSignal,
): Promise<void> {
  const { book, clock, memory } = parts
  told.held = 0
  for (const kind of syncKinds) {
    let after = 0
    const upTo = book.outbox.last(kind)
    while (!signal.aborted) {
      const nowMs = clock.utcMs()
      const marks = book.outbox.next(kind, most[kind], nowMs - restMs, after, upTo)
      const last = marks.at(-1)
      if (!last) break
      after = last.seq
      const batch = read(parts, kind, marks, nowMs - aheadMs + mostAheadMs)
      const startMs = clock.monoMs()
      await connection.within(async () => {
        await write(connection, parts, batch)
        place.rounds = await countRound(connection, parts, aheadMs)
      })
      keepPlace(memory, place)
      book.outbox.done(batch.marks)
      told.rows += batch.marks.length
      told.bytes += batch.bytes
      told.held += marks.length - batch.marks.length
      await pace(parts, batch.bytes, clock.monoMs() - startMs, signal)
      await parts.giveWay(signal)
    }
  }
}

async function pace({ bytesPerSecond }: RoundParts, bytes: number, tookMs: number, signal: AbortSignal) {
  if (bytesPerSecond === null) return
  const wantedMs = (bytes / bytesPerSecond) * 1000
  if (wantedMs > tookMs) await sleep(wantedMs - tookMs, signal)
}

/** A sign of life, and what is held against `Place.rounds` later. */
export async function countRound(
  connection: Connection,
  parts: RoundParts,
  aheadMs: number,
): Promise<number> {
  const [row] = await connection.query<{ rounds: number }>(
    `INSERT INTO barnbox.boxes AS b (farm, box, rounds, program, clock_ahead_ms) VALUES ($1, $2, 1, $3, $4)
     ON CONFLICT (farm, box) DO UPDATE SET rounds = b.rounds + 1, program = $3, clock_ahead_ms = $4, told_at = clock_timestamp()
     RETURNING rounds`,
    [parts.farm, parts.box, parts.program, Math.round(aheadMs)],
  )
  return row?.rounds ?? 0
}

interface Batch {
  readonly table: 'horses' | 'seen' | 'corrections' | 'looks' | 'sightings'
  readonly rows: readonly object[]
  readonly marks: readonly Mark[]
  readonly blobs: ReadonlyMap<string, Uint8Array>
  readonly looks: readonly LookState[]
  /** Whom corrections name: told with them, so that nobody hears of a correction whose horse is not there. */
  readonly named: readonly HorseState[]
  /** What is sent, but for pictures. */
  bytes: number
}

const msOf = (stamp: Stamp) => Number.parseInt(stamp.slice(0, 12), 16)

/** Without what was said later. */
function asOf(latestMs: number, { fields, ...horse }: HorseState): HorseState {
  const said = Object.entries(fields).filter(([, { at }]) => msOf(at) <= latestMs)
  return { ...horse, fields: Object.fromEntries(said) }
}

/** What is later than `latestMs` stays. */
function read(
  { book: { rows } }: RoundParts,
  kind: SyncKind,
  marks: readonly Mark[],
  latestMs: number,
): Batch {
  const ids = marks.map(({ rowId }) => rowId)
  const plain = { marks, blobs: new Map(), looks: [], named: [], bytes: 0 }
  const without = (early: ReadonlySet<string>) => marks.filter(({ rowId }) => !early.has(rowId))
  if (kind === 'horse') {
    const horses = rows.horses(ids)
    const early = new Set<string>(
      horses
        .filter(({ fields }) => Object.values(fields).some(({ at }) => msOf(at) > latestMs))
        .map(({ id }) => id),
    )
    return {
      ...plain,
      table: 'horses',
      rows: horses.map((horse) => asOf(latestMs, horse)),
      marks: without(early),
    }
  }
  if (kind === 'correction') {
    const all = rows.corrections(ids)
    const early = new Set<string>(all.filter(({ stamp }) => msOf(stamp) > latestMs).map(({ id }) => id))
    const corrections = all.filter(({ id }) => !early.has(id))
    const named = rows.horses(namedBy(corrections)).map((horse) => asOf(latestMs, horse))
    return { ...plain, table: 'corrections', rows: corrections, named, marks: without(early) }
  }
  if (kind === 'seen') return { ...plain, table: 'seen', ...rows.seen(ids) }
  if (kind === 'sighting') return { ...plain, table: 'sightings', rows: rows.sightings(ids) }
  const { rows: looks, blobs } = rows.looks(ids)
  return { ...plain, table: 'looks', rows: looks.map(({ vectors: _, ...look }) => look), blobs, looks }
}

async function write(connection: Connection, { farm, box }: RoundParts, batch: Batch): Promise<void> {
  const put = async (sql: string, rows: readonly object[], ...more: unknown[]) => {
    if (rows.length === 0) return
    const json = JSON.stringify(rows)
    batch.bytes += json.length
    await connection.query(sql, [farm, json, ...more])
  }
  const hashes = [...batch.blobs.keys()]
  if (hashes.length > 0) {
    await connection.query(writes.keepBlobs, [farm, hashes])
    const unsent = await connection.query<{ hash: string }>(reads.unsent, [farm, hashes])
    const rows = unsent.flatMap(({ hash }) => {
      const bytes = batch.blobs.get(hash)
      return bytes ? [{ hash, bytes: base64(bytes) }] : []
    })
    await put(writes.blobs, rows)
  }
  await put(writes.horses, batch.named)
  await put(writes[batch.table], batch.rows, ...(batch.table === 'sightings' ? [box] : []))
  const gone = batch.looks.filter((look) => look.gone).map(({ id }) => id)
  if (gone.length > 0) await connection.query(writes.noVectors, [farm, box, gone])
  const vectors = batch.looks.flatMap(({ id: look, vectors }) =>
    vectors.map(({ model, dim, data }) => ({ look, model, dim, data: base64(data) })),
  )
  await put(writes.vectors, vectors, box)
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
