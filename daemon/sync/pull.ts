/**
 * Hears what other boxes told. By the number of the transaction that changed a row last: one that began early and ends late
 * has an old number, so the next time is gone on from the oldest that was still open, never from the newest that was seen.
 */

import type {
  Applied,
  CorrectionState,
  HorseState,
  LookState,
  LookVector,
  Pulled,
  SeenState,
} from '../sync-types.ts'
import type { HorseId } from '../types.ts'
import type { Connection, Row } from './connection.ts'
import { type HeardTable, keepPlace, noteSkipped, type Place, shareOf } from './place.ts'
import type { RoundParts } from './ports.ts'
import { pace } from './push.ts'
import { namedBy, reads } from './tables.ts'

const most: Readonly<Record<HeardTable, number>> = { horses: 200, corrections: 500, seen: 100, looks: 50 }
/** New horses are taken in together up to so many looks. */
const mostLooks = 30
/** Pictures in one answer. */
const mostPictures = 16

/** Up to where a table was read within this round. */
interface Reading {
  xid: string
  key: string
}

type Changed = Row & { changeXid: string; changeKey: string }

/** Everything new; answers how many rows that was. */
export async function pull(
  connection: Connection,
  parts: RoundParts,
  place: Place,
  signal: AbortSignal,
): Promise<number> {
  const { book, clock, memory, onApplied, wantsLooks, giveWay } = parts
  const tables: HeardTable[] = ['horses', 'corrections', 'seen', ...(wantsLooks ? (['looks'] as const) : [])]
  const at = Object.fromEntries(tables.map((table) => [table, { xid: place.heard[table], key: '' }]))
  let open = tables
  let horizon: string | undefined
  let rows = 0
  while (open.length > 0 && !signal.aborted) {
    const read = await connection.within(async () => {
      const [{ xmin = '0' } = {}] = await connection.query<{ xmin: string }>(reads.horizon)
      horizon ??= xmin
      const found: Partial<Record<HeardTable, Changed[]>> = {}
      for (const table of open) found[table] = await readTable(connection, parts, place, table, at[table])
      return { found, changed: await complete(connection, parts, found) }
    }, 'reads')
    for await (const page of pagesOf(connection, parts, read.changed, place, signal)) {
      // Some of its pictures may be missing then.
      if (signal.aborted) break
      const applied = isEmpty(page) ? nothing : book.apply(page, clock.utcMs())
      noteSkipped(
        place,
        [...page.horses, ...page.corrections].map(({ id }) => id),
        applied.skipped,
      )
      onApplied(applied)
      await giveWay(signal)
    }
    if (signal.aborted) break
    rows += Object.values(read.found).reduce((sum, { length }) => sum + length, 0)
    const oldest = BigInt(horizon ?? '0')
    open = open.filter((table) => {
      const found = read.found[table] ?? []
      const last = found.at(-1)
      const isFull = found.length === shareOf(most[table], place)
      if (last && isFull) at[table] = { xid: last.changeXid, key: last.changeKey }
      // One transaction may fill many pages: it is gone on from its beginning.
      const upTo = isFull && last && BigInt(last.changeXid) < oldest ? BigInt(last.changeXid) : oldest
      if (!isFull || upTo < oldest) place.heard[table] = String(upTo)
      return isFull
    })
    if (rows > 0) keepPlace(memory, place)
  }
  return rows
}

const isEmpty = ({ horses, corrections, seen, looks }: Pulled) =>
  horses.length + corrections.length + seen.length + looks.length === 0
const nothing: Applied = { fresh: [], edited: [], gone: [], isGalleryOld: false, skipped: [] }

async function readTable(
  connection: Connection,
  { farm, box }: RoundParts,
  place: Place,
  table: HeardTable,
  at: Reading | undefined,
): Promise<Changed[]> {
  // Rows of the transaction itself count: a key is never empty.
  const { xid, key } = at ?? { xid: '0', key: '' }
  return await connection.query<Changed>(reads[table], [farm, xid, key, shareOf(most[table], place), box])
}

const bare = ({ changeXid: _, changeKey: __, ...row }: Changed): Row => row

interface Heard {
  readonly horses: HorseState[]
  readonly corrections: CorrectionState[]
  readonly seen: SeenState[]
  readonly looks: LookState[]
}

async function complete(
  connection: Connection,
  parts: RoundParts,
  found: Partial<Record<HeardTable, Changed[]>>,
): Promise<Heard> {
  const changed = <T>(table: HeardTable) => (found[table] ?? []).map(bare) as unknown as T[]
  const horses = changed<HorseState>('horses')
  const corrections = changed<CorrectionState>('corrections')
  const seen = changed<SeenState>('seen')
  // What this box let go of with time, and another has seen since.
  const given = new Set(horses.map(({ id }) => id))
  const back = parts.book.letGo(seen.map(({ horse }) => horse).filter((id) => !given.has(id)))
  if (back.length > 0)
    horses.push(...(await rowsOf<HorseState>(connection, reads.horsesById, parts.farm, back)))
  await follow(connection, parts, horses, corrections)
  return { horses, corrections, seen, looks: changed('looks') }
}

/**
 * What is taken in at one time: little enough for a slow line and a slow disk. A horse that is new here, or was let go of, or lost, comes with what was seen of it, its
 * looks, and the corrections that waited for it; where it is broken off, the horses that are still to come are new the next time.
 */
