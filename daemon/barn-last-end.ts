/**
 * Whether the run before this one ended for want of memory. A run leaves a note and takes it back when it ends by itself, whatever the
 * reason; where one is found, the kernel's count of those that it has ended says the rest. Other ends are not told: who kills a box knows
 * of it, and with a power cut the count begins anew.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { repeat } from './lib/abort.ts'
import type { Log } from './lib/log.ts'
import { writeWhole } from './lib/whole-file.ts'

/** How many processes the kernel has ended for want of memory since the machine was switched on. */
export interface Toll {
  readonly boot: string
  readonly ended: number
}

export interface MemoryEnd {
  /** When the next run found it. */
  readonly atMs: number
  /** How many processes the kernel had ended by then, this one among them. */
  readonly ended: number
}

export interface RunNote extends Disposable {
  /** In words, for a day; null where there is nothing to tell. */
  readonly fault: string | null
}

interface RunDeps {
  readonly stateDir: string
  readonly log: Log
  readonly utcMs: () => number
  /** What tests replace: the kernel's count, undefined where it keeps none, and how often it is read. */
  readonly toll?: () => Toll | undefined
  readonly everyMs?: number
}

const noteName = 'running.json'
const endName = 'out-of-memory.json'
const dayMs = 24 * 3600_000
/** What was ended longer before a run's own end has nothing to do with it: an ffmpeg, another program. */
const TOLL_MS = 10_000

export function noteRun({ stateDir, log, utcMs, toll = readToll, everyMs = TOLL_MS }: RunDeps): RunNote {
  const file = join(stateDir, noteName)
  // What cannot be noted is no reason not to watch.
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (err) {
      log.warn({ err }, 'that the box runs cannot be noted')
    }
  }
  let known = toll()
  const before = readJson(file) as Toll | undefined
  if (known && before?.boot === known.boot && known.ended > before.ended) {
    const end: MemoryEnd = { atMs: utcMs(), ended: known.ended - before.ended }
    log.warn({ ended: end.ended }, memoryWords(end))
    attempt(() => writeWhole(join(stateDir, endName), `${JSON.stringify(end)}\n`))
  }
  const note = () => attempt(() => writeWhole(file, `${JSON.stringify(known)}\n`))
  if (known) note()
  const over = new AbortController()
  const look = () => {
    const now = toll()
    if (!now || now.ended === known?.ended) return
    log.warn({ ended: now.ended }, 'the system has ended a program for want of memory')
    known = now
    note()
  }
  void repeat(everyMs, look, over.signal)
  const last = lastMemoryEnd(stateDir)
  return {
    get fault() {
      return last && utcMs() - last.atMs < dayMs ? memoryWords(last) : null
    },
    [Symbol.dispose]() {
      over.abort()
      attempt(() => rmSync(file, { force: true }))
    },
  }
}

/** The last time that a run ended so; undefined where none did. */
export const lastMemoryEnd = (stateDir: string) => readJson(join(stateDir, endName)) as MemoryEnd | undefined

export function memoryWords({ atMs }: MemoryEnd): string {
  const when = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')
  return `the system had no memory left and ended barnbox, which began anew on ${when} UTC. Fewer cameras, one worker (vision.workers), smaller models or more memory help`
}

/** The kernel's own figures; undefined where it does not say. */
export function readToll(): Toll | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const ended = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1]
    return ended === undefined ? undefined : { boot, ended: Number(ended) }
  } catch {
    return undefined
  }
}

/** A file that is not there, or is none of ours, tells nothing. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
