/**
 * Keeps what Home Assistant finds as it is: sends what has changed, takes away what is gone. Only what is this box's own is touched.
 */
import { type Announcement, type Components, isOwn, withRemoved } from './discovery.ts'
import type { Letter } from './session.ts'

export interface Announcer {
  /** What the broker kept of an earlier life: what is not there any more of it is taken away with the next `all`. */
  remember(topic: string, payload: string): void
  /** Everything, what is gone first. */
  all(): Letter[]
  /** What is other than it was told. */
  changes(): Letter[]
  readonly topics: () => string[]
  /** All of it was taken away. */
  forget(): void
}

interface Told {
  readonly payload: string
  readonly components: Components
}

export function createAnnouncer(now: () => readonly Announcement[]): Announcer {
  const told = new Map<string, Told>()
  const lettersOf = (isWanted: (topic: string, payload: string) => boolean): Letter[] => {
    const there = now()
    const topics = new Set(there.map(({ topic }) => topic))
    const gone = [...told.keys()].filter((topic) => !topics.has(topic) && isWanted(topic, ''))
    const cleared = gone.map((topic): Letter => ({ topic, payload: '' }))
    // Not forgotten: a connection that is lost right now takes the word with it, and the next round says it again.
    for (const topic of gone) told.set(topic, { payload: '', components: {} })
    const letters = there.flatMap(({ topic, message }): Letter[] => {
      const payload = JSON.stringify(message)
      if (!isWanted(topic, payload)) return []
      const removal = withRemoved(message, told.get(topic)?.components ?? {})
      told.set(topic, { payload, components: message.components })
      return [...(removal ? [{ topic, payload: JSON.stringify(removal) }] : []), { topic, payload }]
    })
    return [...cleared, ...letters]
  }
  return {
    remember(topic, payload) {
      if (!told.has(topic)) told.set(topic, { payload, components: componentsIn(payload) })
    },
    all: () => lettersOf(() => true),
    changes: () => lettersOf((topic, payload) => told.get(topic)?.payload !== payload),
    topics: () => [...told.keys()],
    forget: () => told.clear(),
  }
}

/** What a device was said to have; nothing where that cannot be read. */
function componentsIn(payload: string): Components {
  try {
    const components: unknown = JSON.parse(payload)?.components
    const entries = Object.entries(Object(components) as Components)
    return Object.fromEntries(entries.filter(([, one]) => typeof Object(one)['platform'] === 'string'))
  } catch {
    return {}
  }
}

/** The topics of discovery below a prefix. */
export const anyDevice = (prefix: string): string => `${prefix}/device/+/config`

/** The device of a discovery topic, where it is this box or its own. */
export function ownDevice(topic: string, prefix: string, boxId: string): string | undefined {
  const [before, after] = [`${prefix}/device/`, '/config']
  if (!topic.startsWith(before) || !topic.endsWith(after)) return undefined
  const objectId = topic.slice(before.length, -after.length)
  return !objectId.includes('/') && isOwn(objectId, boxId) ? objectId : undefined
}
