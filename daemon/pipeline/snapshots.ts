/**
 * The newest analysed picture of each camera as JPEG, made only while somebody looks.
 */
import { sleep } from '../lib/abort.ts'
import type { Analysed, Clock, Frame, StreamId } from '../types.ts'

export interface Snapshot {
  readonly jpeg: Uint8Array
  readonly analysed: Analysed
}

export interface Snapshots {
  /** The newest picture; waits up to four seconds for one when nobody was looking. Undefined when the camera gives none. */
  get(streamId: StreamId): Promise<Snapshot | undefined>
  /** Whether somebody waits for a picture, or watches and has none newer than a second: a quiet frame will do. */
  wants(streamId: StreamId): boolean
  /** Called with each analysed frame before it is released, and with a quiet one where it is wanted. */
  offer(frame: Frame, analysed: Analysed): Promise<void>
}

const watchedForMs = 5000
/** An older one is not the newest any more. */
const freshMs = 2000
/** A busy box takes seconds from picture to picture; who waits is watching, so shorter than that. */
const waitMs = 4000
/** Where nothing moves, a picture a second shows as much as every one. */
const quietEveryMs = 1000

interface Entry {
  watchedUntil: number
  newest: Snapshot | undefined
  /** When the newest was taken, on the monotonic clock. */
  newestMs: number
  waiting: ((snapshot: Snapshot) => void)[]
}

export function createSnapshots(
  encode: (frame: Frame) => Promise<Uint8Array>,
  clock: Clock,
  signal: AbortSignal,
): Snapshots {
  const entries = new Map<StreamId, Entry>()
  const entryOf = (id: StreamId) => {
    const entry = entries.get(id) ?? { watchedUntil: 0, newest: undefined, newestMs: 0, waiting: [] }
    entries.set(id, entry)
    return entry
  }
  return {
    async get(streamId) {
      const entry = entryOf(streamId)
      const watched = entry.watchedUntil > clock.monoMs()
      entry.watchedUntil = clock.monoMs() + watchedForMs
      const fresh = entry.newest && clock.utcMs() - entry.newest.analysed.utcMs < freshMs
      if (watched && fresh) return entry.newest
      return await nextOf(entry, signal)
    },
    wants(streamId) {
      const { watchedUntil, newest, newestMs, waiting } = entryOf(streamId)
      const nowMs = clock.monoMs()
      return nowMs < watchedUntil && (waiting.length > 0 || !newest || nowMs - newestMs >= quietEveryMs)
    },
    async offer(frame, analysed) {
      const entry = entryOf(frame.stream)
      if (entry.watchedUntil <= clock.monoMs()) {
        entry.newest = undefined
        return
      }
      const snapshot = { jpeg: await encode(frame), analysed }
      entry.newest = snapshot
      entry.newestMs = frame.monoMs
      for (const resolve of entry.waiting.splice(0)) resolve(snapshot)
    },
  }
}

/** The next snapshot of an entry, or undefined when none comes in time. */
async function nextOf(entry: Entry, signal: AbortSignal): Promise<Snapshot | undefined> {
  const enough = new AbortController()
  let resolveNext: (snapshot: Snapshot) => void = () => {}
  const next = new Promise<Snapshot>((resolve) => {
    resolveNext = resolve
  })
  entry.waiting.push(resolveNext)
  const late = sleep(waitMs, AbortSignal.any([signal, enough.signal])).then(() => undefined)
  const snapshot = await Promise.race([next, late])
  enough.abort()
  entry.waiting = entry.waiting.filter((one) => one !== resolveNext)
  return snapshot
}
