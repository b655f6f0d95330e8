/**
 * What is compared: something that is shown pictures and says who is where.
 */
import type { Box } from '../../daemon/types.ts'
import type { Photos } from './enrolment.ts'
import type { StallFrame } from './stall/stall.ts'

/** A box as a system gives it out. */
export interface Shown {
  readonly box: Box
  /** Of the animal in it, as long as the system takes it for the same: what tracking is scored by. */
  readonly id: string
  /** The lasting identity that a caretaker sees and can name; null while it is nobody's. */
  readonly horse: string | null
  /** The unbroken stretch of one animal that it belongs to, where a caretaker can see it. */
  readonly tracklet?: string
}

/** What a caretaker knows of the horses that were shown, and can tell the system if it can be told. */
export interface Told {
  /** Identity -> the barn's horse that it showed mostly, those that were shown longest first. */
  readonly names: ReadonlyMap<string, number>
  /** Tracklet, where a system tells them -> the horse that it showed mostly. */
  readonly tracklets: ReadonlyMap<string, number>
}

export interface System extends Disposable {
  show(frame: StallFrame): Promise<readonly Shown[]>
  /** The box is started anew: what is stored stays. */
  restart(): void
  /** Photos of the barn's horses are at hand, before the first picture: for a system that horses can be made known to by photos. */
  givePhotos?(photos: Photos): void
  /** The caretaker tells, once. Answers which of its identities have which name from then on. */
  teach(told: Told): ReadonlyMap<string, number>
  /** Identities made so far, those included that are no more. */
  readonly created: number
}
