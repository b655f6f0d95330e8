/**
 * Takes in what other boxes told, a page in one transaction: in `horses` what all know together, in `pulled_edits` what was here
 * before. Heard twice, or in another order, it comes to the same.
 */
import { BarnboxError } from '../lib/errors.ts'
import { type HybridClock, isStamp, type Stamp } from '../lib/hlc.ts'
import type { Applied, HorseState, Pulled, PulledEdit, Register } from '../sync-types.ts'
import type { HorseId, StreamId } from '../types.ts'
import { openLetGo } from './cleanup.ts'
import type { Db } from './database.ts'
import type { Moves } from './moves.ts'
import { type Others, openOthers } from './sync-others.ts'
import type { SyncOutbox } from './sync-outbox.ts'
import { columnOf } from './sync-rows.ts'
import { openVerdicts, type Turn } from './sync-verdicts.ts'

export interface SyncApply {
  /** Throws `CLOCK_AHEAD` for what was said more than a day in the future, and then takes in nothing. */
  apply(page: Pulled, nowMs: number): Applied
  /** Which of some horses are not here. */
  missing(ids: readonly HorseId[]): HorseId[]
  /** Which of some horses this box let go of with time. */
  letGo(ids: readonly HorseId[]): HorseId[]
  /** Where a horse was founded, whether it is still there or not. */
  streamOf(id: HorseId): StreamId | undefined
  /** The pictures, by their hash, that must come with a page. */
  wanted(page: Omit<Pulled, 'blobs'>): string[]
  /** What others' words took the place of, the newest first. */
  pulledEdits(id: HorseId, limit: number): PulledEdit[]
}

type Parts = Omit<Parameters<typeof openOthers>[1], 'letGo'> & {
  readonly clock: HybridClock
  readonly moves: Moves
  readonly outbox: SyncOutbox
}

function prepareAll(db: Db) {
  const fields = Object.entries(columnOf)
  return {
    known: db.prepare<[string], 1>('SELECT 1 FROM horses WHERE id = ?').pluck(),
    stream: db.prepare<[string], StreamId>('SELECT stream_id FROM horses WHERE id = ?').pluck(),
    taken: db.prepare<[string, number], 1>('SELECT 1 FROM horses WHERE stream_id = ? AND number = ?').pluck(),
    next: db.prepare<[string], number>('SELECT next_number FROM streams WHERE id = ?').pluck(),
    raise: db.prepare('UPDATE streams SET next_number = max(next_number, ?) WHERE id = ?'),
    insert: db.prepare(
      `INSERT INTO horses (id, stream_id, number, color, first_detected_ms, last_seen_ms, standing)
       VALUES (@id, @streamId, @number, @color, @firstMs, @firstMs, @standing)`,
    ),
    confirm: db.prepare(
      `UPDATE horses SET standing = 'horse', version = version + 1 WHERE id = ? AND standing <> 'horse'`,
    ),
    stamp: db
      .prepare<[string, string], Stamp>('SELECT stamp FROM edits WHERE horse_id = ? AND field = ?')
      .pluck(),
    restamp: db.prepare(
      `INSERT INTO edits (horse_id, field, stamp, actor) VALUES (@id, @field, @at, @by)
       ON CONFLICT (horse_id, field) DO UPDATE SET stamp = @at, actor = @by`,
    ),
    value: new Map(
      fields.map(([field, column]) => [
        field,
        db.prepare<[string], string | number | null>(`SELECT ${column} FROM horses WHERE id = ?`).pluck(),
      ]),
    ),
    set: new Map(
      fields.map(([field, column]) => {
        const more = field === 'official' ? ', official_by = iif(@v IS NULL, NULL, @by)' : ''
        return [
          field,
          db.prepare(`UPDATE horses SET ${column} = @v${more}, version = version + 1, revision = revision + 1
            WHERE id = @id`),
        ]
      }),
    ),
    name: db.prepare('INSERT INTO horse_names (horse_id, name, since_ms) VALUES (?, ?, ?)'),
    history: db.prepare(
      `INSERT INTO pulled_edits (horse_id, field, before, after, stamp, actor, at_ms)
       VALUES (@id, @field, @before, @after, @at, @by, @nowMs)`,
    ),
    list: db.prepare<
      [string, number],
      Omit<PulledEdit, 'before' | 'after'> & Record<'before' | 'after', string>
    >(
      `SELECT id, field, before, after, stamp, actor, at_ms AS atMs FROM pulled_edits WHERE horse_id = ?
       ORDER BY id DESC LIMIT ?`,
    ),
  }
}

