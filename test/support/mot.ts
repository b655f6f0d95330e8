/**
 * Scores a tracker's output against the truth: CLEAR (MOTA, identity switches), IDF1 and HOTA, by the definitions
 * of TrackEval (vectors with known answers: test/tracking/mot.test.ts).
 */
import { assign } from '../../daemon/lib/assignment.ts'
import { iou } from '../../daemon/lib/boxes.ts'
import type { Box } from '../../daemon/types.ts'

export interface Marked {
  readonly id: string
  readonly box: Box
}

/** Frame number -> what stands in it. */
export type Sequence = ReadonlyMap<number, readonly Marked[]>

/** One frame: the ids there, and how alike each truth (row) and each tracked box (column) are, 0-1. */
export interface Scene {
  readonly truths: readonly string[]
  readonly tracks: readonly string[]
  readonly alike: readonly (readonly number[])[]
}

export interface Scores {
  readonly mota: number
  readonly switches: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly idf1: number
  readonly hota: number
  readonly detA: number
  readonly assA: number
}

const enough = 0.5

/** MOTChallenge rows: `frame,id,x,y,w,h,...`. */
export function parseMot(text: string): Sequence {
  const frames = new Map<number, Marked[]>()
  for (const line of text.split('\n')) {
    const [frame, id, x, y, w, h] = line.split(',').map(Number)
    if (frame === undefined || x === undefined || y === undefined || !w || !h) continue
    const list = frames.get(frame) ?? []
    frames.set(frame, list)
    list.push({ id: String(id), box: [x, y, x + w, y + h] })
  }
  return frames
}

export function scenesOf(truth: Sequence, tracked: Sequence): Scene[] {
  const frames = [...new Set([...truth.keys(), ...tracked.keys()])].sort((a, b) => a - b)
  return frames.map((frame) => {
    const truths = truth.get(frame) ?? []
    const tracks = tracked.get(frame) ?? []
    return {
      truths: truths.map(({ id }) => id),
      tracks: tracks.map(({ id }) => id),
      alike: truths.map((one) => tracks.map((other) => iou(one.box, other.box))),
    }
  })
}

/** Sequences are scored together: their counts are added, their ids kept apart. */
export function score(sequences: readonly (readonly Scene[])[]): Scores {
  const clear = sequences.map(clearOf).reduce(add)
  const identity = sequences.map(identityOf).reduce(add)
  const levels = Array.from({ length: 19 }, (_, index) => 0.05 * (index + 1))
  const hota = levels.map((level) => hotaAt(sequences, level))
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const { tp, fp, fn, switches } = clear
  const { idtp, idfp, idfn } = identity
  return {
    mota: (tp - fp - switches) / Math.max(tp + fn, 1),
    switches,
    truePositives: tp,
    falsePositives: fp,
    falseNegatives: fn,
    idf1: (2 * idtp) / Math.max(2 * idtp + idfp + idfn, 1),
    hota: mean(hota.map(({ detA, assA }) => Math.sqrt(detA * assA))),
    detA: mean(hota.map(({ detA }) => detA)),
    assA: mean(hota.map(({ assA }) => assA)),
  }
}

function add<T extends Record<string, number>>(a: T, b: T): T {
  return Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value + (b[key] ?? 0)])) as T
}

/** Pairs of a frame that together are worth most; worthless ones are left out. */
function bestPairs(worth: readonly (readonly number[])[]): [row: number, column: number][] {
  const columns = assign(worth.map((row) => row.map((value) => -value)))
  return columns.flatMap((column, row): [number, number][] =>
    column >= 0 && (worth[row]?.[column] ?? 0) > Number.EPSILON ? [[row, column]] : [],
  )
}

const at = (matrix: readonly (readonly number[])[], row: number, column: number) => matrix[row]?.[column] ?? 0

