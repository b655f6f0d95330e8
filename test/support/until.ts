/**
 * Waits until it is so; throws with what was waited for where that takes too long.
 */
import { setTimeout as wait } from 'node:timers/promises'

export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  ms = 40_000,
): Promise<void> {
  const endMs = performance.now() + ms
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`it did not come to be: ${what}`)
    await wait(20)
  }
}
