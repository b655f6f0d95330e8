/**
 * Scores tracked boxes against the truth: CLEAR (MOTA, identity switches, fragments), IDF1 and HOTA, by the definitions of
 * TrackEval (vectors with known answers: test/simulator/score.test.ts).
 */
import { iou } from '../../../daemon/lib/boxes.ts'
import type { Box } from '../../../daemon/types.ts'
import { clearOf } from './clear.ts'
import { addHota, hotaOf, hotaScores } from './hota.ts'
import { identityOf } from './idf1.ts'

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
  readonly motp: number
  readonly switches: number
  readonly fragments: number
  readonly mostlyTracked: number
  readonly mostlyLost: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly idf1: number
  readonly hota: number
  readonly detA: number
  readonly assA: number
  readonly locA: number
}

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

export function sceneOf(truths: readonly Marked[], tracks: readonly Marked[]): Scene {
  return {
    truths: truths.map(({ id }) => id),
    tracks: tracks.map(({ id }) => id),
    alike: truths.map((one) => tracks.map((other) => iou(one.box, other.box))),
  }
}

export function scenesOf(truth: Sequence, tracked: Sequence): Scene[] {
  const frames = [...new Set([...truth.keys(), ...tracked.keys()])].sort((a, b) => a - b)
  return frames.map((frame) => sceneOf(truth.get(frame) ?? [], tracked.get(frame) ?? []))
}

/** What one sequence adds to the scores: plain numbers, to be added up. */
export interface Counts {
  readonly clear: ReturnType<typeof clearOf>
  readonly identity: ReturnType<typeof identityOf>
  readonly hota: ReturnType<typeof hotaOf>
}

export function count(scenes: readonly Scene[]): Counts {
  return { clear: clearOf(scenes), identity: identityOf(scenes), hota: hotaOf(scenes) }
}

/** Sequences are scored together: their counts are added, their ids kept apart. */
export function score(sequences: readonly (readonly Scene[])[]): Scores {
  return scoreCounts(sequences.map(count))
}

export function scoreCounts(sequences: readonly Counts[]): Scores {
  const { tp, fp, fn, switches, fragments, similarity, mostlyTracked, mostlyLost } = sequences
    .map(({ clear }) => clear)
    .reduce(add)
  const { idtp, idfp, idfn } = sequences.map(({ identity }) => identity).reduce(add)
  return {
    mota: (tp - fp - switches) / Math.max(tp + fn, 1),
    motp: similarity / Math.max(tp, 1),
    switches,
    fragments,
    mostlyTracked,
    mostlyLost,
    truePositives: tp,
    falsePositives: fp,
    falseNegatives: fn,
    idf1: (2 * idtp) / Math.max(2 * idtp + idfp + idfn, 1),
    ...hotaScores(sequences.map(({ hota }) => hota).reduce(addHota)),
  }
}

function add<T extends Record<string, number>>(a: T, b: T): T {
  return Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value + (b[key] ?? 0)])) as T
}
