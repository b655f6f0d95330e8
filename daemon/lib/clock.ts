import { statSync } from 'node:fs'
import type { Clock } from '../types.ts'

/** The machine's clocks. */
export const systemClock: Clock = {
  utcMs: () => Date.now(),
  monoMs: () => performance.now(),
}

const dayMs = 24 * 3600_000
/** No box runs a program for longer than that. */
const longestMs = 8 * 365 * dayMs

/** When this program was made; a day is for whoever made it elsewhere. */
export const builtMs = () => statSync(new URL(import.meta.url)).mtimeMs - dayMs

/** Why the clock cannot be right, in plain words; null where it can. */
export function clockFault(utcMs: number, madeMs: number): string | null {
  const now = new Date(utcMs).toISOString().replace('T', ' ').slice(0, 16)
  const cure = 'set it (timedatectl set-ntp true)'
  if (utcMs < madeMs) return `it is ${now} UTC by the clock, before this program was made: ${cure}`
  if (utcMs > madeMs + longestMs)
    return `it is ${now} UTC by the clock, years after this program was made: ${cure}`
  return null
}

/** More than NTP moves a clock that goes. */
const jumpMs = 10 * 60_000

/** Whether the wall clock has gone evenly for so long, as often as it is asked: one that was set is not believed at once. */
export function watchSteadiness(clock: Clock, steadyMs: number): () => boolean {
  const read = () => ({ utcMs: clock.utcMs(), monoMs: clock.monoMs() })
  let last = read()
  let sinceMs = last.monoMs
  return () => {
    const now = read()
    if (Math.abs(now.utcMs - last.utcMs - (now.monoMs - last.monoMs)) > jumpMs) sinceMs = now.monoMs
    last = now
    return now.monoMs - sinceMs >= steadyMs
  }
}
