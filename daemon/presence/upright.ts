/**
 * How a horse's box is when it stands, at one camera (pure): learnt from its own boxes of the last day, a shape a minute. It stands most
 * of its time, so its higher boxes are upright ones; nearer to the camera they are larger, so only those that end as low are asked.
 */

/** Of a box, in pictures' heights. */
export interface Shape {
  readonly height: number
  readonly width: number
  /** Its lower edge. */
  readonly foot: number
}

export interface Reference {
  readonly height: number
  /** Height by width. */
  readonly aspect: number
  /** The body's length, as far as it is seen from the side. */
  readonly length: number
}

export interface Upright {
  add(shape: Shape, seconds: number, atMs: number): void
  /** How it stands where its box ends so low; undefined while that is not known. */
  at(foot: number): Reference | undefined
  clear(): void
}

const minuteMs = 60_000
/** A day of minutes. */
const mostShapes = 1440
/** So many minutes must have been seen in all, and as low. */
const fewestShapes = 30
const fewestThere = 10
/** Boxes that end within so much of a horse's height are as far away. */
const asLow = 0.25
/** Of the heights so much are below an upright one: lying up to a fifth of the day does not change it. */
const uprightAt = 0.75
const nearlyAsLow = 0.05
/** Of an upright height: what is lower is no upright shape. */
const leastUpright = 0.8
/** Of its height to the ears. */
const leastLength = 0.8
/** Minutes after which the answer is made anew: a day changes little in them. */
const anewEvery = 10
/** A minute of which less was seen is none. */
const leastSeconds = 10

interface Minute {
  readonly startMs: number
  seconds: number
  readonly shapes: { readonly shape: Shape; readonly seconds: number }[]
}

export function createUpright(): Upright {
  let shapes: Shape[] = []
  let minute: Minute | undefined
  let closed = 0
  /** Asked of every look, and the same as a moment ago most times. */
  let answered:
    | { readonly foot: number; readonly within: number; readonly is: Reference | undefined }
    | undefined
  const close = (done: Minute) => {
    if (done.seconds < leastSeconds) return
    const middle = (of: keyof Shape) => weightedMedian(done.shapes.map((one) => [one.shape[of], one.seconds]))
    shapes.push({ height: middle('height'), width: middle('width'), foot: middle('foot') })
    if (shapes.length > mostShapes) shapes = shapes.slice(-mostShapes)
    if (++closed % anewEvery === 0) answered = undefined
  }
  return {
    add(shape, seconds, atMs) {
      const startMs = Math.floor(atMs / minuteMs) * minuteMs
      if (minute && minute.startMs !== startMs) {
        close(minute)
        minute = undefined
      }
      minute ??= { startMs, seconds: 0, shapes: [] }
      minute.seconds += seconds
      minute.shapes.push({ shape, seconds })
    },
    at(foot) {
      if (shapes.length < fewestShapes) return undefined
      if (answered && Math.abs(foot - answered.foot) <= answered.within) return answered.is
      const overall = quantile(heightsOf(shapes), uprightAt)
      const is = referenceOf(shapes.filter((one) => Math.abs(one.foot - foot) <= asLow * overall))
      answered = { foot, within: nearlyAsLow * overall, is }
      return is
    },
    clear() {
      shapes = []
      minute = undefined
      answered = undefined
    },
  }
}

function referenceOf(there: readonly Shape[]): Reference | undefined {
  if (there.length < fewestThere) return undefined
  const height = quantile(heightsOf(there), uprightAt)
  const standing = there.filter((one) => one.height >= leastUpright * height)
  const widths = standing.map(({ width }) => width)
  return {
    height,
    aspect: quantile(
      standing.map((one) => one.height / one.width),
      0.5,
    ),
    // One that always stands with its head to the camera shows no length: it is about as long as high.
    length: Math.max(quantile(widths, 0.8), leastLength * height),
  }
}

const heightsOf = (shapes: readonly Shape[]) => shapes.map(({ height }) => height)

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0
}

function weightedMedian(values: readonly (readonly [value: number, weight: number])[]): number {
  const sorted = values.toSorted(([a], [b]) => a - b)
  const half = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2
  let sum = 0
  for (const [value, weight] of sorted) {
    sum += weight
    if (sum >= half) return value
  }
  return 0
}
