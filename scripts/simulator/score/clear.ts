/**
 * The counts of CLEAR MOT (K. Bernardin and R. Stiefelhagen, 2008), as TrackEval takes them.
 */
import type { Scene } from './mot.ts'
import { at, bestPairs, enough, frequencies } from './pairs.ts'

/** A truth is mostly tracked, or mostly lost, beyond these shares of its frames. */
const mostly = { tracked: 0.8, lost: 0.2 } as const

export function clearOf(scenes: readonly Scene[]) {
  const counts = { tp: 0, fp: 0, fn: 0, switches: 0, fragments: 0, similarity: 0 }
  /** Truth -> the track it was matched to last, ever and in the frame before. */
  const ever = new Map<string, string>()
  let before = new Map<string, string>()
  /** Truth -> frames in which it was matched, and how often that began. */
  const matched = new Map<string, number>()
  const begun = new Map<string, number>()
  for (const { truths, tracks, alike } of scenes) {
    const pairs = pairsOf({ truths, tracks, alike }, before)
    counts.tp += pairs.length
    counts.fp += tracks.length - pairs.length
    counts.fn += truths.length - pairs.length
    // TrackEval passes over frames in which one side is empty: what was matched before them still counts as just before.
    if (truths.length === 0 || tracks.length === 0) continue
    const now = new Map<string, string>()
    for (const [row, column] of pairs) {
      const [truth, track] = [truths[row] as string, tracks[column] as string]
      if (ever.has(truth) && ever.get(truth) !== track) counts.switches++
      if (!before.has(truth)) begun.set(truth, (begun.get(truth) ?? 0) + 1)
      ever.set(truth, track)
      now.set(truth, track)
      matched.set(truth, (matched.get(truth) ?? 0) + 1)
      counts.similarity += at(alike, row, column)
    }
    before = now
  }
  for (const times of begun.values()) counts.fragments += times - 1
  const shares = [...frequencies(scenes.flatMap(({ truths }) => truths))].map(
    ([truth, frames]) => (matched.get(truth) ?? 0) / frames,
  )
  return {
    ...counts,
    mostlyTracked: shares.filter((share) => share > mostly.tracked).length,
    mostlyLost: shares.filter((share) => share < mostly.lost).length,
  }
}

/** A pair that was one in the frame before stays one. */
function pairsOf({ truths, tracks, alike }: Scene, before: ReadonlyMap<string, string>) {
  const worth = truths.map((truth, row) =>
    tracks.map((track, column) => {
      const value = at(alike, row, column)
      return value < enough ? 0 : value + (before.get(truth) === track ? 1000 : 0)
    }),
  )
  return bestPairs(worth)
}