type Sql = ReturnType<typeof prepareAll>
/** Does something with a row, all of it or nothing. */
type Attempt = (row: string, work: () => void) => void

const isOfRow = (error: unknown): error is Error =>
  (error instanceof BarnboxError && error.kind === 'input') ||
  /^SQLITE_(CONSTRAINT|MISMATCH)/.test(String(Object(error).code))

function checkStamp(stamp: Stamp): void {
  if (!isStamp(stamp)) throw new BarnboxError('BAD_REQUEST', `${stamp} is not a stamp of a hybrid clock`)
}

export function openSyncApply(db: Db, parts: Parts): SyncApply {
  const { clock, moves, outbox } = parts
  const sql = prepareAll(db)
  const letGo = openLetGo(db)
  const others = openOthers(db, { ...parts, letGo })
  const verdicts = openVerdicts(db, moves)
  const apart = db.transaction((work: () => void) => work())
  const apply = db.transaction((page: Pulled, nowMs: number): Applied => {
    const newest = stampsOf(page).filter(isStamp).sort().at(-1)
    if (newest !== undefined) clock.hear(newest)
    const fresh: HorseId[] = []
    const edited = new Set<HorseId>()
    let turns: Turn[] = []
    let isGalleryOld = false
    const { attempt, skipped } = attempts(apart)
    outbox.noting('own', () => {
      for (const horse of page.horses)
        attempt(horse.id, () => {
          if (found(sql, others, horse, nowMs, attempt)) fresh.push(horse.id)
          else if (edit(sql, horse, nowMs, attempt)) {
            letGo.takeBack(horse.id)
            edited.add(horse.id)
          }
        })
      for (const correction of page.corrections)
        attempt(correction.id, () => {
          const { stamp, streamBox, stream } = correction
          checkStamp(stamp)
          verdicts.hear(correction, others.streamOf(streamBox, stream, nowMs))
        })
      if (page.horses.length + page.corrections.length > 0) turns = verdicts.settle()
    })
    outbox.noting('off', () => {
      for (const seen of page.seen)
        attempt(`${seen.box} ${seen.horse}`, () => {
          if (others.see(seen, page.blobs, nowMs)) edited.add(seen.horse)
        })
      for (const look of page.looks)
        attempt(`${look.box} ${look.id}`, () => {
          if (others.look(look, page.blobs, nowMs)) isGalleryOld = true
        })
      moves.followOthers()
    })
    const gone = turns.filter((turn) => turn.isGone).map(({ horseId, into }) => ({ horseId, into }))
    const back = turns.filter((turn) => !turn.isGone).map(({ horseId }) => horseId)
    return {
      ...{ fresh, gone, edited: [...edited, ...back].filter((id) => !fresh.includes(id)) },
      isGalleryOld: isGalleryOld || turns.length > 0,
      skipped,
    }
  })
  return {
    apply: (page, nowMs) => apply.immediate(page, nowMs),
    missing: (ids) => [...new Set(ids)].filter((id) => sql.known.get(id) === undefined),
    letGo: letGo.of,
    streamOf: (id) => sql.stream.get(id),
    wanted({ horses, seen, looks }) {
      const isFresh = new Set(horses.map(({ id }) => id))
      const isKnown = (id: HorseId | null) =>
        id !== null && (isFresh.has(id) || sql.known.get(id) !== undefined)
      const avatars = seen.filter((one) => isKnown(one.horse) && others.isBetter(one))
      const crops = looks.filter((one) => isKnown(one.horse) && others.isNew(one))
      const hashes = [...avatars.map(({ avatar }) => avatar), ...crops.map(({ crop }) => crop)]
      return [...new Set(hashes)].filter((hash) => hash !== null)
    },
    pulledEdits: (id, limit) =>
      sql.list.all(id, limit).map(({ before, after, ...row }) => ({
        ...row,
        before: JSON.parse(before),
        after: JSON.parse(after),
      })),
  }
}

