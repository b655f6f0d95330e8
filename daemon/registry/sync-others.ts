/**
 * What other boxes saw: their cameras, how often and when each horse was seen there, and the looks that it is known by there. What this box
 * told itself is taken in where it was lost here: then it is its own again, by its own numbers.
 */
import { createHash } from 'node:crypto'
import type { BoxId, LookState, SeenState } from '../sync-types.ts'
import type { StreamId, TrackletId } from '../types.ts'
import type { LetGo } from './cleanup.ts'
import type { Db } from './database.ts'
import type { Embedders } from './embedders.ts'
import type { Crops } from './looks.ts'
import type { Vectors } from './vectors.ts'

export type Blobs = ReadonlyMap<string, Uint8Array>

export interface Others {
  /** What a camera of a box is called here; it has a row from now on. */
  streamOf(box: BoxId, stream: string, nowMs: number): StreamId
  /** Notes what another box saw of a known horse; true where something is other than before. */
  see(seen: SeenState, blobs: Blobs, nowMs: number): boolean
  /** Whether its avatar is better than the one that is here. */
  isBetter(seen: SeenState): boolean
  /** Whether a look is not here yet, or, of another box, another one by that number. */
  isNew(look: LookState): boolean
  /** Takes a look in, or lets go of it; true where matching is other than before. See `Moves.followOthers`. */
  look(look: LookState, blobs: Blobs, nowMs: number): boolean
}

interface Books {
  readonly box: BoxId
  readonly crops: Crops
  readonly vectors: Vectors
  readonly embedders: Embedders
  readonly letGo: Pick<LetGo, 'takeBack'>
}

/** A slug as any camera's id, the same on every box; no camera is called so. */
const slugOf = (box: BoxId, stream: string) =>
  `x${createHash('sha256').update(`${box}/${stream}`).digest('hex').slice(0, 31)}`

