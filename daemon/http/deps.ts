/**
 * What the HTTP room needs from the others, declared here and handed in by the composition root.
 */
import type { CameraTests } from '../camera-test-types.ts'
import type { CameraDesk } from '../camera-types.ts'
import type {
  Clip,
  ClipCorrection,
  ClipSeen,
  ClipSpan,
  ListedClip,
  StoredClipCorrection,
} from '../clip-types.ts'
import type { AlertsConfig, AlertWishes } from '../config/alerts.ts'
import type { Bus } from '../lib/bus.ts'
import type { Log } from '../lib/log.ts'
import type { LiveView } from '../live-types.ts'
import type { Alert, AlertKind, PushDevice, PushDeviceId, Severity, StallView } from '../presence-types.ts'
import type { BackupDesk, RestoreDesk } from '../restore-types.ts'
import type { PulledEdit } from '../sync-types.ts'
import type { CameraQuality, Fault, Machine, SystemView } from '../system-types.ts'
import type {
  AlertId,
  Analysed,
  ApiToken,
  By,
  CameraView,
  ClipId,
  Clock,
  Corrected,
  Correction,
  CorrectionId,
  Enrolled,
  Facts,
  Horse,
  HorseFacts,
  HorseId,
  LastPlace,
  Role,
  ScopeOf,
  SightingId,
  Stall,
  StallId,
  StoredSighting,
  StreamId,
  TokenId,
  User,
  UserId,
} from '../types.ts'
import type { MergeSuggestion, Why } from '../why-types.ts'
import type { EndedSessions } from './auth/session.ts'

/** The registry, as far as pages and API need it. */
export interface HorseBook {
  /** Newest last seen first, deleted left out. Where cameras know horses together, others' seen here last too. */
  findByStreamId(streamId: StreamId): readonly Horse[]
  get(id: HorseId): Horse | undefined
  /** What it is called, or was while it was there. */
  called(id: HorseId): { readonly number: number; readonly name: string | null } | undefined
  /** A 200x200 JPEG. */
  avatar(id: HorseId): Uint8Array | undefined
  /** `null` clears, absent leaves as it is. Throws `NOT_FOUND`, and `STALE` for a revision that is no longer so. */
  updateHorseDetails(id: HorseId, details: HorseDetails, edit: Edit): Horse
  setOfficial(id: HorseId, isOfficial: boolean, edit: Edit): Horse
  /** The newest first; `isAlias` are those of horses that were merged into it. */
  names(id: HorseId): readonly { name: string | null; sinceMs: number; isAlias: boolean }[]
}

export type HorseDetails = { readonly [Field in keyof HorseFacts]?: HorseFacts[Field] | undefined }
export type Edit = By & { readonly revision?: number | undefined }

/** A look that a horse is known by, without its picture. */
export interface HorseLook {
  readonly lookId: number
  readonly takenMs: number
  readonly infrared: boolean
  /** A person said that it is this horse. */
  readonly isAnchor: boolean
  /** It is a photo that a person gave. */
  readonly isPhoto: boolean
  /** The horse's sighting that it is of, as far as that is kept. */
  readonly sightingId: SightingId | null
}

/** For how long a horse was seen at a camera. */
export interface Stay {
  readonly streamId: StreamId
  readonly ms: number
}

export interface SightingBook {
  get(id: SightingId): StoredSighting | undefined
  /** The newest first. */
  findByHorseId(horseId: HorseId, limit: number, beforeMs?: number): readonly StoredSighting[]
  unknowns(streamId: StreamId, limit: number, beforeMs?: number): readonly StoredSighting[]
  /** For how long a horse was seen within a time, by camera, the longest first. */
  staysOf(horseId: HorseId, fromMs: number, toMs: number): readonly Stay[]
}

/** A sighting, or several of one horse or of nobody that are answered for together. */
type OneOrSome = SightingId | readonly SightingId[]

