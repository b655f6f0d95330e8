/**
 * The table `inherited`: what a merge gave the horse that is left of the facts that it lacked. All within the correction's
 * transaction. The other horse keeps its own row as it was.
 */
import type { By, CorrectionId, Horse, HorseId } from '../types.ts'
import type { Db } from './database.ts'
import type { Edits } from './edits.ts'
import { facts } from './horse-details.ts'
import type { Horses } from './horses.ts'

export interface Inherited {
  /** What the one knows and the other lacks. A resident makes the other one a resident too, since the same day. */
  give(correction: CorrectionId, from: Horse, to: Horse, by: By): void
  /** Takes it back, but for what a person has changed since. */
  takeBack(correction: CorrectionId, from: HorseId, by: By): void
}

/** The columns that are given; no others may be named in a statement. */
const columns = { ...Object.fromEntries(facts.map((fact) => [fact, fact])), official: 'official_ms' } as const

export function openInherited(db: Db, horses: Horses, edits: Edits): Inherited {
  const insert = db.prepare('INSERT INTO inherited (correction_id, field, value) VALUES (?, ?, ?)')
  const given = db.prepare<[string], { field: string; value: string }>(
    'SELECT field, value FROM inherited WHERE correction_id = ?',
  )
  // The horse may be deleted or another's name by now: its row goes back all the same.
  const clear = Object.fromEntries(
    Object.entries(columns).map(([field, column]) => {
      const more = field === 'official' ? ', official_by = NULL' : ''
      return [field, db.prepare(`UPDATE horses SET ${column} = NULL${more} WHERE id = ? AND ${column} = ?`)]
    }),
  )
  const changed = db.prepare('UPDATE horses SET version = version + 1, revision = revision + 1 WHERE id = ?')
  const nameless = db.prepare('INSERT INTO horse_names (horse_id, name, since_ms) VALUES (?, NULL, ?)')
  const nothing = Object.values(columns).map((column) => `${column} IS NULL`)
  const unsure = db.prepare(
    `UPDATE horses SET standing = 'provisional' WHERE id = ? AND ${nothing.join(' AND ')}`,
  )
  return {
    give(correction, from, to, by) {
      const lacking = facts.filter((fact) => to[fact] === null && from[fact] !== null)
      const note = (field: string, value: unknown) => insert.run(correction, field, JSON.stringify(value))
      if (lacking.length > 0)
        horses.updateHorseDetails(to.id, Object.fromEntries(lacking.map((fact) => [fact, from[fact]])), by)
      for (const fact of lacking) note(fact, from[fact])
      const isResident = to.officialMs === null && from.officialMs !== null
      if (isResident) {
        horses.setOfficial(to.id, true, { actor: by.actor, nowMs: from.officialMs })
        note('official', from.officialMs)
      }
      if (to.standing === 'provisional' && (isResident || lacking.length > 0)) note('standing', 'provisional')
    },
    takeBack(correction, from, { actor, nowMs }) {
      const rows = given.all(correction)
      const cleared = rows
        .filter(({ field, value }) => clear[field]?.run(from, JSON.parse(value)).changes === 1)
        .map(({ field }) => field)
      if (cleared.length === 0) return
      changed.run(from)
      if (cleared.includes('name')) nameless.run(from, nowMs)
      edits.note(from, cleared, actor)
      if (rows.some(({ field }) => field === 'standing')) unsure.run(from)
    },
  }
}
