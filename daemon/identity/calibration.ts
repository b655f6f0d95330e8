/**
 * From the cosine of two looks to how probable it is that they are of one animal (pure), learnt from pairs of which that is
 * known: by a logistic curve while there are few (Platt, 1999), by isotonic regression (pool adjacent violators) when there are
 * many. Both sides count the same: beforehand, one is as probable as the other.
 */
import { thinned } from './space.ts'

/** Cosines of pairs of looks of one animal, and of two. */
export interface Labelled {
  readonly same: readonly number[]
  readonly different: readonly number[]
}

export interface Calibration {
  /** `none`: too few pairs, or pairs that say nothing. */
  readonly method: 'none' | 'logistic' | 'isotonic'
  /** Pairs of each side. */
  readonly same: number
  readonly different: number
  /** Expected calibration error, 0-1, on pairs that were left out of the fit; null without one. */
  readonly ece: number | null
  /** 0-1; null without a fit. A higher cosine is never less probable. */
  readonly probability: Curve | null
}

export type Curve = (cosine: number) => number

/** A score, and how probable it should be: 0 or 1, or a little within. */
export interface Point {
  readonly score: number
  readonly target: number
}

/** With fewer a side nothing is said. */
export const fewestPairs = 20
/** The vision reference, section 6: from so many a side on. */
export const isotonicFrom = 200
const folds = 5
const bins = 10

export function calibrate({ same, different }: Labelled): Calibration {
  const counts = { same: same.length, different: different.length }
  const fewest = Math.min(same.length, different.length)
  const none = { method: 'none', ...counts, ece: null, probability: null } as const
  if (fewest < fewestPairs) return none
  const even = { same: thinned(same, fewest), different: thinned(different, fewest) }
  const method = fewest < isotonicFrom ? 'logistic' : 'isotonic'
  const fit = method === 'logistic' ? logistic : isotonic
  const probability = fit(even)
  // The other way round: what fits this says nothing.
  if (!probability || probability(1) <= probability(-1)) return none
  return { method, ...counts, ece: crossedError(even, fit), probability }
}

/** Platt's targets: what was seen so often is never certain. */
function pointsOf({ same, different }: Labelled): Point[] {
  const [sure, never] = [(same.length + 1) / (same.length + 2), 1 / (different.length + 2)]
  return [
    ...same.map((score) => ({ score, target: sure })),
    ...different.map((score) => ({ score, target: never })),
  ]
}

const mostTurns = 100
const leastStep = 1e-10

/**
 * The logistic curve of the least cross-entropy: Newton's method with backtracking, in the form that neither over- nor
 * underflows (Lin, Lin and Weng, 2007). Null where it does not rise.
 */
export function logistic(labelled: Labelled): Curve | null {
  const points = pointsOf(labelled)
  let [slope, offset] = [0, 0]
  let loss = lossOf(points, slope, offset)
  for (let turn = 0; turn < mostTurns; turn++) {
    // The ridge keeps the equations solvable where all scores are one.
    let [h11, h22, h12, g1, g2] = [1e-12, 1e-12, 0, 0, 0]
    for (const { score, target } of points) {
      const p = sigmoid(slope * score + offset)
      const weight = p * (1 - p)
      h11 += score * score * weight
      h22 += weight
      h12 += score * weight
      g1 += score * (p - target)
      g2 += p - target
    }
    if (Math.abs(g1) < 1e-8 && Math.abs(g2) < 1e-8) break
    const det = h11 * h22 - h12 * h12
    const [down1, down2] = [-(h22 * g1 - h12 * g2) / det, -(h11 * g2 - h12 * g1) / det]
    const gain = g1 * down1 + g2 * down2
    let step = 1
    let next = lossOf(points, slope + down1, offset + down2)
    while (next >= loss + 1e-4 * step * gain && step > leastStep) {
      step /= 2
      next = lossOf(points, slope + step * down1, offset + step * down2)
    }
    if (step <= leastStep) break
    slope += step * down1
    offset += step * down2
    loss = next
  }
  return slope > 0 ? (cosine) => sigmoid(slope * cosine + offset) : null
}

function lossOf(points: readonly Point[], slope: number, offset: number): number {
  return points.reduce((sum, { score, target }) => {
    const at = slope * score + offset
    return sum + Math.max(at, 0) - target * at + Math.log1p(Math.exp(-Math.abs(at)))
  }, 0)
}

