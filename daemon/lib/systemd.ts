/**
 * Tells systemd how the daemon stands, where systemd started it. Never fails: not being heard is no fault of the barn.
 */
import { captureOutput } from './child.ts'
import type { Log } from './log.ts'

export interface Notifier {
  /** Sends one state: `READY=1`, `WATCHDOG=1`, `STOPPING=1`, `STATUS=...`. */
  send(state: string): Promise<void>
  /** Within what time systemd wants to hear `WATCHDOG=1`; null where it does not. */
  readonly watchdogMs: number | null
}

/** A `READY=1` that is not heard ends the daemon after a quarter of an hour: a box that is busy starting has time for it. */
const timeoutMs = 30_000

/** systemd-notify speaks for us (`NotifyAccess=all`): Node has no datagram sockets. */
export function createNotifier(
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Notifier {
  const socket = environment['NOTIFY_SOCKET']
  const watchdogUsec = Number(environment['WATCHDOG_USEC'])
  if (!socket) return { send: async () => {}, watchdogMs: null }
  return {
    async send(state) {
      const end = await captureOutput(
        'systemd-notify',
        [state],
        { log, timeoutMs },
        new AbortController().signal,
      )
      if (end.code !== 0) log.debug({ state, stderr: end.stderrTail }, 'systemd was not told')
    },
    watchdogMs: Number.isFinite(watchdogUsec) && watchdogUsec > 0 ? watchdogUsec / 1000 : null,
  }
}
