/**
 * Files that are there whole or not at all, over a power cut too: written beside, put through to the disk, then renamed.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Readable by its owner only. Throws what the file system says; then all is as it was. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const half = `${file}.new`
  rmSync(half, { force: true })
  const bytes = Buffer.from(content)
  const fd = openSync(half, 'wx', 0o600)
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(half, file)
  syncFolder(dirname(file))
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
