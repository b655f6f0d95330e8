/**
 * A typed bus that wakes readers. It carries facts, never requests: who needs an answer calls a function.
 */
import type { Log } from './log.ts'

export interface Bus<Events extends object> {
  publish<Name extends keyof Events>(name: Name, fact: Events[Name]): void
  /** Listens until the signal aborts. A listener that throws is logged and cannot hurt the publisher. */
  on<Name extends keyof Events>(name: Name, listener: (fact: Events[Name]) => void, signal: AbortSignal): void
}

export function createBus<Events extends object>(log: Log): Bus<Events> {
  const listeners = new Map<keyof Events, Set<(fact: never) => void>>()
  return {
    publish(name, fact) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          ;(listener as (fact: unknown) => void)(fact)
        } catch (error) {
          log.error({ err: error, fact: String(name) }, 'a listener failed')
        }
      }
    },
    on(name, listener, signal) {
      if (signal.aborted) return
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      // A function of its own: the same listener may be there twice, each until its own signal.
      const one = (fact: never) => listener(fact)
      set.add(one)
      signal.addEventListener('abort', () => set.delete(one), { once: true })
    },
  }
}
