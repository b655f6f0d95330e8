/**
 * Whether two runs of one model gave the same answer. Pure.
 */
import { iou } from '../lib/boxes.ts'
import type { Found } from './decoders/decoder.ts'

export interface Likeness {
  /** 1 where both are the same. */
  readonly cosine: number
  /** What is different; null where they are alike. */
  readonly fault: string | null
}

/** Half-precision engines stay above it; a wrong kernel does not. */
const leastCosine = 0.999
/** Boxes below it come and go with rounding. */
const leastScore = 0.05
const mostCompared = 10
/** What rounding moves: a pixel or two of a box, and a score by less than a threshold is ever set by. */
const leastOverlap = 0.9
const scoreTolerance = 0.02

/** The score from which boxes must be given to `compareSeen`. */
export const seenFrom = leastScore - scoreTolerance

/** What a detector saw: its boxes, and the values of its outputs where it saw none. */
export interface Seen {
  readonly found: readonly Found[]
  /** Sorted: equal scores may change places. */
  readonly values: Float32Array
}

export function compareVectors(cpu: Float32Array, other: Float32Array): Likeness {
  const cosine = cpu.length === other.length ? cosineOf(cpu, other) : 0
  const fault = cosine > leastCosine ? null : `its vector is not the CPU's (cosine ${told(cosine)})`
  return { cosine, fault }
}

/**
 * Each of the best boxes of one has its partner among the other's, in place and score. Labels are not held against
 * each other: two classes of nearly one score change places by rounding. The cosine is that of the scores.
 */
export function compareSeen(cpu: Seen, other: Seen): Likeness {
  const wanted = bestOf(cpu.found)
  if (wanted.length === 0) return compareVectors(cpu.values, other.values)
  const partners = wanted.map((one) => partnerOf(one, other.found))
  const scores = wanted.map(({ score }) => score)
  const cosine = cosineOf(
    scores,
    partners.map((one) => one?.score ?? 0),
  )
  const lost = partners.filter((one) => !one).length
  const extra = bestOf(other.found).filter((one) => !partnerOf(one, cpu.found)).length
  if (lost + extra === 0) return { cosine, fault: null }
  return { cosine, fault: `its boxes are not the CPU's (${lost} of ${wanted.length} lost, ${extra} new)` }
}

function bestOf(found: readonly Found[]): Found[] {
  const enough = found.filter(({ score }) => score >= leastScore)
  return enough.sort((a, b) => b.score - a.score).slice(0, mostCompared)
}

const partnerOf = (one: Found, others: readonly Found[]): Found | undefined =>
  others.find(
    ({ box, score }) => Math.abs(score - one.score) <= scoreTolerance && iou(box, one.box) >= leastOverlap,
  )

/** 0 where one of them has no length or holds what is no number. */
function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x = 0, y = 0] = [a[i], b[i]]
    dot += x * y
    aa += x * x
    bb += y * y
  }
  const cosine = dot / Math.sqrt(aa * bb)
  return Number.isFinite(cosine) ? cosine : 0
}

const told = (cosine: number) => cosine.toFixed(4)