/** Where things are set right: each is stored, and told to everybody whom it concerns. */
export interface CorrectionDesk {
  reassign(sightings: OneOrSome, horseId: HorseId, by: By): Corrected
  newHorse(sightings: OneOrSome, name: string | null, by: By): Corrected
  incorrect(sightings: OneOrSome, by: By): Corrected
  /** Of what is nobody's `horseId` says which horse it is not. */
  notThisHorse(sightings: OneOrSome, by: By, horseId?: HorseId): Corrected
  merge(horseId: HorseId, intoId: HorseId, by: By): Corrected
  split(horseId: HorseId, sightingIds: readonly SightingId[], by: By): Corrected
  remove(horseId: HorseId, by: By): Corrected
  /** Throws `STALE` where something later stands on it. */
  undo(id: CorrectionId, by: By): Corrected
  get(id: CorrectionId): Correction | undefined
  /** The horses that people said these sightings are not. */
  notOf(sightingIds: readonly SightingId[]): readonly HorseId[]
  /** The newest first, of one horse or of all, or those before a time. */
  list(limit: number, horseId?: HorseId, beforeMs?: number): readonly Correction[]
}

/** What was not as it should be, and what people do about it. */
export interface AlertBook {
  /** The config wants none. */
  readonly isOff: boolean
  /** Somebody has switched telling off for a while, over MQTT: they are raised, and nobody is told. */
  readonly isPaused: () => boolean
  /** Those that are so now, the newest first. */
  open(): readonly Alert[]
  /** The newest first: those opened before a time. */
  list(page: { readonly beforeMs?: number | undefined; readonly limit: number }): readonly Alert[]
  get(id: AlertId): Alert | undefined
  picture(id: AlertId): Uint8Array | undefined
  /** Throw `NOT_FOUND`. */
  acknowledge(id: AlertId, by: By): Alert
  snooze(id: AlertId, untilMs: number, by: By): Alert
  judge(id: AlertId, verdict: 'useful' | 'not_useful' | null): Alert
  /** Of the last seven days: alerts, those that people called not useful, and these per stall and night; null without a stall. */
  week(): { readonly all: number; readonly notUseful: number; readonly perStallNight: number | null }
  /** How each way out stands. */
  ways(): readonly {
    readonly name: string
    readonly figures: {
      readonly waiting: number
      readonly dropped: number
      readonly lastError: string | null
    }
  }[]
}

/** When alerts are raised and told. */
export interface AlertSettings {
  /** Grows with every change on the page. */
  readonly version: number
  readonly changedMs: number | null
  readonly changedBy: string | null
  readonly isAsInConfig: boolean
  readonly night: Hours
  readonly quietHours: (Hours & { readonly least: Severity }) | null
  readonly schedules: readonly (Hours & {
    readonly name: string
    readonly silences: readonly AlertKind[]
    readonly cameras?: readonly string[] | undefined
  })[]
  readonly rules: readonly {
    readonly kind: AlertKind
    readonly isOn: boolean
    readonly severity: Severity
    readonly afterMs: number
    readonly coolDownMs: number
    readonly isExperimental: boolean
  }[]
}

type Hours = AlertsConfig['night']

export interface AlertSettingsDesk {
  get(): AlertSettings
  /** What is absent is as in the config. Throws `STALE` for a version that is no longer so, and `BAD_REQUEST`. */
  put(wishes: AlertWishes, version: number, by: By): AlertSettings
}

