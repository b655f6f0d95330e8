/**
 * The recording of all cameras: what their recorders have ended becomes a clip with its row; what is too old or too much goes;
 * files and rows are made to agree at the start. One thing at a time touches the disk, so that a slow one holds up nobody else.
 */
import type { Clip } from '../clip-types.ts'
import { repeat, sleep } from '../lib/abort.ts'
import { asBarnboxError } from '../lib/errors.ts'
import { mintId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Analysed, ClipId, Clock, StreamId } from '../types.ts'
import { agree } from './agree.ts'
import type { ClipFolder, EndedPiece, FoundClip } from './folder.ts'
import { createFrameMemory, packFrames } from './frames.ts'
import { type ClipLimits, planKeep } from './keep.ts'
import { createSpells, type Spells } from './spells.ts'

/** The table of clips, as far as it is needed here. */
export interface ClipRows {
  add(clip: Clip & { readonly frames: Uint8Array | null }): void
  oldest(limit: number, isProtected: boolean): Clip[]
  totals(): { readonly count: number; readonly bytes: number }
  countBefore(ms: number): number
  /** Protects what was recorded where alerts began since then; answers for how many clips that is new. */
  protectAlerts(sinceMs: number): number
  filesOf(streamId: StreamId, prefix: string): Pick<Clip, 'id' | 'file' | 'bytes' | 'fromMs'>[]
  streams(): StreamId[]
  remove(ids: readonly ClipId[]): void
}

export interface RecordingDeps {
  readonly folder: ClipFolder
  readonly rows: ClipRows
  readonly limits: ClipLimits
  /** Whether a person has lowered the limits since the last time; `noteLimits` says that they are obeyed. */
  isLowered(): boolean
  noteLimits(): void
  /** Whether a camera gives pictures to others. */
  isLive(streamId: StreamId): boolean
  readonly clock: Clock
  readonly log: Log
  /** How long a piece waits for what was seen in it last. */
  readonly settleMs?: number
}

export interface Recordings extends AsyncDisposable {
  /** There is room, and the folder was looked through. */
  readonly mayRecord: boolean
  /** Why nothing is recorded or nothing can be let go, in plain words; null while all is well. */
  readonly fault: string | null
  /** What could not be recorded or deleted, since the start. */
  readonly errors: number
  /** Clips recorded since the start. */
  readonly recorded: number
  note(frame: Analysed): void
  ended(piece: EndedPiece): void
  failed(streamId: StreamId, why: { detail: string; isDisk: boolean }): void
  /** Looks now at what must go. */
  tidy(): Promise<void>
}

const tidyEveryMs = 60_000
const settleMs = 2_000
const atOnce = 100

export function startRecordings(deps: RecordingDeps, signal: AbortSignal): Recordings {
  const { folder, log } = deps
  const own = new AbortController()
  const ending = AbortSignal.any([signal, own.signal])
  const memory = createFrameMemory()
  const spells = createSpells(deps)
  let turn: Promise<void> = Promise.resolve()
  let hasRoom = false
  let recorded = 0
  /** When a camera failed last: what was recorded before says nothing of it. */
  const failedMs = new Map<StreamId, number>()
  /** One after the other; what is thrown is told once a spell. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work).catch((error: unknown) => spells.is('disk', asBarnboxError(error).message))
    return turn
  }
  const store = (piece: EndedPiece) =>
    inTurn(async () => {
      const found = await folder.take(piece)
      if (found === undefined) {
        // The last of a run may be of no length; one of which its recorder heard is spoilt.
        if (piece.toMs !== undefined) spells.is('disk', 'a clip was not written whole')
        return
      }
      const seen = memory.take(found.streamId, found.fromMs, found.toMs)
      deps.rows.add(rowOf(found, seen && packFrames(seen)))
      recorded++
      spells.is('disk', null)
      if (found.fromMs > (failedMs.get(found.streamId) ?? 0)) spells.isOf(found.streamId, null)
    })
  const tidy = () =>
    inTurn(async () => {
      hasRoom = await tidyUp(deps, spells)
    })
  const begun = inTurn(async () => {
    const { refused, ...did } = await agree(deps)
    if (Object.values(did).some((count) => count > 0)) log.info(did, 'clips and their rows agree again')
    if (refused !== null) spells.is('gone', refused)
  }).then(tidy)
  const tidying = begun.then(() => repeat(tidyEveryMs, tidy, ending))
  const settling = new Set<Promise<void>>()
  return {
    get mayRecord() {
      return hasRoom
    },
    get fault() {
      return spells.fault
    },
    get errors() {
      return spells.count
    },
    get recorded() {
      return recorded
    },
    tidy,
    note: memory.note,
    ended(piece) {
      // Of its last pictures is heard when they were looked at. What a stop ends has nothing to wait for.
      const one = sleep(deps.settleMs ?? settleMs, ending)
        .then(() => store(piece))
        .finally(() => settling.delete(one))
      settling.add(one)
    },
    failed(streamId, { detail, isDisk }) {
      if (isDisk) spells.is('disk', detail)
      else {
        failedMs.set(streamId, deps.clock.utcMs())
        spells.isOf(streamId, detail)
      }
    },
    async [Symbol.asyncDispose]() {
      own.abort()
      await Promise.all([tidying, ...settling])
      await turn
    },
  }
  function rowOf(found: FoundClip, frames: Uint8Array | null) {
    return { ...found, id: mintId<ClipId>(), isProtected: false, frames }
  }
}

/** Deletes what must go; answers whether there is room for more. */
async function tidyUp(deps: RecordingDeps, spells: Spells): Promise<boolean> {
  const { folder, rows, limits, clock, log } = deps
  const oldMs = clock.utcMs() - limits.keepMs
  rows.protectAlerts(oldMs)
  const stand = { ...rows.totals(), tooOld: rows.countBefore(oldMs), freeBytes: await folder.freeBytes() }
  const plan = planKeep(stand, limits, deps.isLowered())
  if (plan.refused === null) deps.noteLimits()
  spells.is('kept', plan.refused)
  let [bytes, count] = [0, 0]
  const drop = async (clips: readonly Clip[]) => {
    for (const { file } of clips) await folder.remove(file)
    rows.remove(clips.map(({ id }) => id))
    count += clips.length
    bytes += bytesOf(clips)
  }
  // Protected ones only for want of room, and after all others.
  for (const isProtected of [false, true]) {
    const isOld = ({ fromMs }: Clip) => plan.dropOld && !isProtected && fromMs < oldMs
    let chosen = firstOf(rows.oldest(atOnce, isProtected), isOld, plan.dropBytes - bytes)
    while (chosen.length > 0) {
      await drop(chosen)
      chosen = firstOf(rows.oldest(atOnce, isProtected), isOld, plan.dropBytes - bytes)
    }
  }
  if (count > 0) log.info({ clips: count, bytes }, 'old clips were let go')
  const hasRoom = (await folder.freeBytes()) >= limits.reserveBytes
  spells.is('room', hasRoom ? null : 'less is free on the disk than recording.reserve_gb')
  return hasRoom
}

const bytesOf = (clips: readonly Clip[]) => clips.reduce((sum, clip) => sum + clip.bytes, 0)

/** Of clips in order those that are too old, and so many more that these bytes are free. */
function firstOf(clips: readonly Clip[], isOld: (clip: Clip) => boolean, dropBytes: number): Clip[] {
  const end = clips.findIndex((clip, at) => !isOld(clip) && bytesOf(clips.slice(0, at)) >= dropBytes)
  return clips.slice(0, end === -1 ? clips.length : end)
}
