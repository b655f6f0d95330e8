/**
 * Tells BarnHand's table `horses` of this box's horses, where the config says so. Its rows live beside BarnHand's own, whose rules they
 * keep: a number is taken as BarnHand takes one, a tombstone stands, and a name or a resident is told on demand only. What is in the
 * way of this part is in the way of nothing else.
 */
import type { BarnboxError } from '../lib/errors.ts'
import type { BarnhandView, PartFault, PortableHorse, PortableMark } from '../sync-types.ts'
import type { Clock, HorseId } from '../types.ts'
import { longestTrackingId, mismatch, readTable, type Table, vectorDim } from './barnhand-table.ts'
import { type Connection, failureOf } from './connection.ts'
import type { Memory } from './ports.ts'

export interface BarnhandConfig {
  /** BarnHand's stream by the camera. */
  readonly stream_ids: Readonly<Record<string, string>>
  readonly farm_id: string
  readonly prefix: string
  readonly names: boolean
  readonly official: boolean
}

interface Book {
  marks(streams: readonly string[]): PortableMark[]
  read(ids: readonly HorseId[], model: { readonly name: string; readonly dim: number }): PortableHorse[]
}

export interface BarnhandParts {
  readonly config: BarnhandConfig
  readonly book: Book
  readonly memory: Memory
  readonly clock: Clock
  /** The least time between two visits. */
  readonly everyMs: number
}

/** A horse that has a row there. */
export interface Told {
  readonly trackingId: string
  readonly streamId: string
  /** Without its picture: all of a barn's are held. */
  readonly horse: Pick<PortableHorse, 'streamId' | 'detections' | 'officialMs' | 'vector'>
}

export interface Barnhand {
  /** Tells what has changed; throws only where the connection itself is lost. */
  tell(connection: Connection, signal: AbortSignal): Promise<void>
  told(id: HorseId): Told | undefined
  view(): Omit<BarnhandView, 'redis'>
}

/** Whose vectors BarnHand holds against each other. */
export const model = { name: 'megadescriptor-t-224', dim: vectorDim } as const
const largestAvatarBytes = 102_400
const most = 100
/** BarnHand may hold a row for long: then it is told of the next time. */
const limits = `SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'`
/** Any number, as long as it is always the same: boxes of one farm take numbers one after the other. */
const lockNumber = 0x6261726f
const numberKey = 'barnhand_number'

export function createBarnhand(parts: BarnhandParts): Barnhand {
  const { config, book, clock, everyMs } = parts
  const cameras = Object.keys(config.stream_ids)
  const state: State = { signs: new Map(), told: new Map(), unplaced: new Set(), deleted: new Set() }
  let table: { of: Connection; is: Table } | undefined
  let fault: PartFault | null = null
  let visitedMs = Number.NEGATIVE_INFINITY
  const visit = async (connection: Connection, signal: AbortSignal) => {
    if (table?.of !== connection) table = { of: connection, is: await readTable(connection, config) }
    const marks = book.marks(cameras)
    forget(state, marks)
    const due = marks.filter(({ id, sign, isGone }) => state.signs.get(id) !== signOf(sign, isGone))
    let failed: unknown
    for (const batch of batches(due)) {
      if (signal.aborted) return
      failed = (await tellBatch({ ...parts, connection, table: table.is, state }, batch)) ?? failed
    }
    if (failed !== undefined) throw failed
  }
  return {
    told: (id) => state.told.get(id),
    view: () => ({
      ...{ fault, rows: state.told.size, unplaced: state.unplaced.size, deleted: state.deleted.size },
    }),
    async tell(connection, signal) {
      const nowMs = clock.monoMs()
      if (nowMs - visitedMs < everyMs) return
      visitedMs = nowMs
      try {
        await visit(connection, signal)
        fault = null
      } catch (thrown) {
        const error = failureOf(thrown)
        // Without a word of the server's it is the line that is lost, and that is everybody's.
        if (isOfLine(error) || error.code === 'INTERNAL') throw error
        table = undefined
        fault = { code: codeOf(error), detail: error.message }
      }
    },
  }
}

const isOfLine = ({ code, context }: BarnboxError) =>
  code === 'SYNC_UNREACHABLE' && !/^(40|55P03|57014)/.test(String(context['state'] ?? ''))

/** What went wrong, as this part's fault and not the line's. */
export const codeOf = ({ code }: BarnboxError): string => {
  if (code.startsWith('BARNHAND_')) return code
  return code === 'SYNC_REFUSED' ? 'BARNHAND_REFUSED' : 'BARNHAND_FAILED'
}

