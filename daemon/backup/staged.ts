/**
 * A backup that is to take the place of what there is. It lies in the state folder, whole and checked, and is put in place by the next start, before anything
 * is open: by renaming alone, each step of which may be the last before a power cut. The start after that goes on where it ended, so that
 * what is there is wholly the old or wholly the new.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { syncFolder, writeWhole } from '../lib/whole-file.ts'
import { databaseName, isPart, manifestName, nameAt, readManifest } from './folder.ts'

/** Where the backup's config goes: beneath this box's own, beside what was set aside where it cannot be used, or nowhere. */
export type ConfigWay = 'beneath' | 'aside' | 'nowhere'

/** How the last one went, for pages: in `restore.json` of the state folder. */
export interface LastRestore {
  readonly atMs: number
  readonly isDone: boolean
  /** Where what was there before lies, or why it was not done. */
  readonly detail: string
}

/** How far it is. Up to `confirmed` all is old; from `setting-aside` on the next start ends what was begun. */
interface Mark {
  readonly step: 'confirmed' | 'setting-aside' | 'placing' | 'going-back'
  readonly atMs: number
  /** Its name in the state folder. */
  readonly aside: string
  readonly config: ConfigWay
  readonly names: readonly string[]
}

const noteName = 'restore.json'

/** What belongs to the registry that goes, whether or not the backup has the like. */
const always = [
  ...['', '-wal', '-shm'].map((end) => `${databaseName}${end}`),
  ...['cameras.json', 'cameras.json.before', 'push-keys.json'],
]
const layer = 'restored'
/** Within what was set aside: the config that cannot be used. */
const besideName = 'of-the-backup'
const isConfig = (name: string) => name === 'barnbox.yaml' || name.startsWith('secrets/')

const placesOf = (stateDir: string) => {
  const folder = join(stateDir, 'restore')
  return {
    folder,
    half: join(folder, 'half'),
    whole: join(folder, 'backup'),
    mark: join(folder, 'confirmed.json'),
  }
}

/** An empty folder for a backup to be copied into; what was staged before is gone. */
export function beginStaging(stateDir: string): string {
  const { folder, half } = placesOf(stateDir)
  discardStaged(stateDir)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  mkdirSync(half, { mode: 0o700 })
  return half
}

/** What was copied there is whole and was checked. Answers where it lies from now on. */
export function endStaging(stateDir: string): string {
  const { folder, half, whole } = placesOf(stateDir)
  renameSync(half, whole)
  syncFolder(folder)
  return whole
}

/** Undefined where none waits for somebody to want it. */
export function stagedFolder(stateDir: string): string | undefined {
  const { whole } = placesOf(stateDir)
  return existsSync(join(whole, manifestName)) ? whole : undefined
}

/** The mark goes first: without it nobody takes what is left of the rest for something that was moved. */
export function discardStaged(stateDir: string): void {
  const { folder, mark } = placesOf(stateDir)
  if (existsSync(mark)) {
    rmSync(mark)
    syncFolder(folder)
  }
  rmSync(folder, { recursive: true, force: true })
}

/** From now on it is put in place by the next start. Throws `NOT_FOUND`. */
export function confirmStaged(stateDir: string, { atMs, config }: Pick<Mark, 'atMs' | 'config'>): void {
  const { whole } = placesOf(stateDir)
  const manifest = readManifest(whole)
  if (!manifest) throw new BarnboxError('NOT_FOUND', 'no backup waits to be restored')
  const names = Object.keys(manifest.files)
  writeMark(stateDir, { step: 'confirmed', atMs, aside: `before-restore-${nameAt(atMs)}`, config, names })
}

export const isConfirmed = (stateDir: string) => existsSync(placesOf(stateDir).mark)

/** Written by root the daemon must be able to read it: it may have to go on. No secret is in it. */
const markMode = 0o644

const writeMark = (stateDir: string, mark: Mark) =>
  writeWhole(placesOf(stateDir).mark, `${JSON.stringify(mark)}\n`, markMode)

function readMark(stateDir: string): Mark | undefined {
  const { mark } = placesOf(stateDir)
  if (!existsSync(mark)) return undefined
  try {
    return JSON.parse(readFileSync(mark, 'utf8')) as Mark
  } catch (cause) {
    throw new BarnboxError('STATE_DIR', `${mark} cannot be read`, { context: { file: mark }, cause })
  }
}

/**
 * Puts in place what was confirmed, or ends what a power cut broke off; sweeps what nobody confirmed. Undefined where there was nothing to do. The state
 * folder must be this process's alone, and nothing in it open. Where it cannot be done all is as it was, and the answer says why. Throws
 * `STATE_DIR` where even the way back is barred.
 */
