/**
 * What a clip's file is called, below the folder of all clips: by its camera, and by when it began and how long it is, so that a
 * file tells all of it without its row. What is called otherwise is nobody's business here. Pure.
 */
import type { StreamId } from '../types.ts'

export interface NamedClip {
  readonly streamId: StreamId
  readonly fromMs: number
  readonly toMs: number
}

/** Where a camera's recorder writes what is not whole yet. Not a day, so that no clip can lie there. */
export const halfName = 'half'

const pattern = /^([a-z0-9][a-z0-9_-]{0,31})\/(\d{4}-\d\d-\d\d)\/(\d\d)-(\d\d)-(\d\d\.\d{3})Z_(\d{1,7})\.mp4$/
export const dayPattern = /^\d{4}-\d\d-\d\d$/

/** `yard/2026-11-28/10-34-05.120Z_10040.mp4`. */
export function nameOf({ streamId, fromMs, toMs }: NamedClip): string {
  const [day, time = ''] = new Date(fromMs).toISOString().split('T')
  return `${streamId}/${day}/${time.replaceAll(':', '-')}_${toMs - fromMs}.mp4`
}

/** What a name says; undefined for any that was not made by `nameOf`. */
export function parseName(file: string): NamedClip | undefined {
  const [, streamId, day, hour, minute, second, length] = pattern.exec(file) ?? []
  const fromMs = Date.parse(`${day}T${hour}:${minute}:${second}Z`)
  if (streamId === undefined || Number.isNaN(fromMs) || Number(length) === 0) return undefined
  const clip = { streamId: streamId as StreamId, fromMs, toMs: fromMs + Number(length) }
  return nameOf(clip) === file ? clip : undefined
}
