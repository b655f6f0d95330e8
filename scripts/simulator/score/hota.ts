/**
 * The counts of HOTA (J. Luiten et al., 2020), as TrackEval takes them: at 19 levels of how well a box must fit.
 */
import type { Scene } from './mot.ts'
import { at, bestPairs, frequencies } from './pairs.ts'

const levels = Array.from({ length: 19 }, (_, index) => 0.05 * (index + 1))

/** At one level: matched boxes, all boxes (matched ones once), and sums over the matched of association and similarity. */
export interface Level {
  readonly tp: number
  readonly all: number
  readonly association: number
  readonly similarity: number
}

export function addHota(a: readonly Level[], b: readonly Level[]): Level[] {
  return a.map((one, index) => {
    const other = b[index] ?? { tp: 0, all: 0, association: 0, similarity: 0 }
    return {
      tp: one.tp + other.tp,
      all: one.all + other.all,
      association: one.association + other.association,
      similarity: one.similarity + other.similarity,
    }
  })
}

/** Each is the mean over the levels. */
export function hotaScores(counts: readonly Level[]) {
  const detA = counts.map(({ tp, all }) => tp / Math.max(all, 1))
  const assA = counts.map(({ tp, association }) => association / Math.max(tp, 1))
  // TrackEval: where nothing is matched, nothing is out of place.
  const locA = counts.map(({ tp, similarity }) => (tp > 0 ? similarity / tp : 1))
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  return {
    hota: mean(detA.map((one, index) => Math.sqrt(one * (assA[index] ?? 0)))),
    detA: mean(detA),
    assA: mean(assA),
    locA: mean(locA),
  }
}

export function hotaOf(scenes: readonly Scene[]): Level[] {
  const truths = frequencies(scenes.flatMap((scene) => scene.truths))
  const tracks = frequencies(scenes.flatMap((scene) => scene.tracks))
  const boxes = scenes.reduce((sum, scene) => sum + scene.truths.length + scene.tracks.length, 0)
  const pairs = pairsOf(scenes, truths, tracks)
  return levels.map((level): Level => {
    const fitting = pairs.filter(({ similarity }) => similarity >= level - Number.EPSILON)
    let association = 0
    for (const matched of Map.groupBy(fitting, ({ key }) => key).values()) {
      const { truth, track } = matched[0] as Pair
      const union = (truths.get(truth) ?? 0) + (tracks.get(track) ?? 0) - matched.length
      association += matched.length ** 2 / union
    }
    return {
      tp: fitting.length,
      all: boxes - fitting.length,
      association,
      similarity: fitting.reduce((sum, { similarity }) => sum + similarity, 0),
    }
  })
}

interface Pair {
  readonly key: string
  readonly truth: string
  readonly track: string
  readonly similarity: number
}

/** Per frame the pairs of greatest (alignment x similarity), whatever the level. */
function pairsOf(scenes: readonly Scene[], truths: Map<string, number>, tracks: Map<string, number>): Pair[] {
  const aligned = alignment(scenes, truths, tracks)
  return scenes.flatMap(({ truths: rows, tracks: columns, alike }) => {
    const worth = rows.map((truth, row) =>
      columns.map((track, column) => aligned(truth, track) * at(alike, row, column)),
    )
    return bestPairs(worth).map(([row, column]): Pair => {
      const [truth, track] = [rows[row] as string, columns[column] as string]
      return { key: `${truth} ${track}`, truth, track, similarity: at(alike, row, column) }
    })
  })
}

/** How much of two ids' common life they could be one another, over all frames (TrackEval's global alignment). */
function alignment(scenes: readonly Scene[], truths: Map<string, number>, tracks: Map<string, number>) {
  const potential = new Map<string, number>()
  for (const { truths: rows, tracks: columns, alike } of scenes) {
    const rowSums = rows.map((_, row) => (alike[row] ?? []).reduce((a, b) => a + b, 0))
    const columnSums = columns.map((_, column) => alike.reduce((sum, row) => sum + (row[column] ?? 0), 0))
    rows.forEach((truth, row) => {
      columns.forEach((track, column) => {
        const value = at(alike, row, column)
        const union = (rowSums[row] ?? 0) + (columnSums[column] ?? 0) - value
        if (union <= Number.EPSILON) return
        const key = `${truth} ${track}`
        potential.set(key, (potential.get(key) ?? 0) + value / union)
      })
    })
  }
  return (truth: string, track: string) => {
    const shared = potential.get(`${truth} ${track}`) ?? 0
    return shared / Math.max((truths.get(truth) ?? 0) + (tracks.get(track) ?? 0) - shared, Number.EPSILON)
  }
}
