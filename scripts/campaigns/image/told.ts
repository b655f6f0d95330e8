/**
 * What a box has told of the horses until its power went, by its events and its API: the measure of what a cut has lost.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Analysed } from '../../../daemon/types.ts'

export interface Told extends Disposable {
  /** Frames with a horse that has a name or number by now. */
  sightings(): number
  /** The most ms of last-seen that a disk lacks whose power went at that time, by what it holds of each horse. */
  lostMs(stored: ReadonlyMap<string, number>, cutMs: number): number
}

export interface Access {
  readonly url: string
  readonly token: string
  readonly streamId: string
}

/** A horse, when it was seen last by the box's clock, and when that was heard by ours. */
interface Word {
  readonly id: string
  readonly seenMs: number
  readonly heardMs: number
}

export function listen({ url, token, streamId }: Access): Told {
  const headers = { authorization: `Bearer ${token}` }
  const words: Word[] = []
  const ending = new AbortController()
  let [socket, sightings]: [WebSocket | undefined, number] = [undefined, 0]
  const hear = (id: string, seenMs: number) => words.push({ id, seenMs, heardMs: Date.now() })
  const connect = () => {
    socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/events?frames=${streamId}`, { headers })
    socket.on('error', () => {})
    socket.on('message', (text) => {
      const { event, data } = JSON.parse(String(text)) as { event: string; data: Analysed }
      if (event !== 'frame') return
      const seen = data.boxes.flatMap(({ horseId }) => horseId ?? [])
      for (const id of seen) hear(id, data.utcMs)
      if (seen.length > 0) sightings++
    })
    // The box begins anew in an update.
    socket.on('close', () => setTimeout(() => ending.signal.aborted || connect(), 500))
  }
  connect()
  void poll(async () => {
    const answer = await fetch(`${url}/api/v1/streams/${streamId}/horses`, { headers, signal: ending.signal })
    const { horses } = (await answer.json()) as { horses: { id: string; last_seen: string }[] }
    for (const { id, last_seen } of horses) hear(id, Date.parse(last_seen))
  }, ending.signal)
  return {
    sightings: () => sightings,
    lostMs: (stored, cutMs) => lostOf(words, stored, cutMs),
    [Symbol.dispose]() {
      ending.abort()
      socket?.terminate()
    },
  }
}

async function poll(ask: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ask().catch(() => {})
    await wait(1000, undefined, { signal }).catch(() => {})
  }
}

/** How long before the cut the oldest word was heard that the disk knows nothing of. Between two pictures of a slow box there is more than a second. */
function lostOf(words: readonly Word[], stored: ReadonlyMap<string, number>, cutMs: number): number {
  const lost = words.filter(({ id, seenMs }) => seenMs > (stored.get(id) ?? Number.NEGATIVE_INFINITY))
  return Math.max(0, ...lost.map(({ heardMs }) => cutMs - heardMs))
}
