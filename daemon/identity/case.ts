/**
 * What is held of one live tracklet: its looks as evidence, the horse that it was given, and what speaks against it (pure).
 */
import { iou } from '../lib/boxes.ts'
import type { Box, HorseId, Look } from '../types.ts'
import type { Said } from '../why-types.ts'
import { createEvidence, type Evidence } from './belief.ts'
import type { Odds } from './gallery.ts'
import type { LookNeed } from './look-gate.ts'
import { noOdds, type RoughOdds } from './rough-odds.ts'
import { createUsual, type Usual } from './usual.ts'

export interface Case {
  readonly evidence: Evidence
  /** Looks that a horse may be founded on, and when they were taken. */
  readonly looks: { readonly look: Look; readonly monoMs: number }[]
  /** How many came since it was last in doubt. */
  sinceDoubt: number
  /** What the looks say, without those that came since `turn`; undefined before the first. */
  odds: { readonly of: Odds; readonly space: unknown; readonly turn: number } | undefined
  /** There are looks that the odds do not know of. */
  isStale: boolean
  current: HorseId | null
  /** Nobody had confirmed that horse when it was given. */
  isGuess: boolean
  /** Whether it was ever given a horse. */
  known: boolean
  /** What its looks said of the horse it was given. */
  usual: Usual
  /** What lately spoke against the horse it was given: Page's cumulative sum, 1954, of log odds times seconds. */
  against: number
  /** The tracker is not sure of it, and no look has cleared it since. */
  doubtful: boolean
  said: Said | null
  unlearnt: Look | null
  /** What the newest look says by itself. */
  newest: RoughOdds
  taughtMs: number
  lastLook: { readonly box: Box; readonly monoMs: number } | null
  /** What its beginning where it began says of the horses there, in log odds; undefined before it was seen. */
  prior: Odds | undefined
}

/** A horse may be founded on looks that follow one another closely, but not on these alone. */
const closeLooks = 5
const mostLooks = 16
/** Of what was known of a tracklet before the tracker lost certainty, so much is believed after. */
const believedInDoubt = 0.7
/** From here on the tracklet is in doubt. */
const doubtFrom = 4
/** A box that overlaps that of its last look less than this has moved off: another animal may have taken it over. */
const movedBelow = 0.5

export function newCase(): Case {
  return {
    evidence: createEvidence(),
    looks: [],
    sinceDoubt: 0,
    odds: undefined,
    isStale: false,
    current: null,
    isGuess: false,
    known: false,
    usual: createUsual(),
    against: 0,
    doubtful: false,
    said: null,
    unlearnt: null,
    newest: noOdds,
    taughtMs: Number.NEGATIVE_INFINITY,
    lastLook: null,
    prior: undefined,
  }
}

/** Keeps a look that a horse may be founded on. */
export function keep({ looks }: Case, look: Look, monoMs: number): void {
  const last = looks.at(-1)
  if (last && looks.length >= closeLooks && monoMs - last.monoMs < 1000) return
  looks.push({ look, monoMs })
  if (looks.length > mostLooks) looks.shift()
}

/** The tracker is not sure that it is still the same animal. */
export function doubt(one: Case): void {
  one.evidence.weaken(believedInDoubt)
  one.sinceDoubt = 0
  if (one.current === null) one.looks.length = 0
  else one.doubtful = true
}

export function needOf(one: Case, box: Box): LookNeed {
  if (one.said?.isNothing) return 'decided'
  if (one.current === null) return 'undecided'
  if (isInDoubt(one)) return 'urgent'
  const overlap = one.lastLook === null ? 1 : iou(one.lastLook.box, box)
  return overlap < movedBelow ? 'moved' : 'decided'
}

/** Whether it surely has a horse. */
export function isHolding(one: Case | undefined): boolean {
  return one !== undefined && one.current !== null && !isInDoubt(one)
}

/** Whether it has the horse that a person has said, and the tracker has followed it since. */
export function isSaid({ said, current, doubtful }: Case): boolean {
  return current !== null && said?.horseId === current && !doubtful
}

export function isInDoubt(one: Case): boolean {
  return one.doubtful || one.against >= doubtFrom
}
