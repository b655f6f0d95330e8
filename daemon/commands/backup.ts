/**
 * `barnbox backup` and `barnbox restore`. A process of their own: a copy of the registry is read for as long as a slow card takes.
 */
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { unpack } from '../backup/archive.ts'
import { copyBackup } from '../backup/find.ts'
import { databaseName, listBackups, makeBackup, nameAt, readBackup } from '../backup/folder.ts'
import { type Keep, whatGoes } from '../backup/keep.ts'
import { openRestic, type Restic } from '../backup/restic.ts'
import { beginStaging, confirmStaged, discardStaged, endStaging, putInPlace } from '../backup/staged.ts'
import { madeBy, mustHaveRoom, partsOf } from '../barn-backup.ts'
import { backupFolderOf } from '../barn-rebuild.ts'
import type { Loaded } from '../config/load.ts'
import { restoredFolder } from '../config/restored.ts'
import type { BackupConfig } from '../config/schema.ts'
import { captureOutput } from '../lib/child.ts'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { giveAll, giveTo } from '../lib/owner.ts'
import { writeWhole } from '../lib/whole-file.ts'
import { copyDatabase, examineCopy } from '../registry/copy.ts'
import { lockState } from '../registry/database.ts'
import { lockFile, registryFile } from '../registry/registry.ts'

export interface BackupPlace {
  readonly stateDir: string
  readonly loaded: Loaded
  readonly version: string
  readonly utcMs: () => number
  readonly say: (text: string) => void
}

/** How the last backup went, for `doctor`: in `backup.json` of the state folder. */
export interface LastBackup {
  readonly atMs: number
  readonly isWell: boolean
  readonly detail: string
}

const noteName = 'backup.json'
const resticMs = 3 * 3600_000

export const backupFolder = ({ folder }: BackupConfig, stateDir: string) =>
  folder ?? join(stateDir, 'backups')

export const keepOf = ({ daily, weekly, monthly, quota_gb }: BackupConfig): Keep => ({
  ...{ daily, weekly, monthly },
  quotaBytes: quota_gb * 1e9,
})

/** Makes a backup, lets go of old ones and takes it out of the house. Throws what is wrong, and notes it either way. */
export async function backUp(place: BackupPlace, signal: AbortSignal): Promise<void> {
  const note = (isWell: boolean, detail: string) =>
    writeWhole(join(place.stateDir, noteName), JSON.stringify({ atMs: place.utcMs(), isWell, detail }))
  try {
    note(true, await backUpUnnoted(place, signal))
  } catch (error) {
    note(false, asBarnboxError(error).message)
    throw error
  }
}

async function backUpUnnoted(place: BackupPlace, signal: AbortSignal): Promise<string> {
  const { stateDir, loaded, say } = place
  const { backup } = loaded.config
  const folder = backupFolderOf(backup, stateDir)
  makeFolder(folder, stateDir)
  const file = registryFile(stateDir)
  mustHaveRoom(folder, statSync(file).size)
  const { parts, left } = partsOf(stateDir, loaded)
  const fill = (into: string) => {
    const { version, counts } = copyDatabase(file, into)
    return { version, counts: { ...counts } }
  }
  const made = await makeBackup(folder, place.utcMs(), madeBy(place.version), parts, fill)
  // Also on another disk: nights later it is the daemon's user who lets go of it.
  giveAll(stateDir, made)
  const { counts } = await readBackup(made)
  const told = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  say(`${made}: ${told.join(', ')}; read again and whole.`)
  for (const name of left) say(`Not in it, for it lies elsewhere: ${name}`)
  const gone = whatGoes(listBackups(folder), keepOf(backup))
  for (const name of gone) rmSync(join(folder, name), { recursive: true, force: true })
  if (gone.length > 0) say(`Let go: ${gone.join(', ')}`)
  const restic = resticOf(loaded, stateDir, signal)
  try {
    await restic?.send(made, keepOf(backup))
  } finally {
    if (backup.restic?.repository.startsWith('/')) giveAll(stateDir, backup.restic.repository)
  }
  if (restic) say(`Taken to ${backup.restic?.repository}.`)
  return restic ? `${made}, and taken out of the house` : made
}

/** Only the last folder of a path is made: where a disk is not mounted its mount point must not fill up. */
function makeFolder(folder: string, stateDir: string): void {
  try {
    if (existsSync(folder)) return
    mkdirSync(folder, { mode: 0o700 })
    giveTo(stateDir, folder)
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new BarnboxError('BACKUP_FAILED', `${folder} cannot be made (${why}): is its disk there?`, {
      cause,
    })
  }
}

function resticOf({ config, secrets }: Loaded, stateDir: string, signal: AbortSignal): Restic | undefined {
  const { restic } = config.backup
  if (!restic) return undefined
  const { password = '', accessKey, secretKey } = secrets.restic
  const place = { repository: restic.repository, password, accessKey, secretKey }
  return openRestic({ ...place, cacheDir: join(stateDir, 'restic-cache') }, (args, env) =>
    captureOutput(
      'restic',
      args,
      {
        log: silentLog,
        timeoutMs: resticMs,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      },
      signal,
    ),
  )
}