function sigmoid(at: number): number {
  return at >= 0 ? 1 / (1 + Math.exp(-at)) : Math.exp(at) / (1 + Math.exp(at))
}

/** By how much a step rises from its beginning to its end, at most: a higher score is always a little more probable. */
const mostRise = 2e-3

/** The steps of the best rising fit, each a little inclined, with straight lines between them and on to 0 and 1: strictly rising. */
export function isotonic(labelled: Labelled): Curve {
  const steps = poolAdjacent(pointsOf(labelled))
  const inclined = steps.flatMap(({ from, to, target }, at) => {
    const below = target - (steps[at - 1]?.target ?? 0)
    const above = (steps[at + 1]?.target ?? 1) - target
    const rise = Math.min(mostRise, below, above) / 3
    const [first, last] = [target - rise, target + rise]
    return from === to
      ? [{ score: from, target }]
      : [
          { score: from, target: first },
          { score: to, target: last },
        ]
  })
  const within = inclined.filter(({ score }) => score > -1 && score < 1)
  const knots = [{ score: -1, target: 0 }, ...within, { score: 1, target: 1 }]
  return (cosine) => {
    const at = Math.min(1, Math.max(-1, cosine))
    const next = firstFrom(knots, at)
    const [before, after] = [knots[next - 1] as Point, knots[next] as Point]
    const share = (at - before.score) / (after.score - before.score)
    return before.target + share * (after.target - before.target)
  }
}

/** The first knot but one that lies at a score or beyond; the last one lies beyond all. */
function firstFrom(knots: readonly Point[], score: number): number {
  let [low, high] = [1, knots.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((knots[middle] as Point).score >= score) high = middle
    else low = middle + 1
  }
  return low
}

/** A step of a fit: the scores from one to another are all told the same. */
export interface Level {
  readonly from: number
  readonly to: number
  readonly target: number
}

/** Means that differ by less are the same: they were summed in another order. */
const rounding = 1e-12

/** Pool adjacent violators: the rising steps nearest to the points, by the sum of squares. Their targets rise strictly. */
export function poolAdjacent(points: readonly Point[]): Level[] {
  const steps: Step[] = []
  // Of one score only one thing can be said.
  const groups = [...Map.groupBy(points, ({ score }) => score)].sort(([a], [b]) => a - b)
  for (const [score, alike] of groups) {
    const targets = alike.reduce((sum, { target }) => sum + target, 0)
    let step: Step = { from: score, to: score, targets, count: alike.length }
    for (let before = steps.at(-1); before && mean(before) >= mean(step) - rounding; before = steps.at(-1)) {
      steps.pop()
      step = joined(before, step)
    }
    steps.push(step)
  }
  return steps.map((step) => ({ from: step.from, to: step.to, target: mean(step) }))
}

interface Step {
  readonly from: number
  readonly to: number
  readonly targets: number
  readonly count: number
}

const mean = ({ targets, count }: Step) => targets / count

const joined = (one: Step, other: Step): Step => ({
  from: one.from,
  to: other.to,
  targets: one.targets + other.targets,
  count: one.count + other.count,
})

/** The expected calibration error where each part of the pairs is told by a fit to the others. */
function crossedError({ same, different }: Labelled, fit: (labelled: Labelled) => Curve | null): number {
  const told: Told[] = []
  for (let fold = 0; fold < folds; fold++) {
    const split = (scores: readonly number[], isIn: boolean) =>
      scores.filter((_, at) => (at % folds === fold) === isIn)
    const curve = fit({ same: split(same, false), different: split(different, false) })
    for (const score of split(same, true)) told.push({ probability: curve?.(score) ?? 0.5, isSame: true })
    for (const score of split(different, true))
      told.push({ probability: curve?.(score) ?? 0.5, isSame: false })
  }
  return calibrationError(told)
}

/** How probable a pair was said to be one animal, and whether it is. */
export interface Told {
  readonly probability: number
  readonly isSame: boolean
}

/** Expected calibration error: by ten bins, how far what was said is from how often it was so. */
export function calibrationError(told: readonly Told[]): number {
  const binOf = ({ probability }: Told) => Math.min(bins - 1, Math.floor(probability * bins))
  let error = 0
  for (const some of Map.groupBy(told, binOf).values()) {
    const said = some.reduce((sum, { probability }) => sum + probability, 0)
    const so = some.filter(({ isSame }) => isSame).length
    error += Math.abs(said - so) / told.length
  }
  return error
}
