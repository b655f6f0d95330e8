/**
 * At most one message per topic and second; of what came in between, the newest.
 */
import type { Clock } from '../types.ts'

const APART_MS = 1000

export interface Pacer {
  put(topic: string, payload: string): void
  /** Forgets what waits and stops all timers. */
  clear(): void
}

export function createPacer(
  send: (topic: string, payload: string) => void,
  clock: Clock,
  apartMs: number = APART_MS,
): Pacer {
  const lastSent = new Map<string, number>()
  const waiting = new Map<string, { payload: string; timer: ReturnType<typeof setTimeout> }>()

  function go(topic: string, payload: string): void {
    waiting.delete(topic)
    lastSent.set(topic, clock.monoMs())
    send(topic, payload)
  }
  return {
    put(topic, payload) {
      const held = waiting.get(topic)
      if (held !== undefined) {
        held.payload = payload
        return
      }
      const wait = (lastSent.get(topic) ?? Number.NEGATIVE_INFINITY) + apartMs - clock.monoMs()
      if (wait <= 0) return go(topic, payload)
      const timer = setTimeout(() => go(topic, waiting.get(topic)?.payload ?? payload), wait)
      waiting.set(topic, { payload, timer })
    },
    clear() {
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
      lastSent.clear()
    },
  }
}
