/**
 * What a box has told of the horses until its power went, by its events and its API: the measure of what a cut has lost.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Analysed } from '../../../daemon/types.ts'

export interface Told extends Disposable {
  /** Frames with a horse that has a name or number by now. */
  sightings(): number
  /** The most ms of last-seen that are missing of a horse, by what is stored; Infinity for a horse that is not there at all. */
  lostMs(stored: ReadonlyMap<string, number>): number
}

export interface Access {
  readonly url: string
  readonly token: string
  readonly streamId: string
}

interface Frame {
  readonly utcMs: number
  readonly seen: readonly string[]
}

export function listen({ url, token, streamId }: Access): Told {
  const headers = { authorization: `Bearer ${token}` }
  const frames: Frame[] = []
  /** By the API. */
  const listed = new Map<string, number>()
  const ending = new AbortController()
  let socket: WebSocket
  const connect = () => {
    socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/events?frames=${streamId}`, { headers })
    socket.on('error', () => {})
    socket.on('message', (text) => {
      const { event, data } = JSON.parse(String(text)) as { event: string; data: Analysed }
      if (event !== 'frame') return
      const seen = data.boxes.flatMap(({ horseId }) => (horseId === null ? [] : [horseId]))
      frames.push({ utcMs: data.utcMs, seen })
    })
    // The box begins anew in an update.
    socket.on('close', () => setTimeout(() => ending.signal.aborted || connect(), 500))
  }
  connect()
  void poll(async () => {
    const answer = await fetch(`${url}/api/v1/streams/${streamId}/horses`, { headers, signal: ending.signal })
    const { horses } = (await answer.json()) as { horses: { id: string; last_seen: string }[] }
    for (const { id, last_seen } of horses) listed.set(id, Date.parse(last_seen))
  }, ending.signal)
  return {
    sightings: () => frames.filter(({ seen }) => seen.length > 0).length,
    lostMs(stored) {
      const byApi = [...listed].map(([id, ms]) => ms - (stored.get(id) ?? Number.NEGATIVE_INFINITY))
      return Math.max(0, ...byApi, ...lostOf(frames, stored))
    },
    [Symbol.dispose]() {
      ending.abort()
      socket.terminate()
    },
  }
}

async function poll(ask: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ask().catch(() => {})
    await wait(200, undefined, { signal }).catch(() => {})
  }
}

/** From the frame before the first that is not stored to the last: a horse that was away for long has not lost that time. */
function lostOf(frames: readonly Frame[], stored: ReadonlyMap<string, number>): number[] {
  const since = new Map<string, number>()
  const lost = new Map<string, number>()
  let beforeMs = frames[0]?.utcMs ?? 0
  for (const { utcMs, seen } of frames) {
    for (const id of seen) {
      const ms = stored.get(id)
      if (ms === undefined) lost.set(id, Number.POSITIVE_INFINITY)
      else if (utcMs > ms) {
        const fromMs = since.get(id) ?? beforeMs
        since.set(id, fromMs)
        lost.set(id, utcMs - fromMs)
      }
    }
    beforeMs = utcMs
  }
  return [...lost.values()]
}
