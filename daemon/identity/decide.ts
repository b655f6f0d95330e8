/**
 * Who is who at one moment (pure): one assignment over all live tracklets of a stream, each free to stay unknown.
 */
import { assign } from '../lib/assignment.ts'
import type { HorseId, TrackletId } from '../types.ts'
import type { Belief } from './belief.ts'

export interface Claim {
  readonly trackletId: TrackletId
  readonly belief: Belief
  /** The horse it was given last, which it keeps on less. */
  readonly current: HorseId | null
  /** Whether it was ever given a horse: then it may fall into doubt, but never founds a new horse. */
  readonly known: boolean
}

export interface Rules {
  /** Mean score from which looks are of the same horse. */
  readonly sameAbove: number
  /** Lead over the second-best horse that a first decision needs. */
  readonly margin: number
  readonly looksToDecide: number
  /** Looks of nobody known that make a new horse. */
  readonly looksToCreate: number
}

export interface Verdict {
  readonly trackletId: TrackletId
  /** `new`: looks enough, and like nobody known. `unknown`: too few looks, or doubtful. */
  readonly kind: 'matched' | 'new' | 'unknown'
  readonly horseId: HorseId | null
  /** The best score and the runner-up's; null without a horse to compare with. */
  readonly score: number | null
  readonly secondScore: number | null
}

/** A horse is kept down to this much below `sameAbove`: a decision must not flicker. */
export const keepSlack = 0.06
/** Between `sameAbove - newGap` and `sameAbove` a tracklet is nobody's: neither matched nor made a new horse. */
const newGap = 0.02

export function decide(claims: readonly Claim[], rules: Rules): Verdict[] {
  const horses = [...new Set(claims.flatMap(({ belief }) => [...belief.means.keys()]))]
  // A row a tracklet; a column a horse, then a column "unknown" for each tracklet. Unknown costs nothing,
  // a horse above its threshold less than nothing.
  const costs = claims.map((claim, row) => [
    ...horses.map((horseId) => threshold(claim, horseId, rules) - (claim.belief.means.get(horseId) ?? -1)),
    ...claims.map((_, column) => (column === row ? 0 : 1e3)),
  ])
  const columns = assign(costs)
  return claims.map((claim, row) => verdict(claim, horses[columns[row] ?? -1] ?? null, rules))
}

function threshold(claim: Claim, horseId: HorseId, rules: Rules): number {
  if (claim.current === horseId) return rules.sameAbove - keepSlack
  // A held tracklet goes over to another horse only for a clear lead.
  return claim.current === null ? rules.sameAbove : rules.sameAbove + rules.margin
}

function verdict(claim: Claim, horseId: HorseId | null, rules: Rules): Verdict {
  const { means, looks } = claim.belief
  const ranked = [...means.entries()].sort((a, b) => b[1] - a[1])
  const best = ranked[0]?.[1] ?? null
  const own = horseId === null ? null : (means.get(horseId) ?? null)
  const rival = ranked.find(([id]) => id !== horseId)?.[1] ?? null
  const base = { trackletId: claim.trackletId, horseId: null }
  if (horseId !== null && own !== null) {
    const kept = claim.current === horseId
    const clear = rival === null || own - rival >= rules.margin
    if (kept || (clear && looks >= rules.looksToDecide)) {
      return { ...base, kind: 'matched', horseId, score: own, secondScore: rival }
    }
    return { ...base, kind: 'unknown', score: own, secondScore: rival }
  }
  const likeNobody = best === null || best < rules.sameAbove - newGap
  const kind = likeNobody && looks >= rules.looksToCreate && !claim.known ? 'new' : 'unknown'
  return { ...base, kind, score: best, secondScore: ranked[1]?.[1] ?? null }
}
