/**
 * The folder of all clips on the disk: takes in what is whole, finds what lies there, deletes. It touches nothing that is not
 * called as `names.ts` calls it, and nothing outside.
 */
import { access, mkdir, readdir, rename, rm, rmdir, statfs, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clip } from '../clip-types.ts'
import { BarnboxError } from '../lib/errors.ts'
import type { StreamId } from '../types.ts'
import { readVideo } from './mp4.ts'
import { dayPattern, halfName, nameOf, parseName } from './names.ts'

export type FoundClip = Pick<Clip, 'streamId' | 'fromMs' | 'toMs' | 'file' | 'bytes' | 'pictures'>

/** A file that a recorder has ended. */
export interface EndedPiece {
  readonly streamId: StreamId
  readonly path: string
  readonly fromMs: number
  readonly toMs: number | undefined
}

export interface ClipFolder {
  /** Where a camera's recorder may write; made where it is not there. */
  half(streamId: StreamId): Promise<string>
  /** Takes a whole piece to its place; what is not whole is deleted, and what is not there is nothing. */
  take(piece: EndedPiece): Promise<FoundClip | undefined>
  /** Deletes what was never whole. */
  clearHalf(): Promise<number>
  /** The cameras' folders, and the days in each. */
  days(): Promise<{ streamId: StreamId; day: string; files: string[] }[]>
  /** A file that lies there without a row: what it is, or undefined where it is not whole. */
  look(file: string): Promise<FoundClip | undefined>
  /** Deletes a clip's file; twice is as good as once. */
  remove(file: string): Promise<void>
  /** Throws `NOT_FOUND` for what no clip is called. */
  path(file: string): string
  freeBytes(): Promise<number>
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/** What cannot be read is empty, where it is not there. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

export function openClipFolder(root: string): ClipFolder {
  const path = (file: string) => {
    if (parseName(file) === undefined) throw new BarnboxError('NOT_FOUND', 'There is no such clip.')
    return join(root, file)
  }
  const streams = async () =>
    (await namesIn(root)).filter((name) => /^[a-z0-9][a-z0-9_-]{0,31}$/.test(name)) as StreamId[]
  const look = async (file: string): Promise<FoundClip | undefined> => {
    const named = parseName(file)
    const video = named && (await readVideo(path(file)))
    return video && { ...named, file, bytes: video.bytes, pictures: video.pictures }
  }
  return {
    path,
    look,
    async half(streamId) {
      const folder = join(root, streamId, halfName)
      await mkdir(folder, { recursive: true, mode: 0o750 })
      return folder
    },
    take: (piece) => take(root, piece),
    async clearHalf() {
      let cleared = 0
      for (const streamId of await streams()) {
        const folder = join(root, streamId, halfName)
        for (const name of await namesIn(folder)) {
          if (!/^\d+-\d+\.mp4$/.test(name)) continue
          await rm(join(folder, name), { force: true })
          cleared++
        }
      }
      return cleared
    },
    async days() {
      const found: Awaited<ReturnType<ClipFolder['days']>> = []
      for (const streamId of await streams())
        for (const day of (await namesIn(join(root, streamId))).filter((name) => dayPattern.test(name))) {
          const names = await namesIn(join(root, streamId, day))
          const files = names.map((name) => `${streamId}/${day}/${name}`)
          found.push({ streamId, day, files: files.filter((file) => parseName(file) !== undefined) })
        }
      return found
    },
    async remove(file) {
      await unlink(path(file)).catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
      // The day's folder goes with its last clip.
      await rmdir(dirname(path(file))).catch(() => {})
    },
    async freeBytes() {
      await mkdir(root, { recursive: true, mode: 0o750 })
      const { bavail, bsize } = await statfs(root)
      return bavail * bsize
    },
  }
}

async function take(root: string, piece: EndedPiece): Promise<FoundClip | undefined> {
  let video: Awaited<ReturnType<typeof readVideo>>
  try {
    video = await readVideo(piece.path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  if (video === undefined) {
    await rm(piece.path, { force: true })
    return undefined
  }
  const toMs = piece.toMs ?? piece.fromMs + video.durationMs
  let named = { streamId: piece.streamId, fromMs: piece.fromMs, toMs }
  // A clock that was set back leads to times that were there already.
  while (await exists(join(root, nameOf(named))))
    named = { ...named, fromMs: named.fromMs + 1, toMs: named.toMs + 1 }
  const file = nameOf(named)
  await mkdir(dirname(join(root, file)), { recursive: true, mode: 0o750 })
  await rename(piece.path, join(root, file))
  return { ...named, file, bytes: video.bytes, pictures: video.pictures }
}
