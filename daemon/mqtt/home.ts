/**
 * Whether Home Assistant is there, by its own word: what it forgot at its start is told again, and events wait until it hears them.
 */
import { sleep } from '../lib/abort.ts'
import type { Clock } from '../types.ts'
import type { Gatekeeper } from './gate.ts'
import type { Waits } from './waits.ts'

export type HomeWord = 'online' | 'offline'

export interface HomeState {
  /** Its last word; null while it has said nothing since the connect. */
  status: HomeWord | null
  /** UTC ms of its last birth, of this connection or an earlier one. */
  birthMs: number | null
}

export interface Home {
  /** What it said of itself. */
  heard(word: HomeWord): void
}

interface HomeDeps {
  readonly keeper: Gatekeeper
  /** Tells everything again. */
  readonly replay: () => Promise<void>
  /** Passes an event. */
  readonly send: (payload: string) => Promise<void>
  readonly state: HomeState
  readonly waits: Pick<Waits, 'settleMs' | 'birthMs' | 'random'>
  readonly clock: Clock
}

/** Its word, in any case; undefined where it is none. */
export function homeWord(payload: string): HomeWord | undefined {
  const word = payload.trim().toLowerCase()
  return word === 'online' || word === 'offline' ? word : undefined
}

/** Watches one connection, until the signal aborts. */
export function watchHome({ keeper, replay, send, state, waits, clock }: HomeDeps, until: AbortSignal): Home {
  let isSettled = false
  let isBorn = false
  state.status = null
  const look = () => {
    if (isSettled && !isBorn && state.status !== 'offline' && !until.aborted) keeper.open(send)
    else keeper.shut()
  }
  until.addEventListener('abort', look, { once: true })
  void sleep(waits.settleMs, until).then(() => {
    isSettled = true
    look()
  })
  /** Of several births within the delay the first one's run tells all. */
  const born = async () => {
    if (isBorn) return
    isBorn = true
    look()
    const [least, most] = waits.birthMs
    await sleep(least + (most - least) * waits.random(), until)
    isBorn = false
    if (until.aborted) return
    // What fails here is a lost connection: all is told after the next one.
    await replay().catch(() => {})
    isSettled = true
    look()
  }
  return {
    heard(word) {
      state.status = word
      if (word === 'online') {
        state.birthMs = clock.utcMs()
        void born()
      } else look()
    },
  }
}
