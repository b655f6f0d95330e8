/**
 * The counts of IDF1 (E. Ristani et al., 2016): one assignment of truths to tracks over the whole sequence.
 */
import type { Scene } from './mot.ts'
import { at, bestPairs, enough, frequencies } from './pairs.ts'

export function identityOf(scenes: readonly Scene[]) {
  const truths = frequencies(scenes.flatMap((scene) => scene.truths))
  const tracks = frequencies(scenes.flatMap((scene) => scene.tracks))
  const together = new Map<string, Map<string, number>>()
  for (const scene of scenes) {
    scene.truths.forEach((truth, row) => {
      const counts = together.get(truth) ?? new Map<string, number>()
      together.set(truth, counts)
      scene.tracks.forEach((track, column) => {
        if (at(scene.alike, row, column) >= enough) counts.set(track, (counts.get(track) ?? 0) + 1)
      })
    })
  }
  const worth = [...truths.keys()].map((truth) =>
    [...tracks.keys()].map((track) => together.get(truth)?.get(track) ?? 0),
  )
  const idtp = bestPairs(worth).reduce((sum, [row, column]) => sum + at(worth, row, column), 0)
  const total = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0)
  return { idtp, idfp: total(tracks) - idtp, idfn: total(truths) - idtp }
}