function clearOf(scenes: readonly Scene[]) {
  const counts = { tp: 0, fp: 0, fn: 0, switches: 0 }
  /** Truth -> the track it was matched to last, ever and in the frame before. */
  const ever = new Map<string, string>()
  let before = new Map<string, string>()
  for (const { truths, tracks, alike } of scenes) {
    const worth = truths.map((truth, row) =>
      tracks.map((track, column) => {
        const value = at(alike, row, column)
        return value < enough - Number.EPSILON ? 0 : value + (before.get(truth) === track ? 1000 : 0)
      }),
    )
    const pairs = bestPairs(worth)
    counts.tp += pairs.length
    counts.fp += tracks.length - pairs.length
    counts.fn += truths.length - pairs.length
    if (truths.length === 0 || tracks.length === 0) continue
    before = new Map()
    for (const [row, column] of pairs) {
      const [truth, track] = [truths[row] as string, tracks[column] as string]
      if (ever.has(truth) && ever.get(truth) !== track) counts.switches++
      ever.set(truth, track)
      before.set(truth, track)
    }
  }
  return counts
}

/** How many frames each id is in. */
function frequencies(ids: readonly string[]): Map<string, number> {
  return new Map([...Map.groupBy(ids, (id) => id)].map(([id, all]) => [id, all.length]))
}

function identityOf(scenes: readonly Scene[]) {
  const truths = frequencies(scenes.flatMap((scene) => scene.truths))
  const tracks = frequencies(scenes.flatMap((scene) => scene.tracks))
  const together = new Map<string, number>()
  for (const scene of scenes) {
    scene.truths.forEach((truth, row) => {
      scene.tracks.forEach((track, column) => {
        if (at(scene.alike, row, column) < enough - Number.EPSILON) return
        const key = `${truth} ${track}`
        together.set(key, (together.get(key) ?? 0) + 1)
      })
    })
  }
  const worth = [...truths.keys()].map((truth) =>
    [...tracks.keys()].map((track) => together.get(`${truth} ${track}`) ?? 0),
  )
  const idtp = bestPairs(worth).reduce((sum, [row, column]) => sum + at(worth, row, column), 0)
  const total = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0)
  return { idtp, idfp: total(tracks) - idtp, idfn: total(truths) - idtp }
}

/** How much of two ids' common life they could be one another, over all frames (TrackEval's global alignment). */
function alignment(scenes: readonly Scene[], truths: Map<string, number>, tracks: Map<string, number>) {
  const potential = new Map<string, number>()
  for (const { truths: rows, tracks: columns, alike } of scenes) {
    const columnSums = columns.map((_, column) =>
      rows.reduce((sum, _, row) => sum + at(alike, row, column), 0),
    )
    rows.forEach((truth, row) => {
      const rowSum = columns.reduce((sum, _, column) => sum + at(alike, row, column), 0)
      columns.forEach((track, column) => {
        const value = at(alike, row, column)
        const union = rowSum + (columnSums[column] ?? 0) - value
        const key = `${truth} ${track}`
        if (union > Number.EPSILON) potential.set(key, (potential.get(key) ?? 0) + value / union)
      })
    })
  }
  return (truth: string, track: string) => {
    const shared = potential.get(`${truth} ${track}`) ?? 0
    return shared / ((truths.get(truth) ?? 0) + (tracks.get(track) ?? 0) - shared)
  }
}

function hotaAt(sequences: readonly (readonly Scene[])[], level: number): { detA: number; assA: number } {
  let [tp, all, association] = [0, 0, 0]
  for (const scenes of sequences) {
    const truths = frequencies(scenes.flatMap((scene) => scene.truths))
    const tracks = frequencies(scenes.flatMap((scene) => scene.tracks))
    const aligned = alignment(scenes, truths, tracks)
    const matched: string[] = []
    for (const { truths: rows, tracks: columns, alike } of scenes) {
      const worth = rows.map((truth, row) =>
        columns.map((track, column) => aligned(truth, track) * at(alike, row, column)),
      )
      const pairs = bestPairs(worth).filter(
        ([row, column]) => at(alike, row, column) >= level - Number.EPSILON,
      )
      matched.push(...pairs.map(([row, column]) => `${rows[row]} ${columns[column]}`))
      all += rows.length + columns.length - pairs.length
    }
    tp += matched.length
    for (const [pair, count] of frequencies(matched)) {
      const [truth = '', track = ''] = pair.split(' ')
      const union = (truths.get(truth) ?? 0) + (tracks.get(track) ?? 0) - count
      association += (count * count) / union
    }
  }
  return { detA: tp / Math.max(all, 1), assA: association / Math.max(tp, 1) }
}
