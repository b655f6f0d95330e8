/**
 * How the box does, in words that rooms and pages share. Types only.
 */
import type { SyncView } from './sync-types.ts'
import type { CameraView } from './types.ts'

/** How the embedder stands that horses are known by, and the change to another one. */
export interface EmbedderChange {
  /** `failed`: the one in use goes on; `detail` says why. */
  readonly state: 'settled' | 're-embedding' | 'switching' | 'measuring' | 'failed'
  /** The embedder in use, and the one that is to be; the same while nothing changes. */
  readonly from: string
  readonly to: string
  /** Looks that have a vector of the one that is to be, of all that are kept; while measuring, crops looked at. */
  readonly done: number
  readonly total: number
  /** Looks whose crop cannot be read. */
  readonly passedOver: number
  readonly detail: string | null
}

/** A part of the box that cannot do its work, and why in plain words. */
export interface Fault {
  readonly part:
    | 'config'
    | 'memory'
    | 'registry'
    | 'rebuilt'
    | 'models'
    | 'identity'
    | 'embedder'
    | 'ffmpeg'
    | 'recording'
    | 'clock'
  readonly detail: string
}

/** A model, and what it really runs on. */
export interface ModelRun {
  readonly name: string
  readonly provider: string
  /** A look at a fixed picture, median; the same on the CPU, and how like the answers are: null where not compared. */
  readonly ms: number
  readonly cpuMs: number | null
  readonly cosine: number | null
  /** Why it does not run where it was asked to; null where it does. */
  readonly fallback: string | null
}

export interface SystemCamera extends CameraView {
  readonly horses: number
  /** Tracklets of horses that go on now. */
  readonly tracklets: number
}

/** One kind of inference: how often it was asked for, how many that were, how many gave nothing, and seconds. */
export interface Stage {
  readonly asked: number
  readonly inferences: number
  readonly failed: number
  readonly seconds: number
}

/** How far it is known what the cosine of two looks means. */
export interface CalibrationView {
  /** `none`: too few pairs of looks are known to be of one animal, or of two. */
  readonly method: 'none' | 'logistic' | 'isotonic'
  /** Pairs of each side. */
  readonly same: number
  readonly different: number
  /** The expected calibration error, 0-1. */
  readonly ece: number | null
}

/** How the box does, in figures. What counts, counts from the start. */
export interface SystemView {
  readonly version: string
  readonly node: string
  readonly startedMs: number
  readonly uptimeSeconds: number
  readonly rssBytes: number
  /** How late the event loop is. */
  readonly lag: { readonly p50Ms: number; readonly p99Ms: number }
  /** Null while they are loading, and where they cannot be used: `faults` says why. */
  readonly detector: ModelRun | null
  readonly embedder: (ModelRun & { readonly stopgap: boolean }) | null
  readonly workers: { readonly running: number; readonly wanted: number; readonly replaced: number } | null
  readonly embedding: EmbedderChange | null
  readonly cameras: readonly SystemCamera[]
  readonly stages: Readonly<Record<string, Stage>>
  /** Sightings that have ended, by how they were decided. */
  readonly sightings: Readonly<Record<string, number>>
  readonly faults: readonly Fault[]
  /** What the cosines of the stored looks mean; null before there is an embedder. */
  readonly calibration: CalibrationView | null
  readonly ffmpeg: { readonly path: string; readonly version: string } | null
  /** How the central database is kept in step; null where the config names none. */
  readonly sync: SyncView | null
}

/** What the machine has, and what of it is left. */
export interface Machine {
  /** What lies in the state folder. */
  readonly stateBytes: number
  readonly diskFreeBytes: number
  readonly diskBytes: number
  readonly memoryFreeBytes: number
  readonly memoryBytes: number
  readonly cores: number
  /** Its kernel and kind. */
  readonly system: string
}

export type QualityLabel = 'excellent' | 'fair' | 'poor' | 'unusable'

/** How well a camera can be watched, and by what, the worst first. */
export interface CameraQuality {
  readonly label: QualityLabel
  readonly reasons: readonly ('away' | 'few' | 'breaks' | 'dropped' | 'failed')[]
  /** In the last hour. */
  readonly breaks: number
  /** Pictures that came, of those that were asked for; and those passed over, of those that came. */
  readonly come: number
  readonly dropped: number
}
