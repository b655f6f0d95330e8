/**
 * Hybrid logical clocks (Kulkarni et al., 2014): stamps that follow the wall clock, never go back by themselves, and order the edits of
 * several boxes even where their clocks disagree. Pure.
 */

import type { Brand } from '../types.ts'
import { BarnboxError } from './errors.ts'

/**
 * `MMMMMMMMMMMM-CCCC-BOX`: UTC milliseconds and a counter in hex, then the box. Stamps of all boxes sort as text, and no
 * two are alike.
 */
export type Stamp = Brand<string, 'Stamp'>

export interface HybridClock {
  /** A stamp later than all given out or heard of. */
  next(): Stamp
  /** Takes note of another box's stamp. Throws `CLOCK_AHEAD` for one too far in the future to be followed. */
  hear(stamp: Stamp): void
  /** By its newest stamp, in milliseconds. */
  atMs(): number
  /** Goes on after another stamp, which may lie before: what a wrong clock said is taken back. */
  goOnAfter(stamp: Stamp | undefined): void
}

const form = /^([0-9a-f]{12})-([0-9a-f]{4})-([a-z0-9]{12})$/
const mostCount = 0xffff
/** A box with a wrong clock must not drag the others along: a day covers zones set up wrongly. */
const mostAheadMs = 24 * 3600 * 1000

export function createHybridClock(boxId: string, utcMs: () => number, last?: Stamp): HybridClock {
  const from = (stamp: Stamp | undefined): [ms: number, count: number] =>
    stamp === undefined ? [0, 0] : parts(stamp)
  let [ms, count] = from(last)
  return {
    atMs: () => ms,
    goOnAfter(stamp) {
      ;[ms, count] = from(stamp)
    },
    next() {
      const nowMs = utcMs()
      if (nowMs > ms) [ms, count] = [nowMs, 0]
      else if (count < mostCount) count++
      else [ms, count] = [ms + 1, 0]
      return stampOf(ms, count, boxId)
    },
    hear(stamp) {
      const [otherMs, otherCount] = parts(stamp)
      if (otherMs > utcMs() + mostAheadMs) {
        throw new BarnboxError('CLOCK_AHEAD', `the stamp ${stamp} lies more than a day in the future`)
      }
      if (otherMs > ms || (otherMs === ms && otherCount > count)) [ms, count] = [otherMs, otherCount]
    },
  }
}

export const isStamp = (text: string): text is Stamp => form.test(text)

/** Before any stamp of that millisecond or a later one. */
export const stampsFrom = (ms: number): string => ms.toString(16).padStart(12, '0')

/** When by its own clock, and at which box. */
export const saidAt = (stamp: Stamp): { readonly atMs: number; readonly box: string } => {
  const [atMs] = parts(stamp)
  return { atMs, box: stamp.slice(-12) }
}

function stampOf(ms: number, count: number, boxId: string): Stamp {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
  return `${hex(ms, 12)}-${hex(count, 4)}-${boxId}` as Stamp
}

function parts(stamp: Stamp): [ms: number, count: number] {
  const found = form.exec(stamp)
  if (!found) throw new BarnboxError('BAD_REQUEST', 'not a stamp of a hybrid clock')
  return [Number.parseInt(found[1] ?? '', 16), Number.parseInt(found[2] ?? '', 16)]
}
