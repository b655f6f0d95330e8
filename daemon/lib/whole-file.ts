/**
 * Files that are there whole or not at all, over a power cut too: written beside, put through to the disk, then renamed.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Whoever may read it: its owner alone where nothing else is said. */
const ownersOnly = 0o600

/** Throws what the file system says; then all is as it was. */
export function writeWhole(file: string, content: string | Uint8Array, mode = ownersOnly): void {
  writeChunks(file, [Buffer.from(content)], mode)
}

/** As `writeWhole`, of a file that need not fit in memory. Two processes may write at once. What the chunks throw leaves nothing behind. */
export function writeChunks(file: string, chunks: Iterable<Uint8Array>, mode = ownersOnly): void {
  const half = `${file}.${process.pid}.new`
  rmSync(half, { force: true })
  try {
    const fd = openSync(half, 'wx', mode)
    try {
      for (const bytes of chunks)
        for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(half, file)
  } catch (error) {
    discard(half)
    throw error
  }
  syncFolder(dirname(file))
}

/** Takes a half-written file away; what stands in the way of that was told already. */
export function discard(file: string): void {
  try {
    rmSync(file, { recursive: true, force: true })
  } catch {
    // `force` passes over a file that is not there, not over a folder that is none.
  }
}

/** So that the names in it are on the disk too. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
