/**
 * The newest lines of the log in memory, for a look from the page: bounded, and without secrets.
 */
import { redact } from './redact.ts'

export interface LogRing {
  write(line: string): void
  /** The oldest first, each as JSON. */
  lines(): readonly string[]
}

const MOST_LINES = 500
/** A stack is worth keeping, a flood is not. */
const MOST_CHARACTERS = 4000

export function createLogRing(most = MOST_LINES): LogRing {
  const kept: string[] = []
  return {
    write(line) {
      kept.push(line.trimEnd().slice(0, MOST_CHARACTERS))
      if (kept.length > most) kept.shift()
    },
    lines: () => kept.map(withoutSecrets),
  }
}

/** Value by value: a secret in one field must not take the others with it. */
function withoutSecrets(line: string): string {
  try {
    return JSON.stringify(redactAll(JSON.parse(line)))
  } catch {
    return redact(line)
  }
}

/** The same value with every text in it redacted. */
export function redactAll(value: unknown, clean: (text: string) => string = redact): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((one) => redactAll(one, clean))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redactAll(one, clean)]))
}