interface State {
  /** What was told last of each horse. */
  readonly signs: Map<HorseId, string>
  readonly told: Map<HorseId, Told>
  readonly unplaced: Set<HorseId>
  readonly deleted: Set<HorseId>
}

const signOf = (sign: string, isGone: boolean) => (isGone ? 'gone' : sign)

/** Of a horse that is no longer any of these cameras' nothing is kept. */
function forget({ signs, told, unplaced, deleted }: State, marks: readonly PortableMark[]): void {
  const there = new Set(marks.map(({ id }) => id))
  for (const held of [signs, told, unplaced, deleted])
    for (const id of held.keys()) if (!there.has(id)) held.delete(id)
}

/** Of one camera each: where its stream is missing there, the others' horses are told all the same. */
function batches(marks: readonly PortableMark[]): PortableMark[][] {
  const found: PortableMark[][] = []
  for (const mark of marks) {
    const last = found.at(-1)
    if (last && last.length < most && last[0]?.streamId === mark.streamId) last.push(mark)
    else found.push([mark])
  }
  return found
}

interface Visit extends BarnhandParts {
  readonly connection: Connection
  readonly table: Table
  readonly state: State
}

const foreignKey = '23503'

/** What is wrong with a row is wrong with that one alone: it is found by halves. Answers what was wrong. */
async function tellBatch(visit: Visit, marks: readonly PortableMark[]): Promise<unknown> {
  try {
    await tellRows(visit, marks)
    return undefined
  } catch (thrown) {
    const { context } = failureOf(thrown)
    const isOfRow = /^2[23]/.test(String(context['state'] ?? ''))
    const isOfStream = context['state'] === foreignKey
    if (!isOfRow && !isOfStream) throw thrown
    if (isOfStream || marks.length === 1) return thrown
    const half = marks.length >> 1
    const first = await tellBatch(visit, marks.slice(0, half))
    return (await tellBatch(visit, marks.slice(half))) ?? first
  }
}

type Known = { id: HorseId; trackingId: string; streamId: string | null; isDeleted: boolean }

async function tellRows(visit: Visit, marks: readonly PortableMark[]): Promise<void> {
  const { connection, book, table, memory } = visit
  const horses = new Map(
    book
      .read(
        marks.flatMap(({ id, isGone }) => (isGone ? [] : [id])),
        model,
      )
      .map((one) => [one.id, one]),
  )
  const done = await connection.within(async () => {
    await connection.query(limits)
    const known = await rowsThere(connection, table, marks)
    const gone = marks.filter(({ id, isGone }) => isGone && known.get(id)?.isDeleted === false)
    if (gone.length > 0) await bury(connection, table, gone)
    const there = marks.flatMap(({ id }) => horses.get(id) ?? [])
    const old = there.flatMap((horse) => {
      const row = known.get(horse.id)
      return row && !row.isDeleted ? [{ horse, trackingId: row.trackingId } satisfies Numbered] : []
    })
    const fresh = there.filter(({ id, box }) => !known.has(id) && box !== null)
    const numbered = fresh.length === 0 ? [] : await giveNumbers(visit, fresh)
    const rows = (some: readonly Numbered[]) => JSON.stringify(some.map((one) => rowOf(visit, one)))
    if (old.length > 0) await connection.query(table.update, [rows(old)])
    if (numbered.length > 0) await connection.query(table.insert, [rows(numbered)])
    const told: Numbered[] = [...old, ...numbered]
    return { known, told }
  })
  const newest = Math.max(0, ...done.told.map(({ number = 0 }) => number))
  if (newest > 0) memory.set(numberKey, String(newest))
  note(visit, marks, done)
}

/** Once the server has it. */
function note(
  { state, config }: Visit,
  marks: readonly PortableMark[],
  { known, told }: { known: ReadonlyMap<HorseId, Known>; told: readonly Numbered[] },
): void {
  const { signs, unplaced, deleted } = state
  const now = new Map(told.map((one) => [one.horse.id, one]))
  for (const { id, isGone, sign, streamId } of marks) {
    const row = now.get(id)
    const isDeleted = known.get(id)?.isDeleted === true && !isGone
    signs.set(id, signOf(sign, isGone))
    if (isDeleted) deleted.add(id)
    else deleted.delete(id)
    if (row || isDeleted || isGone) unplaced.delete(id)
    else unplaced.add(id)
    const stream = known.get(id)?.streamId ?? config.stream_ids[streamId]
    if (row && stream !== undefined) {
      const { detections, officialMs, vector } = row.horse
      const horse = { streamId, detections, officialMs, vector }
      state.told.set(id, { trackingId: row.trackingId, streamId: stream, horse })
    } else state.told.delete(id)
  }
}

