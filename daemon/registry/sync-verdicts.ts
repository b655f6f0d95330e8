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

type Names = ReadonlyMap<HorseId, HorseId>
type Alias = { readonly into: HorseId; readonly by: CorrectionId }

/** What a horse is to be: whose name, and since when buried. */
interface Wish {
  readonly horse: HorseId
  readonly to: Alias | undefined
  readonly ms: number | null
  readonly isRenamed: boolean
  readonly isBuried: boolean
}

/** A row of `moves`. */
type MoveRow = Readonly<
  Record<'correction_id' | 'what' | 'row_id', string> &
    Record<'from_id' | 'to_id' | 'before_decision' | 'before_correction', string | null>
>

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
    aliases: db
      .prepare<[], [HorseId, HorseId]>('SELECT id, merged_into FROM horses WHERE merged_into IS NOT NULL')
      .raw(),
    // Merges of a horse that have moved rows here. One that is taken back is forgotten here.
    effects: db
      .prepare<[string], CorrectionId>(
        `SELECT id FROM corrections c WHERE c.horse_id = ? AND c.kind = 'merge'
           AND EXISTS (SELECT 1 FROM moves m WHERE m.correction_id = c.id)`,
      )
      .pluck(),
    hasOwn: db
      .prepare<[string, string], 0 | 1>(
        `SELECT EXISTS (SELECT 1 FROM sightings WHERE horse_id = ?)
           OR EXISTS (SELECT 1 FROM looks WHERE horse_id = ? AND id NOT IN (SELECT look_id FROM other_looks))`,
      )
      .pluck(),
    // Rows that somebody set right since stay where they are.
    leaveMoved: db.prepare<{ by: string }, MoveRow>(
      `DELETE FROM moves WHERE correction_id = @by AND iif(what = 'sighting',
         NOT EXISTS (SELECT 1 FROM sightings s WHERE s.id = row_id AND s.corrected_by = @by),
         NOT EXISTS (SELECT 1 FROM looks l WHERE l.id = CAST(row_id AS INTEGER)
           AND iif(to_id IS NULL, l.withdrawn_by = @by, l.horse_id = to_id AND l.withdrawn_by IS before_correction))
         OR EXISTS (SELECT 1 FROM moves o JOIN corrections c ON c.id = o.correction_id JOIN corrections mine ON mine.id = @by
           WHERE o.what = 'look' AND o.row_id = moves.row_id AND c.kind <> 'merge' AND c.undone_ms IS NULL AND c.stamp > mine.stamp))
       RETURNING *`,
    ),
    keepMoved: db.prepare<MoveRow>(
      `INSERT INTO moves (correction_id, what, row_id, from_id, to_id, before_decision, before_correction)
       VALUES (@correction_id, @what, @row_id, @from_id, @to_id, @before_decision, @before_correction) ON CONFLICT DO NOTHING`,
    ),
    forget: db.prepare('DELETE FROM moves WHERE correction_id = ?'),
  }
}

export function openVerdicts(db: Db, moves: Moves): Verdicts {
  const sql = prepareAll(db)
  const { takeBack, isAstray, rename } = openRenaming(sql, moves)
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
      if (before.undone_ms === null && correction.kind !== 'merge') takeBack(id)
      sql.undo.run(undoneMs, undoneBy, id)
      return true
    },
    settle() {
      const verdicts = sql.verdicts.all()
      const { aliases, deleted } = standingOf(verdicts)
      const times = said(verdicts)
      const merged = verdicts.flatMap(({ kind, horse }) => (kind === 'merge' && horse ? [horse] : []))
      const wishes = [...new Set([...merged, ...times.keys()])].flatMap((horse): Wish[] => {
        const row = sql.horse.get(horse)
        if (!row) return []
        const to = aliases.get(horse)
        const isKnown = !to || sql.horse.get(to.into) !== undefined
        const ms = deleted.get(horse) ?? (times.get(horse)?.has(row.deleted_ms) ? null : row.deleted_ms)
        const isRenamed = isKnown && ((to?.into ?? null) !== row.merged_into || isAstray(horse, to))
        return [{ horse, to, ms, isRenamed, isBuried: ms !== row.deleted_ms }]
      })
      const renamed = wishes.filter(({ isRenamed }) => isRenamed)
      if (renamed.length > 0) rename(renamed, aliases)
      return wishes.flatMap(({ horse, to, ms, isRenamed, isBuried }): Turn[] => {
        if (isBuried) sql.bury.run(ms, horse)
        if (!isRenamed && !isBuried) return []
        return [{ horseId: horse, into: to?.into ?? null, isGone: ms !== null || to !== undefined }]
      })
    },
  }
}

