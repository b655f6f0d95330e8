/**
 * The ring's folder on the disk: `STREAM/BEGUN.seen` and `STREAM/BEGUN.pictures`. It touches nothing that is called otherwise.
 */
import { constants, mkdir, open, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { StreamId } from '../types.ts'
import type { RingFile } from './keep.ts'
import { classes, type RingClass, type RingText, readRing } from './records.ts'

export interface RingFolder {
  path(streamId: StreamId, of: RingClass, begunMs: number): string
  /** Makes a file, which must not be there. */
  begin(path: string, bytes: Uint8Array): Promise<void>
  append(path: string, bytes: Uint8Array): Promise<void>
  /** In the order of their beginnings. */
  files(): Promise<RingFile[]>
  remove(file: RingFile): Promise<void>
  /** What stands in it as far as it went when it was listed; undefined where it is none of ours, or is gone. */
  read(file: RingFile): Promise<RingText | undefined>
  freeBytes(): Promise<number>
}

/** Files are ended long before; a larger one is none of ours, and would not fit the memory of a small box. */
const largestRead = 200_000_000
const streamPattern = /^[a-z0-9][a-z0-9_-]{0,31}$/
const filePattern = /^(\d{12,15})\.([a-z]+)$/

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

async function orMissing<T>(asked: Promise<T>, instead: T): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (isMissing(error)) return instead
    throw error
  }
}

export function openRingFolder(root: string): RingFolder {
  const filesOf = async (streamId: StreamId): Promise<RingFile[]> => {
    const names = await readdir(join(root, streamId))
    const found: RingFile[] = []
    for (const name of names) {
      const [, begun, of] = filePattern.exec(name) ?? []
      if (begun === undefined || !isClass(of)) continue
      const path = join(root, streamId, name)
      const bytes = await orMissing(
        stat(path).then(({ size }) => size),
        0,
      )
      found.push({ streamId, of, begunMs: Number(begun), bytes, path })
    }
    return found
  }
  return {
    path: (streamId, of, begunMs) => join(root, streamId, `${begunMs}.${of}`),
    async begin(path, bytes) {
      await mkdir(dirname(path), { recursive: true, mode: 0o750 })
      await writeFile(path, bytes, { mode: 0o640, flag: 'wx' })
    },
    async append(path, bytes) {
      const file = await open(path, constants.O_WRONLY | constants.O_APPEND)
      try {
        await file.writeFile(bytes)
      } finally {
        await file.close()
      }
    },
    async files() {
      const entries = await orMissing(readdir(root, { withFileTypes: true }), [])
      const streams = entries.filter((one) => one.isDirectory() && streamPattern.test(one.name))
      const all: RingFile[] = []
      for (const { name } of streams) all.push(...(await filesOf(name as StreamId)))
      return all.sort((a, b) => a.begunMs - b.begunMs || (a.path < b.path ? -1 : 1))
    },
    remove: ({ path }) => rm(path, { force: true }),
    async read({ path, bytes }) {
      if (bytes > largestRead) return undefined
      const file = await orMissing<Uint8Array | undefined>(readFile(path), undefined)
      return file && readRing(file.subarray(0, bytes))
    },
    async freeBytes() {
      await mkdir(root, { recursive: true, mode: 0o750 })
      const { bavail, bsize } = await statfs(root)
      return bavail * bsize
    },
  }
}

const isClass = (text: string | undefined): text is RingClass => classes.some((one) => one === text)