/** Undefined where none was made yet. */
export function lastBackup(stateDir: string): LastBackup | undefined {
  try {
    const { atMs, isWell, detail } = JSON.parse(readFileSync(join(stateDir, noteName), 'utf8')) as LastBackup
    return typeof atMs === 'number' ? { atMs, isWell: isWell === true, detail: String(detail) } : undefined
  } catch {
    return undefined
  }
}

export interface RestorePlace {
  readonly stateDir: string
  /** Where the config and its secrets go; undefined where only the state is restored. */
  readonly configFile: string | undefined
  readonly utcMs: () => number
  readonly say: (text: string) => void
}

/**
 * Puts a backup, a folder or an archive of one, in the place of the state, which is set aside. Nothing is touched before all of it was read.
 */
export async function restore(from: string, place: RestorePlace): Promise<void> {
  const { stateDir, configFile, say } = place
  mkdirSync(stateDir, { recursive: true, mode: 0o750 })
  using _lock = lockState(lockFile(stateDir))
  // What a power cut broke off comes first.
  putInPlace(stateDir)
  const { made, counts, config } = await stage(resolve(from), stateDir)
  const atMs = place.utcMs()
  const aside = join(stateDir, `before-restore-${nameAt(atMs)}`)
  // Killed from here on, it is the daemon that goes on.
  mkdirSync(aside, { recursive: true, mode: 0o700 })
  giveTo(stateDir, aside)
  confirmStaged(stateDir, { atMs, config: 'nowhere' })
  const done = putInPlace(stateDir)
  if (done?.isDone !== true) throw new BarnboxError('BACKUP_REFUSED', done?.detail ?? 'nothing was restored')
  giveTo(stateDir, join(stateDir, 'restore.json'))
  if (configFile !== undefined) putConfig(stateDir, configFile, config, aside)
  const told = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  say(`Restored what was so on ${made}: ${told.join(', ')}.`)
  if (existsSync(aside)) say(`What was there before lies in ${aside}.`)
  if (configFile === undefined)
    say('Config and secrets are as they were; --with-config brings those of the backup.')
}

/** Copies it into the state folder and reads all of it there: what is put in place is what was read. Whatever is not right leaves nothing behind. */
async function stage(from: string, stateDir: string) {
  try {
    const half = beginStaging(stateDir)
    if (statSync(from, { throwIfNoEntry: false })?.isFile())
      await unpack(createReadStream(from), half, Number.POSITIVE_INFINITY)
    else await copyBackup(from, half)
    const manifest = await readBackup(half)
    examineCopy(join(half, databaseName))
    const names = readdirSync(half, { recursive: true, encoding: 'utf8' })
    for (const name of ['..', '.', ...names]) giveTo(stateDir, join(half, name))
    const config = configIn(endStaging(stateDir), Object.keys(manifest.files))
    return { ...manifest, config }
  } catch (error) {
    discardStaged(stateDir)
    throw error
  }
}

interface ConfigParts {
  readonly text: Uint8Array | undefined
  readonly secrets: ReadonlyMap<string, Uint8Array>
}

/** Held in memory: they go where nothing can be renamed to. */
function configIn(folder: string, names: readonly string[]): ConfigParts {
  const read = (name: string) => readFileSync(join(folder, name))
  const secrets = names.filter((name) => name.startsWith('secrets/'))
  return {
    text: names.includes('barnbox.yaml') ? read('barnbox.yaml') : undefined,
    secrets: new Map(secrets.map((name) => [basename(name), read(name)])),
  }
}

function putConfig(
  stateDir: string,
  configFile: string,
  { text, secrets }: ConfigParts,
  aside: string,
): void {
  // What an earlier restore has put beneath the config file would count beside it.
  const beneath = restoredFolder(stateDir)
  if (existsSync(beneath)) {
    mkdirSync(aside, { recursive: true, mode: 0o700 })
    renameSync(beneath, join(aside, basename(beneath)))
  }
  const files = new Map([...secrets].map(([name, bytes]) => [join(dirname(configFile), name), bytes]))
  if (text) files.set(configFile, text)
  for (const [to, bytes] of files) {
    setAside(to, aside)
    mkdirSync(dirname(to), { recursive: true, mode: 0o750 })
    const half = `${to}.restored`
    writeWhole(half, bytes)
    giveTo(stateDir, half)
    renameSync(half, to)
  }
}

function setAside(file: string, folder: string): void {
  if (!existsSync(file)) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const to = join(folder, basename(file))
  try {
    renameSync(file, to)
  } catch {
    // It lies on another disk.
    writeWhole(to, readFileSync(file))
    rmSync(file)
  }
}

/** The newest backup out of the house, into an empty folder. Answers the backup's folder within it. */
export async function fetchBackup(
  place: BackupPlace,
  snapshot: string,
  into: string,
  signal: AbortSignal,
): Promise<string> {
  const restic = resticOf(place.loaded, place.stateDir, signal)
  if (!restic) throw new BarnboxError('BAD_REQUEST', 'the config names no backup.restic')
  await restic.fetch(snapshot, into)
  const found = await findBackup(into)
  if (found) return found
  throw new BarnboxError('BACKUP_REFUSED', `there is no backup in ${snapshot}`)
}

async function findBackup(folder: string): Promise<string | undefined> {
  const { globSync } = await import('node:fs')
  const [found] = globSync('**/manifest.json', { cwd: folder })
  return found === undefined ? undefined : join(folder, dirname(found))
}