async function rowsThere(
  connection: Connection,
  { has }: Table,
  marks: readonly PortableMark[],
): Promise<Map<HorseId, Known>> {
  // Locked, so that nobody buries one between this and what is written.
  const rows = await connection.query<Known>(
    `SELECT id::text, tracking_id AS "trackingId", ${has.has('stream_id') ? 'stream_id::text' : 'NULL'} AS "streamId",
       status IS NOT DISTINCT FROM 'deleted' AS "isDeleted"
     FROM public.horses WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`,
    [marks.map(({ id }) => id)],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** As BarnHand itself deletes: the row stays, and nobody revives it. */
async function bury(connection: Connection, { has }: Table, marks: readonly PortableMark[]): Promise<void> {
  const more = has.has('updated_at') ? ', updated_at = now()' : ''
  await connection.query(
    `UPDATE public.horses SET status = 'deleted'${more} WHERE id = ANY ($1::uuid[]) AND status IS DISTINCT FROM 'deleted'`,
    [marks.map(({ id }) => id)],
  )
}

interface Numbered {
  readonly horse: PortableHorse
  readonly trackingId: string
  readonly number?: number
}

/**
 * BarnHand reads the number after `_horse_` and goes on from the greatest of its barn, deleted ones too. A new row takes the next one, as
 * one of its own would: its counter never leaps, and no number is given twice.
 */
async function giveNumbers(visit: Visit, horses: readonly PortableHorse[]): Promise<Numbered[]> {
  const { connection, table, config, memory } = visit
  const { prefix, farm_id } = config
  await connection.query('SELECT pg_advisory_xact_lock($1)', [lockNumber])
  const start = `${prefix}_horse_`
  const hasFarms = table.has.has('farm_id')
  const scope = hasFarms ? 'WHERE farm_id::text = $1 OR starts_with(tracking_id, $2)' : ''
  const [row] = await connection.query<{ greatest: string | null }>(
    `SELECT max(substring(tracking_id FROM '_horse_([0-9]+)')::numeric)::text AS greatest FROM public.horses ${scope}`,
    hasFarms ? [farm_id, start] : [],
  )
  const before = Math.max(Number(row?.greatest ?? 0), Number(memory.get(numberKey) ?? 0))
  return horses.map((horse, index) => {
    const number = before + 1 + index
    const trackingId = `${start}${String(number).padStart(3, '0')}`
    if (!Number.isSafeInteger(number) || trackingId.length > longestTrackingId)
      throw mismatch(`the next tracking id, ${trackingId}, is longer than ${longestTrackingId} characters`)
    return { horse, number, trackingId }
  })
}

const iso = (ms: number) => new Date(ms).toISOString()

/** The row, all of it as text; columns that this server lacks are passed over there. */
function rowOf({ config, clock }: Visit, { horse, trackingId, number }: Numbered): Record<string, unknown> {
  const { avatar, box, vector, officialMs } = horse
  return {
    ...{ id: horse.id, tracking_id: trackingId, status: 'active', name: horse.name },
    ...{ farm_id: config.farm_id, stream_id: config.stream_ids[horse.streamId] },
    ...{ color_hex: horse.color, ui_color: horse.color, feature_vector: vector && `[${vector.join(',')}]` },
    avatar_thumbnail:
      avatar && avatar.length <= largestAvatarBytes ? Buffer.from(avatar).toString('base64') : null,
    ...{ first_detected: iso(horse.firstMs), last_seen: iso(horse.lastMs) },
    ...{ total_detections: String(horse.detections), track_confidence: String(horse.confidence) },
    ...{ confidence_score: String(horse.confidence), is_official: String(officialMs !== null) },
    made_official_at: officialMs === null ? null : iso(officialMs),
    ...{ created_at: iso(clock.utcMs()), updated_at: iso(clock.utcMs()) },
    metadata: box && JSON.stringify({ bbox: bboxOf(box), color: horse.color, tracking_id_int: number }),
  }
}

/** In BarnHand's form; at least a pixel, for one that is empty blanks its pictures. */
export function bboxOf([x1, y1, x2, y2]: NonNullable<PortableHorse['box']>) {
  const [x, y] = [Math.round(x1), Math.round(y1)]
  return { x, y, width: Math.max(1, Math.round(x2) - x), height: Math.max(1, Math.round(y2) - y) }
}
