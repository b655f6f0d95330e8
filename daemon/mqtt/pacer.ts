/**
 * At most one message per topic and second; of what came in between, the newest.
 */
import type { Clock } from '../types.ts'
import type { Letter } from './session.ts'

export interface Pacer {
  put(letter: Letter): void
  /** Forgets what waits and stops all timers. */
  clear(): void
}

export function createPacer(send: (letter: Letter) => void, clock: Clock, apartMs: number): Pacer {
  const lastSent = new Map<string, number>()
  const waiting = new Map<string, { letter: Letter; timer: ReturnType<typeof setTimeout> }>()

  function go(letter: Letter): void {
    waiting.delete(letter.topic)
    lastSent.set(letter.topic, clock.monoMs())
    send(letter)
  }
  return {
    put(letter) {
      const { topic } = letter
      const held = waiting.get(topic)
      if (held !== undefined) {
        held.letter = letter
        return
      }
      const wait = (lastSent.get(topic) ?? Number.NEGATIVE_INFINITY) + apartMs - clock.monoMs()
      if (wait <= 0) return go(letter)
      const timer = setTimeout(() => go(waiting.get(topic)?.letter ?? letter), wait)
      waiting.set(topic, { letter, timer })
    },
    clear() {
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
      lastSent.clear()
    },
  }
}
