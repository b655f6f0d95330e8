/**
 * What the registry lets go of with time, so that it does not grow for ever: old sightings, looks of nobody, and horses that
 * nobody has named and that were not seen for long. A tombstone keeps its number.
 */
import type { HorseId, StreamId } from '../types.ts'
import type { Db } from './database.ts'

export interface Kept {
  /** Days that sightings are kept, and unnamed horses that are not seen. */
  readonly days: number
  /** Days that a provisional horse is kept that is not seen again: most are a detector's mistakes. */
  readonly provisionalDays: number
  /** Days that looks of nobody are kept. */
  readonly nobodysDays: number
}

export interface CleanedUp {
  readonly horses: readonly { readonly id: HorseId; readonly streamId: StreamId }[]
  readonly sightings: number
  /** Of nobody. */
  readonly looks: number
}

const dayMs = 24 * 3600 * 1000
/**
 * Sightings of a camera that keep their looks of nobody, the newest: unknown ones, of which a person may yet say whose they are,
 * and others, for those who ask why. Some megabytes a camera.
 */
const mostUnknown = 50
const mostKnown = 100
/** In one go; the rest comes with the next clean-up. A long transaction would hold up the sightings. */
const mostSightings = 20_000

/**
 * Buries the horses that have not been seen within their time and takes away what was kept of them. Residents, named
 * horses, aliases, and those with a look that a person confirmed stay, however long they are away.
 */
export function cleanUp(db: Db, kept: Kept, nowMs: number): CleanedUp {
  const bury = db.prepare<
    { now: number; horse: number; provisional: number },
    { id: HorseId; streamId: StreamId }
  >(`UPDATE horses SET deleted_ms = @now, avatar = NULL, avatar_score = NULL, avatar_ms = NULL, version = version + 1
       WHERE id IN (SELECT id FROM living) AND official_ms IS NULL AND name IS NULL
         AND last_seen_ms < iif(standing = 'provisional', @provisional, @horse)
         AND NOT EXISTS (SELECT 1 FROM looks l WHERE l.horse_id = horses.id AND l.anchor = 1)
       RETURNING id, stream_id AS streamId`)
  const dropVectors = db.prepare('DELETE FROM vectors WHERE horse_id IN (SELECT value FROM json_each(?))')
  const dropLooks = db.prepare('DELETE FROM looks WHERE horse_id IN (SELECT value FROM json_each(?))')
  const dropPlaces = db.prepare('DELETE FROM last_places WHERE horse_id IN (SELECT value FROM json_each(?))')
  const dropSightings = db.prepare(
    'DELETE FROM sightings WHERE id IN (SELECT id FROM sightings WHERE to_ms < ? ORDER BY to_ms LIMIT ?)',
  )
  const dropNobodys = db.prepare(
    `DELETE FROM looks WHERE horse_id IS NULL AND (sighting_id IS NULL OR taken_ms < @before OR sighting_id IN (
       SELECT id FROM (
         SELECT s.id, s.horse_id, row_number() OVER (
           PARTITION BY s.stream_id, s.horse_id IS NULL ORDER BY s.to_ms DESC, s.id DESC) AS place
         FROM sightings s WHERE s.id IN (SELECT sighting_id FROM looks WHERE horse_id IS NULL))
       WHERE place > iif(horse_id IS NULL, @unknown, @known)))`,
  )
  const work = db.transaction((): CleanedUp => {
    const before = (days: number) => nowMs - days * dayMs
    const horses = bury.all({
      now: nowMs,
      horse: before(kept.days),
      provisional: before(Math.min(kept.days, kept.provisionalDays)),
    })
    const ids = JSON.stringify(horses.map(({ id }) => id))
    dropVectors.run(ids)
    dropLooks.run(ids)
    dropPlaces.run(ids)
    const sightings = dropSightings.run(before(kept.days), mostSightings).changes
    // After the sightings: what was kept for one goes with it.
    const nobodys = {
      before: before(Math.min(kept.days, kept.nobodysDays)),
      unknown: mostUnknown,
      known: mostKnown,
    }
    return { horses, sightings, looks: dropNobodys.run(nobodys).changes }
  })
  return work.immediate()
}

export interface LetGo {
  /** Which of some horses the box let go of with time; nobody deleted them. */
  of(ids: readonly HorseId[]): HorseId[]
  /** Another box knows something newer: it is there again. Whether it was let go of. */
  takeBack(id: HorseId): boolean
}

export function openLetGo(db: Db): LetGo {
  const isLetGo = `deleted_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM corrections c
    WHERE c.horse_id = horses.id AND c.kind = 'delete' AND c.undone_ms IS NULL
      OR c.other_id = horses.id AND c.kind IN ('split', 'new-horse') AND c.undone_ms IS NOT NULL)`
  const select = db
    .prepare<[string], HorseId>(
      `SELECT id FROM horses WHERE id IN (SELECT value FROM json_each(?)) AND ${isLetGo}`,
    )
    .pluck()
  const takeBack = db.prepare(
    `UPDATE horses SET deleted_ms = NULL, version = version + 1 WHERE id = ? AND ${isLetGo}`,
  )
  return {
    of: (ids) => select.all(JSON.stringify(ids)),
    takeBack: (id) => takeBack.run(id).changes > 0,
  }
}