/** Times at which a horse's burial was a person's word. */
function said(verdicts: readonly Verdict[]) {
  const times = new Map<HorseId, Set<number | null>>()
  for (const { kind, horse, other, atMs, undoneMs } of verdicts) {
    const [id, ms] = kind === 'delete' ? [horse, atMs] : [other, undoneMs]
    if (kind !== 'merge' && id !== null) times.set(id, (times.get(id) ?? new Set()).add(ms))
  }
  return times
}

type Sql = ReturnType<typeof prepareAll>

/** Who is whose name, and where what this box has of them lies. */
function openRenaming(sql: Sql, moves: Moves) {
  /** Answers what it had moved and what somebody set right since, which stays where it is. */
  const takeBack = (id: CorrectionId): MoveRow[] => {
    const left = sql.leaveMoved.all({ by: id })
    moves.back(id)
    moves.recount(id, 'back')
    return left
  }
  const effectsOf = (horse: HorseId) => sql.effects.all(horse)
  /** Whether what this box has of a horse lies elsewhere than where the merge that holds has it. */
  const isAstray = (horse: HorseId, to: Alias | undefined) => {
    const effects = effectsOf(horse)
    return effects.some((id) => id !== to?.by) || (to !== undefined && sql.hasOwn.get(horse, horse) === 1)
  }
  /**
   * Gives horses their names, and what this box has of them goes along. A row that went through several merges is known by each: so
   * those above a horse are taken back first, the last one first, and are made anew once it is where it belongs.
   */
  const rename = (changed: readonly Wish[], aliases: ReadonlyMap<HorseId, Alias>) => {
    const before = new Map(sql.aliases.all())
    const after = new Map(before)
    for (const { horse, to } of changed) to ? after.set(horse, to.into) : after.delete(horse)
    const touched = new Set(
      changed.flatMap(({ horse }) => [horse, ...above(before, horse), ...above(after, horse)]),
    )
    const from = (names: Names, far: 1 | -1) =>
      [...touched].sort((a, b) => far * (above(names, b).length - above(names, a).length))
    const last = new Map<HorseId, CorrectionId>()
    const left = new Map<CorrectionId, MoveRow[]>()
    for (const horse of from(before, -1))
      for (const id of effectsOf(horse)) {
        left.set(id, takeBack(id))
        sql.forget.run(id)
        last.set(horse, id)
      }
    for (const { horse } of changed) sql.alias.run(after.get(horse) ?? null, horse)
    for (const horse of from(after, 1)) {
      const into = after.get(horse)
      const holds = aliases.get(horse)
      const by = holds?.into === into ? holds?.by : last.get(horse)
      if (!into || !by) continue
      if (sql.hasOwn.get(horse, horse) === 1) {
        moves.allOf(by, horse, into)
        moves.recount(by)
      }
      // Where that is undone, it stands by this merge again.
      for (const row of left.get(by) ?? []) sql.keepMoved.run(row)
    }
  }
  return { takeBack, isAstray, rename }
}

/** The names above a horse, its own alias first. */
function above(names: Names, horse: HorseId): HorseId[] {
  const chain: HorseId[] = []
  for (let next = names.get(horse); next && !chain.includes(next); next = names.get(next)) chain.push(next)
  return chain
}

/** What `mergeCorrections` does not look at. */
const unused = { stream: '', streamBox: '', inherited: [] }
