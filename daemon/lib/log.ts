/**
 * JSON lines on stdout in pino's call shape: constant messages, values as fields. journald stores them.
 */
import { pino } from 'pino'

export interface Log {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
  debug(fields: object, message: string): void
  child(fields: object): Log
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** The daemon's log. Writes synchronously: a line said before a crash is on the pipe before the crash. */
export function createLog(level: LogLevel, destination: { write(line: string): void } = process.stdout): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
}

/** A log that says nothing, for library use and tests that do not look at it. */
export const silentLog: Log = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silentLog,
}
