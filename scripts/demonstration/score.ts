/**
 * Scores what the box saw against the footage's schedule (pure).
 */
import { iou } from '../../daemon/lib/boxes.ts'
import type { Analysed, HorseId } from '../../daemon/types.ts'
import type { TruthFrame } from '../footage/plan.ts'

/** What each id was seen on, by name of the true horse. */
export type Tally = Map<HorseId, Map<string, number>>

/** A box that overlaps no true horse this much counts as `nothing`. */
const sameBox = 0.3

/** Adds up on which true horse each id's boxes lay. */
export function tally(frames: readonly Analysed[], truthAtMs: (utcMs: number) => TruthFrame): Tally {
  const result: Tally = new Map()
  for (const frame of frames) {
    const { horses } = truthAtMs(frame.utcMs)
    for (const { box, horseId } of frame.boxes) {
      if (horseId === null) continue
      const best = horses
        .map(({ horse, box: truth }) => ({ horse, overlap: iou(box, truth) }))
        .reduce((a, b) => (b.overlap > a.overlap ? b : a), { horse: 'nothing', overlap: sameBox })
      const counts = result.get(horseId) ?? new Map<string, number>()
      counts.set(best.horse, (counts.get(best.horse) ?? 0) + 1)
      result.set(horseId, counts)
    }
  }
  return result
}

export interface Owner {
  readonly horse: string
  /** The share of the id's sightings that lay on this horse. */
  readonly purity: number
  readonly sightings: number
  /** What it was seen on: true horse -> boxes. */
  readonly seenOn: Readonly<Record<string, number>>
}

/** The true horse that an id mostly stood for. */
export function ownerOf(counts: ReadonlyMap<string, number>): Owner {
  const sightings = [...counts.values()].reduce((a, b) => a + b, 0)
  const [horse, most] = [...counts.entries()].reduce((a, b) => (b[1] > a[1] ? b : a), ['nothing', 0])
  return {
    horse,
    purity: sightings === 0 ? 0 : most / sightings,
    sightings,
    seenOn: Object.fromEntries(counts),
  }
}

/** The share of frames in which any box of a horse was found, 0-1. */
export function shareWithHorse(frames: readonly Analysed[]): number {
  const found = frames.filter(({ boxes }) => boxes.some(({ kind }) => kind === 'horse')).length
  return frames.length === 0 ? 0 : found / frames.length
}
