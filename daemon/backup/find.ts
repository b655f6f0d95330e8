/**
 * Looks for backups on the disks of this machine. What lies there is strange: links are not followed, and the search ends at a depth and a number.
 */
import { constants, type Dirent } from 'node:fs'
import { mkdir, open, opendir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BarnboxError } from '../lib/errors.ts'
import { type Manifest, manifestName, readManifest, readPlain } from './folder.ts'

export interface FoundBackup {
  readonly folder: string
  /** What it says of itself, unproven. */
  readonly manifest: Manifest
  readonly bytes: number
}

export interface Finds {
  /** The newest first. */
  readonly backups: readonly FoundBackup[]
  /** Folders that may not be looked into. */
  readonly barred: readonly string[]
}

const mostDepth = 5
const mostEntries = 20_000
const mostFound = 100

export async function findBackups(roots: readonly string[]): Promise<Finds> {
  const backups = new Map<string, FoundBackup>()
  const barred = new Set<string>()
  let left = mostEntries
  const look = async (folder: string, depth: number): Promise<void> => {
    const manifest = readManifest(folder)
    if (manifest !== undefined) {
      const bytes = Object.values(manifest.files).reduce((sum, one) => sum + one.bytes, 0)
      backups.set(folder, { folder, manifest, bytes })
      return
    }
    if (depth >= mostDepth) return
    for (const name of await foldersIn(folder)) {
      if (backups.size < mostFound) await look(join(folder, name), depth + 1)
    }
  }
  const foldersIn = async (folder: string): Promise<string[]> => {
    const names: string[] = []
    try {
      for await (const entry of await opendir(folder)) {
        left--
        if (left < 0) break
        if (isFolder(entry)) names.push(entry.name)
      }
    } catch (error) {
      if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) barred.add(folder)
    }
    return names
  }
  for (const root of roots) await look(root, 0)
  const newestFirst = [...backups.values()].sort((a, b) => b.manifest.made.localeCompare(a.manifest.made))
  return { backups: newestFirst, barred: [...barred] }
}

/** A link is none. */
const isFolder = (entry: Dirent) => entry.isDirectory() && !entry.name.startsWith('.')

/**
 * Copies what the manifest of a backup names into a folder that is there and empty. Whether it is whole is for whoever reads the copy. Throws
 * `BACKUP_REFUSED`.
 */
export async function copyBackup(from: string, into: string): Promise<void> {
  const { files } = readPlain(from)
  for (const name of [manifestName, ...Object.keys(files)]) {
    await mkdir(dirname(join(into, name)), { recursive: true, mode: 0o700 })
    await copyPlain(join(from, name), join(into, name))
  }
}

/** A file, and no link or pipe that stands where one should be. It is on the disk when it is done. */
async function copyPlain(from: string, to: string): Promise<void> {
  try {
    await using source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (!(await source.stat()).isFile()) throw new BarnboxError('BACKUP_REFUSED', `${from} is no file`)
    await using target = await open(to, 'wx', 0o600)
    for await (const bytes of source.createReadStream({ autoClose: false })) await target.writeFile(bytes)
    await target.sync()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof BarnboxError || code === 'ENOSPC') throw error
    throw new BarnboxError('BACKUP_REFUSED', `${from} cannot be read (${code ?? String(error)})`, {
      cause: error,
    })
  }
}
