/**
 * In which stall a horse is, and whether it belongs there (pure).
 */
import type { StallView } from '../presence-types.ts'
import type { HorseId, StallId } from '../types.ts'

export interface PlaceOf {
  /** At home, in another's stall, not in its own, or somewhere that is nobody's. */
  readonly state: 'home' | 'wrong' | 'missing' | 'there'
  /** Where it is; null where it is missing. */
  readonly here: string | null
  /** Its own stall, where it has one and is not there. */
  readonly own: string | null
  readonly sinceMs: number
  /** What may change this. */
  readonly stalls: readonly StallId[]
}

/** Null where nothing is known of it: nobody is called missing whose stall cannot be seen. */
export function placeOf(horseId: HorseId, views: readonly StallView[]): PlaceOf | null {
  const stalls = views.filter(({ stall }) => stall.kind === 'stall')
  const home = stalls.find(({ stall }) => stall.expected.includes(horseId))
  const at = stalls.find((view) => view.horseId === horseId) ?? views.find((view) => view.horseId === horseId)
  const ids = [at, home].flatMap((view) => view?.stall.id ?? [])
  if (at) {
    const { stall, sinceMs } = at
    const isOwn = stall.expected.includes(horseId)
    const isTaken = stall.kind === 'stall' && (home !== undefined || stall.expected.length > 0)
    const state = isOwn ? 'home' : isTaken ? 'wrong' : 'there'
    return { state, here: stall.name, own: isOwn ? null : (home?.stall.name ?? null), sinceMs, stalls: ids }
  }
  if (!home || home.watch === 'blind' || home.match === 'unsure') return null
  // A mare's stall with her foal in it does not say where she is.
  if (home.match === 'expected') return null
  return { state: 'missing', here: null, own: home.stall.name, sinceMs: home.sinceMs, stalls: ids }
}
