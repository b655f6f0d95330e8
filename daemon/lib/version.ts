/**
 * Which version this is: the package's.
 */
import { readFileSync } from 'node:fs'

export function readVersion(): string {
  // From source the file lies two folders up, from the bundle beside it.
  for (const place of ['../../package.json', './package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')).version
    } catch {
      // The other place has it.
    }
  }
  return 'unknown'
}
