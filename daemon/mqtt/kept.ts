/**
 * What a broker keeps of the box: asked for once after the start, and when the box leaves.
 */
import { sleep } from '../lib/abort.ts'
import type { Session } from './session.ts'
import type { Topics } from './topics.ts'

/** More than any barn has: what else comes is not the box's. */
const most = 10_000

/** Everything kept below some topics, as far as it is meant; empty where the broker does not let the box read. */
export async function collectKept(
  session: Session,
  { filters, isMeant, ms }: Collecting,
  until: AbortSignal,
): Promise<Map<string, string>> {
  const kept = new Map<string, string>()
  let isOpen = true
  session.onMessage(({ topic, payload, isKept }) => {
    if (isOpen && isKept && payload.length > 0 && kept.size < most && isMeant(topic))
      kept.set(topic, payload.toString('utf8'))
  })
  const refused = await session.subscribe(filters)
  const granted = filters.filter((filter) => !refused.includes(filter))
  if (granted.length === 0) return kept
  await sleep(ms, until)
  isOpen = false
  if (!until.aborted) await session.unsubscribe(granted)
  return kept
}

export interface Collecting {
  readonly filters: readonly string[]
  readonly isMeant: (topic: string) => boolean
  readonly ms: number
}

/** Below these lies what has an id in its topic, and so may be of something that is gone. */
export const thingsOf = ({ root }: Topics): string[] => [
  ...['camera', 'horse', 'stall'].map((kind) => `${root}/${kind}/+/+`),
  // Their switches.
  ...['camera', 'stall'].map((kind) => `${root}/${kind}/+/+/state`),
]

/** Below these lies everything of the box. */
export const everythingOf = ({ root }: Topics): string[] =>
  ['+', '+/+', '+/+/+', '+/+/+/+'].map((levels) => `${root}/${levels}`)
