/**
 * Who has shown the PIN of the set-up and made no user: known by a random word for a while, until the box is set up or starts anew.
 */
import { randomBytes } from 'node:crypto'

/** As long as a large file may take to be sent and read. */
export const VISIT_MS = 2 * 3600 * 1000
const MOST_VISITS = 16

export interface Visits {
  begin(): string
  has(word: string): boolean
}

export function createVisits(monoMs: () => number): Visits {
  const since = new Map<string, number>()
  return {
    begin() {
      const word = randomBytes(32).toString('base64url')
      since.set(word, monoMs())
      const [oldest] = since.keys()
      if (since.size > MOST_VISITS && oldest !== undefined) since.delete(oldest)
      return word
    },
    has(word) {
      const begun = since.get(word)
      return begun !== undefined && monoMs() - begun < VISIT_MS
    },
  }
}