function prepareAll(db: Db) {
  return {
    addStream: db.prepare('INSERT INTO streams (id, created_ms) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    addOther: db.prepare(
      'INSERT INTO other_streams (id, box_id, stream_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    known: db.prepare<[string], 1>('SELECT 1 FROM horses WHERE id = ?').pluck(),
    hasLook: db.prepare<[number], 1>('SELECT 1 FROM looks WHERE id = ?').pluck(),
    before: db.prepare<[string, string], { last_seen_ms: number; detections: number }>(
      'SELECT last_seen_ms, detections FROM box_seen WHERE horse_id = ? AND box_id = ?',
    ),
    note: db.prepare(
      `INSERT INTO box_seen (horse_id, box_id, stream_id, last_seen_ms, detections)
       VALUES (@horse, @box, @stream, @lastMs, @detections)
       ON CONFLICT (horse_id, box_id) DO UPDATE SET stream_id = @stream, last_seen_ms = @lastMs, detections = @detections`,
    ),
    count: db.prepare(
      'UPDATE horses SET total_detections = max(0, total_detections + ?), version = version + 1 WHERE id = ?',
    ),
    score: db.prepare<[string], number | null>('SELECT avatar_score FROM horses WHERE id = ?').pluck(),
    // Of a deleted horse too: it may be taken back.
    setAvatar: db.prepare(
      `UPDATE horses SET avatar = @jpeg, avatar_score = @score, avatar_ms = @avatarMs, version = version + 1
       WHERE id = @horse AND (avatar_score IS NULL OR avatar_score < @score)`,
    ),
    lookOf: db.prepare<[string, number], { id: number; takenMs: number }>(
      `SELECT l.id, l.taken_ms AS takenMs FROM other_looks o JOIN looks l ON l.id = o.look_id
       WHERE o.box_id = ? AND o.other_id = ?`,
    ),
    addLook: db.prepare('INSERT INTO other_looks (look_id, box_id, other_id, horse_id) VALUES (?, ?, ?, ?)'),
    moveLook: db.prepare('UPDATE other_looks SET horse_id = ? WHERE look_id = ?'),
    setAnchor: db.prepare('UPDATE looks SET anchor = ? WHERE id = ?'),
  }
}

/** When and where a horse was seen last by anybody. */
export const setLastSeen = `UPDATE horses SET last_seen_ms = max(first_detected_ms, l.ms), seen_stream_id = l.stream_id
  FROM (SELECT max(ms) AS ms, stream_id FROM last_sights WHERE horse_id = @id) l WHERE horses.id = @id AND l.ms IS NOT NULL`

export function openOthers(db: Db, { box: own, crops, vectors, embedders, letGo }: Books): Others {
  const sql = prepareAll(db)
  const setLast = db.prepare(setLastSeen)
  const streamOf = (box: BoxId, stream: string, nowMs: number): StreamId => {
    const id = (box === own ? stream : slugOf(box, stream)) as StreamId
    sql.addStream.run(id, nowMs)
    if (box !== own) sql.addOther.run(id, box, stream)
    return id
  }
  const addLook = (look: LookState, blobs: Blobs, nowMs: number): boolean => {
    const jpeg = look.crop === null ? undefined : blobs.get(look.crop)
    if (!jpeg || look.horse === null) return false
    const lookId = crops.add({
      ...(look.box === own && { lookId: look.id }),
      ...{ horseId: look.horse, jpeg, quality: look.quality, takenMs: look.takenMs },
      ...{ infrared: look.infrared, isAnchor: look.anchor, photo: look.photo ?? undefined },
      trackletId: (look.tracklet ?? undefined) as TrackletId | undefined,
      camera: look.stream === null ? undefined : streamOf(look.box, look.stream, nowMs),
    })
    if (look.box !== own) sql.addLook.run(lookId, look.box, look.id, look.horse)
    addVectors(lookId, look)
    return true
  }
  const addVectors = (lookId: number, look: LookState) => {
    for (const { model, dim, data } of look.vectors) {
      const kind = embedders.get(model)
      if (kind?.dim === dim) vectors.add(kind, lookId, new Float32Array(Uint8Array.from(data).buffer))
    }
  }
  // A box that was put back from a backup may have given a number again.
  const lookOf = ({ box, id, takenMs, gone }: LookState) => {
    const here = sql.lookOf.get(box, id)
    return here && { id: here.id, isSame: gone || here.takenMs === takenMs }
  }
  return {
    streamOf,
    isBetter: ({ horse, avatar, score }) => avatar !== null && (sql.score.get(horse) ?? -1) < (score ?? 0),
    isNew: (look) =>
      !look.gone && (look.box === own ? !sql.hasLook.get(look.id) : lookOf(look)?.isSame !== true),
    see(seen, blobs, nowMs) {
      const { horse, box, lastMs, detections, avatar, score, avatarMs } = seen
      if (sql.known.get(horse) === undefined) return false
      const before = sql.before.get(horse, box)
      // Nobody knows better than this box, but where it has lost it.
      if (box === own && before) return false
      const jpeg = avatar === null ? undefined : blobs.get(avatar)
      const isBetter =
        jpeg !== undefined && sql.setAvatar.run({ horse, jpeg, score: score ?? 0, avatarMs }).changes > 0
      if (before?.last_seen_ms === lastMs && before.detections === detections) return isBetter
      sql.note.run({ horse, box, lastMs, detections, stream: streamOf(box, seen.stream, nowMs) })
      if (lastMs > (before?.last_seen_ms ?? 0)) letGo.takeBack(horse)
      sql.count.run(detections - (before?.detections ?? 0), horse)
      setLast.run({ id: horse })
      return true
    },
    look(look, blobs, nowMs) {
      const { box, horse } = look
      const isKnown = horse !== null && sql.known.get(horse) !== undefined
      if (box === own)
        return !look.gone && isKnown && !sql.hasLook.get(look.id) && addLook(look, blobs, nowMs)
      const here = lookOf(look)
      const isGone = look.gone || !isKnown
      if (here && (isGone || !here.isSame)) crops.remove(here.id)
      if (isGone) return here !== undefined
      if (!here?.isSame) return addLook(look, blobs, nowMs) || here !== undefined
      sql.moveLook.run(horse, here.id)
      sql.setAnchor.run(look.anchor ? 1 : 0, here.id)
      addVectors(here.id, look)
      return true
    },
  }
}
