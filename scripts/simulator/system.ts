/**
 * What is compared: something that is shown pictures and says who is where.
 */
import type { Box } from '../../daemon/types.ts'
import type { StallFrame } from './stall/stall.ts'

/** A box as a system gives it out. */
export interface Shown {
  readonly box: Box
  /** Of the animal in it, as long as the system takes it for the same: what tracking is scored by. */
  readonly id: string
  /** The lasting identity that a caretaker sees and can name; null while it is nobody's. */
  readonly horse: string | null
}

export interface System extends Disposable {
  show(frame: StallFrame): Promise<readonly Shown[]>
  /** The box is started anew: what is stored stays. */
  restart(): void
  /** The caretaker says which of its identities are the barn's horses. */
  name(horses: readonly string[]): void
  /** Identities made so far. */
  readonly created: number
}
