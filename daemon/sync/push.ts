/**
 * Tells the central database what this box has to say: batch by batch, each in one transaction that may be told twice. A row leaves the
 * outbox once the server has it, as it was when it was read.
 */
import { sleep } from '../lib/abort.ts'
import type { Stamp } from '../lib/hlc.ts'
import { type HorseState, type LookState, type SyncKind, syncKinds } from '../sync-types.ts'
import { type Connection, failureOf } from './connection.ts'
import { keepPlace, type Place, shareOf } from './place.ts'
import type { Mark, RoundParts } from './ports.ts'
import { namedBy, reads, writes } from './tables.ts'

/** Rows of a batch: enough that the way there and back does not matter, few enough to be held in memory. */
const most: Readonly<Record<SyncKind, number>> = {
  horse: 500,
  seen: 100,
  correction: 500,
  look: 50,
  sighting: 2000,
}
/** Of pictures in one statement. */
const mostBytes = 256 * 1024
/** A sighting that nothing was added to for so long has ended. */
const restMs = 60_000
/** The server's own gate: see `refuse_future`. */
export const mostAheadMs = 5 * 60_000

export interface Told {
  rows: number
  bytes: number
  /** Said in the future by the server's clock: they wait. */
  held: number
  /** The server takes these for wrong: they stay, and are tried again; and what it says of the last. */
  refused: number
  refusal: string
}

export const nothingTold = (): Told => ({ rows: 0, bytes: 0, held: 0, refused: 0, refusal: '' })

/** Everything that waits; what comes meanwhile goes the next time, or it might never come to an end. `aheadMs` is this box's clock less the server's. */
export async function push(
  connection: Connection,
  parts: RoundParts,
  { place, aheadMs, told }: { place: Place; aheadMs: number; told: Told },
  signal: AbortSignal,
): Promise<void> {
  const { book, clock } = parts
  const latestMs = () => Math.floor(clock.utcMs() - aheadMs) + mostAheadMs
  ;[told.held, told.refused] = [0, 0]
  // The clocks agree: what this box said of a later time was said by a wrong one.
  book.restamp(latestMs())
  for (const kind of syncKinds) {
    let after = 0
    const upTo = book.outbox.last(kind)
    while (!signal.aborted) {
      const endedMs = clock.utcMs() - restMs
      const marks = book.outbox.next(kind, shareOf(most[kind], place), endedMs, after, upTo)
      const last = marks.at(-1)
      if (!last) break
      after = last.seq
      await tell(connection, parts, { kind, place, aheadMs, told, latestMs }, marks, signal)
    }
  }
}

interface Telling {
  readonly kind: SyncKind
  readonly place: Place
  readonly aheadMs: number
  readonly told: Told
  readonly latestMs: () => number
}

/** All of it at once, or, where the server takes one of the rows for wrong, each half by itself. */
async function tell(
  connection: Connection,
  parts: RoundParts,
  telling: Telling,
  marks: readonly Mark[],
  signal: AbortSignal,
): Promise<void> {
  try {
    await tellBatch(connection, parts, telling, marks, signal)
  } catch (error) {
    const { context, message } = failureOf(error)
    if (!/^2[23]/.test(String(context['state']))) throw error
    const middle = marks.length >> 1
    if (middle === 0) {
      telling.told.refused++
      telling.told.refusal = message
      return
    }
    for (const half of [marks.slice(0, middle), marks.slice(middle)])
      if (!signal.aborted) await tell(connection, parts, telling, half, signal)
  }
}

async function tellBatch(
  connection: Connection,
  parts: RoundParts,
  { kind, place, aheadMs, told, latestMs }: Telling,
  marks: readonly Mark[],
  signal: AbortSignal,
): Promise<void> {
  const { book, clock, memory } = parts
  const batch = read(parts, kind, marks, latestMs())
  await sendPictures(connection, parts, batch, place.share, signal)
  if (signal.aborted) return
  const [startMs, before] = [clock.monoMs(), batch.bytes]
  await connection.within(async () => {
    await write(connection, parts, batch)
    place.rounds = await countRound(connection, parts, aheadMs)
  })
  keepPlace(memory, place)
  book.outbox.done(batch.marks)
  told.rows += batch.marks.length
  told.bytes += batch.bytes
  told.held += marks.length - batch.marks.length
  await pace(parts, batch.bytes - before, clock.monoMs() - startMs, signal)
  await parts.giveWay(signal)
}

