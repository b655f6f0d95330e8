/**
 * Hears what other boxes told. By the number of the transaction that changed a row last: one that began early and ends late
 * has an old number, so the next time is gone on from the oldest that was still open, never from the newest that was seen.
 */

import type { CorrectionState, HorseState, LookState, LookVector, Pulled, SeenState } from '../sync-types.ts'
import type { HorseId } from '../types.ts'
import type { Connection, Row } from './connection.ts'
import { type HeardTable, keepPlace, type Place } from './place.ts'
import type { RoundParts } from './ports.ts'
import { namedBy, reads } from './tables.ts'

const most: Readonly<Record<HeardTable, number>> = { horses: 200, corrections: 500, seen: 500, looks: 200 }

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
  const { book, clock, memory, onApplied, wantsLooks } = parts
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
      for (const table of open) found[table] = await readTable(connection, parts, table, at[table])
      return { found, page: await complete(connection, parts, found) }
    }, 'reads')
    onApplied(book.apply(read.page, clock.utcMs()))
    rows += Object.values(read.found).reduce((sum, { length }) => sum + length, 0)
    const oldest = BigInt(horizon ?? '0')
    open = open.filter((table) => {
      const found = read.found[table] ?? []
      const last = found.at(-1)
      const isFull = found.length === most[table]
      if (last && isFull) at[table] = { xid: last.changeXid, key: last.changeKey }
      // One transaction may fill many pages: it is gone on from its beginning.
      const upTo = isFull && last && BigInt(last.changeXid) < oldest ? BigInt(last.changeXid) : oldest
      if (!isFull || upTo < oldest) place.heard[table] = String(upTo)
      return isFull
    })
    keepPlace(memory, place)
  }
  return rows
}

async function readTable(
  connection: Connection,
  { farm, box }: RoundParts,
  table: HeardTable,
  at: Reading | undefined,
): Promise<Changed[]> {
  // Rows of the transaction itself count: a key is never empty.
  const { xid, key } = at ?? { xid: '0', key: '' }
  return await connection.query<Changed>(reads[table], [farm, xid, key, most[table], box])
}

const bare = ({ changeXid: _, changeKey: __, ...row }: Changed): Row => row

/** With what a page refers to: horses that are not known here, what was seen of those that are new, and the pictures. */
async function complete(
  connection: Connection,
  parts: RoundParts,
  found: Partial<Record<HeardTable, Changed[]>>,
): Promise<Pulled> {
  const { farm, box, book, wantsLooks } = parts
  const changed = <T>(table: HeardTable) => (found[table] ?? []).map(bare) as unknown as T[]
  const horses = changed<HorseState>('horses')
  const corrections = changed<CorrectionState>('corrections')
  const fresh = await follow(connection, parts, horses, corrections)
  const seen = changed<SeenState>('seen')
  const looks = changed<LookState>('looks')
  if (fresh.length > 0) {
    seen.push(...(await rowsOf<SeenState>(connection, reads.seenOf, farm, fresh, box)))
    if (wantsLooks) looks.push(...(await rowsOf<LookState>(connection, reads.looksOf, farm, fresh, box)))
  }
  // Whose horse nobody has told yet comes with that horse.
  const absent = new Set(book.missing(namedBy(corrections)).filter((id) => !fresh.includes(id)))
  const heard = corrections.filter((one) => !namedBy([one]).some((id) => absent.has(id)))
  const page = { horses, corrections: heard, seen, looks: await withVectors(connection, farm, looks) }
  const hashes = book.wanted(page)
  const blobs = new Map<string, Uint8Array>()
  if (hashes.length > 0) {
    const rows = await connection.query<{ hash: string; bytes: Buffer }>(reads.blobs, [farm, hashes])
    for (const { hash, bytes } of rows) blobs.set(hash, bytes)
  }
  return { ...page, blobs }
}

/**
 * Adds the horses that corrections name and the corrections that name new horses: the one leads to the other. Answers the horses that are
 * new here.
 */
async function follow(
  connection: Connection,
  { farm, book }: RoundParts,
  horses: HorseState[],
  corrections: CorrectionState[],
): Promise<HorseId[]> {
  const asked = new Set(horses.map(({ id }) => id))
  let fresh = book.missing([...asked])
  for (;;) {
    if (fresh.length > 0)
      corrections.push(...(await rowsOf<CorrectionState>(connection, reads.correctionsOf, farm, fresh)))
    const absent = book.missing(namedBy(corrections)).filter((id) => !asked.has(id))
    if (absent.length === 0) return book.missing(horses.map(({ id }) => id))
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
