/**
 * Wakes a loop that has nothing to do.
 */

export interface Bell {
  ring(): void
  /**
   * Resolves at the next ring, at once when one came since the last time, and when the signal aborts; says whether it was
   * rung.
   */
  rung(signal: AbortSignal): Promise<boolean>
}

/** A bell for one waiter. A ring while nobody waits is kept; several are one. */
export function createBell(): Bell {
  let pending = false
  let wake: (() => void) | undefined
  return {
    ring() {
      pending = true
      wake?.()
    },
    async rung(signal) {
      if (!pending && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = () => {
            signal.removeEventListener('abort', done)
            resolve()
          }
          wake = done
          signal.addEventListener('abort', done, { once: true })
        })
      }
      const isRung = pending
      pending = false
      wake = undefined
      return isRung
    },
  }
}
