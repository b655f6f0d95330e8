/**
 * The configs that have proved themselves, newest first, and how the newest one of the file stands: in `config/` of the state
 * folder. The file that people edit is never written. Nothing here is needed to start: what cannot be read is not there.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BarnboxError } from '../lib/errors.ts'
import { writeWhole } from '../lib/whole-file.ts'

export interface Generation {
  readonly number: number
  readonly text: string
  readonly hash: string
}

/** How configs stand, for the next start and for whoever asks from outside. */
export interface Standing {
  /** Of the daemon that runs, or ran last. */
  readonly pid: number | null
  /** What it runs by. */
  readonly running: string | null
  /** A config on trial, and how often the daemon began with it. */
  readonly trial: { readonly hash: string; readonly begun: number } | null
  readonly refused: { readonly hash: string; readonly why: string; readonly atMs: number } | null
}

export interface Generations {
  /** Newest first. */
  good(): Generation[]
  /** Takes a text in as the newest. Throws `STATE_DIR`. */
  keep(text: string): void
  standing(): Standing
  /** Throws `STATE_DIR`. */
  note(standing: Standing): void
}

const mostKept = 5
const noteName = 'standing.json'
const pattern = /^(\d{6})\.yaml$/
const nothing: Standing = { pid: null, running: null, trial: null, refused: null }

export const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

export function openGenerations(stateDir: string): Generations {
  const folder = join(stateDir, 'config')
  const fileOf = (number: number) => join(folder, `${String(number).padStart(6, '0')}.yaml`)
  const numbers = () =>
    (attempt(() => readdirSync(folder)) ?? [])
      .flatMap((name) => Number(pattern.exec(name)?.[1] ?? []))
      .filter((number) => number > 0)
      .sort((a, b) => b - a)
  const write = (file: string, text: string) => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeWhole(file, text)
    } catch (cause) {
      throw new BarnboxError('STATE_DIR', `cannot write ${file}`, { context: { file }, cause })
    }
  }
  return {
    good: () =>
      numbers().flatMap((number) => {
        const text = attempt(() => readFileSync(fileOf(number), 'utf8'))
        return text === undefined ? [] : [{ number, text, hash: hashOf(text) }]
      }),
    keep(text) {
      const [newest = 0, ...older] = numbers()
      write(fileOf(newest + 1), text)
      for (const number of older.slice(mostKept - 2)) rmSync(fileOf(number), { force: true })
    },
    standing: () => attempt(() => standingOf(readFileSync(join(folder, noteName), 'utf8'))) ?? nothing,
    note: (standing) => write(join(folder, noteName), `${JSON.stringify(standing)}\n`),
  }
}

function standingOf(text: string): Standing {
  const { pid, running, trial, refused } = JSON.parse(text) as Partial<Standing>
  return {
    pid: typeof pid === 'number' && pid > 1 ? pid : null,
    running: typeof running === 'string' ? running : null,
    trial: typeof trial?.hash === 'string' && typeof trial.begun === 'number' ? trial : null,
    refused:
      typeof refused?.hash === 'string' && typeof refused.why === 'string' && typeof refused.atMs === 'number'
        ? refused
        : null,
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
