/**
 * Where a backup takes the place of a box that knows no horses yet: what is offered, what of it is taken, and what will come. It is put in place by the
 * next start (`putInPlace`); nothing here touches what there is.
 */
import { createHash } from 'node:crypto'
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { unpack } from './backup/archive.ts'
import { copyBackup, type FoundBackup, findBackups } from './backup/find.ts'
import { databaseName, readBackup } from './backup/folder.ts'
import {
  beginStaging,
  confirmStaged,
  discardStaged,
  endStaging,
  isConfirmed,
  lastRestore,
} from './backup/staged.ts'
import type { Loaded } from './config/load.ts'
import { asBarnboxError, BarnboxError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import { examineApart } from './registry/copy-apart.ts'
import type { RestoreDesk, StagedBackup } from './restore-types.ts'
import type { Clock } from './types.ts'

/** What the entry module knows, and the barn does not. */
export interface Restoring {
  /**
   * The config as it will be with what lies in this folder for the state folder; `beneath` with the config that lies there too, `aside` without it. Throws
   * `CONFIG_INVALID`.
   */
  configWith(folder: string, way: 'beneath' | 'aside'): Loaded
  /** Has the daemon look at what it is to go on by: it ends the barn and starts it anew. */
  startAnew(): void
}

export interface RestoreDeskDeps extends Restoring {
  readonly stateDir: string
  readonly roots: readonly string[]
  readonly horses: { all(): readonly unknown[] }
  readonly clock: Pick<Clock, 'utcMs'>
  readonly log: Log
}

/** Where disks are mounted. */
export const mounts = ['/mnt', '/media', '/srv']
const spareBytes = 200_000_000

const idOf = (folder: string) => createHash('sha256').update(folder).digest('hex').slice(0, 16)

/** What there is of the one that is being taken, or was. */
interface Taking {
  isBusy: boolean
  staged: StagedBackup | null
  fault: string | null
}

export function openRestoreDesk(deps: RestoreDeskDeps): RestoreDesk {
  const { stateDir, roots, clock, log } = deps
  const last = lastRestore(stateDir)
  const now: Taking = { isBusy: false, staged: null, fault: last?.isDone === false ? last.detail : null }
  const room = () => {
    const { bavail, bsize } = statfsSync(stateDir)
    return Math.max(0, bavail * bsize - spareBytes)
  }
  return {
    get hasHorses() {
      return hasHorses(deps)
    },
    get isBusy() {
      return now.isBusy || isConfirmed(stateDir)
    },
    get staged() {
      return now.staged
    },
    get fault() {
      return now.fault
    },
    get mostBytes() {
      return room()
    },
    async offered() {
      const { backups, barred } = await findBackups(roots)
      return { backups: backups.map(offerOf), barred }
    },
    async takeOffered(id) {
      const { backups } = await findBackups(roots)
      const found = backups.find(({ folder }) => idOf(folder) === id)
      if (!found) throw new BarnboxError('NOT_FOUND', 'This backup is not there any more.')
      await take(deps, now, async (into) => {
        if (found.bytes > room()) throw tooLarge(room())
        await copyBackup(found.folder, into)
      })
    },
    takeArchive: (chunks) => take(deps, now, (into) => unpack(chunks, into, room())),
    discard() {
      mustBeFree(deps, now)
      discardStaged(stateDir)
      now.staged = null
    },
    confirm(by) {
      mustBeFree(deps, now)
      if (now.staged === null) throw new BarnboxError('NOT_FOUND', 'No backup waits to be restored.')
      const config = now.staged.problems.length === 0 ? 'beneath' : 'aside'
      confirmStaged(stateDir, { atMs: clock.utcMs(), config })
      log.info({ by, made: new Date(now.staged.madeMs).toISOString() }, 'a backup is put in place')
      deps.startAnew()
    },
  }
}

const hasHorses = ({ horses }: RestoreDeskDeps) => horses.all().length > 0

function mustBeFree(deps: RestoreDeskDeps, { isBusy }: Taking): void {
  if (hasHorses(deps))
    throw refused('this box knows horses already; `barnbox restore` takes the place of them')
  if (isBusy || isConfirmed(deps.stateDir)) throw refused('another backup is being read or put in place')
}

/** Whatever is not right leaves nothing behind but why. */
async function take(
  deps: RestoreDeskDeps,
  now: Taking,
  bring: (into: string) => Promise<void>,
): Promise<void> {
  const { stateDir, log } = deps
  mustBeFree(deps, now)
  Object.assign(now, { isBusy: true, staged: null, fault: null } satisfies Taking)
  try {
    const half = beginStaging(stateDir)
    await bring(half)
    const staged = await examine(half, deps)
    endStaging(stateDir)
    now.staged = staged
  } catch (thrown) {
    discardStaged(stateDir)
    const error = asRefusal(thrown)
    now.fault = error.message
    log.warn({ code: error.code, err: error }, 'a backup is not taken')
    throw error
  } finally {
    now.isBusy = false
  }
}

const refused = (why: string, cause?: unknown) => new BarnboxError('BACKUP_REFUSED', why, { cause })
const tooLarge = (bytes: number) =>
  refused(`it is too large: there is room for ${Math.round(bytes / 1e6)} MB`)

/** What the disk says while a backup is copied is no fault of ours. */
function asRefusal(thrown: unknown): BarnboxError {
  const { code, syscall } = Object(thrown) as NodeJS.ErrnoException
  if (syscall === undefined) return asBarnboxError(thrown)
  return refused(`it cannot be copied (${code === 'ENOSPC' ? 'the disk is full' : code})`, thrown)
}

const offerOf = ({ folder, manifest, bytes }: FoundBackup) => ({
  ...{ id: idOf(folder), folder, bytes },
  madeMs: Date.parse(manifest.made) || 0,
  box: manifest.box ?? null,
  horses: manifest.counts['horses'] ?? 0,
})

/** Reads all of it. Throws `BACKUP_REFUSED` and `DB_TOO_NEW`. */
async function examine(folder: string, deps: Restoring): Promise<StagedBackup> {
  const manifest = await readBackup(folder)
  const { counts, people, named } = await examineApart(join(folder, databaseName))
  const { loaded, problems } = configOf(folder, deps)
  const { cameras, http } = loaded.config
  return {
    ...{ people, named, problems, horses: counts.horses, sightings: counts.sightings },
    madeMs: Date.parse(manifest.made) || 0,
    ...{ box: manifest.box ?? null, version: manifest.version },
    cameras: cameras.map(({ id, name = id }) => name),
    isSecure: http.tls !== undefined,
  }
}

function configOf(
  folder: string,
  { configWith }: Restoring,
): { loaded: Loaded; problems: readonly string[] } {
  try {
    return { loaded: configWith(folder, 'beneath'), problems: [] }
  } catch (thrown) {
    const problems = problemsOf(thrown)
    try {
      return { loaded: configWith(folder, 'aside'), problems }
    } catch (worse) {
      throw refused(`this box cannot run with it: ${problemsOf(worse).join('; ')}`, worse)
    }
  }
}

function problemsOf(thrown: unknown): readonly string[] {
  const { message, context } = asBarnboxError(thrown)
  const { problems } = context
  return Array.isArray(problems) ? problems : [message]
}