/** What does not fit here, as a newer program may have said it, spoils itself alone. */
function attempts(apart: (work: () => void) => void) {
  const skipped: { row: string; why: string }[] = []
  const attempt: Attempt = (row, work) => {
    try {
      apart(work)
    } catch (error) {
      if (!isOfRow(error)) throw error
      skipped.push({ row, why: error.message })
    }
  }
  return { attempt, skipped }
}

const stampsOf = (page: Pulled): Stamp[] => [
  ...page.horses.flatMap(({ fields }) => Object.values(fields).map(({ at }) => at)),
  ...page.corrections.map(({ stamp }) => stamp),
]

/** Whether a horse was not known here: then it is from now on. */
function found(sql: Sql, others: Others, horse: HorseState, nowMs: number, attempt: Attempt): boolean {
  const { id, box, stream, color, firstMs, confirmed } = horse
  if (sql.known.get(id) !== undefined) return false
  const streamId = others.streamOf(box, stream, nowMs)
  const number = numberFor(sql, streamId, horse.number)
  const standing = confirmed ? 'horse' : 'provisional'
  sql.insert.run({ id, streamId, number, color, firstMs, standing })
  sql.raise.run(number + 1, streamId)
  for (const [field, register] of known(horse)) attempt(id, () => put(sql, id, field, register))
  return true
}

/** Its own, but where a box that was set back to an older state gave it again. */
function numberFor(sql: Sql, streamId: StreamId, wanted: number): number {
  return sql.taken.get(streamId, wanted) === undefined ? wanted : (sql.next.get(streamId) ?? wanted)
}

/** Fields that this program knows of. */
const known = ({ fields }: HorseState) => Object.entries(fields).filter(([field]) => field in columnOf)

/** Takes in the later words; whether any was. */
function edit(sql: Sql, horse: HorseState, nowMs: number, attempt: Attempt): boolean {
  const { id, confirmed } = horse
  let isOther = confirmed && sql.confirm.run(id).changes > 0
  for (const [field, register] of known(horse)) {
    const mine = sql.stamp.get(id, field)
    if (mine !== undefined && mine >= register.at) continue
    attempt(id, () => {
      const before = sql.value.get(field)?.get(id) ?? null
      put(sql, id, field, register)
      isOther = true
      if (before === register.v) return
      const { at, by, v } = register
      const texts = { before: JSON.stringify(before), after: JSON.stringify(v) }
      sql.history.run({ id, field, ...texts, at, by, nowMs })
    })
  }
  return isOther
}

function put(sql: Sql, id: HorseId, field: string, { at, by, v }: Register): void {
  checkStamp(at)
  if (v !== null && typeof v !== 'string' && typeof v !== 'number')
    throw new BarnboxError('BAD_REQUEST', `${field} is neither a text nor a number`)
  const more = field === 'official' ? { by } : {}
  sql.set.get(field)?.run({ id, v, ...more })
  sql.restamp.run({ id, field, at, by })
  if (field === 'name') sql.name.run(id, v, Number.parseInt(at.slice(0, 12), 16))
  if (v !== null) sql.confirm.run(id)
}
