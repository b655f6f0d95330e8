/**
 * Where events pass that must not be lost: open while somebody is there to hear them. What passes is not kept by the broker.
 */
import { BarnboxError } from '../lib/errors.ts'

type Send = (payload: string) => Promise<void>

/** For whoever has something to tell. */
export interface Gate {
  /** Resolves while it is open, and when the signal aborts. */
  ready(signal: AbortSignal): Promise<void>
  /** Resolves when the broker has it. Rejects where the gate is shut or the connection is lost. */
  send(payload: string): Promise<void>
}

/** For whoever knows whether somebody is there. */
export interface Gatekeeper {
  open(send: Send): void
  shut(): void
}

export function createGate(): { readonly gate: Gate; readonly keeper: Gatekeeper } {
  let through: Send | undefined
  const waiting = new Set<() => void>()
  const gate: Gate = {
    ready(signal) {
      if (through !== undefined || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const done = () => {
          waiting.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        waiting.add(done)
        signal.addEventListener('abort', done, { once: true })
      })
    },
    async send(payload) {
      if (!through) throw new BarnboxError('MQTT_UNREACHABLE', 'not connected, or nobody to hear it yet')
      await through(payload)
    },
  }
  const keeper: Gatekeeper = {
    open(send) {
      through = send
      for (const done of [...waiting]) done()
    },
    shut() {
      through = undefined
    },
  }
  return { gate, keeper }
}
