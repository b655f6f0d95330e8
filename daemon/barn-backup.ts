/**
 * What a backup of this barn holds, and the one that an admin takes along as a file.
 */
import { existsSync, mkdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { pack } from './backup/archive.ts'
import { makeBackup, type Part, readBackup } from './backup/folder.ts'
import { keptName } from './config/kept.ts'
import type { Loaded } from './config/load.ts'
import { BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import { copyApart } from './registry/copy-apart.ts'
import { registryFile } from './registry/registry.ts'
import type { BackupDesk, DownloadedBackup } from './restore-types.ts'
import type { Clock } from './types.ts'

const spareBytes = 500_000_000

/** What goes in beside the registry, and what does not because it lies in a place of its own. */
export function partsOf(stateDir: string, { text, secretFiles }: Pick<Loaded, 'text' | 'secretFiles'>) {
  const parts: Part[] = [{ name: 'barnbox.yaml', text }]
  for (const name of [keptName, 'push-keys.json', 'tls-cert.pem', 'tls-key.pem'])
    if (existsSync(join(stateDir, name))) parts.push({ name, from: join(stateDir, name) })
  const left: string[] = []
  for (const [name, file] of new Map(secretFiles.map((one) => [one.name, one.file]))) {
    if (name === basename(name)) parts.push({ name: `secrets/${name}`, from: file })
    else left.push(name)
  }
  return { parts, left }
}

/** Throws `BACKUP_FAILED`. */
export function mustHaveRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free > bytes + spareBytes) return
  throw new BarnboxError('BACKUP_FAILED', `${folder}: only ${Math.round(free / 1e6)} MB are free`)
}

/** What a manifest says of where it was made. */
export const madeBy = (version: string) => ({ version, box: hostname() })

export interface BackupDeskDeps {
  readonly stateDir: string
  readonly loaded: () => Pick<Loaded, 'text' | 'secretFiles'>
  readonly version: string
  readonly clock: Pick<Clock, 'utcMs'>
  readonly log: Log
}

export function openBackupDesk({ stateDir, loaded, version, clock, log }: BackupDeskDeps): BackupDesk {
  const folder = join(stateDir, 'backup-download')
  const sweep = () => rmSync(folder, { recursive: true, force: true })
  // One that a power cut broke off holds passwords.
  sweep()
  let isBusy = false
  const close = () => {
    sweep()
    isBusy = false
  }
  const make = async (): Promise<DownloadedBackup> => {
    const file = registryFile(stateDir)
    mustHaveRoom(stateDir, statSync(file).size)
    sweep()
    mkdirSync(folder, { mode: 0o700 })
    const fill = async (into: string) => {
      const { version, counts } = await copyApart(file, into)
      return { version, counts: { ...counts } }
    }
    const { parts } = partsOf(stateDir, loaded())
    const made = await makeBackup(folder, clock.utcMs(), madeBy(version), parts, fill)
    const name = basename(made)
    return {
      ...pack(made, await readBackup(made), name),
      name: `barnbox-${safe(hostname())}-${name}.tar`,
      close,
    }
  }
  return {
    async make(by) {
      if (isBusy)
        throw new BarnboxError('BACKUP_FAILED', 'another backup is being downloaded: try again after it')
      isBusy = true
      try {
        const archive = await make()
        log.info({ by, file: archive.name, bytes: archive.bytes }, 'a backup is downloaded')
        return archive
      } catch (error) {
        close()
        throw error
      }
    },
  }
}

const safe = (name: string) => name.replaceAll(/[^\w-]/g, '').slice(0, 60) || 'box'
