/**
 * A way out: a program on the box, run once a message with the event as JSON on its standard input. A siren, an SMS modem.
 */
import type { Severity } from '../presence-types.ts'
import type { Sink } from './deliver.ts'
import { eventOf } from './event.ts'

/** Runs a program with a text as its input until it ends; answers its exit code, null where a signal or the time ended it. */
export type RunProgram = (path: string, input: string, signal: AbortSignal) => Promise<number | null>

const timeoutMs = 30_000

export function commandSink(path: string, least: Severity, run: RunProgram): Sink {
  return {
    name: 'command',
    least,
    async deliver(message, signal) {
      const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const code = await run(path, `${JSON.stringify(eventOf(message))}\n`, until)
      if (code !== 0) throw new Error(code === null ? 'it did not end in time' : `it ended with code ${code}`)
    },
  }
}
