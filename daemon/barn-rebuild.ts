/**
 * A registry that a disk has spoilt: set aside, and rebuilt of what can be read and the newest backup, before anything else begins. It is
 * said what was not saved; nothing is thrown away.
 */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { databaseName, listBackups, nameAt, readManifest } from './backup/folder.ts'
import type { BackupConfig, Config } from './config/schema.ts'
import { asBarnboxError, BarnboxError } from './lib/errors.ts'
import { type Log, silentLog } from './lib/log.ts'
import { writeWhole } from './lib/whole-file.ts'
import { examineCopy } from './registry/copy.ts'
import { type RebuiltTable, rebuildDatabase } from './registry/rebuild.ts'
import { openRegistry, type Registry, registryFile } from './registry/registry.ts'
import { forgetPlace } from './sync/place.ts'

export interface RebuildReport {
  readonly atMs: number
  /** Why, and where what was there lies now. */
  readonly why: string
  readonly aside: string
  /** When the backup was made that filled the gaps; null where there was none that could be used. */
  readonly backup: string | null
  readonly tables: readonly RebuiltTable[]
  readonly orphans: number
  /** Whether there is a central database, from which more comes. */
  readonly isSynced?: boolean
}

const reportName = 'rebuilt.json'

export const backupFolderOf = ({ folder }: BackupConfig, stateDir: string) =>
  folder ?? join(stateDir, 'backups')

/** The registry, whole. `rebuilt` says in words what was done where it had to be. Throws what else is wrong. */
export function openWhole(
  stateDir: string,
  config: Pick<Config, 'registry' | 'backup' | 'sync'>,
  { log, utcMs }: { readonly log: Log; readonly utcMs: () => number },
): { readonly registry: Registry; readonly rebuilt: string | null } {
  const file = registryFile(stateDir)
  const { vector_index: index } = config.registry
  // A power cut in the midst of the exchange: what was rebuilt was whole by then.
  if (!existsSync(file) && existsSync(freshOf(file))) exchange(file, asideAt(stateDir, utcMs()))
  try {
    return { registry: openRegistry(file, log, index), rebuilt: null }
  } catch (thrown) {
    const error = asBarnboxError(thrown)
    if (error.code !== 'DB_BROKEN') throw error
    log.error({ code: error.code, err: error }, 'the registry is damaged and is rebuilt')
    const report = rebuild(file, stateDir, config, error.message, utcMs())
    const words = reportWords(report)
    log.error({ code: error.code, ...report, tables: report.tables.map((one) => JSON.stringify(one)) }, words)
    return { registry: openRegistry(file, log, index), rebuilt: words }
  }
}

function rebuild(
  file: string,
  stateDir: string,
  { backup, sync }: Pick<Config, 'backup' | 'sync'>,
  why: string,
  atMs: number,
): RebuildReport {
  const newest = newestWhole(backupFolderOf(backup, stateDir))
  const { tables, orphans } = rebuildDatabase(file, newest?.file, freshOf(file))
  if (tables.some(({ isWhole }) => !isWhole)) hearAnew(freshOf(file))
  const aside = asideAt(stateDir, atMs)
  const isSynced = sync !== undefined
  const report = { atMs, why, aside, backup: newest?.made ?? null, tables, orphans, isSynced }
  writeWhole(join(aside, reportName), `${JSON.stringify(report, null, 2)}\n`)
  writeWhole(join(stateDir, reportName), `${JSON.stringify(report)}\n`)
  exchange(file, aside)
  return report
}

/** What it has lost it may have told once: the next meeting with the central database begins at the beginning. */
function hearAnew(file: string): void {
  using registry = openRegistry(file, silentLog, 'none')
  forgetPlace(registry.settings)
}

const freshOf = (file: string) => `${file}.rebuilt`

function asideAt(stateDir: string, atMs: number): string {
  const folder = join(stateDir, `damaged-${nameAt(atMs)}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** The damaged file goes first: without it, what was rebuilt is found at the next start. Its log must not come to lie beside the new one. */
function exchange(file: string, aside: string): void {
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, join(aside, `${databaseName}${end}`))
  renameSync(freshOf(file), file)
}

/** The newest backup whose database is whole. The other files in it do not matter here. */
function newestWhole(folder: string): { readonly file: string; readonly made: string } | undefined {
  try {
    for (const { name } of listBackups(folder).sort((a, b) => b.utcMs - a.utcMs)) {
      const manifest = readManifest(join(folder, name))
      const file = join(folder, name, databaseName)
      if (manifest && isWhole(file)) return { file, made: manifest.made }
    }
  } catch {
    // A disk that is not there has no backups.
  }
  return undefined
}

function isWhole(file: string): boolean {
  try {
    examineCopy(file)
    return true
  } catch (thrown) {
    if (thrown instanceof BarnboxError) return false
    throw thrown
  }
}

/** What the central database tells a box of itself: see `sync/tables.ts`. */
const toldAgain = new Set(['horses', 'edits', 'corrections', 'inherited', 'box_seen'])

/** In words: what was saved, and what was not. */
export function reportWords({ tables, backup, aside, orphans, isSynced = false }: RebuildReport): string {
  const broken = tables.filter(({ isWhole }) => !isWhole)
  const read = tables.reduce((sum, one) => sum + one.read, 0)
  const filled = tables.reduce((sum, one) => sum + one.fromBackup, 0)
  const lost = (gaps: string) =>
    backup === null
      ? `what could not be read of ${gaps} is lost, for there is no backup`
      : `of ${gaps} what came after the backup of ${backup} may be lost`
  const back = (gaps: string) => `what the central database knows of ${gaps} comes with the next sync`
  const isBack = ({ table }: RebuiltTable) => isSynced && toldAgain.has(table)
  const named = (some: readonly RebuiltTable[]) => some.map(({ table }) => table).join(', ')
  const parts = [
    [back, named(broken.filter(isBack))] as const,
    [lost, named(broken.filter((one) => !isBack(one)))] as const,
  ]
  const gone =
    broken.length === 0
      ? 'nothing is lost'
      : parts.flatMap(([say, gaps]) => (gaps === '' ? [] : [say(gaps)])).join('; ')
  const orphaned = orphans === 0 ? '' : `, ${orphans} rows went with what they belonged to`
  return `${read} rows were read and ${filled} came from the backup; ${gone}${orphaned}. The damaged file lies in ${aside}`
}

/** The last time that it was rebuilt; undefined where it never was. */
export function lastRebuild(stateDir: string): RebuildReport | undefined {
  try {
    return JSON.parse(readFileSync(join(stateDir, reportName), 'utf8')) as RebuildReport
  } catch {
    return undefined
  }
}
