/**
 * Says what is so to whoever is connected, and knows what it has said: the broker keeps it, so it must be taken back when it is gone.
 */
import type { Clock } from '../types.ts'
import { createPacer } from './pacer.ts'
import type { Letter, Session } from './session.ts'

export interface Teller {
  /** Who hears from now on; undefined: nobody. */
  attach(session: Session | undefined): void
  readonly session: () => Session | undefined
  /** In their order; resolves when the broker has all of it. */
  round(letters: readonly Letter[]): Promise<void>
  send(letter: Letter): void
  /** At most one a topic and second, the newest. */
  pace(letter: Letter): void
  /** Those that were told otherwise, or never. */
  unlike(letters: readonly Letter[]): Letter[]
  /** What the broker kept of an earlier life. */
  remember(topic: string): void
  /** Takes back what begins so and is not wanted any more. */
  takeBack(begin: string, wanted: ReadonlySet<string>): Letter[]
  readonly topics: () => string[]
  /** What waits for its turn is not said any more. */
  hush(): void
}

/** Pictures are not kept in memory. */
const picture = 'a picture'

export function createTeller(clock: Clock, apartMs: number): Teller {
  let live: Session | undefined
  const told = new Map<string, string>()
  const note = ({ topic, payload, retain = true }: Letter) => {
    // What was taken back stays known: a connection that is lost right now takes the word with it.
    if (retain) told.set(topic, typeof payload === 'string' ? payload : picture)
  }
  const send = (letter: Letter) => {
    if (!live) return
    note(letter)
    // A failed publish means a lost connection: everything is published again after the next one.
    live.publish(letter).catch(() => {})
  }
  const pacer = createPacer(send, clock, apartMs)
  return {
    attach(session) {
      live = session
      if (!session) pacer.clear()
    },
    session: () => live,
    async round(letters) {
      for (const letter of letters) note(letter)
      await Promise.all(letters.map((letter) => live?.publish(letter)))
    },
    send,
    pace: pacer.put,
    unlike: (letters) => letters.filter(({ topic, payload }) => told.get(topic) !== payload),
    remember(topic) {
      if (!told.has(topic)) told.set(topic, 'of an earlier life')
    },
    takeBack: (begin, wanted) =>
      [...told.keys()]
        .filter((topic) => topic.startsWith(begin) && !wanted.has(topic))
        .map((topic) => ({ topic, payload: '' })),
    topics: () => [...told.keys()],
    hush: pacer.clear,
  }
}