export function putInPlace(stateDir: string): LastRestore | undefined {
  const mark = readMark(stateDir)
  if (mark === undefined) {
    // What cannot be swept away is in nobody's way.
    attempt(() => discardStaged(stateDir))
    return undefined
  }
  const fault = mark.step === 'going-back' ? unfinished : attempt(() => drain(stepsOf(stateDir, mark)))
  if (fault !== undefined) drain(backOf(stateDir))
  removeEmpty(join(stateDir, mark.aside))
  const isThere = existsSync(join(stateDir, mark.aside))
  const detail = fault?.message ?? (isThere ? join(stateDir, mark.aside) : '')
  const last = { atMs: mark.atMs, isDone: fault === undefined, detail }
  writeWhole(join(stateDir, noteName), `${JSON.stringify(last)}\n`)
  discardStaged(stateDir)
  return last
}

const unfinished = new BarnboxError('STATE_DIR', 'it could not be put in place')

function drain(steps: Iterable<void>): void {
  for (const _ of steps);
}

function attempt(work: () => void): BarnboxError | undefined {
  try {
    work()
    return undefined
  } catch (thrown) {
    return asBarnboxError(thrown)
  }
}

/** Yields after each step that a power cut may be the end of. */
export function* stepsOf(stateDir: string, mark: Mark): Generator<void> {
  const { whole } = placesOf(stateDir)
  const { names, aside } = mark
  let { step } = mark
  const go = (next: Mark['step']) => {
    step = next
    writeMark(stateDir, { ...mark, step })
  }
  if (step === 'confirmed') {
    mustBeWhole(whole, names)
    yield go('setting-aside')
  }
  if (step === 'setting-aside') {
    const brought = names.filter((name) => !isConfig(name))
    const old = new Set([...always, ...brought, ...(mark.config === 'beneath' ? [layer] : [])])
    for (const name of old)
      if (existsSync(join(stateDir, name))) yield move(join(stateDir, name), join(stateDir, aside, name))
    syncFolder(stateDir)
    yield go('placing')
  }
  for (const name of names) {
    const to = targetOf(stateDir, mark, name)
    if (to !== undefined && existsSync(join(whole, name))) yield move(join(whole, name), to)
  }
  syncFolder(stateDir)
}

/** The old again: what was placed goes back to where it was staged, then what was set aside returns. */
export function* backOf(stateDir: string): Generator<void> {
  const { whole } = placesOf(stateDir)
  const mark = readMark(stateDir)
  // Nothing was moved yet, and what is missing among what was staged is missing for another reason.
  if (mark === undefined || mark.step === 'confirmed') return
  yield writeMark(stateDir, { ...mark, step: 'going-back' })
  for (const name of mark.names) {
    const from = targetOf(stateDir, mark, name)
    if (from !== undefined && !existsSync(join(whole, name)) && existsSync(from))
      yield move(from, join(whole, name))
  }
  const aside = join(stateDir, mark.aside)
  const old = existsSync(aside) ? readdirSync(aside).filter((name) => name !== besideName) : []
  removeEmpty(join(stateDir, layer))
  for (const name of old) yield renameSync(join(aside, name), join(stateDir, name))
  removeEmpty(join(aside, besideName))
  removeEmpty(aside)
  syncFolder(stateDir)
}

/** A folder with `secrets/` in it, and no files any more; any other is left as it is. */
function removeEmpty(folder: string): void {
  for (const one of [join(folder, 'secrets'), folder]) {
    try {
      rmdirSync(one)
    } catch {
      // Something is in it, or it is not there.
    }
  }
}

function targetOf(stateDir: string, { config, aside }: Mark, name: string): string | undefined {
  if (!isPart(name))
    throw new BarnboxError('BACKUP_REFUSED', `${JSON.stringify(name)} is no part of a backup`)
  if (!isConfig(name)) return join(stateDir, name)
  if (config === 'nowhere') return undefined
  return config === 'beneath' ? join(stateDir, layer, name) : join(stateDir, aside, besideName, name)
}

function move(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  renameSync(from, to)
}

/** It was read through before it was confirmed: what a power cut may have taken since shows in the sizes. */
function mustBeWhole(folder: string, names: readonly string[]): void {
  const manifest = readManifest(folder)
  for (const name of names) {
    const size = lstatSync(join(folder, name), { throwIfNoEntry: false })?.size
    if (size === undefined || size !== manifest?.files[name]?.bytes)
      throw new BarnboxError('BACKUP_REFUSED', `${name} of the backup is not whole any more`)
  }
}

/** Undefined where nothing was restored yet, or it was done and is of no interest any more. */
export function lastRestore(stateDir: string): LastRestore | undefined {
  try {
    const { atMs, isDone, detail } = JSON.parse(
      readFileSync(join(stateDir, noteName), 'utf8'),
    ) as Partial<LastRestore>
    if (typeof atMs !== 'number') return undefined
    return { atMs, isDone: isDone === true, detail: String(detail) }
  } catch {
    return undefined
  }
}
