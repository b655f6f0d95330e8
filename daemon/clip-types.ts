/**
 * The words that cameras, clips, registry and pages share about recorded video. No behaviour lives here.
 */
import type {
  Box,
  ClipId,
  CorrectionId,
  Horse,
  HorseId,
  Kind,
  SightingId,
  StreamId,
  TrackletId,
} from './types.ts'

/** A piece of video as the camera sent it, whole and on the disk. */
export interface Clip {
  readonly id: ClipId
  readonly streamId: StreamId
  /** UTC ms of its first picture, and of the first one after it. */
  readonly fromMs: number
  readonly toMs: number
  /** Below the folder of all clips. */
  readonly file: string
  readonly bytes: number
  /** How many pictures it has. */
  readonly pictures: number
  /** Kept beyond its age, and let go of last where there is no room. */
  readonly isProtected: boolean
}

export interface ClipBox {
  /** Whole pixels of the analysed picture. */
  readonly box: Box
  readonly kind: Kind
  readonly score: number
  readonly trackletId: TrackletId | null
}

/** What was seen in one analysed picture of a clip: never whose it was, for that may change. */
export interface ClipFrame {
  /** From the clip's begin. */
  readonly offsetMs: number
  readonly boxes: readonly ClipBox[]
}

/** What was seen in a clip, in pixels of pictures of this size. */
export interface ClipFrames {
  readonly width: number
  readonly height: number
  readonly frames: readonly ClipFrame[]
}

/** Whose a tracklet was for a time, as it is known now. */
export interface ClipSighting {
  readonly id: SightingId
  readonly trackletId: TrackletId
  readonly horseId: HorseId | null
  readonly fromMs: number
  readonly toMs: number
}

/** Sightings, and the horses that they are of. */
export interface WhoWas {
  readonly sightings: readonly ClipSighting[]
  readonly horses: ReadonlyMap<HorseId, Horse>
}

/** Which clips of a camera are wanted: those that begin before a time, and that overlap a span. */
export interface ClipSpan {
  readonly beforeMs?: number | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

/** A clip, and whom its camera saw meanwhile, as it is known now. */
export interface ListedClip extends Clip {
  readonly horses: readonly Horse[]
}

/** A box, and whose it is as it is known now. */
export interface SeenInClip extends ClipBox {
  /** The sighting that it belongs to; null where it was too short for one, or where that is no longer kept. */
  readonly sightingId: SightingId | null
  /** Null for nobody's. */
  readonly horse: Horse | null
}

/** What was seen in a clip, and whose it is as it is known now. */
export interface ClipSeen {
  readonly width: number
  readonly height: number
  readonly frames: readonly { readonly offsetMs: number; readonly boxes: readonly SeenInClip[] }[]
}

/** What a person says of a box of a clip. */
export interface ClipCorrection {
  readonly detectionIndex: number
  readonly frameIndex: number
  readonly kind: 'reassign' | 'new_guest' | 'mark_incorrect'
  /** Whose it was for that person. */
  readonly originalHorseId: HorseId | null
  readonly correctedHorseId: HorseId | null
  readonly correctedHorseName: string | null
}

/** It as it is stored. Boxes of one sighting are corrected together. */
export interface StoredClipCorrection extends ClipCorrection {
  readonly id: number
  readonly correctionId: CorrectionId
  readonly actor: string | null
  readonly atMs: number
  readonly undoneMs: number | null
}
