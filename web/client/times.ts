/**
 * Keeps the times of a page true while it is open.
 */
import { inWords } from '../time.ts'
import { words } from '../words/spoken.ts'

/** The page says which zone the box is in. */
export const spoken = { words, zone: document.documentElement.dataset['zone'] ?? 'UTC' }

export function tickTimes(nowMs: number): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-format]')) {
    const words = inWords(spoken, time.dataset['format'], Date.parse(time.dateTime), nowMs)
    if (time.textContent !== words) time.textContent = words
  }
}
