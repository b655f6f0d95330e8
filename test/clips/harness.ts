/**
 * What the tests of recorded video share: a real recording of a real camera, its table in memory and its folder on the disk.
 */
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { findFfmpeg } from '../../daemon/cameras/ffmpeg.ts'
import { startRecorder } from '../../daemon/cameras/recorder.ts'
import { openClipFolder } from '../../daemon/clips/folder.ts'
import type { ClipLimits } from '../../daemon/clips/keep.ts'
import { type RecordingDeps, startRecordings } from '../../daemon/clips/recordings.ts'
import { systemClock } from '../../daemon/lib/clock.ts'
import { createLog } from '../../daemon/lib/log.ts'
import { openRegistry } from '../../daemon/registry/registry.ts'
import type { StreamId } from '../../daemon/types.ts'
import { cameraConfig } from '../cameras/harness.ts'

const run = promisify(execFile)

export const cam = 'cam' as StreamId
export const plenty: ClipLimits = { keepMs: 3_600_000, quotaBytes: 1e12, reserveBytes: 1 }
const ffmpeg = await findFfmpeg({}, AbortSignal.timeout(20_000))

export { until } from '../support/until.ts'

/** A real MP4, made once a length. */
const made = new Map<number, Promise<Buffer>>()
export function video(t: Test, seconds = 1): Promise<Buffer> {
  const before = made.get(seconds)
  if (before) return before
  const source = `testsrc2=size=160x90:rate=10:duration=${seconds}`
  const file = join(t.testdir(), 'made.mp4')
  const making = run(ffmpeg.path, ['-v', 'error', '-f', 'lavfi', '-i', source, '-y', file]).then(() =>
    readFile(file),
  )
  made.set(seconds, making)
  return making
}

/** Files below a folder, the names that a clip's has. */
export async function filesIn(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  return all
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(folder.length + 1))
    .sort()
}

export function openBook(t: Test, root: string, more: Partial<RecordingDeps> = {}) {
  const lines: string[] = []
  const registry = openRegistry(':memory:', createLog('error', { write: () => {} }))
  const folder = openClipFolder(root)
  const log = createLog('debug', { write: (line: string) => void lines.push(line) })
  const stop = new AbortController()
  const deps: RecordingDeps = {
    ...{ folder, rows: registry.clips, limits: plenty, clock: systemClock, log, settleMs: 0 },
    isLowered: () => false,
    noteLimits: () => {},
    isLive: () => true,
    ...more,
  }
  const recordings = startRecordings(deps, stop.signal)
  t.teardown(async () => {
    stop.abort()
    await recordings[Symbol.asyncDispose]()
    registry[Symbol.dispose]()
  })
  const record = (url: string, pieceSeconds = 2) =>
    startRecorder(
      cameraConfig(url),
      {
        ...{ ffmpeg, password: undefined, clock: systemClock, log, pieceSeconds },
        folder: () => folder.half(cam),
        mayRecord: () => recordings.mayRecord,
        onPiece: (piece) => recordings.ended({ streamId: cam, ...piece }),
        onEnd: (end) => recordings.failed(cam, end),
      },
      stop.signal,
    )
  const clips = () => registry.clips.list(cam, 500)
  return { registry, folder, recordings, record, clips, lines, deps }
}
