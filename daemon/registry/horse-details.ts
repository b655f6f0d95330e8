/**
 * What people say of a horse: facts, names, whether it is a resident. Part of the table `horses`, with `horse_names`.
 */
import { BarnboxError } from '../lib/errors.ts'
import type { Horse, HorseFacts, HorseId } from '../types.ts'
import type { Db } from './database.ts'
import type { Edits } from './edits.ts'
import { resolved } from './horse-rows.ts'

/** Null clears a field, an absent one stays. */
export type HorseDetails = { readonly [Field in keyof HorseFacts]?: HorseFacts[Field] | undefined }

/** Who changes a horse, when, and which revision of it they saw. */
export interface Edit {
  readonly actor: string | null
  readonly nowMs: number
  /** Without it the change is made whatever came between. */
  readonly revision?: number | undefined
}

/** What a horse was called from then on. */
export interface NameThen {
  readonly name: string | null
  readonly sinceMs: number
  /** It was the name of a horse that was merged into it. */
  readonly isAlias: boolean
}

export interface Details {
  /** What a person said of a horse. Throws `NOT_FOUND`, and `STALE` where somebody was faster: then nothing is stored. */
  updateHorseDetails(id: HorseId, details: HorseDetails, edit: Edit): Horse
  /** Makes it a resident, or none. Throws as above. */
  setOfficial(id: HorseId, isOfficial: boolean, edit: Edit): Horse
  /** The name of a horse over time, the newest first; with those of horses that were merged into it. */
  names(id: HorseId): NameThen[]
}

/** What `updateHorseDetails` may change. */
export const facts = ['name', 'notes', 'breed', 'age', 'coat', 'markings', 'gender'] as const

function prepareAll(db: Db) {
  return {
    setDetails: db.prepare(
      `UPDATE horses SET name = @name, notes = @notes, breed = @breed, age = @age, coat = @coat, markings = @markings,
         gender = @gender, standing = 'horse', version = version + 1, revision = revision + 1 WHERE id = @id`,
    ),
    setOfficial: db.prepare(
      `UPDATE horses SET official_ms = @since, official_by = @actor, standing = iif(@since IS NULL, standing, 'horse'),
         version = version + 1, revision = revision + 1 WHERE id = @id`,
    ),
    names: db.prepare<[string], { name: string | null; since_ms: number; alias: 0 | 1 }>(
      `WITH RECURSIVE self (id) AS (${resolved}),
         kin (id) AS (SELECT id FROM self UNION SELECT h.id FROM horses h JOIN kin ON h.merged_into = kin.id)
       SELECT name, since_ms, horse_id NOT IN self AS alias FROM horse_names
       WHERE horse_id IN kin AND (name IS NOT NULL OR horse_id IN self) ORDER BY id DESC`,
    ),
    insertName: db.prepare('INSERT INTO horse_names (horse_id, name, since_ms) VALUES (?, ?, ?)'),
  }
}

export function openDetails(db: Db, edits: Edits, mustGet: (id: HorseId) => Horse): Details {
  const sql = prepareAll(db)
  const mustBe = (id: HorseId, { revision }: Edit): Horse => {
    const before = mustGet(id)
    if (revision === undefined || revision === before.revision) return before
    throw new BarnboxError('STALE', 'Somebody else has changed this horse in the meantime.', {
      context: { revision: before.revision },
    })
  }
  const update = db.transaction((given: HorseId, details: HorseDetails, edit: Edit): Horse => {
    const before = mustBe(given, edit)
    const { id } = before
    const changed = facts.filter((field) => details[field] !== undefined && details[field] !== before[field])
    if (changed.length === 0) return before
    const after = Object.fromEntries(facts.map((field) => [field, details[field] ?? before[field]]))
    for (const field of changed) after[field] = details[field] ?? null
    sql.setDetails.run({ ...after, id })
    if (changed.includes('name')) sql.insertName.run(id, after['name'], edit.nowMs)
    edits.note(id, changed, edit.actor)
    return mustGet(id)
  })
  const setOfficial = db.transaction((given: HorseId, isOfficial: boolean, edit: Edit): Horse => {
    const before = mustBe(given, edit)
    if (isOfficial === (before.officialMs !== null)) return before
    const actor = isOfficial ? edit.actor : null
    sql.setOfficial.run({ id: before.id, since: isOfficial ? edit.nowMs : null, actor })
    edits.note(before.id, ['official'], edit.actor)
    return mustGet(before.id)
  })

  return {
    updateHorseDetails: (id, details, edit) => update.immediate(id, details, edit),
    setOfficial: (id, isOfficial, edit) => setOfficial.immediate(id, isOfficial, edit),
    names: (id) =>
      sql.names
        .all(id)
        .map(({ name, since_ms, alias }) => ({ name, sinceMs: since_ms, isAlias: alias === 1 })),
  }
}