async function* pagesOf(
  connection: Connection,
  parts: RoundParts,
  { horses, corrections, ...changed }: Heard,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<Pulled> {
  const { farm, book } = parts
  const all = horses.map(({ id }) => id)
  const fresh = new Set([...book.missing(all), ...book.letGo(all)])
  const absent = new Set([...book.missing(namedBy(corrections)), ...fresh])
  let waiting: readonly CorrectionState[] = corrections
  const ready = () => {
    const isReady = (one: CorrectionState) => namedBy([one]).every((id) => !absent.has(id))
    const now = waiting.filter(isReady)
    waiting = waiting.filter((one) => !isReady(one))
    return now
  }
  for (const some of await together(
    connection,
    parts,
    horses.filter(({ id }) => fresh.has(id)),
  )) {
    if (signal.aborted) return
    const ids = some.map(({ id }) => id)
    for (const id of ids) absent.delete(id)
    const seen = await rowsOf<SeenState>(connection, reads.seenOf, farm, ids)
    const looks = await rowsOf<LookState>(connection, reads.looksOf, farm, ids, whose(parts))
    yield await withPictures(
      connection,
      parts,
      { horses: some, corrections: ready(), seen, looks },
      place,
      signal,
    )
  }
  const known = horses.filter(({ id }) => !fresh.has(id))
  // Whose horse nobody has told yet comes with that horse.
  const rest = { ...changed, horses: known, corrections: ready() }
  yield await withPictures(connection, parts, rest, place, signal)
}

/** Whose looks come with a new horse: all, or what this box once knew it by. */
const whose = ({ wantsLooks, box }: RoundParts) => (wantsLooks ? null : box)

/** New horses in groups that have few looks each. */
async function together(
  connection: Connection,
  parts: RoundParts,
  horses: readonly HorseState[],
): Promise<HorseState[][]> {
  const counts = new Map<HorseId, number>()
  if (horses.length > 0) {
    const asked = [parts.farm, horses.map(({ id }) => id), whose(parts)]
    const rows = await rowsOf<{ horse: HorseId; looks: number }>(connection, reads.looksCount, ...asked)
    for (const { horse, looks } of rows) counts.set(horse, looks)
  }
  const groups: HorseState[][] = []
  let room = -1
  for (const horse of horses) {
    const looks = counts.get(horse.id) ?? 0
    if (room < looks) [room] = [Math.max(mostLooks, looks), groups.push([])]
    room -= looks
    groups.at(-1)?.push(horse)
  }
  return groups
}

async function withPictures(
  connection: Connection,
  parts: RoundParts,
  { looks, ...rows }: Heard,
  place: Place,
  signal: AbortSignal,
): Promise<Pulled> {
  const { farm, book, clock } = parts
  const page = { ...rows, looks: await withVectors(connection, farm, looks) }
  const blobs = new Map<string, Uint8Array>()
  const hashes = book.wanted(page)
  const step = shareOf(mostPictures, place)
  for (let from = 0; from < hashes.length && !signal.aborted; from += step) {
    const startMs = clock.monoMs()
    const some = hashes.slice(from, from + step)
    const found = await rowsOf<{ hash: string; bytes: Buffer }>(connection, reads.blobs, farm, some)
    for (const { hash, bytes } of found) blobs.set(hash, bytes)
    const bytes = found.reduce((sum, one) => sum + one.bytes.length, 0)
    await pace(parts, bytes, clock.monoMs() - startMs, signal)
  }
  return { ...page, blobs }
}

/** Adds the horses that corrections name and the corrections that name new horses: the one leads to the other. */
async function follow(
  connection: Connection,
  { farm, book }: RoundParts,
  horses: HorseState[],
  corrections: CorrectionState[],
): Promise<void> {
  const asked = new Set(horses.map(({ id }) => id))
  let fresh = book.missing([...asked])
  for (;;) {
    if (fresh.length > 0)
      corrections.push(...(await rowsOf<CorrectionState>(connection, reads.correctionsOf, farm, fresh)))
    const absent = book.missing(namedBy(corrections)).filter((id) => !asked.has(id))
    if (absent.length === 0) return
    for (const id of absent) asked.add(id)
    const found = await rowsOf<HorseState>(connection, reads.horsesById, farm, absent)
    horses.push(...found)
    fresh = found.map(({ id }) => id)
  }
}

const rowsOf = async <T>(connection: Connection, sql: string, ...values: unknown[]) =>
  (await connection.query(sql, values)) as unknown as T[]

async function withVectors(connection: Connection, farm: string, looks: LookState[]): Promise<LookState[]> {
  const there = looks.filter(({ gone }) => !gone)
  if (there.length === 0) return looks.map((look) => ({ ...look, vectors: [] }))
  const asked = JSON.stringify(there.map(({ box, id }) => ({ box, look: id })))
  const rows = await connection.query<Row & LookVector & { box: string; look: number }>(reads.vectors, [
    farm,
    asked,
  ])
  const of = Map.groupBy(rows, ({ box, look }) => `${box} ${look}`)
  return looks.map((look) => ({ ...look, vectors: of.get(`${look.box} ${look.id}`) ?? [] }))
}
