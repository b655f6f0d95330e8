/**
 * What processes have used, as Linux counts it.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** `/proc` counts in hundredths of a second on every machine that Node runs on. */
const ticksPerSecond = 100

/** Seconds of CPU, user and system, of a process with all its threads and children, those included that have ended. */
export function cpuSeconds(pid: number): number {
  const ticks = familyOf(pid).flatMap((one) => {
    // The name, the second field, may hold spaces; times are fields 14 to 17, the last two of ended children.
    const fields = readFileSync(`/proc/${one}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields.slice(11, 15).map(Number)
  })
  return ticks.reduce((sum, value) => sum + value, 0) / ticksPerSecond
}

/** Megabytes (2^20) in memory, of a process and its children; what copies of one program share is counted once. */
export function residentMb(pid: number): number {
  const files = new Map<string, number>()
  let own = 0
  for (const one of familyOf(pid)) {
    const status = readFileSync(`/proc/${one}/status`, 'utf8')
    const kb = (what: string) => Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
    own += kb('RssAnon') + kb('RssShmem')
    const program = readlinkSync(`/proc/${one}/exe`)
    files.set(program, Math.max(files.get(program) ?? 0, kb('RssFile')))
  }
  return [...files.values()].reduce((sum, kb) => sum + kb, own) / 1024
}

/** A process with its children and theirs. */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap(familyOf)]
}
