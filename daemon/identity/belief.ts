/**
 * What has been seen of one tracklet (pure): its looks, and their mean in a space. Looks of one moment are alike in what
 * spoils them, so they count by the time that passed between them.
 */
import type { Lit, Placed, Space } from './space.ts'
import { meanOf } from './vectors.ts'

export interface Evidence {
  add(look: Lit, monoMs: number): void
  /** Believes all that was seen before only in part: it may have been of somebody else. */
  weaken(share: number): void
  /** Forgets all looks: they were of somebody else. */
  clear(): void
  /** Looks taken in. */
  readonly looks: number
  /** For how many seconds it has been looked at, as far as that is remembered and believed. */
  readonly seconds: number
  /** Where the looks lie in a space, taken together; undefined before the first. */
  mean(space: Space): Float32Array | undefined
}

interface Weighed {
  readonly look: Lit
  readonly weight: number
  /** Where it lies, in the space that was asked for last. */
  placed: { readonly space: Space; readonly at: Placed } | undefined
}

function placeIn(space: Space, one: Weighed): Placed {
  if (one.placed?.space !== space) one.placed = { space, at: space.place(one.look) }
  return one.placed.at
}

/** Looks remembered: old ones fade out so that another animal in the same box is noticed. */
const remembered = 24
/** The first look's weight; one a second or more after the one before counts in full. */
const first = 0.35

export function createEvidence(): Evidence {
  let newest: Weighed[] = []
  let looks = 0
  let lastMs: number | undefined
  return {
    add(look, monoMs) {
      looks++
      const weight = lastMs === undefined ? first : Math.min(1, Math.max(0.05, (monoMs - lastMs) / 1000))
      lastMs = monoMs
      newest = [...newest, { look, weight, placed: undefined }].slice(-remembered)
    },
    weaken(share) {
      newest = newest.map((one) => ({ ...one, weight: one.weight * share }))
    },
    clear() {
      newest = []
      looks = 0
      lastMs = undefined
    },
    get looks() {
      return looks
    },
    get seconds() {
      return newest.reduce((sum, { weight }) => sum + weight, 0)
    },
    mean(space) {
      if (newest.length === 0) return undefined
      const placed = newest.map((one) => placeIn(space, one))
      return meanOf(
        placed.map(({ vector }) => vector),
        placed.map(({ weight }, at) => weight * (newest[at] as Weighed).weight),
      )
    },
  }
}
