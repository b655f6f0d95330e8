/**
 * What a half-written database would show. Each rule names what one transaction writes together.
 */
import type { Db } from '../../../daemon/registry/database.ts'
import { looksToCreate } from './stable.ts'

const none = 'NOT EXISTS (SELECT 1 FROM'
const corrected = 'EXISTS (SELECT 1 FROM corrections c WHERE h.id IN (c.horse_id, c.other_id))'
const madeByPerson = `EXISTS (SELECT 1 FROM corrections c WHERE c.other_id = h.id AND c.kind IN ('new-horse', 'split'))`

/** Rows that must not be, by what is wrong with them. */
const never: Readonly<Record<string, string>> = {
  'born without an avatar': `living h WHERE h.avatar IS NULL AND NOT ${madeByPerson}`,
  'born without all its looks': `living h WHERE NOT ${corrected} AND ${looksToCreate} >
     (SELECT count(*) FROM looks l WHERE l.horse_id = h.id)`,
  'a look without a vector': `looks l WHERE ${none} vectors v WHERE v.look_id = l.id AND v.model = 'load@1')`,
  'a vector without a look': 'vectors v WHERE v.look_id IS NULL',
  'a vector of another horse than its look':
    'vectors v JOIN looks l ON l.id = v.look_id WHERE l.horse_id IS NOT v.horse_id',
  // A frame that was under way may still teach it one.
  'let go of, with all its looks': `horses h WHERE h.deleted_ms IS NOT NULL AND h.avatar IS NULL AND NOT ${corrected}
     AND ${looksToCreate} <= (SELECT count(*) FROM looks l WHERE l.horse_id = h.id)`,
  'a number that is still to be given':
    'horses h JOIN streams s ON s.id = h.stream_id WHERE h.number >= s.next_number',
  'a name without its history': `horses h WHERE EXISTS (SELECT 1 FROM horse_names n WHERE n.horse_id = h.id) AND h.name
     IS NOT (SELECT n.name FROM horse_names n WHERE n.horse_id = h.id ORDER BY n.id DESC LIMIT 1)`,
  'an edit without its stamp': `horses h WHERE h.revision > 0 AND ${none} edits e WHERE e.horse_id = h.id)`,
  'a sighting later than its horse': `sightings s JOIN living h ON h.id = s.horse_id WHERE s.to_ms > h.last_seen_ms`,
  'detections that are not those of the sightings': `living h WHERE NOT ${corrected} AND h.total_detections <>
     (SELECT coalesce(sum(s.detections), 0) FROM sightings s WHERE s.horse_id = h.id)`,
  'a sighting of a horse that is another name':
    'sightings s JOIN horses h ON h.id = s.horse_id WHERE h.merged_into IS NOT NULL',
  'a merge without its alias': `corrections c JOIN horses h ON h.id = c.horse_id WHERE c.kind = 'merge'
     AND c.undone_ms IS NULL AND h.merged_into IS NOT c.other_id`,
  'an alias without its merge': `horses h WHERE h.merged_into IS NOT NULL AND ${none} corrections c
     WHERE c.kind = 'merge' AND c.horse_id = h.id AND c.undone_ms IS NULL)`,
  'a deletion without its tombstone': `corrections c JOIN horses h ON h.id = c.horse_id WHERE c.kind = 'delete'
     AND c.undone_ms IS NULL AND h.deleted_ms IS NULL`,
  'a correction that moved nothing': `corrections c WHERE c.kind NOT IN ('merge', 'delete')
     AND ${none} moves m WHERE m.correction_id = c.id)`,
  'a horse made by a correction that was undone': `corrections c JOIN horses h ON h.id = c.other_id
     WHERE c.kind IN ('new-horse', 'split') AND c.undone_ms IS NOT NULL AND h.deleted_ms IS NULL`,
}

const pictures = `SELECT avatar AS jpeg FROM horses WHERE avatar IS NOT NULL UNION ALL SELECT crop FROM looks`

/** What is wrong with the file itself: its pages, indexes and references. */
export function fileFaults(db: Db): string[] {
  const pages = db.prepare<[], string>('SELECT * FROM pragma_integrity_check').pluck().all()
  const references = db.pragma('foreign_key_check') as unknown[]
  return [
    ...pages.filter((answer) => answer !== 'ok'),
    ...references.map((one) => `a reference to nothing: ${JSON.stringify(one)}`),
  ]
}

/** What is half written of all that the load writes; `known` are the only pictures that it has. */
export function halfWritten(db: Db, known: readonly Uint8Array[]): string[] {
  const rows = Object.entries(never).flatMap(([what, from]) => {
    const count = db.prepare<[], number>(`SELECT count(*) FROM ${from}`).pluck().get() ?? 0
    return count > 0 ? [`${what}: ${count}`] : []
  })
  const whole = new Set(known.map((jpeg) => Buffer.from(jpeg).toString('base64')))
  const stored = db.prepare<[], Buffer>(pictures).pluck().all()
  const broken = stored.filter((jpeg) => !whole.has(jpeg.toString('base64'))).length
  return broken > 0 ? [...rows, `pictures that nobody took: ${broken}`] : rows
}