/** The browsers that are told of alerts by push services; each is one user's affair. */
export interface PushDesk {
  /** What browsers subscribe with; null where the config does not allow it. */
  readonly key: string | null
  devices(userId: UserId): readonly PushDevice[]
  /**
   * As the one that it was, where it is known already. `key`: what the browser has subscribed with. Throws `PUSH_OFF`, `PUSH_ADDRESS`,
   * `PUSH_LIMIT`, and `STALE` where the box has another key by now.
   */
  put(
    device: Omit<PushDevice, 'id' | 'createdMs'>,
    said: { readonly known: PushDeviceId | null; readonly key: string },
  ): PushDevice
  /** Throws `NOT_FOUND`, as the next one. */
  remove(userId: UserId, id: PushDeviceId): void
  /** Sends it a message now. Throws `PUSH_FAILED`. */
  test(userId: UserId, id: PushDeviceId): Promise<void>
}

/** What people draw of a stall. */
export type StallDrawn = Pick<Stall, 'kind' | 'name' | 'corners' | 'expected'>

/** The places that people drew on each camera's picture. */
export interface StallBook {
  /** By name. */
  ofStream(streamId: StreamId): readonly Stall[]
  get(id: StallId): Stall | undefined
  /** Throws `NAME_TAKEN`. */
  add(stall: StallDrawn & { readonly streamId: StreamId }, by: By): Stall
  /** What is absent stays as it is. Throws `NOT_FOUND`, `NAME_TAKEN`, and `STALE` for a revision that is no longer so. */
  change(
    id: StallId,
    change: { readonly [Field in keyof StallDrawn]?: StallDrawn[Field] | undefined },
    edit: Edit,
  ): Stall
  /** True when it was there. */
  remove(id: StallId, by: By): boolean
  /** Takes that back. Throws `NOT_FOUND` and `NAME_TAKEN`. */
  restore(id: StallId, by: By): Stall
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

/** Recorded video, and what was seen in it. */
export interface ClipBook {
  /** The newest first, each with whom its camera saw meanwhile. */
  list(streamId: StreamId, limit: number, span?: ClipSpan): readonly ListedClip[]
  get(id: ClipId): Clip | undefined
  /** Null where nobody looked while it was recorded. */
  seen(clip: Clip): ClipSeen | null
  /** Where its file is. */
  path(clip: Clip): string
  /** All of it or nothing; answers how many sightings were corrected. Throws `STALE` where a box is another's by now. */
  correct(clip: Clip, corrections: readonly ClipCorrection[], by: By): number
  /** The newest first. */
  corrections(clip: Clip): readonly StoredClipCorrection[]
  /** Takes back what was corrected by a clip, all of it or nothing; answers how much. Throws `STALE`. */
  undo(clip: Clip, by: By): number
}

/** Which programs may use the box. */
export interface TokenBook {
  all(): readonly ApiToken[]
  get(id: TokenId): ApiToken | undefined
  /** Whose token has this SHA-256; notes that it was used. */
  use(hash: Uint8Array, nowMs: number): ApiToken | undefined
  /** Throws `NAME_TAKEN`. */
  add(token: { name: string; role: Role; hash: Uint8Array }, nowMs: number): ApiToken
  remove(id: TokenId): boolean
}

/** What connections are encrypted with, in PEM. */
export interface HttpTls {
  readonly cert: string
  readonly key: string
  /** The box made it itself: browsers ask before they trust it. */
  readonly isSelfSigned: boolean
  /** SHA-256, as browsers show it. */
  readonly fingerprint: string
}

/** For whoever helps from afar; no secret is in it. */
export interface Diagnostics {
  readonly config: unknown
  readonly findings: readonly { part: string; level: 'ok' | 'warning' | 'problem'; detail: string }[]
  readonly log: readonly string[]
}

/** What the first set-up asks for; gone once there was a user. */
export interface SetupPin {
  read(): string | undefined
  end(): void
}

/** Sightings of nobody that look like one animal. */
export interface UnknownGroup {
  /** The newest first. */
  readonly sightings: readonly StoredSighting[]
  readonly glimpses: readonly {
    readonly lookId: number
    readonly sightingId: SightingId
    readonly takenMs: number
  }[]
  /** The horses that are most like it, the most alike first. */
  readonly offers: readonly Horse[]
}

/** Takes a photo of a horse that a person names. Throws `PHOTO_REFUSED` and `NOT_A_PICTURE`, with why. */
export type Enrol = (
  photo: Uint8Array,
  of: { readonly streamId: StreamId; readonly name: string; readonly by: By },
) => Promise<Enrolled>

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

export type { CalibrationView, Fault, ModelRun, Stage, SystemCamera, SystemView } from '../system-types.ts'

export interface HttpDeps {
  readonly version: string
  /** Without one, and without users, the box is open to its own machine or to be set up. */
  readonly token: string | undefined
  readonly users: UserBook
  readonly tokens: TokenBook
  readonly setupPin: SetupPin
  /** What passes are signed with, and which do not hold any more. */
  readonly passKey: Uint8Array
  readonly endedSessions: EndedSessions
  /** Without it the page is served in the clear. */
  readonly tls: HttpTls | undefined
  /** Another certificate that is to be served with from now on. Asked for from time to time. */
  readonly freshTls: () => HttpTls | undefined
  readonly models: () => ModelsView | undefined
  readonly cameras: () => readonly CameraView[]
  readonly cameraDesk: CameraDesk
  readonly cameraTests: CameraTests
  /** The newest analysed frame as JPEG, with what was seen in exactly that frame. */
  readonly picture: (id: StreamId) => Promise<SeenPicture | undefined>
  /** Which cameras know their horses together. */
  readonly scopeOf: ScopeOf
  /** A camera's own video; undefined where it is not watched. */
  readonly live: (id: StreamId) => LiveView | undefined
  readonly horses: HorseBook
  /** Where those horses were that were seen last on a stream, the newest first. */
  readonly places: (streamId: StreamId) => readonly LastPlace[]
  readonly stalls: StallBook
  /** How each stall stands. */
  readonly stallViews: () => readonly StallView[]
  readonly alerts: AlertBook
  readonly alertSettings: AlertSettingsDesk
  readonly push: PushDesk
  readonly sightings: SightingBook
  /** What a sighting was decided from; undefined where that was never stored. */
  readonly why: (id: SightingId) => Why | undefined
  /** The picture of a look, as long as it is kept. */
  readonly look: (lookId: number) => Uint8Array | undefined
  /** The looks that a horse is known by, the newest first. */
  readonly looksOf: (id: HorseId, limit: number) => readonly HorseLook[]
  /** What other boxes said of a horse in place of what was here, the newest first. */
  readonly pulledEdits: (id: HorseId, limit: number) => readonly PulledEdit[]
  /** Horses of other boxes that look like this one, where looks of other boxes are not known here. */
  readonly alikes: (id: HorseId) => readonly Horse[]
  readonly corrections: CorrectionDesk
  readonly clips: ClipBook
  /** Pairs of horses that may be one, in each at least one of a stream, the most probable first. */
  readonly suggestions: (streamId: StreamId) => readonly MergeSuggestion[]
  /** Who is unknown at some cameras, those seen last first; and of how many sightings there is no picture. */
  readonly unknowns: (streams: readonly StreamId[]) => {
    readonly groups: readonly UnknownGroup[]
    readonly notLooked: number
  }
  readonly enrol: Enrol
  readonly backups: BackupDesk
  readonly restores: RestoreDesk | null
  readonly facts: Bus<Facts>
  readonly ready: () => Readiness
  readonly system: () => SystemView
  /** How well a camera can be watched; null while it is too early to say. */
  readonly quality: (id: StreamId) => CameraQuality | null
  readonly machine: () => Promise<Machine>
  /** The newest lines of the log, without secrets. */
  readonly recentLog: () => readonly string[]
  readonly diagnose: () => Promise<Diagnostics>
  /** What the page says is wrong with the box itself; cameras speak for themselves. */
  readonly faults: () => readonly Fault[]
  readonly clock: Clock
  readonly log: Log
}
