/**
 * The table `horses`: who is known on which stream. Deleted horses keep their row and number and are never answered.
 */
import { BarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import type { Horse, HorseId, StreamId } from '../types.ts'
import { horseColor } from './colors.ts'
import type { Db } from './database.ts'

/** The hard limit of a stored avatar in bytes; the table has the same CHECK. */
export const largestAvatarBytes = 102_400

export interface Avatar {
  /** 200x200 JPEG. */
  readonly jpeg: Uint8Array
  /** Confidence x box area in pixels of the frame it was cut from: the best stays. */
  readonly score: number
}

export interface NewHorse {
  readonly streamId: StreamId
  readonly seenMs: number
  readonly confidence: number
  readonly avatar?: Avatar | undefined
}

/** Null clears a field, an absent one stays. */
export interface HorseDetails {
  readonly name?: string | null | undefined
  readonly notes?: string | null | undefined
}

/** What one sighting adds to a horse. */
export interface Seen {
  readonly horseId: HorseId
  readonly lastSeenMs: number
  readonly detections: number
  readonly confidence: number
}

export interface Horses {
  /** The horses of a stream, last seen first. */
  findByStreamId(streamId: StreamId): Horse[]
  get(id: HorseId): Horse | undefined
  avatar(id: HorseId): Uint8Array | undefined
  /** The score of the stored avatar; 0 without one. */
  avatarScore(id: HorseId): number
  /** A new horse with the stream's next number. Throws `AVATAR_TOO_LARGE`. */
  create(horse: NewHorse): Horse
  /** Keeps the avatar if it scores higher than the stored one, and says whether it did. Throws `AVATAR_TOO_LARGE`. */
  updateAvatar(id: HorseId, avatar: Avatar): boolean
  /** What a person said of a horse. Throws `NOT_FOUND`. */
  updateHorseDetails(id: HorseId, details: HorseDetails, nowMs: number): Horse
  /** Adds sightings; unknown and deleted horses are passed over. Several in one transaction: see `sightings.save`. */
  addSeen(seen: Seen): void
  /** A tombstone; true when the horse was there. Idempotent. */
  remove(id: HorseId, nowMs: number): boolean
}

interface Row {
  id: string
  stream_id: string
  number: number
  name: string | null
  notes: string | null
  color: string
  first_detected_ms: number
  last_seen_ms: number
  total_detections: number
  confidence: number
  has_avatar: number
  version: number
}

const columns = `id, stream_id, number, name, notes, color, first_detected_ms, last_seen_ms, total_detections,
  confidence, avatar IS NOT NULL AS has_avatar, version`

function fromRow(row: Row): Horse {
  const streamId = row.stream_id as StreamId
  return {
    id: row.id as HorseId,
    streamId,
    number: row.number,
    trackingId: trackingId(streamId, row.number),
    name: row.name,
    notes: row.notes,
    color: row.color,
    firstDetectedMs: row.first_detected_ms,
    lastSeenMs: row.last_seen_ms,
    totalDetections: row.total_detections,
    confidence: row.confidence,
    hasAvatar: row.has_avatar === 1,
    version: row.version,
  }
}

/** BarnHand's text id: at most 50 characters, shown and exchanged, never a key and never parsed. */
export function trackingId(streamId: StreamId, number: number): string {
  return `${streamId.replaceAll('-', '_')}_horse_${String(number).padStart(3, '0')}`
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
    selectByStream: db.prepare<[string], Row>(
      `SELECT ${columns} FROM horses WHERE stream_id = ? AND deleted_ms IS NULL ORDER BY last_seen_ms DESC, number`,
    ),
    select: db.prepare<[string], Row>(`SELECT ${columns} FROM horses WHERE id = ? AND deleted_ms IS NULL`),
    selectAvatar: db.prepare<[string], { avatar: Buffer | null }>(
      'SELECT avatar FROM horses WHERE id = ? AND deleted_ms IS NULL',
    ),
    selectScore: db.prepare<[string], { score: number | null }>(
      'SELECT avatar_score AS score FROM horses WHERE id = ? AND deleted_ms IS NULL',
    ),
    takeNumber: db.prepare<[string, number], { number: number }>(
      `INSERT INTO streams (id, next_number, created_ms) VALUES (?, 2, ?)
     ON CONFLICT (id) DO UPDATE SET next_number = next_number + 1 RETURNING next_number - 1 AS number`,
    ),
    insert: db.prepare(
      `INSERT INTO horses (id, stream_id, number, color, first_detected_ms, last_seen_ms, confidence, avatar, avatar_score)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    setAvatar: db.prepare(
      `UPDATE horses SET avatar = @jpeg, avatar_score = @score, version = version + 1
     WHERE id = @id AND deleted_ms IS NULL AND (avatar_score IS NULL OR avatar_score < @score)`,
    ),
    setDetails: db.prepare('UPDATE horses SET name = ?, notes = ?, version = version + 1 WHERE id = ?'),
    insertName: db.prepare('INSERT INTO horse_names (horse_id, name, since_ms) VALUES (?, ?, ?)'),
    addSeen: db.prepare(
      `UPDATE horses SET last_seen_ms = max(last_seen_ms, ?), total_detections = total_detections + ?, confidence = ?
     WHERE id = ? AND deleted_ms IS NULL`,
    ),
    bury: db.prepare(
      'UPDATE horses SET deleted_ms = ?, version = version + 1 WHERE id = ? AND deleted_ms IS NULL',
    ),
  }
}

export function openHorses(db: Db): Horses {
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
    const { jpeg = null, score = null } = horse.avatar ?? {}
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
    )
    return mustGet(id)
  })
  const update = db.transaction((id: HorseId, details: HorseDetails, nowMs: number): Horse => {
    const before = mustGet(id)
    const name = details.name === undefined ? before.name : details.name
    const notes = details.notes === undefined ? before.notes : details.notes
    if (name === before.name && notes === before.notes) return before
    sql.setDetails.run(name, notes, id)
    if (name !== before.name) sql.insertName.run(id, name, nowMs)
    return mustGet(id)
  })

  return {
    findByStreamId: (streamId) => sql.selectByStream.all(streamId).map(fromRow),
    get,
    avatar: (id) => sql.selectAvatar.get(id)?.avatar ?? undefined,
    avatarScore: (id) => sql.selectScore.get(id)?.score ?? 0,
    create(horse) {
      if (horse.avatar) checkAvatar(horse.avatar)
      return create.immediate(horse)
    },
    updateAvatar(id, avatar) {
      checkAvatar(avatar)
      return sql.setAvatar.run({ id, ...avatar }).changes === 1
    },
    updateHorseDetails: (id, details, nowMs) => update.immediate(id, details, nowMs),
    addSeen: (seen) => void sql.addSeen.run(seen.lastSeenMs, seen.detections, seen.confidence, seen.horseId),
    remove: (id, nowMs) => sql.bury.run(nowMs, id).changes === 1,
  }
}
