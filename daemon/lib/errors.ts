/**
 * The one error class. A code names the fault, its kind says who acts; `docs/errors.md` has cause and cure of each.
 */

export type ErrorKind = 'config' | 'transient' | 'input' | 'data' | 'bug'

/** Every code there is, with its kind. A test compares this list with `docs/errors.md`. */
export const ERROR_KINDS = {
  CONFIG_INVALID: 'config',
  CONFIG_MISSING: 'config',
  FFMPEG_MISSING: 'config',
  PORT_IN_USE: 'config',
  STATE_DIR: 'config',
  ENGINE_MISSING: 'config',
  STATE_IN_USE: 'config',
  MODEL_MISSING: 'data',
  MODEL_BROKEN: 'data',
  MODEL_HASH: 'data',
  MODEL_LICENCE: 'input',
  MODEL_FETCH: 'transient',
  DB_TOO_NEW: 'data',
  DB_BROKEN: 'data',
  DB_WRITE: 'data',
  BACKUP_FAILED: 'data',
  BACKUP_REFUSED: 'input',
  SIGNATURE_REFUSED: 'input',
  CLIPS_DISK: 'data',
  CLIPS_KEPT: 'data',
  REPLAY_DISK: 'data',
  REPLAY_EMPTY: 'input',
  VECTOR_KIND: 'data',
  AVATAR_TOO_LARGE: 'input',
  NOT_A_PICTURE: 'input',
  PHOTO_REFUSED: 'input',
  FILE_MISSING: 'input',
  NOT_FOUND: 'input',
  BAD_REQUEST: 'input',
  UNAUTHORIZED: 'input',
  NAME_TAKEN: 'input',
  LAST_ADMIN: 'input',
  SET_UP: 'input',
  STALE: 'input',
  CLOCK_AHEAD: 'input',
  CAMERA_IN_CONFIG: 'input',
  CAMERA_BUSY: 'input',
  ONVIF_REFUSED: 'input',
  ONVIF_FAILED: 'input',
  CAMERA_UNREACHABLE: 'transient',
  CAMERA_REFUSED: 'transient',
  CAMERA_NOT_FOUND: 'transient',
  CAMERA_NO_VIDEO: 'transient',
  CAMERA_SILENT: 'transient',
  CAMERA_DECODER: 'config',
  MQTT_REFUSED: 'transient',
  MQTT_UNREACHABLE: 'transient',
  SYNC_UNREACHABLE: 'transient',
  SYNC_REFUSED: 'transient',
  SYNC_CERTIFICATE: 'transient',
  SYNC_READ_ONLY: 'transient',
  SYNC_FULL: 'transient',
  SYNC_SCHEMA: 'transient',
  SYNC_SCHEMA_NEWER: 'data',
  SYNC_CLOCK: 'transient',
  SYNC_FAILED: 'transient',
  SYNC_ROWS: 'data',
  BARNHAND_ABSENT: 'transient',
  BARNHAND_MISMATCH: 'data',
  BARNHAND_REFUSED: 'transient',
  BARNHAND_FAILED: 'transient',
  REDIS_UNREACHABLE: 'transient',
  REDIS_CERTIFICATE: 'transient',
  REDIS_REFUSED: 'transient',
  REDIS_FULL: 'transient',
  REDIS_READ_ONLY: 'transient',
  REDIS_FAILED: 'transient',
  BOX_UNREACHABLE: 'transient',
  PUSH_OFF: 'input',
  PUSH_ADDRESS: 'input',
  PUSH_LIMIT: 'input',
  PUSH_FAILED: 'transient',
  VISION_DIED: 'transient',
  VISION_STUCK: 'bug',
  VISION_ENDED: 'bug',
  INTERNAL: 'bug',
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERROR_KINDS

export type ErrorContext = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export class BarnboxError extends Error {
  readonly code: ErrorCode
  readonly kind: ErrorKind
  /** Plain values, already redacted: this goes into logs and answers. */
  readonly context: ErrorContext

  constructor(code: ErrorCode, message: string, more: { context?: ErrorContext; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'BarnboxError'
    this.code = code
    this.kind = ERROR_KINDS[code]
    this.context = more.context ?? {}
  }
}

/** As SQLite tells of a disk that takes nothing, wherever somebody writes: the disk's fault, not ours. */
const isUnwritable = (thrown: unknown) =>
  thrown instanceof Error &&
  'code' in thrown &&
  /^SQLITE_(FULL|READONLY|IOERR_(WRITE|FSYNC))/.test(String(thrown.code))

/** Anything thrown, as a `BarnboxError`: ours as it is, the rest as `INTERNAL` with the original as cause. */
export function asBarnboxError(thrown: unknown): BarnboxError {
  if (thrown instanceof BarnboxError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (isUnwritable(thrown))
    return new BarnboxError('DB_WRITE', `the registry cannot be written: ${message}`, { cause: thrown })
  return new BarnboxError('INTERNAL', message, { cause: thrown })
}
