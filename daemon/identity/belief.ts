/**
 * What has been seen of one tracklet (pure): its looks, and their mean in a space. Looks of one moment are alike in what
 * spoils them, so they count by the time that passed between them.
 */
import type { Lit, Placed, Space } from './space.ts'
import { addTo, scaled } from './vectors.ts'

export interface Evidence {
  add(look: Lit, monoMs: number): void
  /** A look that shows some of another animal too: it counts until the next whole one. */
  glimpse(look: Lit, monoMs: number): void
  /** Believes all that was seen before only in part: it may have been of somebody else. */
  weaken(share: number): void
  /** Forgets all looks: they were of somebody else. */
  clear(): void
  /** Looks taken in, of glimpses those that count. */
  readonly looks: number
  /** For how many seconds it has been looked at, as far as that is remembered and believed. */
  readonly seconds: number
  /** Where the looks lie in a space, taken together; undefined before the first. */
  mean(space: Space): Float32Array | undefined
}

interface Weighed {
  readonly look: Lit
  readonly weight: number
  readonly isGlimpse: boolean
  /** In the space that was asked for last. */
  placed?: { readonly space: Space; readonly of: Placed }
}

/** The weighted sum of the looks in one space: a look comes and goes without all the others being placed again. */
interface Sum {
  readonly space: Space
  readonly looks: Float32Array
  /** How often what all share is to be taken away, by light. */
  readonly shares: Map<Float32Array, number>
  weight: number
}

function take(sum: Sum, one: Weighed, sign: 1 | -1): void {
  if (one.placed?.space !== sum.space) one.placed = { space: sum.space, of: sum.space.place(one.look) }
  const { look, factor, shared, weight } = one.placed.of
  const by = sign * one.weight * weight
  addTo(sum.looks, look, by * factor)
  if (shared) sum.shares.set(shared, (sum.shares.get(shared) ?? 0) + by)
  sum.weight += by
}

/** Looks remembered: old ones fade out so that another animal in the same box is noticed. */
const remembered = 24
/** The first look's weight; one a second or more after the one before counts in full. */
const first = 0.35
const leastWeight = 0.05

export function createEvidence(): Evidence {
  let newest: Weighed[] = []
  let looks = 0
  let lastMs: number | undefined
  let sum: Sum | undefined
  const summed = (space: Space): Sum => {
    if (sum?.space === space) return sum
    const dim = newest[0]?.look.vector.length ?? 0
    sum = { space, looks: new Float32Array(dim), shares: new Map(), weight: 0 }
    for (const one of newest) take(sum, one, 1)
    return sum
  }
  const drop = (some: readonly Weighed[]) => {
    for (const one of some) {
      newest.splice(newest.indexOf(one), 1)
      if (sum) take(sum, one, -1)
    }
  }
  const put = (look: Lit, monoMs: number, isGlimpse: boolean) => {
    const passed = lastMs === undefined ? first : (monoMs - lastMs) / 1000
    lastMs = monoMs
    const one = { look, weight: Math.min(1, Math.max(leastWeight, passed)), isGlimpse }
    newest.push(one)
    if (sum) take(sum, one, 1)
    drop(newest.slice(0, Math.max(0, newest.length - remembered)))
  }
  const glimpses = () => newest.filter(({ isGlimpse }) => isGlimpse)
  return {
    add(look, monoMs) {
      looks++
      drop(glimpses())
      put(look, monoMs, false)
    },
    glimpse: (look, monoMs) => put(look, monoMs, true),
    weaken(share) {
      newest = newest.map((one) => ({ ...one, weight: one.weight * share }))
      sum = undefined
    },
    clear() {
      newest = []
      looks = 0
      lastMs = undefined
      sum = undefined
    },
    get looks() {
      return looks + glimpses().length
    },
    get seconds() {
      return newest.reduce((all, { weight }) => all + weight, 0)
    },
    mean(space) {
      if (newest.length === 0) return undefined
      const { looks: all, shares, weight } = summed(space)
      const mean = scaled(all, 1 / weight)
      for (const [shared, times] of shares) addTo(mean, shared, -times / weight)
      return mean
    },
  }
}
