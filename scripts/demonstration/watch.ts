/**
 * Follows a box's events over WebSocket: every analysed frame of a stream, with the time it was told.
 */
import type { Analysed } from '../../daemon/types.ts'

export interface Watch extends Disposable {
  readonly frames: readonly Analysed[]
}

/** Listens to a box until disposed. */
export function watchFrames(url: string, streamId: string): Watch {
  const frames: Analysed[] = []
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/events?frames=${streamId}`)
  socket.addEventListener('message', ({ data }) => {
    const { event, data: fact } = JSON.parse(String(data)) as { event: string; data: Analysed }
    if (event === 'frame') frames.push(fact)
  })
  return { frames, [Symbol.dispose]: () => socket.close() }
}
