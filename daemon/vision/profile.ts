/**
 * The runtime's own record of a run: which execution provider ran each node, and for how long. A session that was
 * asked for a GPU may run on the CPU without a word; this is where it shows.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Microseconds of all its nodes, by the runtime's name of the execution provider. */
export type NodeTimes = Readonly<Record<string, number>>

export interface ProfileFolder extends Disposable {
  /** What the runtime's file is to begin with; undefined where no folder can be made. */
  readonly prefix: string | undefined
  /** Reads what was written; empty where nothing was. */
  read(): NodeTimes
}

/** A folder of its own, gone when it is disposed of. */
export function openProfileFolder(parent: string = tmpdir()): ProfileFolder {
  let folder: string | undefined
  try {
    folder = mkdtempSync(path.join(parent, 'barnbox-profile-'))
  } catch {
    // A full or read-only disk is no reason to do without models: nothing is proven then.
  }
  return {
    prefix: folder && path.join(folder, 'profile'),
    read() {
      const files = folder === undefined ? [] : readdirSync(folder).map((name) => path.join(folder, name))
      return files.reduce<NodeTimes>((times, file) => addTimes(times, readFileSync(file, 'utf8')), {})
    },
    [Symbol.dispose]() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Adds the nodes of one profile, a JSON list of Chrome's trace events; one that is cut off or no list adds nothing. */
export function addTimes(times: NodeTimes, profile: string): NodeTimes {
  let events: unknown
  try {
    events = JSON.parse(profile)
  } catch {
    return times
  }
  const sums: Record<string, number> = { ...times }
  for (const event of Array.isArray(events) ? events : []) {
    const { cat, dur, args } = (event ?? {}) as {
      cat?: unknown
      dur?: unknown
      args?: { provider?: unknown }
    }
    const provider = args?.provider
    if (cat !== 'Node' || typeof provider !== 'string' || typeof dur !== 'number') continue
    sums[provider] = (sums[provider] ?? 0) + dur
  }
  return sums
}
