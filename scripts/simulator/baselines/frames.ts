/**
 * A tracker that counts pictures and knows no time, made a system: it is shown every picture that came, and an empty one
 * for each that a camera with nobody before it would have given.
 */
import type { Box } from '../../../daemon/types.ts'
import type { System } from '../system.ts'

export interface Scored {
  readonly box: Box
  readonly score: number
}

export interface FrameTracker {
  update(found: readonly Scored[]): readonly { readonly id: number; readonly box: Box }[]
}

/** No tracker here remembers more pictures than this. */
const mostEmpty = 60
/** A longer pause is one between visits, in which pictures came. */
const pauseMs = 3000

/** A restart takes the tracker's memory with it. */
export function systemOf(create: () => FrameTracker, fps: number): System {
  let tracker = create()
  let epoch = 0
  let lastMs = Number.NEGATIVE_INFINITY
  const ids = new Set<string>()
  return {
    async show({ atMs, found }) {
      const gapMs = atMs - lastMs
      if (gapMs > pauseMs && Number.isFinite(gapMs)) {
        const empty = Math.min(Math.round((gapMs / 1000) * fps), mostEmpty)
        for (let n = 0; n < empty; n++) tracker.update([])
      }
      lastMs = atMs
      return tracker.update(found).map(({ id, box }) => {
        const name = `${epoch}/${id}`
        ids.add(name)
        return { id: name, horse: name, box }
      })
    },
    restart() {
      tracker = create()
      epoch++
    },
    teach: ({ names }) => names,
    get created() {
      return ids.size
    },
    [Symbol.dispose]() {},
  }
}
