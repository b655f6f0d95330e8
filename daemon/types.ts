/**
 * The words every room shares. No behaviour lives here, and nothing here imports anything.
 */

declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A camera's stream: the camera's slug from the config, `[a-z0-9_-]{1,32}`. Never derived from a name. */
export type StreamId = Brand<string, 'StreamId'>
/** The cameras that know their horses together: one, or all of the barn. Made in one place of a StreamId, and never mistaken for one. */
export type ScopeId = Brand<string, 'ScopeId'>
export type ScopeOf = (streamId: StreamId) => ScopeId
/** A horse's identity: UUIDv7, minted once, opaque. Never parsed, never reused. */
export type HorseId = Brand<string, 'HorseId'>
/** One unbroken stretch of one animal on one camera: UUIDv7. */
export type TrackletId = Brand<string, 'TrackletId'>
/** One tracklet with one identity, as stored: UUIDv7. */
export type SightingId = Brand<string, 'SightingId'>

/** What a person set right: UUIDv7. */
export type CorrectionId = Brand<string, 'CorrectionId'>
/** A recorded piece of a camera's own video: UUIDv7. */
export type ClipId = Brand<string, 'ClipId'>
/** A person who may use the box: UUIDv7. */
export type UserId = Brand<string, 'UserId'>
export type TokenId = Brand<string, 'TokenId'>
/** A place on a camera's picture: UUIDv7. Others call it by this, whatever its name becomes. */
export type StallId = Brand<string, 'StallId'>
/** Something that was not as it should be: UUIDv7. */
export type AlertId = Brand<string, 'AlertId'>

/**
 * What a person may do, each what the one before may too: `viewer` looks, `caretaker` names and corrects, `admin` runs
 * the box. BarnHand's farm_user, farm_admin and super_admin.
 */
export type Role = 'viewer' | 'caretaker' | 'admin'

export interface User {
  readonly id: UserId
  readonly name: string
  readonly role: Role
  readonly createdMs: number
  /** Grows with every change of the role or the password. */
  readonly version: number
}

/** A program that may use the box, with a token of its own. */
export interface ApiToken {
  readonly id: TokenId
  readonly name: string
  readonly role: Role
  readonly createdMs: number
  /** To within minutes. */
  readonly lastUsedMs: number | null
}

/** `[x1, y1, x2, y2]` in pixels of the analysed picture, x to the right, y down. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]

/** Raw pixels. `nv12`: a full Y plane, then interleaved UV at half size (both sides even). `rgb24`: packed rows. */
export interface Picture {
  readonly format: 'nv12' | 'rgb24'
  readonly width: number
  readonly height: number
  /** `width * height * 1.5` bytes for nv12, `* 3` for rgb24; a view of shared memory for camera frames. */
  readonly pixels: Uint8Array
}

/** A camera's picture with its place in time. Valid until it is released to the camera it came from. */
export interface Frame extends Picture {
  readonly stream: StreamId
  /** Counts the decoded frames of one camera since the daemon's start. */
  readonly seq: number
  /** When the whole frame had arrived: UTC milliseconds, for storage. */
  readonly utcMs: number
  /** The same moment on the monotonic clock, for durations. */
  readonly monoMs: number
}

/** What became of a frame that was taken: looked at, passed over because nothing had moved, or lost to a fault. */
export type FrameUse = 'analysed' | 'quiet' | 'failed'

/** What barnbox looks for. Cow, sheep, dog and the like are folded into `horse`: see `Detection.label`. */
export type Kind = 'horse' | 'person'

export interface Detection {
  readonly box: Box
  /** 0-1, the detector's own. Not a probability. */
  readonly score: number
  readonly kind: Kind
  /** What the detector called it (`horse`, `cow`, `dog`, ...). */
  readonly label: string
}

/** Which network made a vector. Vectors of different kinds are never compared. */
export interface ModelKind {
  readonly id: string
  readonly dim: number
}

/** An embedder, as it is noted beside the vectors that it made. */
export interface EmbedderKind extends ModelKind {
  /** What opens it: a name of the catalogue or of something brought, or a path. */
  readonly name: string
  /** How pixels became numbers; null where that was never noted. */
  readonly preprocess: object | null
  /** SPDX's name of it; null where nobody knows. */
  readonly licence: string | null
}

/** One crop of one animal, as the embedder saw it. */
export interface Look {
  /** Unit length, `ModelKind.dim` long. */
  readonly vector: Float32Array
  /** Its pixels as a JPEG, where they were asked for. */
  readonly crop?: Uint8Array | undefined
  /** Variance of the Laplacian of the crop's luma at a fixed crop size; higher is sharper. */
  readonly sharpness: number
  /** Whether the picture has no colour: infrared light, at night. Such looks differ from those in colour. */
  readonly infrared?: boolean | undefined
  /** At which camera it was taken; undefined for a photo. */
  readonly camera?: StreamId | undefined
}

