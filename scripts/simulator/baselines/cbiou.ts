/**
 * C-BIoU from its description (arXiv 2211.14317): boxes enlarged by 0.3, then by 0.5, are matched by their overlap; where
 * a track will be is told by its mean displacement.
 */
import { grow, iou } from '../../../daemon/lib/boxes.ts'
import type { Box } from '../../../daemon/types.ts'
import type { FrameTracker, Scored } from './frames.ts'
import { matchWithin } from './matching.ts'

export interface CBiouOptions {
  /** Weaker boxes are passed over. */
  readonly detect: number
}

const buffers = [0.3, 0.5] as const
/** Displacements that the mean is taken over. */
const remembered = 5
const maxAge = 30
/** A track is given out once it was found so often, but for the first pictures (as in SORT). */
const minHits = 3
/** What is left beside an assignment costs this: any overlap of the enlarged boxes is enough. */
const none = 1

interface Track {
  readonly id: number
  readonly seen: { readonly frame: number; readonly box: Box }[]
  hits: number
}

export function createCBiou({ detect }: CBiouOptions): FrameTracker {
  let tracks: Track[] = []
  let [frame, minted] = [0, 0]
  return {
    update(all) {
      frame++
      let rows = tracks
      let found = all.filter(({ score }) => score >= detect)
      for (const buffer of buffers) {
        const cost = (row: number, column: number) => {
          const box = found[column]?.box as Box
          return 1 - iou(grow(predicted(rows[row] as Track, frame), buffer), grow(box, buffer))
        }
        const { pairs, rows: left, columns } = matchWithin(rows.length, found.length, cost, none)
        for (const [row, column] of pairs) {
          const track = rows[row] as Track
          track.seen.push({ frame, box: found[column]?.box as Box })
          if (track.seen.length > remembered + 1) track.seen.shift()
          track.hits++
        }
        rows = left.map((row) => rows[row] as Track)
        found = columns.map((column) => found[column] as Scored)
      }
      tracks = tracks.filter(({ seen }) => frame - (seen.at(-1)?.frame ?? 0) <= maxAge)
      for (const { box } of found) tracks.push({ id: ++minted, seen: [{ frame, box }], hits: 1 })
      return tracks
        .filter(({ seen, hits }) => seen.at(-1)?.frame === frame && (hits >= minHits || frame <= minHits))
        .map(({ id, seen }) => ({ id, box: seen.at(-1)?.box as Box }))
    },
  }
}

/** The last box, moved on by the mean displacement a picture. */
function predicted({ seen }: Track, frame: number): Box {
  const [first, last] = [seen[0], seen.at(-1)]
  if (!first || !last) return [0, 0, 0, 0]
  const steps = last.frame - first.frame
  const ahead = steps > 0 ? (frame - last.frame) / steps : 0
  return last.box.map((value, at) => value + (value - (first.box[at] ?? 0)) * ahead) as unknown as Box
}
