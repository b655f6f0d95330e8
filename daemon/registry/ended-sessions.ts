/**
 * Sessions that were ended before their time, by the word that each is known by; until that time, over restarts.
 */
import type { Settings } from './settings.ts'

const KEY = 'ended_sessions'
/** Each was a log-in that somebody paid for with a password: so many are nobody's wish. */
const MOST = 2000

export interface EndedSessions {
  /** `untilMs`: when it would have ended by itself. */
  end(word: string, untilMs: number, nowMs: number): void
  has(word: string): boolean
}

export function openEndedSessions(settings: Settings): EndedSessions {
  const ended = new Map<string, number>(JSON.parse(settings.get(KEY) ?? '[]'))
  return {
    end(word, untilMs, nowMs) {
      ended.set(word, untilMs)
      for (const [one, endMs] of ended) if (endMs <= nowMs || ended.size > MOST) ended.delete(one)
      settings.set(KEY, JSON.stringify([...ended]))
    },
    has: (word) => ended.has(word),
  }
}
