/**
 * How long after a frame had arrived the registry's row tells of it: frames as the daemon's events name them, rows as
 * another reader of the database finds them.
 */
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { registryFile } from '../../../daemon/registry/registry.ts'
import { watchFrames } from '../../demonstration/watch.ts'
import type { DaemonSide } from './daemon-side.ts'

/** How often the rows are looked at: no delay is told more exactly. */
const lookMs = 10
/** Longer than any row takes that comes at all: a tracklet of a moment gets none. */
const lastRowMs = 2000

/** Delays in ms, one for each horse of each frame that comes within the time. */
export async function rowDelays(
  { box, stateDir, streams }: Pick<DaemonSide, 'box' | 'stateDir' | 'streams'>,
  seconds: number,
): Promise<number[]> {
  const watches = streams.map((stream) => watchFrames(box.url, stream))
  const db = new Database(registryFile(stateDir), { readonly: true })
  try {
    const newest = db.prepare<[], { tracklet_id: string; to_ms: number }>(
      'SELECT tracklet_id, max(to_ms) AS to_ms FROM sightings GROUP BY tracklet_id',
    )
    const rows: { atMs: number; toMs: Map<string, number> }[] = []
    const untilMs = Date.now() + seconds * 1000
    while (Date.now() < untilMs + lastRowMs) {
      rows.push({ toMs: new Map(newest.all().map((row) => [row.tracklet_id, row.to_ms])), atMs: Date.now() })
      await wait(lookMs)
    }
    const seen = watches
      .flatMap(({ frames }) => frames)
      .filter(({ utcMs }) => utcMs < untilMs)
      .flatMap(({ utcMs, boxes }) => boxes.map(({ trackletId }) => ({ utcMs, trackletId })))
    return seen.flatMap(({ utcMs, trackletId }) => {
      const row = rows.find(({ toMs }) => (toMs.get(trackletId ?? '') ?? 0) >= utcMs)
      return row ? [row.atMs - utcMs] : []
    })
  } finally {
    db.close()
    for (const watch of watches) watch[Symbol.dispose]()
  }
}
