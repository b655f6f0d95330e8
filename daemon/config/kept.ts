/**
 * The file of the cameras that were added on the page: `cameras.json` in the state folder, readable by the daemon's user
 * only, for their passwords stand in it. Written as a whole, never in place, with the generation before beside it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BarnboxError } from '../lib/errors.ts'
import { writeWhole } from '../lib/whole-file.ts'
import type { KeptCamera } from './schema.ts'

export const keptName = 'cameras.json'
const beforeName = `${keptName}.before`

/** Nothing is checked of it but that it is JSON. */
export interface KeptRead {
  readonly tree: unknown
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

/** No file is no cameras. Where the file is no JSON (a disk lost it), the generation before stands in for it. */
export function readKept(stateDir: string | undefined): KeptRead {
  const none = { tree: { cameras: [] }, problems: [], warnings: [] }
  if (stateDir === undefined) return none
  try {
    const tree = readJson(join(stateDir, keptName))
    return tree === undefined ? none : { ...none, tree }
  } catch (error) {
    const why = `${keptName} cannot be read (${error instanceof Error ? error.message : String(error)})`
    const before = attempt(() => readJson(join(stateDir, beforeName)))
    if (before === undefined) return { ...none, problems: [why] }
    return { ...none, tree: before, warnings: [`${why}: cameras are as they were before the last change`] }
  }
}

/** Throws `STATE_DIR`; then all is as it was. */
export function writeKept(stateDir: string, cameras: readonly KeptCamera[]): void {
  const file = join(stateDir, keptName)
  try {
    keepBefore(stateDir, file)
    writeWhole(file, `${JSON.stringify({ cameras }, null, 2)}\n`)
  } catch (cause) {
    throw new BarnboxError('STATE_DIR', `cannot write ${file}`, { context: { file }, cause })
  }
}

/** A file that a disk has spoilt does not take the place of the one that was good. */
function keepBefore(stateDir: string, file: string): void {
  if (attempt(() => readJson(file)) === undefined) return
  writeWhole(join(stateDir, beforeName), readFileSync(file))
}

/** Undefined where there is no such file. */
function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    // A state folder that is no folder has an error of its own.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
  return withoutQuote(text)
}

/** What JSON's parser says quotes the text, and with it passwords. */
function withoutQuote(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is no JSON')
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
