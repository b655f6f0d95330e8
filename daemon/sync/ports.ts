/**
 * What sync needs of the registry. Types only.
 */
import type {
  Applied,
  CorrectionState,
  HorseState,
  LookState,
  Pulled,
  SeenState,
  SightingState,
  SyncKind,
} from '../sync-types.ts'
import type { Clock, HorseId } from '../types.ts'

export interface Mark {
  readonly seq: number
  readonly rowId: string
}

type WithBlobs<Row> = { readonly rows: Row[]; readonly blobs: ReadonlyMap<string, Uint8Array> }

export interface Book {
  readonly outbox: {
    begin(sinceMs: number): void
    fill(): boolean
    isOn(): boolean
    last(kind: SyncKind): number
    next(kind: SyncKind, most: number, beforeMs: number, after?: number, upTo?: number): Mark[]
    done(marks: readonly Mark[]): void
    waiting(): number
  }
  readonly rows: {
    horses(ids: readonly string[]): HorseState[]
    seen(ids: readonly string[]): WithBlobs<SeenState>
    corrections(ids: readonly string[]): CorrectionState[]
    looks(ids: readonly string[]): WithBlobs<LookState>
    sightings(ids: readonly string[]): SightingState[]
  }
  /** Says anew, as of now, what this box said later than `latestMs`. */
  restamp(latestMs: number): number
  /** New looks of this box have greater numbers than this one. */
  goOnAfter(look: number): void
  apply(page: Pulled, nowMs: number): Applied
  missing(ids: readonly HorseId[]): HorseId[]
  letGo(ids: readonly HorseId[]): HorseId[]
  wanted(page: Omit<Pulled, 'blobs'>): string[]
}

/** What is remembered between two starts. */
export interface Memory {
  get(key: string): string | undefined
  set(key: string, value: string): void
}

/** Everything that a round is made with. */
export interface RoundParts {
  readonly book: Book
  readonly memory: Memory
  readonly farm: string
  readonly box: string
  readonly program: string
  readonly clock: Clock
  /** Days of history that are told; 0 where none is. */
  readonly historyDays: number
  /** Whether looks of other boxes are known here. */
  readonly wantsLooks: boolean
  /** Bytes a second; null where there is no limit. */
  readonly bytesPerSecond: number | null
  /** Awaited after each batch: what must not wait for it goes first. */
  readonly giveWay: (signal: AbortSignal) => Promise<void>
  /** Told of every page that was taken in. */
  readonly onApplied: (applied: Applied) => void
}
