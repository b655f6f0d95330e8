/**
 * What boxes of a farm tell one another by way of the central database. Types only.
 */
import type { Stamp } from './lib/hlc.ts'
import type { Box, CorrectionId, CorrectionKind, HorseId, StreamId } from './types.ts'

/** `[a-z0-9]{12}`: see `Registry.boxId`. */
export type BoxId = string

/** What is told, in the order in which others need it. */
export const syncKinds = ['horse', 'correction', 'look', 'seen', 'sighting'] as const
export type SyncKind = (typeof syncKinds)[number]

/** A field as it was left last: when, by whom, and what it says. */
export interface Register {
  readonly at: Stamp
  readonly by: string | null
  readonly v: string | number | null
}

/** A horse: who founded it, which never changes, and what people said of it, each field the later word. */
export interface HorseState {
  readonly id: HorseId
  /** The box that founded it, and the camera there. */
  readonly box: BoxId
  readonly stream: string
  readonly number: number
  readonly color: string
  readonly firstMs: number
  /** It is more than provisional; it never is less again. */
  readonly confirmed: boolean
  readonly fields: Readonly<Record<string, Register>>
}

/** What one box saw of a horse: only that box writes it. */
export interface SeenState {
  readonly box: BoxId
  readonly horse: HorseId
  /** Where it was seen last, a camera of that box. */
  readonly stream: string
  readonly lastMs: number
  readonly detections: number
  readonly confidence: number
  /** SHA-256 of the JPEG, in hex; null where there is none. */
  readonly avatar: string | null
  readonly score: number | null
  /** When it was taken; null where nobody knows. */
  readonly avatarMs: number | null
}

/** What a merge gave a horse: see the table `inherited`. */
export interface Inheritance {
  readonly field: string
  /** JSON. */
  readonly value: string
}

/** A correction: added once, undone at most once, otherwise never changed. */
export interface CorrectionState {
  readonly id: CorrectionId
  readonly kind: CorrectionKind
  /** The camera, and its box. */
  readonly streamBox: BoxId
  readonly stream: string
  readonly horse: HorseId | null
  readonly other: HorseId | null
  readonly atMs: number
  readonly stamp: Stamp
  readonly actor: string | null
  readonly undoneMs: number | null
  readonly undoneBy: string | null
  readonly inherited: readonly Inheritance[]
}

export interface LookVector {
  readonly model: string
  readonly dim: number
  /** float32, little-endian. */
  readonly data: Uint8Array
}

/** A look that a horse is known by: only the box that took it writes it. */
export interface LookState {
  readonly box: BoxId
  readonly id: number
  /** It is not kept any more, or was taken from its horse: nothing else of it is told then. */
  readonly gone: boolean
  readonly horse: HorseId | null
  readonly stream: string | null
  readonly crop: string | null
  readonly quality: number
  readonly takenMs: number
  readonly tracklet: string | null
  readonly anchor: boolean
  readonly infrared: boolean
  readonly photo: string | null
  readonly vectors: readonly LookVector[]
}

/** History: only the box that saw it writes it, and no other box reads it. */
export interface SightingState {
  readonly id: string
  readonly stream: string
  readonly tracklet: string
  readonly horse: HorseId | null
  readonly fromMs: number
  readonly toMs: number
  readonly detections: number
  readonly decision: string
  readonly score: number | null
  readonly model: string | null
}

/** A page of what others told. */
export interface Pulled {
  readonly horses: readonly HorseState[]
  readonly corrections: readonly CorrectionState[]
  readonly seen: readonly SeenState[]
  readonly looks: readonly LookState[]
  /** The pictures of looks and avatars that are not here yet, by their hash. */
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

/** What was here, and what came from elsewhere in its place. */
export interface PulledEdit {
  readonly id: number
  readonly field: string
  readonly before: string | number | null
  readonly after: string | number | null
  /** When it was said, and at which box. */
  readonly stamp: Stamp
  readonly actor: string | null
  /** When it came. */
  readonly atMs: number
}

/** What became of a page, for those who hold it in memory. */
export interface Applied {
  readonly fresh: readonly HorseId[]
  readonly edited: readonly HorseId[]
  /** Deleted, or another horse's name by now. */
  readonly gone: readonly { readonly horseId: HorseId; readonly into: HorseId | null }[]
  /** Horses came back, or looks of known horses came or went: what matches is read anew. */
  readonly isGalleryOld: boolean
  /** Rows, or parts of them, that do not fit here: left out, and why. */
  readonly skipped: readonly { readonly row: string; readonly why: string }[]
}

/** What the central database is. */
export interface SyncServer {
  /** PostgreSQL's version. */
  readonly version: string
  readonly hasVectors: boolean
  readonly hasHypertables: boolean
}

/** How the box and the central database stand to each other. */
export interface SyncView {
  /** `waiting`: something is in the way, which `fault` says; it is tried again by itself. */
  readonly state: 'connecting' | 'catching-up' | 'in-step' | 'waiting'
  readonly sinceMs: number
  readonly fault: { readonly code: string; readonly detail: string } | null
  /** Rows that are yet to be told, and those of them that were said in the future and are held back. */
  readonly waiting: number
  readonly held: number
  /** Since the start: rows told, rows heard, bytes sent. */
  readonly told: number
  readonly heard: number
  readonly sentBytes: number
  /** When the two were last in step; null before. */
  readonly inStepMs: number | null
  /** This box's clock less the server's; null before it was asked. */
  readonly clockAheadMs: number | null
  readonly server: SyncServer | null
  /** Null where the config names no horses of BarnHand. */
  readonly barnhand: BarnhandView | null
}

/** What is in the way of one part of sync, while the others go on. */
export interface PartFault {
  readonly code: string
  readonly detail: string
}

/** How BarnHand's table of horses is told of this box's. */
export interface BarnhandView {
  readonly fault: PartFault | null
  /** Horses that have a row there by now. */
  readonly rows: number
  /** Not told yet: it is not known where in a picture they are, and a row without a box would blank BarnHand's pictures. */
  readonly unplaced: number
  /** Deleted there, and so never told again. */
  readonly deleted: number
  /** Null where the config names no Redis. */
  readonly redis: RedisView | null
}

export interface RedisView {
  readonly state: 'connecting' | 'connected' | 'waiting'
  readonly fault: PartFault | null
  /** States since the start: written, and given up because Redis did not take them in time. */
  readonly written: number
  readonly dropped: number
}

/** A horse as another system is told of it, as it stood: what it stands for has changed when `sign` has. */
export interface PortableMark {
  readonly id: HorseId
  /** The camera that founded it. */
  readonly streamId: StreamId
  /** Deleted, or another horse's name. */
  readonly isGone: boolean
  readonly sign: string
}

export interface PortableHorse {
  readonly id: HorseId
  readonly streamId: StreamId
  readonly name: string | null
  readonly color: string
  readonly firstMs: number
  readonly lastMs: number
  readonly detections: number
  readonly confidence: number
  readonly officialMs: number | null
  readonly avatar: Uint8Array | null
  /** In pixels of the analysed picture; null where it is not known. */
  readonly box: Box | null
  /** The mean of its looks, of unit length. */
  readonly vector: Float32Array | null
}
