/**
 * The registry as the central database is kept in step with it.
 */
import type { HybridClock } from '../lib/hlc.ts'
import type { Db } from './database.ts'
import { openRestamping } from './edits.ts'
import type { Embedders } from './embedders.ts'
import type { Crops } from './looks.ts'
import { openMoves } from './moves.ts'
import { openPortable, type Portable } from './portable.ts'
import type { Settings } from './settings.ts'
import { openSyncApply, type SyncApply } from './sync-apply.ts'
import { openSyncOutbox, type SyncOutbox } from './sync-outbox.ts'
import { openSyncRows, type SyncRows } from './sync-rows.ts'
import type { Vectors } from './vectors.ts'

export interface SyncBook extends SyncApply {
  readonly outbox: Omit<SyncOutbox, 'noting'>
  readonly rows: SyncRows
  readonly portable: Portable
  readonly goOnAfter: Crops['goOnAfter']
  /** See `openRestamping`. */
  restamp(latestMs: number): number
}

interface Parts {
  readonly box: string
  readonly settings: Settings
  readonly clock: HybridClock
  readonly crops: Crops
  readonly vectors: Vectors
  readonly embedders: Embedders
}

export function openSyncBook(db: Db, parts: Parts): SyncBook {
  const outbox = openSyncOutbox(db, parts.settings)
  const applying = openSyncApply(db, { ...parts, outbox, moves: openMoves(db) })
  const portable = openPortable(db, parts.embedders)
  const restamp = openRestamping(db, parts.clock, parts.box)
  const { goOnAfter } = parts.crops
  return { ...applying, goOnAfter, restamp, outbox, rows: openSyncRows(db, parts.box), portable }
}
