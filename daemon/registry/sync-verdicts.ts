/**
 * Corrections that other boxes heard: the tables `corrections` and `inherited`, and what follows from them here. A merge moves what
 * this box saw as well; what is undone elsewhere is put back here.
 */
import type { CorrectionState } from '../sync-types.ts'
import type { CorrectionId, HorseId, StreamId } from '../types.ts'
import { mergeCorrections, standingOf, type Verdict } from './converge.ts'
import type { Db } from './database.ts'
import type { Moves } from './moves.ts'

/** A horse that is not there any more, or is again. */
export interface Turn {
  readonly horseId: HorseId
  readonly into: HorseId | null
  readonly isGone: boolean
}

export interface Verdicts {
  /** Takes in one correction, whose camera is called `streamId` here; true where it said something new. */
  hear(correction: CorrectionState, streamId: StreamId): boolean
  /** Makes it so that who is there is what all corrections say; answers who came or went. */
  settle(): Turn[]
}

interface Row {
  undone_ms: number | null
  undone_by: string | null
}

function prepareAll(db: Db) {
  return {
    before: db.prepare<[string], Row>('SELECT undone_ms, undone_by FROM corrections WHERE id = ?'),
    insert: db.prepare(
      `INSERT INTO corrections (id, kind, stream_id, horse_id, other_id, at_ms, stamp, actor, undone_ms, undone_by)
       VALUES (@id, @kind, @stream, @horse, @other, @atMs, @stamp, @actor, @undoneMs, @undoneBy)`,
    ),
    inherit: db.prepare(
      'INSERT INTO inherited (correction_id, field, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    undo: db.prepare('UPDATE corrections SET undone_ms = ?, undone_by = ? WHERE id = ?'),
    verdicts: db.prepare<[], Verdict>(
      `SELECT id, kind, horse_id AS horse, other_id AS other, at_ms AS atMs, stamp, undone_ms AS undoneMs FROM corrections
       WHERE kind IN ('merge', 'delete') OR kind IN ('split', 'new-horse') AND undone_ms IS NOT NULL`,
    ),
    horse: db.prepare<[string], { merged_into: HorseId | null; deleted_ms: number | null }>(
      'SELECT merged_into, deleted_ms FROM horses WHERE id = ?',
    ),
    alias: db.prepare('UPDATE horses SET merged_into = ?, version = version + 1 WHERE id = ?'),
    bury: db.prepare('UPDATE horses SET deleted_ms = ?, version = version + 1 WHERE id = ?'),
    // Merges of a horse that have moved rows here and are not undone.
    inEffect: db
      .prepare<[string], CorrectionId>(
        `SELECT id FROM corrections c WHERE c.horse_id = ? AND c.kind = 'merge' AND c.undone_ms IS NULL
           AND EXISTS (SELECT 1 FROM moves m WHERE m.correction_id = c.id)`,
      )
      .pluck(),
    // Rows that somebody set right since stay where they are.
    leaveMoved: db.prepare(
      `DELETE FROM moves WHERE correction_id = @by AND iif(what = 'sighting',
         NOT EXISTS (SELECT 1 FROM sightings s WHERE s.id = row_id AND s.corrected_by = @by),
         NOT EXISTS (SELECT 1 FROM looks l WHERE l.id = CAST(row_id AS INTEGER)
           AND iif(to_id IS NULL, l.withdrawn_by = @by, l.horse_id = to_id)))`,
    ),
    forget: db.prepare('DELETE FROM moves WHERE correction_id = ?'),
  }
}

export function openVerdicts(db: Db, moves: Moves): Verdicts {
  const sql = prepareAll(db)
  const takeBack = (id: CorrectionId) => {
    sql.leaveMoved.run({ by: id })
    moves.back(id)
    moves.recount(id, 'back')
  }
  /** Times at which a horse's burial was a person's word. */
  const said = (verdicts: readonly Verdict[]) => {
    const times = new Map<HorseId, Set<number | null>>()
    for (const { kind, horse, other, atMs, undoneMs } of verdicts) {
      const [id, ms] = kind === 'delete' ? [horse, atMs] : [other, undoneMs]
      if (kind !== 'merge' && id !== null) times.set(id, (times.get(id) ?? new Set()).add(ms))
    }
    return times
  }
  const rename = (horse: HorseId, to: { into: HorseId; by: CorrectionId } | undefined) => {
    for (const id of sql.inEffect.all(horse)) {
      if (id === to?.by) continue
      takeBack(id)
      sql.forget.run(id)
    }
    sql.alias.run(to?.into ?? null, horse)
    if (!to || sql.inEffect.all(horse).includes(to.by)) return
    moves.allOf(to.by, horse, to.into)
    moves.recount(to.by)
  }
  return {
    hear({ stream: _, streamBox: __, inherited, ...correction }, streamId) {
      const { id } = correction
      const before = sql.before.get(id)
      if (!before) {
        sql.insert.run({ ...correction, stream: streamId })
        for (const { field, value } of inherited) sql.inherit.run(id, field, value)
        return true
      }
      const mine = { ...correction, undoneMs: before.undone_ms, undoneBy: before.undone_by }
      const { undoneMs, undoneBy } = mergeCorrections({ ...mine, ...unused }, { ...correction, ...unused })
      if (undoneMs === before.undone_ms && undoneBy === before.undone_by) return false
      if (before.undone_ms === null) takeBack(id)
      sql.undo.run(undoneMs, undoneBy, id)
      return true
    },
    settle() {
      const verdicts = sql.verdicts.all()
      const { aliases, deleted } = standingOf(verdicts)
      const times = said(verdicts)
      const merged = verdicts.flatMap(({ kind, horse }) => (kind === 'merge' && horse ? [horse] : []))
      return [...new Set([...merged, ...times.keys()])].flatMap((horse): Turn[] => {
        const row = sql.horse.get(horse)
        if (!row) return []
        const to = aliases.get(horse)
        const isKnown = !to || sql.horse.get(to.into) !== undefined
        const ms = deleted.get(horse) ?? (times.get(horse)?.has(row.deleted_ms) ? null : row.deleted_ms)
        const isRenamed = isKnown && (to?.into ?? null) !== row.merged_into
        if (isRenamed) rename(horse, to)
        if (ms !== row.deleted_ms) sql.bury.run(ms, horse)
        if (!isRenamed && ms === row.deleted_ms) return []
        return [{ horseId: horse, into: to?.into ?? null, isGone: ms !== null || to !== undefined }]
      })
    },
  }
}

/** What `mergeCorrections` does not look at. */
const unused = { stream: '', streamBox: '', inherited: [] }
