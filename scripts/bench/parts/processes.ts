/**
 * What processes have used, as Linux counts it.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** `/proc` counts in hundredths of a second on every machine that Node runs on. */
const ticksPerSecond = 100

/** Seconds of CPU, user and system, of a process with all its threads and children, those included that have ended. */
export function cpuSeconds(pid: number): number {
  const children = childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), 0)
  // The name, the second field, may hold spaces; times are fields 14 to 17, the last two of ended children.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return children + ticks / ticksPerSecond
}

/** Megabytes (2^20) in memory, of a process and its children; what they share is counted for each. */
export function residentMb(pid: number): number {
  const children = childrenOf(pid).reduce((sum, child) => sum + residentMb(child), 0)
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return children + Number(kb ?? 0) / 1024
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
}
