/**
 * What the load has said, over all its lives, and whether the file still says so.
 */
import type { Db } from '../../../daemon/registry/database.ts'
import { type Fact, type Row, readRows } from './facts.ts'

export interface Ledger {
  /** Another life begins. */
  begin(): void
  take(fact: Fact): void
  /** After the kill: what the file does not hold to, and the most ms of last-seen that were lost. Believes it from then on. */
  settle(db: Db): { readonly faults: string[]; readonly lostMs: number }
}

type Frame = Extract<Fact, { seen: unknown }>

interface Life {
  /** What a person was at when the kill came; undefined when at nothing. */
  about: readonly string[] | null | undefined
  /** Whatever people touched: its sightings may have gone elsewhere. */
  readonly touched: Set<string>
  readonly frames: Frame[]
  readonly counted: Map<string, number>
}

const newLife = (): Life => ({ about: undefined, touched: new Set(), frames: [], counted: new Map() })

export function createLedger(): Ledger {
  const told = new Map<string, Row>()
  /** Whose each number of a stream is, or was. */
  const numbers = new Map<string, string>()
  const reused: string[] = []
  let life = newLife()
  const believe = (row: Row) => {
    told.set(row.id, row)
    if (!('number' in row)) return
    const key = `${row['stream_id']} ${row['number']}`
    const owner = numbers.get(key) ?? row.id
    if (owner !== row.id) reused.push(`number ${key} was ${owner}'s and is ${row.id}'s`)
    numbers.set(key, owner)
  }
  return {
    begin() {
      life = newLife()
    },
    take(fact) {
      if ('born' in fact) believe(fact.born)
      else if ('about' in fact) life.about = fact.about
      else if ('done' in fact) {
        fact.done.forEach(believe)
        for (const { id } of fact.done) life.touched.add(id)
        life.about = undefined
      } else if ('seen' in fact) life.frames.push(fact)
      else if ('counted' in fact) for (const [id, count] of fact.counted) life.counted.set(id, count)
      if ('about' in fact) for (const id of fact.about ?? []) life.touched.add(id)
    },
    settle(db) {
      const stored = new Map(readRows(db).map((row) => [row.id, row]))
      const faults = [...told.values()].flatMap((row) => differences(row, stored.get(row.id), life))
      for (const row of stored.values()) believe(row)
      faults.push(...reused.splice(0), ...lostCounts(db, life))
      return { faults, lostMs: lostMs(db, life) }
    },
  }
}

/** A row that was being changed may be as before or as after. */
function differences(row: Row, stored: Row | undefined, { about }: Life): string[] {
  if (!stored) return [`${row.id} was told and is gone`]
  if (about?.includes(row.id)) return []
  return Object.keys(row)
    .filter((column) => row[column] !== stored[column])
    .filter((column) => !(about === null && column === 'deleted_ms' && row[column] === null))
    .map((column) => `${row.id}: ${column} was told as ${row[column]} and is ${stored[column]}`)
}

interface Seen {
  readonly id: string
  readonly ms: number
  readonly detections: number
}

/** Of the horses that nobody but the box has touched in this life. */
function untouched(db: Db, { about, touched }: Life): Map<string, Seen> {
  if (about === null) return new Map()
  const rows = db
    .prepare<[], Seen>('SELECT id, last_seen_ms AS ms, total_detections AS detections FROM living')
    .all()
  return new Map(rows.filter(({ id }) => !touched.has(id)).map((row) => [row.id, row]))
}

function lostCounts(db: Db, life: Life): string[] {
  const stored = untouched(db, life)
  return [...life.counted].flatMap(([id, count]) => {
    const now = stored.get(id)?.detections ?? count
    return now < count ? [`${id} had ${count} detections and has ${now}`] : []
  })
}

/** For each horse from the frame before the first that is not stored, to the last that it was seen in; the longest. */
function lostMs(db: Db, life: Life): number {
  const stored = untouched(db, life)
  const before = new Map<string, number>()
  const since = new Map<string, number>()
  const lost = new Map<string, number>()
  for (const { stream, utcMs, seen } of life.frames) {
    for (const id of seen) {
      const row = stored.get(id)
      if (!row || utcMs <= row.ms) continue
      const fromMs = since.get(id) ?? before.get(stream) ?? utcMs
      since.set(id, fromMs)
      lost.set(id, utcMs - fromMs)
    }
    before.set(stream, utcMs)
  }
  return Math.max(0, ...lost.values())
}
