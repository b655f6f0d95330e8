/**
 * Waiting that ends with a signal. Every sleep in the daemon is one of these.
 */

/** Resolves after `ms`, or at once when the signal aborts; never rejects. Leaves no timer and no listener behind. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Calls `work` every `ms` until the signal aborts; the next wait starts when the last call has ended. */
export async function repeat(
  ms: number,
  work: () => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(ms, signal)
    if (!signal.aborted) await work()
  }
}

/** Calls `gone` once nothing has renewed it for `ms`. */
export function createPatience(ms: number, gone: () => void) {
  let timer = setTimeout(gone, ms)
  const end = () => clearTimeout(timer)
  return {
    renew() {
      end()
      timer = setTimeout(gone, ms)
    },
    end,
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