export type CameraState = 'connecting' | 'live' | 'silent' | 'down'

/** What decodes a camera's stream: the processor, or a kind of hardware. */
export type Decode = 'software' | 'vaapi' | 'cuda' | 'nvv4l2' | 'v4l2m2m'

/** How a camera's stream is decoded, and how the config wants it. */
export interface Decoding {
  readonly asked: Decode
  /** `software` where the hardware gave no pictures and the processor did. */
  readonly used: Decode
  /** Why it is not what was asked for, in plain words and redacted; null where it is. */
  readonly why: string | null
}

/** Why a stream gives no picture, as a person can do something about it. */
export type FaultReason =
  | 'password'
  | 'forbidden'
  | 'path'
  | 'busy'
  | 'transport'
  | 'closed'
  | 'no-way'
  | 'no-host'
  | 'timeout'
  | 'broken-off'
  | 'mute'
  | 'tls'
  | 'no-video'
  | 'codec'
  | 'not-rtsp'
  | 'silent'
  | 'ended'
  | 'unavailable'

/** A camera as others may see it: never its address. */
export interface CameraView {
  readonly id: StreamId
  readonly name: string
  readonly state: CameraState
  /** UTC ms since when it is in this state. */
  readonly sinceMs: number
  /** Why it is not live, in plain words and redacted; null when live. */
  readonly detail: string | null
  /** The same for those who read another language; null where `detail` is, or where nothing has failed yet. */
  readonly reason: FaultReason | 'paused' | 'switched-off' | null
  /** UTC ms of the newest decoded frame; null before the first. */
  readonly lastFrameMs: number | null
  /** Since the daemon's start, as all that follow: each decoded frame becomes one of them, or is still on its way. */
  readonly framesDecoded: number
  /** Made way for a newer one before anybody took it. */
  readonly framesDropped: number
  readonly framesAnalysed: number
  /** Passed over: nothing had moved since the last one that was analysed. */
  readonly framesQuiet: number
  readonly framesFailed: number
  readonly decode: Decoding
}

export type Gender = 'mare' | 'stallion' | 'gelding' | 'unknown'

/** What people say of a horse; null where nobody has. */
export interface HorseFacts {
  readonly name: string | null
  readonly notes: string | null
  readonly breed: string | null
  /** Years. */
  readonly age: number | null
  readonly coat: string | null
  readonly markings: string | null
  readonly gender: Gender | null
}

/** `zone`: a place that is nobody's, as an aisle or a gate. */
export type StallKind = 'stall' | 'zone'

/** A place that people drew on one camera's picture. */
export interface Stall {
  readonly id: StallId
  readonly streamId: StreamId
  readonly kind: StallKind
  /** Unique on its camera, whatever its case. */
  readonly name: string
  /** In shares of the picture's width and height, 0-1: 3 to 16, whose outline does not cross itself. */
  readonly corners: readonly (readonly [x: number, y: number])[]
  /** The horses that belong there. */
  readonly expected: readonly HorseId[]
  readonly createdMs: number
  /** Grows with every change: what an edit is held against. */
  readonly revision: number
}

/** Where a horse was seen last. */
export interface LastPlace {
  readonly horseId: HorseId
  /** In shares of the picture's width and height, 0-1. */
  readonly box: Box
  readonly atMs: number
}

export interface Horse extends HorseFacts {
  readonly id: HorseId
  /** Where it was founded. */
  readonly streamId: StreamId
  /** The display number of its stream: 1, 2, 3...; never reused. */
  readonly number: number
  /** BarnHand's text id, `{stream}_horse_{NNN}`: for display and exchange, never parsed. */
  readonly trackingId: string
  /** `#RRGGBB`, the colour of its box, badge and label. */
  readonly color: string
  readonly firstDetectedMs: number
  readonly lastSeenMs: number
  /** Where it was seen last: at its own camera, or in a barn that knows its horses together at any other. */
  readonly lastStreamId: StreamId
  readonly totalDetections: number
  /** 0-1: the match score of the last decision. */
  readonly confidence: number
  readonly hasAvatar: boolean
  /** When its picture was taken, UTC ms; null where there is none, or nobody knows. */
  readonly avatarMs: number | null
  /** Grows with every stored change that others can see. */
  readonly version: number
  /** Grows with every change that a person made: what an edit is held against. */
  readonly revision: number
  /** `provisional`: the box thinks that it is a horse of its own, and neither time nor a person has shown it yet. */
  readonly standing: 'provisional' | 'horse'
  /** UTC ms since when it is a resident; null where it is none. Apart from its name, and from how it is matched. */
  readonly officialMs: number | null
}

/** One box of one analysed frame, with what is known about it. */
export interface SeenBox {
  readonly box: Box
  readonly score: number
  readonly kind: Kind
  readonly trackletId: TrackletId | null
  /** How probable it is that it is this horse, 0-1; null without one. */
  readonly certainty: number | null
  /** Null while it is unknown: undecided, doubtful, or nobody's. */
  readonly horseId: HorseId | null
}

