/**
 * What the ring holds of some cameras and a time, as it happened: one line of events out of all files, each with its time.
 */
import type { RingFolder } from '../replay/folder.ts'
import { longestFileMs, type RingFile } from '../replay/keep.ts'
import type { Kept, RingClass } from '../replay/records.ts'
import type { SeenBy } from '../replay-types.ts'
import type { StreamId } from '../types.ts'

export interface Span {
  readonly fromMs: number
  readonly toMs: number
  /** All where none is named. */
  readonly cameras: readonly string[]
}

export interface ReplayEvent {
  /** UTC ms. */
  readonly atMs: number
  readonly streamId: StreamId
  readonly life: string
  readonly by: SeenBy
  readonly kept: Kept
}

/** What could not be read. */
export interface Unread {
  files: number
  records: number
}

export async function filesOf(
  folder: RingFolder,
  { fromMs, toMs, cameras }: Span,
  of: RingClass,
): Promise<RingFile[]> {
  const files = await folder.files()
  return files.filter(
    ({ streamId, begunMs, of: is }) =>
      is === of &&
      (cameras.length === 0 || cameras.includes(streamId)) &&
      begunMs <= toMs &&
      begunMs + 2 * longestFileMs >= fromMs,
  )
}

/**
 * All events of some files, as far as these went when they were listed, in the order of their times; at one time in the order of the
 * cameras' names.
 */
export async function* eventsOf(
  folder: RingFolder,
  files: readonly RingFile[],
  span: Span,
  unread: Unread,
): AsyncGenerator<ReplayEvent> {
  const streams = [...new Set(files.map(({ streamId }) => streamId))].sort()
  const lines = streams.map((id) =>
    lineOf(
      folder,
      span,
      files.filter(({ streamId }) => streamId === id),
      unread,
    ),
  )
  const next: (ReplayEvent | undefined)[] = []
  for (const line of lines) next.push((await line.next()).value ?? undefined)
  for (;;) {
    const at = earliest(next)
    const event = next[at]
    if (!event) return
    yield event
    next[at] = (await lines[at]?.next())?.value ?? undefined
  }
}

function earliest(events: readonly (ReplayEvent | undefined)[]): number {
  let found = -1
  events.forEach((event, at) => {
    if (event && event.atMs < (events[found]?.atMs ?? Number.POSITIVE_INFINITY)) found = at
  })
  return found
}

/** One camera's events. What a clock that was set back makes earlier than what was before it is passed over. */
async function* lineOf(
  folder: RingFolder,
  { fromMs, toMs }: Span,
  files: readonly RingFile[],
  unread: Unread,
): AsyncGenerator<ReplayEvent, undefined> {
  let lastMs = Number.NEGATIVE_INFINITY
  for (const file of files) {
    const text = await folder.read(file)
    if (!text) {
      unread.files++
      continue
    }
    unread.records += text.refused + (text.isTorn ? 1 : 0)
    const { head, kept } = text
    for (const one of kept) {
      const atMs = Math.round(head.utcMs + takenMsOf(one) - head.monoMs)
      if (atMs < fromMs || atMs > toMs || atMs < lastMs) continue
      lastMs = atMs
      yield { atMs, streamId: head.streamId, life: head.life, by: head.by, kept: one }
    }
  }
  return undefined
}

function takenMsOf(kept: Kept): number {
  if (kept.kind === 'frame') return kept.frame.takenMs
  return kept.kind === 'state' ? kept.state.takenMs : kept.picture.takenMs
}