/** Pictures go before the rows that name them, a few at a time: what has come over a slow line need not come again. */
async function sendPictures(
  connection: Connection,
  parts: RoundParts,
  batch: Batch,
  share: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = parts
  for (const some of portions(await unsent(connection, parts.farm, batch), mostBytes * share)) {
    if (signal.aborted) return
    const startMs = clock.monoMs()
    const bytes = await put(connection, parts.farm, writes.blobs, some)
    batch.bytes += bytes
    await pace(parts, bytes, clock.monoMs() - startMs, signal)
    await parts.giveWay(signal)
  }
}

type Picture = { readonly hash: string; readonly bytes: string }

function portions(pictures: readonly Picture[], most: number): Picture[][] {
  const all: Picture[][] = []
  let room = 0
  for (const picture of pictures) {
    if (room < picture.bytes.length) [room] = [most, all.push([])]
    room -= picture.bytes.length
    all.at(-1)?.push(picture)
  }
  return all
}

/** Waits for as long as what went should have taken. */
export async function pace(
  { bytesPerSecond }: RoundParts,
  bytes: number,
  tookMs: number,
  signal: AbortSignal,
) {
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
  /** What was sent of it. */
  bytes: number
}

const msOf = (stamp: Stamp) => Number.parseInt(stamp.slice(0, 12), 16)

/** Without what was said later. */
function asOf(latestMs: number, { fields, ...horse }: HorseState): HorseState {
  const said = Object.entries(fields).filter(([, { at }]) => msOf(at) <= latestMs)
  return { ...horse, firstMs: seenBy(latestMs, horse.firstMs), fields: Object.fromEntries(said) }
}

/** What a wrong clock says that it saw later was seen by now. */
const seenBy = (latestMs: number, ms: number) => (ms > latestMs ? latestMs - mostAheadMs : ms)

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
  if (kind === 'seen') {
    const { rows: seen, blobs } = rows.seen(ids)
    const told = seen.map((row) => ({ ...row, lastMs: seenBy(latestMs, row.lastMs) }))
    return { ...plain, table: 'seen', rows: told, blobs }
  }
  if (kind === 'sighting') return { ...plain, table: 'sightings', rows: rows.sightings(ids) }
  const { rows: looks, blobs } = rows.looks(ids)
  const told = looks.map(({ vectors: _, ...look }) => ({ ...look, takenMs: seenBy(latestMs, look.takenMs) }))
  return { ...plain, table: 'looks', rows: told, blobs, looks }
}

async function unsent(connection: Connection, farm: string, { blobs }: Batch): Promise<Picture[]> {
  if (blobs.size === 0) return []
  const rows = await connection.query<{ hash: string }>(reads.unsent, [farm, [...blobs.keys()]])
  return rows.flatMap(({ hash }) => {
    const bytes = blobs.get(hash)
    return bytes ? [{ hash, bytes: base64(bytes) }] : []
  })
}

/** Answers how many bytes were sent. */
async function put(
  connection: Connection,
  farm: string,
  sql: string,
  rows: readonly object[],
  ...more: unknown[]
): Promise<number> {
  if (rows.length === 0) return 0
  const json = JSON.stringify(rows)
  await connection.query(sql, [farm, json, ...more])
  return json.length
}

async function write(connection: Connection, { farm, box }: RoundParts, batch: Batch): Promise<void> {
  const say = async (sql: string, rows: readonly object[], ...more: unknown[]) => {
    batch.bytes += await put(connection, farm, sql, rows, ...more)
  }
  if (batch.blobs.size > 0) {
    await connection.query(writes.keepBlobs, [farm, [...batch.blobs.keys()]])
    // Those that were let go of since they were sent.
    await say(writes.blobs, await unsent(connection, farm, batch))
  }
  await say(writes.horses, batch.named)
  await say(writes[batch.table], batch.rows, ...(batch.table === 'sightings' ? [box] : []))
  const gone = batch.looks.filter((look) => look.gone).map(({ id }) => id)
  if (gone.length > 0) await connection.query(writes.noVectors, [farm, box, gone])
  const vectors = batch.looks.flatMap(({ id: look, vectors }) =>
    vectors.map(({ model, dim, data }) => ({ look, model, dim, data: base64(data) })),
  )
  await say(writes.vectors, vectors, box)
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