/**
 * What came of one analysed frame: what the page draws and the demo's check scores. For viewers also of a quiet frame:
 * its own number and time, and the boxes of the frame analysed last, since which nothing has moved.
 */
export interface Analysed {
  readonly streamId: StreamId
  readonly seq: number
  readonly utcMs: number
  readonly width: number
  readonly height: number
  readonly boxes: readonly SeenBox[]
}

/** Why a tracklet was given its horse (or none): all that the decision was made from. */
export interface Decision {
  /** `corrected`: a person has said so. */
  readonly kind: 'matched' | 'created' | 'unknown' | 'corrected'
  readonly score: number | null
  readonly secondScore: number | null
  readonly threshold: number | null
  readonly margin: number | null
  readonly model: string | null
}

/** One tracklet with one identity. */
export interface Sighting {
  readonly id: SightingId
  readonly streamId: StreamId
  readonly trackletId: TrackletId
  readonly horseId: HorseId | null
  readonly fromMs: number
  readonly toMs: number
  readonly detections: number
  readonly decision: Decision
}

/** A sighting as it is stored. */
export interface StoredSighting extends Sighting {
  /** The look that it was judged by last, as far as that is kept. */
  readonly lookId: number | null
  /** The newest thing that a person set right and that moved it; null where nobody did. */
  readonly correctedBy: CorrectionId | null
}

export type CorrectionKind =
  | 'reassign'
  | 'new-horse'
  | 'incorrect'
  | 'not-this-horse'
  | 'merge'
  | 'split'
  | 'delete'

/** What a person set right: an event that is never changed, only undone. */
export interface Correction {
  readonly id: CorrectionId
  readonly kind: CorrectionKind
  readonly streamId: StreamId
  /** What it was about: the horse that lost something, null where that was nobody. */
  readonly horseId: HorseId | null
  /** The horse that gained it, null where that is nobody. */
  readonly otherId: HorseId | null
  readonly atMs: number
  /** Who said so; null for the access token. */
  readonly actor: string | null
  readonly undoneMs: number | null
  readonly undoneBy: string | null
}

/** Who says so, and when. */
export interface By {
  readonly actor: string | null
  readonly nowMs: number
}

/** A correction and what is other than before, for those who hold it in memory. */
export interface Corrected {
  readonly correction: Correction
  /** The tracklets whose horse a person has said. */
  readonly told: readonly { readonly trackletId: TrackletId; readonly horseId: HorseId | null }[]
  /** Horses that came or went by it beside those that it names. */
  readonly turned?: readonly HorseId[]
}

/** What became of a photo by which a person enrols a horse. */
export interface Enrolled {
  /**
   * `kept`, or why nothing had to be: this photo is there already (`known`), the horse has one that is like it (`alike`),
   * or photos enough (`enough`).
   */
  readonly outcome: 'kept' | 'known' | 'alike' | 'enough'
  readonly horse: Horse
  /** Nobody of this name was known before. */
  readonly isNew: boolean
  /** It is the best picture of the horse so far. */
  readonly hasNewAvatar: boolean
}

/** What became so. Each is a database row (or derived from one) before it is published here. */
export interface Facts {
  'camera-changed': CameraView
  /** A camera was removed; its horses stay. */
  'camera-gone': { readonly streamId: StreamId }
  /** Horses sighted on a stream, their own or another, since the last such fact, at most twice a second per stream. */
  'horses-seen': { readonly streamId: StreamId; readonly horses: readonly Horse[] }
  /** A horse is new, was edited, gained or lost sightings, or got a better avatar. */
  'horse-changed': { readonly horse: Horse; readonly change: 'new' | 'details' | 'corrected' | 'avatar' }
  /** A horse is deleted, or is another name of `into` from now on. */
  'horse-gone': { readonly streamId: StreamId; readonly horseId: HorseId; readonly into: HorseId | null }
  /** A person set something right: whoever holds horses or their looks in memory reads them anew. */
  corrected: Corrected
  /** What people set right by a clip is done. */
  'clip-corrected': { readonly clipId: ClipId }
  /** Stalls of a camera were drawn, changed or removed. */
  'stalls-drawn': { readonly streamId: StreamId }
  /** Another horse is in it, nobody, or it is seen better or worse. */
  'stall-changed': { readonly stallId: StallId }
  /** An alert was raised, told again, cleared, or somebody looked after it. */
  'alert-changed': { readonly alertId: AlertId }
  /** Not a fact to store: a frame for live views. Quiet ones come only while somebody watches. */
  'frame-analysed': Analysed
}

/** Monotonic and UTC time, passed in so that tests own it. */
export interface Clock {
  /** UTC milliseconds. */
  utcMs(): number
  /** Milliseconds that never go back; only differences mean something. */
  monoMs(): number
}
