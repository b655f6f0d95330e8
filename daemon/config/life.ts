/**
 * Which config the daemon runs by: the file's, while it is on trial and once it has proved itself; else the newest that did.
 * An edit that is broken, empty, or makes the barn worse never ends the watching (docs/decisions/0022-config-on-trial.md).
 */
import { asBarnboxError, BarnboxError } from '../lib/errors.ts'
import { configDiff } from './diff.ts'
import { type Generation, type Generations, hashOf } from './generations.ts'
import type { Loaded } from './load.ts'

export interface Chosen {
  readonly loaded: Loaded
  readonly text: string
  readonly hash: string
  /** It has not run for its time yet. */
  readonly isTrial: boolean
}

export interface ConfigLife {
  /** Why the file's config is not the one that runs; null where it is. */
  readonly fault: string | null
  /** What to start with. Throws what is wrong with the file where nothing has proved itself yet. */
  start(): Chosen
  /** Notes that the daemon begins with it. Throws `STATE_DIR`. */
  begin(chosen: Chosen): void
  /** The file's config as it is now; undefined where it is no other, or is refused at once (`fault` says why). */
  reread(now: Chosen): { readonly chosen: Chosen; readonly diff: readonly string[] } | undefined
  /** It ran for its time: from now on it is what is gone back to. Throws `STATE_DIR`. */
  proven(chosen: Chosen): void
  /** It did not prove itself. Answers what to go back to; undefined where there is nothing. */
  refuse(chosen: Chosen, why: string): Chosen | undefined
}

export interface LifeDeps {
  readonly file: string
  /** The text that stands in the file. Throws `CONFIG_MISSING`. */
  readonly read: () => string
  /** A text as the daemon would take it. Throws `CONFIG_INVALID`. */
  readonly load: (text: string) => Loaded
  readonly generations: Generations
  readonly pid: number
  readonly utcMs: () => number
}

/** A daemon that ended as often while a config was on trial is taken to have ended by it. */
const mostBegun = 2

export function createConfigLife(deps: LifeDeps): ConfigLife {
  const { file, read, load, generations } = deps
  let fault: string | null = null
  const goBack = (why: string): Chosen | undefined => {
    for (const { text, hash } of generations.good()) {
      const loaded = attempt(() => load(text))
      if (loaded === undefined) continue
      fault = `${file} is not in use, the config before it is: ${why}`
      return { loaded, text, hash, isTrial: false }
    }
    return undefined
  }
  const note = (more: Partial<ReturnType<Generations['standing']>>) =>
    generations.note({ ...generations.standing(), pid: deps.pid, ...more })
  // A disk that takes nothing must not end what goes on.
  const noteRefused = (hash: string, why: string) =>
    attempt(() => note({ refused: { hash, why, atMs: deps.utcMs() }, trial: null }))
  const candidate = (good: Generation | undefined): Chosen => {
    const text = read()
    const loaded = load(text)
    if (good) mustNameCameras(good.text, text, loaded)
    const hash = hashOf(text)
    return { loaded, text, hash, isTrial: hash !== good?.hash }
  }
  return {
    get fault() {
      return fault
    },
    start() {
      const [good] = generations.good()
      try {
        const chosen = candidate(good)
        const { trial, refused } = generations.standing()
        const begun = trial?.hash === chosen.hash ? trial.begun : 0
        const why =
          refused?.hash === chosen.hash
            ? refused.why
            : begun < mostBegun
              ? undefined
              : `barnbox ended ${begun} times while it was on trial`
        if (!chosen.isTrial || why === undefined) return chosen
        return goBack(why) ?? chosen
      } catch (error) {
        const chosen = goBack(wordsOf(error))
        if (chosen === undefined) throw error
        return chosen
      }
    },
    begin({ hash, isTrial }) {
      const { trial } = generations.standing()
      const begun = trial?.hash === hash ? trial.begun + 1 : 1
      note({ running: hash, trial: isTrial ? { hash, begun } : null })
    },
    reread(now) {
      let chosen: Chosen
      try {
        chosen = candidate(generations.good()[0] ?? { number: 0, text: now.text, hash: now.hash })
      } catch (error) {
        fault = `${file} is not taken, the config before it goes on: ${wordsOf(error)}`
        noteRefused(attempt(() => hashOf(read())) ?? '', wordsOf(error))
        return undefined
      }
      fault = null
      // Secrets, and what the environment says, may be others while the text is the same.
      return { chosen, diff: configDiff(now.text, chosen.text) }
    },
    proven({ text, hash }) {
      if (generations.good()[0]?.hash !== hash) generations.keep(text)
      note({ trial: null, refused: null })
    },
    refuse({ hash }, why) {
      const chosen = goBack(why)
      if (chosen) noteRefused(hash, why)
      return chosen
    },
  }
}

/** A file cut off behind its first lines is often right by itself. Who means it writes `cameras: []`. */
function mustNameCameras(before: string, text: string, { config, kept }: Loaded): void {
  const own = config.cameras.length - kept.length
  const named = /(?:^|[{,]\s*)["']?cameras["']?\s*:/m
  if (own > 0 || named.test(text) || !named.test(before)) return
  throw new BarnboxError('CONFIG_INVALID', 'it names no cameras any more', {
    context: { problems: ['cameras: there are none any more; write "cameras: []" if that is meant'] },
  })
}

function wordsOf(thrown: unknown): string {
  const { message, context } = asBarnboxError(thrown)
  const { problems } = context
  return Array.isArray(problems) ? problems.join('; ') : message
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** How the barn stands, as far as a config can be to blame. */
export interface Health {
  readonly faults: readonly { readonly part: string; readonly detail: string }[]
  /** Cameras that are to be watched, and those of them that give pictures. */
  readonly watched: readonly string[]
  readonly live: readonly string[]
}

/** What no config can do. */
const blameless: ReadonlySet<string> = new Set(['config', 'memory', 'registry', 'rebuilt'])

/** What is worse than it was, in words; null where nothing is. Before: null where nobody knows. Pure. */
export function whatIsWorse(before: Health | null, now: Health): string | null {
  const known = new Set(before?.faults.map(({ part }) => part))
  const fault = now.faults.find(({ part }) => !blameless.has(part) && !known.has(part))
  if (fault) return `${fault.part}: ${fault.detail}`
  const lost = (before?.live ?? []).filter((id) => now.watched.includes(id) && !now.live.includes(id))
  if (lost.length === 0) return null
  return `${lost.length === 1 ? 'camera' : 'cameras'} ${lost.join(', ')}: no picture any more`
}
