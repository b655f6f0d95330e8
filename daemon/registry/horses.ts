/**
 * The table `horses`: who is known on which stream. Deleted horses keep their row and number and are never answered.
 */
import { BarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import type { Horse, HorseId, StreamId } from '../types.ts'
import { horseColor } from './colors.ts'
import type { Db } from './database.ts'
import type { Edits } from './edits.ts'
import { type Details, openDetails } from './horse-details.ts'
import { columns, fromRow, type HorseRow, resolved, resolvedBy } from './horse-rows.ts'

/** The hard limit of a stored avatar in bytes; the table has the same CHECK. */
export const largestAvatarBytes = 102_400

export interface Avatar {
  /** 200x200 JPEG. */
  readonly jpeg: Uint8Array
  /** Confidence x box area in pixels of the frame it was cut from: the best stays. */
  readonly score: number
  /** UTC ms; undefined where nobody knows, as of a photo. */
  readonly takenMs?: number | undefined
}

export interface NewHorse {
  readonly streamId: StreamId
  readonly seenMs: number
  readonly confidence: number
  readonly avatar?: Avatar | undefined
  /** `provisional` when absent: the box alone thinks so. */
  readonly standing?: Horse['standing']
}

/** What one sighting adds to a horse. */
export interface Seen {
  readonly horseId: HorseId
  /** Where. */
  readonly streamId: StreamId
  readonly lastSeenMs: number
  readonly detections: number
  readonly confidence: number
}

export interface Horses extends Details {
  /** The horses that were founded on a stream, last seen first. */
  findByStreamId(streamId: StreamId): Horse[]
  /** These, and all that were seen there last. */
  findHomeOrSeen(streamId: StreamId): Horse[]
  /** The horses of all streams, last seen first. */
  all(): Horse[]
  /** The horse of an id, or the one that it was merged into. */
  get(id: HorseId): Horse | undefined
  /** What a horse is called, or was while it was there: by its own id, also of one that is deleted or another's name. */
  called(id: HorseId): { readonly number: number; readonly name: string | null } | undefined
  /** Whether a person has named it, or made it official; by its own id. Cheap: it is asked for at each decision. */
  isConfirmed(id: HorseId): boolean
  avatar(id: HorseId): Uint8Array | undefined
  /** The score of the stored avatar; 0 without one. */
  avatarScore(id: HorseId): number
  /** A new horse with the stream's next number. Throws `AVATAR_TOO_LARGE`. */
  create(horse: NewHorse): Horse
  /** Keeps the avatar if it scores higher than the stored one, and says whether it did. Throws `AVATAR_TOO_LARGE`. */
  updateAvatar(id: HorseId, avatar: Avatar): boolean
  /**
   * Adds sightings; unknown horses are passed over. A tombstone counts on, so that it is whole if the deletion is taken
   * back. Several in one transaction: see `sightings.save`.
   */
  addSeen(seen: Seen): void
  /** A tombstone; true when the horse was there. Idempotent. */
  remove(id: HorseId, nowMs: number): boolean
  /** Takes a tombstone back. */
  restore(id: HorseId): void
  /** Makes a horse another name of `into`, or with null a horse of its own again. */
  alias(id: HorseId, into: HorseId | null): void
  /** Provisional horses that were seen in so many tracklets are horses from now on; answers them. */
  promote(ids: readonly HorseId[], tracklets: number): Horse[]
}

function checkAvatar(avatar: Avatar): void {
  if (avatar.jpeg.length > largestAvatarBytes) {
    throw new BarnboxError('AVATAR_TOO_LARGE', `an avatar may have ${largestAvatarBytes} bytes`, {
      context: { bytes: avatar.jpeg.length },
    })
  }
}

/** Every statement of this table, prepared once. */
function prepareAll(db: Db) {
  return {
    selectByStream: db.prepare<[string], HorseRow>(
      `SELECT ${columns} FROM living WHERE stream_id = ? ORDER BY last_seen_ms DESC, number`,
    ),
    selectAt: db.prepare<{ at: string }, HorseRow>(
      `SELECT ${columns} FROM living WHERE stream_id = @at OR seen_stream_id = @at
       ORDER BY last_seen_ms DESC, stream_id, number`,
    ),
    selectAll: db.prepare<[], HorseRow>(
      `SELECT ${columns} FROM living ORDER BY last_seen_ms DESC, stream_id, number`,
    ),
    select: db.prepare<[string], HorseRow>(`SELECT ${columns} FROM living WHERE id = (${resolved})`),
    selectCalled: db.prepare<[string], { number: number; name: string | null }>(
      'SELECT number, name FROM horses WHERE id = ?',
    ),
    selectConfirmed: db
      .prepare<[string], 0 | 1>('SELECT name IS NOT NULL OR official_ms IS NOT NULL FROM horses WHERE id = ?')
      .pluck(),
    selectAvatar: db.prepare<[string], { avatar: Buffer | null }>(
      `SELECT avatar FROM living WHERE id = (${resolved})`,
    ),
    selectScore: db.prepare<[string], { score: number | null }>(
      `SELECT avatar_score AS score FROM living WHERE id = (${resolved})`,
    ),
    takeNumber: db.prepare<[string, number], { number: number }>(
      `INSERT INTO streams (id, next_number, created_ms) VALUES (?, 2, ?)
     ON CONFLICT (id) DO UPDATE SET next_number = next_number + 1 RETURNING next_number - 1 AS number`,
    ),
    insert: db.prepare(
      `INSERT INTO horses (id, stream_id, number, color, first_detected_ms, last_seen_ms, confidence, avatar, avatar_score,
       avatar_ms, standing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    setAvatar: db.prepare(
      `UPDATE horses SET avatar = @jpeg, avatar_score = @score, avatar_ms = @takenMs, version = version + 1
     WHERE id = @id AND deleted_ms IS NULL AND (avatar_score IS NULL OR avatar_score < @score)`,
    ),
    addSeen: db.prepare(
      `UPDATE horses SET total_detections = total_detections + @detections, confidence = @confidence,
       seen_stream_id = iif(@lastSeenMs >= last_seen_ms, @streamId, seen_stream_id),
       last_seen_ms = max(last_seen_ms, @lastSeenMs)
     WHERE id = (${resolvedBy('@horseId')})`,
    ),
    unbury: db.prepare('UPDATE horses SET deleted_ms = NULL, version = version + 1 WHERE id = ?'),
    setAlias: db.prepare('UPDATE horses SET merged_into = ?, version = version + 1 WHERE id = ?'),
    promote: db
      .prepare<[string, number], string>(
        `UPDATE horses SET standing = 'horse', version = version + 1
         WHERE standing = 'provisional' AND id IN (SELECT value FROM json_each(?)) AND ? <=
           (SELECT count(DISTINCT tracklet_id) FROM sightings s WHERE s.horse_id = horses.id) RETURNING id`,
      )
      .pluck(),
    bury: db.prepare(
      'UPDATE horses SET deleted_ms = ?, version = version + 1 WHERE id = ? AND deleted_ms IS NULL',
    ),
  }
}

export function openHorses(db: Db, edits: Edits): Horses {
  const sql = prepareAll(db)
  const get = (id: HorseId) => {
    const row = sql.select.get(id)
    return row && fromRow(row)
  }
  const mustGet = (id: HorseId): Horse => {
    const horse = get(id)
    if (!horse) throw new BarnboxError('NOT_FOUND', 'there is no such horse', { context: { horse: id } })
    return horse
  }
  const create = db.transaction((horse: NewHorse): Horse => {
    const id = mintId<HorseId>()
    const number = sql.takeNumber.get(horse.streamId, horse.seenMs)?.number ?? 1
    const { jpeg = null, score = null, takenMs = null } = horse.avatar ?? {}
    sql.insert.run(
      id,
      horse.streamId,
      number,
      horseColor(number),
      horse.seenMs,
      horse.seenMs,
      horse.confidence,
      jpeg,
      score,
      takenMs,
      horse.standing ?? 'provisional',
    )
    return mustGet(id)
  })

  return {
    ...openDetails(db, edits, mustGet),
    findByStreamId: (streamId) => sql.selectByStream.all(streamId).map(fromRow),
    findHomeOrSeen: (at) => sql.selectAt.all({ at }).map(fromRow),
    all: () => sql.selectAll.all().map(fromRow),
    get,
    called: (id) => sql.selectCalled.get(id),
    isConfirmed: (id) => sql.selectConfirmed.get(id) === 1,
    avatar: (id) => sql.selectAvatar.get(id)?.avatar ?? undefined,
    avatarScore: (id) => sql.selectScore.get(id)?.score ?? 0,
    create(horse) {
      if (horse.avatar) checkAvatar(horse.avatar)
      return create.immediate(horse)
    },
    updateAvatar(id, avatar) {
      checkAvatar(avatar)
      const { jpeg, score, takenMs = null } = avatar
      return sql.setAvatar.run({ id, jpeg, score, takenMs }).changes === 1
    },
    addSeen: (seen) => void sql.addSeen.run(seen),
    remove: (id, nowMs) => sql.bury.run(nowMs, id).changes === 1,
    restore: (id) => void sql.unbury.run(id),
    alias: (id, into) => void sql.setAlias.run(into, id),
    promote: (ids, tracklets) =>
      sql.promote.all(JSON.stringify(ids), tracklets).flatMap((id) => get(id as HorseId) ?? []),
  }
}
