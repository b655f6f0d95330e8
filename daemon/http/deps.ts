/**
 * What the HTTP room needs from the others, declared here and handed in by the composition root.
 */
import type { Bus } from '../lib/bus.ts'
import type { Log } from '../lib/log.ts'
import type {
  Analysed,
  CameraView,
  Clock,
  Facts,
  Horse,
  HorseId,
  Role,
  StreamId,
  User,
  UserId,
} from '../types.ts'

/** The registry, as far as pages and API need it. */
export interface HorseBook {
  /** Newest last seen first, deleted left out. */
  findByStreamId(streamId: StreamId): readonly Horse[]
  get(id: HorseId): Horse | undefined
  /** A 200x200 JPEG. */
  avatar(id: HorseId): Uint8Array | undefined
  /** `null` clears, absent leaves as it is. Throws `NOT_FOUND`. */
  updateHorseDetails(id: HorseId, details: HorseDetails): Horse
}

export interface HorseDetails {
  name?: string | null
  notes?: string | null
}

/** Who may use the box. */
export interface UserBook {
  all(): readonly User[]
  get(id: UserId): User | undefined
  findByName(name: string): { readonly user: User; readonly passwordHash: string } | undefined
  /** Throws `NAME_TAKEN` and `LAST_ADMIN`. */
  add(user: { name: string; role: Role; passwordHash: string }, nowMs: number): User
  /** Throws `NOT_FOUND` and `LAST_ADMIN`. */
  change(id: UserId, change: { role?: Role | undefined; passwordHash?: string | undefined }): User
  /** Throws `LAST_ADMIN`. */
  remove(id: UserId): boolean
}

export interface SeenPicture {
  readonly jpeg: Uint8Array
  readonly analysed: Analysed
}

export interface ModelsView {
  readonly detector: string
  readonly embedder: string
  /** The embedder only stands in until a real one is brought: the page says so. */
  readonly stopgap: boolean
}

export interface Readiness {
  readonly ok: boolean
  /** Name of a check -> `ok`, or what is wrong in plain words. */
  readonly checks: Readonly<Record<string, string>>
}

/** A part of the box that cannot do its work, and why in plain words. */
export interface Fault {
  readonly part: 'registry' | 'models' | 'identity' | 'embedder' | 'ffmpeg'
  readonly detail: string
}

export interface HttpDeps {
  readonly version: string
  /** Without one, and without users, the server answers only this machine. */
  readonly token: string | undefined
  readonly users: UserBook
  /** What passes are signed with. */
  readonly passKey: Uint8Array
  readonly models: () => ModelsView | undefined
  readonly cameras: () => readonly CameraView[]
  /** The newest analysed frame as JPEG, with what was seen in exactly that frame. */
  readonly picture: (id: StreamId) => Promise<SeenPicture | undefined>
  readonly horses: HorseBook
  readonly facts: Bus<Facts>
  readonly ready: () => Readiness
  /** What the page says is wrong with the box itself; cameras speak for themselves. */
  readonly faults: () => readonly Fault[]
  readonly clock: Clock
  readonly log: Log
}
