/**
 * Lets go of pictures in the central database that no row names any more, once a day, a few at a time. Any box does it for its farm.
 */
import type { Connection } from './connection.ts'
import type { RoundParts } from './ports.ts'
import { writes } from './tables.ts'

const sweptKey = 'sync_swept'
const dayMs = 24 * 3600_000
const most = 500

/** Answers how many went. */
export async function sweep(
  connection: Connection,
  { farm, memory, clock }: Pick<RoundParts, 'farm' | 'memory' | 'clock'>,
  signal: AbortSignal,
): Promise<number> {
  const nowMs = clock.utcMs()
  // A clock that was set back is no reason to wait for it.
  if (Math.abs(nowMs - Number(memory.get(sweptKey) ?? 0)) < dayMs) return 0
  let gone = 0
  for (let isFull = true; isFull && !signal.aborted; ) {
    const { length } = await connection.query(writes.noBlobs, [farm, most])
    gone += length
    isFull = length === most
  }
  memory.set(sweptKey, String(nowMs))
  return gone
}
