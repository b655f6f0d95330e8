/**
 * Adds what comes in to the ring's files once a second, and lets old files go. What comes in waits in a bounded queue: nobody waits for
 * the disk, and a disk that fails stops nothing else.
 */
import { repeat } from '../lib/abort.ts'
import type { Log } from '../lib/log.ts'
import type { SeenBy } from '../replay-types.ts'
import type { Clock, StreamId } from '../types.ts'
import type { RingFolder } from './folder.ts'
import { longestFileMs, planRing, type RingLimits, reserveBytes } from './keep.ts'
import { type RingClass, writeHead } from './records.ts'

/** One pipeline's life, and what it sees by. */
export interface Life {
  readonly id: string
  readonly by: SeenBy
}

export interface Queued {
  readonly life: Life
  readonly streamId: StreamId
  readonly of: RingClass
  readonly bytes: Buffer
}

export interface Writer extends AsyncDisposable {
  add(queued: Queued): void
  /** Records that were not kept. */
  readonly dropped: number
  /** Why nothing is kept now; null while it is. */
  readonly fault: string | null
}

export interface WriterDeps {
  readonly folder: RingFolder
  readonly clock: Clock
  readonly log: Log
}

const writeMs = 1000
const upkeepMs = 60_000
/** More waits for no disk. */
const mostQueuedBytes = 16_000_000
/** A file is ended there: it is read as a whole. */
const largestFile = 32_000_000

export function startWriter(limits: RingLimits, deps: WriterDeps, signal: AbortSignal): Writer {
  const { folder, clock, log } = deps
  const own = new AbortController()
  const ending = AbortSignal.any([own.signal, signal])
  const queue = createQueue()
  const files = createFiles(deps)
  let fault: string | null = null
  let toldDropped = 0
  const fail = (thrown: unknown) => {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    if (fault === null) log.warn({ code: 'REPLAY_DISK', why }, 'what is seen is not kept for a replay')
    fault = why
    queue.lost(queue.take().length)
    // Behind half a record nothing is read.
    files.end()
  }
  const write = async () => {
    const taken = queue.take()
    try {
      await files.add(taken)
    } catch (error) {
      queue.lost(taken.length)
      fail(error)
    }
  }
  const upkeep = async () => {
    try {
      const plan = planRing(await folder.files(), clock.utcMs(), await folder.freeBytes(), limits)
      for (const file of plan.drop) await folder.remove(file)
      if (!plan.mayWrite) throw new Error(`less than ${reserveBytes / 1e9} GB are free`)
      if (fault !== null) log.info({ dropped: queue.dropped }, 'what is seen is kept again')
      else if (queue.dropped > toldDropped)
        log.warn({ dropped: queue.dropped - toldDropped }, 'not all that was seen was kept for a replay')
      fault = null
      toldDropped = queue.dropped
    } catch (error) {
      fail(error)
    }
  }
  const running = [upkeep().then(() => repeat(upkeepMs, upkeep, ending)), repeat(writeMs, write, ending)]
  return {
    add(queued) {
      if (fault === null) queue.add(queued)
      else queue.lost(1)
    },
    get dropped() {
      return queue.dropped
    },
    get fault() {
      return fault
    },
    async [Symbol.asyncDispose]() {
      own.abort()
      await Promise.all(running)
      await write()
    },
  }
}

/** What waits to be written, in order. */
function createQueue() {
  let waiting: Queued[] = []
  let bytes = 0
  let dropped = 0
  return {
    add(queued: Queued) {
      if (bytes + queued.bytes.length > mostQueuedBytes) {
        dropped++
        return
      }
      waiting.push(queued)
      bytes += queued.bytes.length
    },
    take(): Queued[] {
      const taken = waiting
      waiting = []
      bytes = 0
      return taken
    },
    lost(count: number) {
      dropped += count
    },
    get dropped() {
      return dropped
    },
  }
}

interface Open {
  readonly path: string
  readonly life: Life
  readonly begunMs: number
  bytes: number
}

/** The files that are written to; each is ended in time, with its life, and after a fault. */
function createFiles({ folder, clock }: Pick<WriterDeps, 'folder' | 'clock'>) {
  const open = new Map<string, Open>()
  let lastBegunMs = 0
  const goesOn = ({ life, begunMs, bytes }: Open, next: Life) =>
    life === next && bytes < largestFile && Math.abs(clock.utcMs() - begunMs) < longestFileMs
  const begin = async ({ streamId, of, life }: Queued): Promise<Open> => {
    const [utcMs, monoMs] = [clock.utcMs(), clock.monoMs()]
    // No two files are called alike, whatever the clock does.
    lastBegunMs = Math.max(Math.round(utcMs), lastBegunMs + 1)
    const head = writeHead({ streamId, life: life.id, utcMs, monoMs, by: life.by })
    const path = folder.path(streamId, of, lastBegunMs)
    await folder.begin(path, head)
    return { path, life, begunMs: utcMs, bytes: head.length }
  }
  return {
    end: () => open.clear(),
    /** Adds records to their files, with one write a file. */
    async add(queued: readonly Queued[]) {
      const groups = Map.groupBy(queued, ({ life, streamId, of }) => `${life.id} ${streamId}.${of}`)
      for (const group of groups.values()) {
        const [first] = group
        if (!first) continue
        const key = `${first.streamId}.${first.of}`
        const known = open.get(key)
        const file = known && goesOn(known, first.life) ? known : await begin(first)
        open.set(key, file)
        const bytes = Buffer.concat(group.map((one) => one.bytes))
        await folder.append(file.path, bytes)
        file.bytes += bytes.length
      }
    },
  }
}
