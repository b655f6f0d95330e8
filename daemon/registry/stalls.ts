/**
 * The tables `stalls` and `stall_horses`: the places that people drew on each camera's picture, and which horses are expected
 * there. Deleted ones keep their row and id and are never answered.
 */
import { BarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import type { Point } from '../lib/polygon.ts'
import type { By, HorseId, Stall, StallId, StallKind, StreamId } from '../types.ts'
import { type Db, isRefusal } from './database.ts'
import type { Edits } from './edits.ts'
import type { Edit } from './horse-details.ts'
import { resolvedBy } from './horse-rows.ts'

export interface NewStall {
  readonly streamId: StreamId
  readonly kind: StallKind
  readonly name: string
  readonly corners: readonly Point[]
  readonly expected: readonly HorseId[]
}

/** What is absent stays as it is. */
export type StallChange = {
  readonly [Field in 'kind' | 'name' | 'corners' | 'expected']?: NewStall[Field] | undefined
}

export interface Stalls {
  /** By name, numbers in it as numbers: 2 before 10. */
  ofStream(streamId: StreamId): Stall[]
  get(id: StallId): Stall | undefined
  /** Throws `NAME_TAKEN`, and `NOT_FOUND` for a horse that is not there. */
  add(stall: NewStall, by: By): Stall
  /** Throws `NOT_FOUND`, `NAME_TAKEN`, and `STALE` for a revision that is no longer so: then nothing is stored. */
  change(id: StallId, change: StallChange, edit: Edit): Stall
  /** A tombstone; true when it was there. */
  remove(id: StallId, by: By): boolean
  /** Takes a tombstone back. Throws `NOT_FOUND`, and `NAME_TAKEN` where another has its name by now. */
  restore(id: StallId, by: By): Stall
}

interface Row {
  id: string
  stream_id: string
  kind: StallKind
  name: string
  corners: string
  created_ms: number
  revision: number
}

const order = new Intl.Collator('en', { numeric: true }).compare

function prepareAll(db: Db) {
  return {
    ofStream: db.prepare<[string], Row>('SELECT * FROM stalls WHERE stream_id = ? AND deleted_ms IS NULL'),
    get: db.prepare<[string], Row>('SELECT * FROM stalls WHERE id = ? AND deleted_ms IS NULL'),
    getAny: db.prepare<[string], Row>('SELECT * FROM stalls WHERE id = ?'),
    // A horse that was merged is expected as the one that it is now; a deleted one is not, as long as it is.
    expected: db
      .prepare<[string], string>(
        `SELECT DISTINCT l.id FROM stall_horses s JOIN living l ON l.id = (${resolvedBy('s.horse_id')})
         WHERE s.stall_id = ? ORDER BY l.stream_id, l.number`,
      )
      .pluck(),
    isHorse: db.prepare<[string], 1>('SELECT 1 FROM horses WHERE id = ?').pluck(),
    insert: db.prepare(
      'INSERT INTO stalls (id, stream_id, kind, name, corners, created_ms) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    update: db.prepare(
      'UPDATE stalls SET kind = @kind, name = @name, corners = @corners, revision = revision + 1 WHERE id = @id',
    ),
    bury: db.prepare(
      'UPDATE stalls SET deleted_ms = ?, revision = revision + 1 WHERE id = ? AND deleted_ms IS NULL',
    ),
    unbury: db.prepare('UPDATE stalls SET deleted_ms = NULL, revision = revision + 1 WHERE id = ?'),
    forget: db.prepare('DELETE FROM stall_horses WHERE stall_id = ?'),
    expect: db.prepare('INSERT OR IGNORE INTO stall_horses (stall_id, horse_id) VALUES (?, ?)'),
  }
}

/** Reading, and what a change is held against. */
function openReading(sql: ReturnType<typeof prepareAll>) {
  const tell = (row: Row): Stall => ({
    id: row.id as StallId,
    streamId: row.stream_id as StreamId,
    kind: row.kind,
    name: row.name,
    corners: JSON.parse(row.corners) as Point[],
    expected: sql.expected.all(row.id) as HorseId[],
    createdMs: row.created_ms,
    revision: row.revision,
  })
  const get = (id: StallId): Stall | undefined => {
    const row = sql.get.get(id)
    return row && tell(row)
  }
  const mustGet = (id: StallId): Stall => {
    const stall = get(id)
    if (!stall) throw new BarnboxError('NOT_FOUND', 'There is no such stall.')
    return stall
  }
  const mustBe = (before: Stall, { revision }: Edit) => {
    if (revision === undefined || revision === before.revision) return
    throw new BarnboxError('STALE', 'Somebody else has changed this stall in the meantime.', {
      context: { revision: before.revision },
    })
  }
  return { tell, get, mustGet, mustBe }
}

const fields = ['kind', 'name', 'corners', 'expected'] as const

/** The same whatever the order of its horses. */
const told = ({ expected, ...rest }: StallChange) => ({ ...rest, expected: expected && [...expected].sort() })

function changedIn(before: Stall, given: StallChange) {
  const [then, now] = [told(before), told(given)]
  return fields.filter(
    (field) => now[field] !== undefined && JSON.stringify(now[field]) !== JSON.stringify(then[field]),
  )
}

export function openStalls(db: Db, edits: Edits<StallId>): Stalls {
  const sql = prepareAll(db)
  const { tell, get, mustGet, mustBe } = openReading(sql)
  const expect = (id: StallId, horses: readonly HorseId[]) => {
    sql.forget.run(id)
    for (const horse of horses) {
      if (sql.isHorse.get(horse) === undefined) throw new BarnboxError('NOT_FOUND', 'There is no such horse.')
      sql.expect.run(id, horse)
    }
  }
  const add = db.transaction(({ streamId, kind, name, corners, expected }: NewStall, by: By): Stall => {
    const id = mintId<StallId>()
    sql.insert.run(id, streamId, kind, name, JSON.stringify(corners), by.nowMs)
    expect(id, expected)
    edits.note(id, fields, by.actor)
    return mustGet(id)
  })
  const change = db.transaction((id: StallId, given: StallChange, edit: Edit): Stall => {
    const before = mustGet(id)
    mustBe(before, edit)
    const changed = changedIn(before, given)
    if (changed.length === 0) return before
    const { kind = before.kind, name = before.name, corners = before.corners } = given
    sql.update.run({ id, kind, name, corners: JSON.stringify(corners) })
    if (given.expected !== undefined && changed.includes('expected')) expect(id, given.expected)
    edits.note(id, changed, edit.actor)
    return mustGet(id)
  })
  const remove = db.transaction((id: StallId, { nowMs, actor }: By): boolean => {
    if (sql.bury.run(nowMs, id).changes === 0) return false
    edits.note(id, ['deleted'], actor)
    return true
  })
  const restore = db.transaction((id: StallId, by: By): Stall => {
    if (get(id) === undefined && sql.unbury.run(id).changes > 0) edits.note(id, ['deleted'], by.actor)
    return mustGet(id)
  })
  return {
    ofStream: (streamId) =>
      sql.ofStream
        .all(streamId)
        .map(tell)
        .sort((a, b) => order(a.name, b.name)),
    get,
    add: (stall, by) => unlessTaken(stall.name, () => add.immediate(stall, by)),
    change: (id, given, edit) => unlessTaken(given.name, () => change.immediate(id, given, edit)),
    remove: (id, by) => remove.immediate(id, by),
    restore: (id, by) => unlessTaken(sql.getAny.get(id)?.name, () => restore.immediate(id, by)),
  }
}

/** The index of names is what refuses: a look before would be another rule. */
function unlessTaken<T>(name: string | undefined, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const isTaken = isRefusal(cause) && /UNIQUE.*stalls\.name/.test(String(cause))
    if (!isTaken) throw cause
    throw new BarnboxError('NAME_TAKEN', `There is already a stall ${name} on this camera.`, { cause })
  }
}
