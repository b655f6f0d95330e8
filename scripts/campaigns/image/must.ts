/**
 * Each step must hold, and is counted; what a step answers is passed on.
 */
import { setTimeout as wait } from 'node:timers/promises'

export interface Must {
  <T>(what: string, work: () => T | Promise<T>): Promise<T>
  tell(failed?: number): void
}

export function createMust(): Must {
  let passed = 0
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const must = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    const fromMs = Date.now()
    try {
      const answer = await work()
      passed++
      say(`ok      ${what} (${((Date.now() - fromMs) / 1000).toFixed(1)} s)`)
      return answer
    } catch (error) {
      say(`FAILED  ${what}`)
      throw error
    }
  }
  return Object.assign(must, { tell: (failed = 0) => say(`${passed} passed, ${failed} failed`) })
}

/** What `look` answers once it is neither undefined nor false and does not throw. Throws after so many seconds, with its last words. */
export async function within<T>(
  seconds: number,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const untilMs = Date.now() + seconds * 1000
  let why: unknown = 'nothing came'
  while (Date.now() < untilMs) {
    try {
      const answer = await look()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      why = error
    }
    await wait(1000)
  }
  throw new Error(`not within ${seconds} s: ${why}`)
}

/** Seconds until what takes its time, emulated on a busy machine, counts as never. */
export const slow = 1800

export function hold(condition: boolean, why: string): void {
  if (!condition) throw new Error(why)
}
