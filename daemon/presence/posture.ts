/**
 * Whether the horse in a stall lies, and whether it is restless (pure). Experimental: by the shape and the way of its box alone, held
 * against its own upright boxes at that camera; thresholds from geometry, not measured in a barn. All is in seconds, in shares of its own
 * size and in body lengths, so that neither the rate nor the size of pictures matters. What cannot be judged is not judged.
 */
import type { Posture } from '../presence-types.ts'
import type { Box } from '../types.ts'
import { createUpright, type Shape } from './upright.ts'

/** What a look shows of a stall: one horse's box, in pictures' heights (so that a square stays one), or why none can be judged. */
export interface PostureLook {
  readonly box: Box | null
  /** Cut by the picture's border, or partly behind somebody. */
  readonly isWhole: boolean
}

export interface PostureOf {
  /** A look at a time (UTC ms) that stands for so many seconds. */
  look(look: PostureLook, seconds: number, atMs: number): void
  read(nowMs: number): Posture
  /** Another horse is there: nothing is known of it. */
  forget(): void
}

/** Of its upright height at that place: below it lies, above it stands; a horse that eats from the ground is at 0.7. */
const liesBelow = 0.62
const standsAbove = 0.72
/** A lying horse is lower and not narrower: what is smaller both ways is a part of a horse, or another. */
const leastAspect = 0.8
/** So many seconds more of one than of the other make it so. */
const decidedBy = 20
/** Without a look that can be judged for so long nothing is known. */
const unknownAfterMs = 10 * 60_000

/** The way is measured between places so far apart: a detector's jitter is no way. */
const stepMs = 2000
const jitter = 0.06
/** Body lengths a minute, over so many minutes: above it is restless, until it is below. */
const restlessAbove = 5
const calmBelow = 3
const overMinutes = 5
/** Of that time so much must have been seen. */
const leastSeen = 0.6

export function createPosture(): PostureOf {
  const upright = createUpright()
  let lying = createHeld()
  let restless = createHeld()
  /** Seconds for lying, less those for standing, between the two that decide. */
  let balance = 0
  let isDecided = false
  let way = createWay()
  let judgedMs = Number.NEGATIVE_INFINITY
  return {
    look({ box, isWhole }, seconds, atMs) {
      if (!box || !isWhole) return
      const shape = shapeOf(box)
      upright.add(shape, seconds, atMs)
      const reference = upright.at(shape.foot)
      if (!reference) return
      const says = saysOf(shape, reference)
      if (says !== 0) {
        judgedMs = atMs
        balance = Math.max(-decidedBy, Math.min(decidedBy, balance + says * seconds))
        isDecided ||= Math.abs(balance) === decidedBy
        if (balance === decidedBy) lying.set(true, atMs - decidedBy * 1000)
        if (balance === -decidedBy) lying.set(false, atMs)
      }
      const rate = way.add(box, reference.length, seconds, atMs)
      if (rate !== null && rate > restlessAbove) restless.set(true, atMs)
      if (rate !== null && rate < calmBelow) restless.set(false, atMs)
    },
    read(nowMs) {
      const isUnsure = !isDecided || nowMs - judgedMs > unknownAfterMs
      return { lyingSinceMs: lying.sinceMs, restlessSinceMs: restless.sinceMs, isUnsure }
    },
    forget() {
      upright.clear()
      lying = createHeld()
      restless = createHeld()
      way = createWay()
      balance = 0
      isDecided = false
      judgedMs = Number.NEGATIVE_INFINITY
    },
  }
}

/** Something that is so since a moment, until it is not. */
function createHeld() {
  let sinceMs: number | null = null
  return {
    get sinceMs() {
      return sinceMs
    },
    set(is: boolean, atMs: number) {
      if (!is) sinceMs = null
      else sinceMs ??= atMs
    },
  }
}

const shapeOf = ([x1, y1, x2, y2]: Box): Shape => ({ height: y2 - y1, width: x2 - x1, foot: y2 })

/** 1: it lies, -1: it stands, 0: it is between the two, or is no whole horse. */
function saysOf({ height, width }: Shape, reference: { height: number; aspect: number }): -1 | 0 | 1 {
  const share = height / reference.height
  if (share > standsAbove) return -1
  return share < liesBelow && height / width < leastAspect * reference.aspect ? 1 : 0
}

/** The way of a box's middle, in body lengths, over the last minutes. */
function createWay() {
  let steps: { readonly atMs: number; readonly lengths: number; readonly seconds: number }[] = []
  let [sumX, sumY, sum] = [0, 0, 0]
  let begunMs: number | undefined
  let last: readonly [x: number, y: number] | undefined
  const step = (length: number, atMs: number) => {
    const middle = [sumX / sum, sumY / sum] as const
    const apart = last ? Math.hypot(middle[0] - last[0], middle[1] - last[1]) / length : 0
    // Slow ways add up all the same: the place stays where it was until the horse is away from it.
    if (!last || apart > jitter) last = middle
    steps.push({ atMs, lengths: apart > jitter ? apart : 0, seconds: sum })
    steps = steps.filter((one) => one.atMs > atMs - overMinutes * 60_000)
  }
  const perMinute = (): number | null => {
    const seen = steps.reduce((total, { seconds }) => total + seconds, 0)
    if (seen < leastSeen * overMinutes * 60) return null
    return steps.reduce((total, { lengths }) => total + lengths, 0) / (seen / 60)
  }
  return {
    /** Answers body lengths a minute when a step is done; null otherwise, and while too little was seen. */
    add([x1, y1, x2, y2]: Box, length: number, seconds: number, atMs: number): number | null {
      begunMs ??= atMs
      const isDone = atMs - begunMs >= stepMs && sum > 0
      if (isDone) {
        step(length, atMs)
        ;[sumX, sumY, sum, begunMs] = [0, 0, 0, atMs]
      }
      sumX += ((x1 + x2) / 2) * seconds
      sumY += ((y1 + y2) / 2) * seconds
      sum += seconds
      return isDone ? perMinute() : null
    },
  }
}
