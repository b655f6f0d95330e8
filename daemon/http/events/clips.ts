/**
 * What those who look at a clip are told: that a correction by it is done, and that whose its boxes are may have changed.
 */
import type { Bus } from '../../lib/bus.ts'
import type { ClipId, Facts } from '../../types.ts'
import type { Crowd } from './crowd.ts'

export function tellOfClips(
  facts: Bus<Facts>,
  crowd: Crowd,
  message: (event: string, data: object) => string,
  signal: AbortSignal,
): void {
  const tell = (event: string, clipId: ClipId, data: object) => {
    const members = [...crowd.members].filter(({ clips }) => clips.has(clipId))
    if (members.length === 0) return
    const text = message(event, { chunkId: clipId, ...data })
    for (const member of members) crowd.tell(member, text)
  }
  let isDue = false
  // What one request corrects is many facts: told once, when all of it is done.
  const changed = () => {
    if (isDue) return
    isDue = true
    queueMicrotask(() => {
      isDue = false
      const followed = new Set([...crowd.members].flatMap(({ clips }) => [...clips]))
      for (const clipId of followed) tell('chunk:updated', clipId, {})
    })
  }
  facts.on('corrected', changed, signal)
  facts.on('horse-changed', ({ change }) => change === 'details' && changed(), signal)
  facts.on('horse-gone', changed, signal)
  facts.on(
    'clip-corrected',
    ({ clipId }) => tell('reprocessing:progress', clipId, { progress: 100, step: 'completed' }),
    signal,
  )
}
