/**
 * A way out: a program on the box, run once a message with the event as JSON in `BARNBOX_EVENT`. A siren, an SMS modem.
 */
import type { Severity } from '../presence-types.ts'
import type { Sink } from './deliver.ts'
import { eventOf } from './event.ts'

/** Runs a program with these variables more until it ends; answers its exit code, null where it did not end by itself. */
export type RunProgram = (
  path: string,
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<number | null>

const longestMs = 30_000

export function commandSink(path: string, least: Severity, run: RunProgram, withinMs = longestMs): Sink {
  return {
    ...{ name: 'command', least },
    async deliver(message, signal) {
      const until = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
      const code = await run(path, { BARNBOX_EVENT: JSON.stringify(eventOf(message)) }, until)
      if (code !== 0) throw new Error(code === null ? 'it did not end in time' : `it ended with code ${code}`)
    },
  }
}
