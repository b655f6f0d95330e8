/**
 * How what several boxes say becomes one: for each kind of row a merge that is commutative, associative and idempotent, so that
 * neither the order nor the number of times in which it is heard matters. Pure.
 */
import type { CorrectionState, HorseState, Register } from '../sync-types.ts'
import type { CorrectionId, HorseId } from '../types.ts'

/** The later word. Stamps of all boxes are ordered, ties included, for they end in the box. */
export const later = (one: Register, other: Register): Register => (other.at > one.at ? other : one)

/** A horse of which two boxes know something: its founding is the same for both. */
export function mergeHorses(one: HorseState, other: HorseState): HorseState {
  const fields: Record<string, Register> = { ...one.fields }
  for (const [name, theirs] of Object.entries(other.fields)) {
    const mine = fields[name]
    fields[name] = mine ? later(mine, theirs) : theirs
  }
  return { ...one, confirmed: one.confirmed || other.confirmed, fields }
}

/** A correction that two boxes know: undone where one of them says so, by whoever was first. */
export function mergeCorrections(one: CorrectionState, other: CorrectionState): CorrectionState {
  const [first = one] = [one, other]
    .filter(({ undoneMs }) => undoneMs !== null)
    .sort((a, b) => Number(a.undoneMs) - Number(b.undoneMs) || order(a.undoneBy ?? '', b.undoneBy ?? ''))
  return { ...one, undoneMs: first.undoneMs, undoneBy: first.undoneBy }
}

const order = (a: string, b: string) => (a < b ? -1 : Number(a > b))

/** What of a correction decides who is there. */
export type Verdict = Pick<CorrectionState, 'id' | 'kind' | 'horse' | 'other' | 'atMs' | 'stamp' | 'undoneMs'>

export interface Standing {
  /** Whose name each merged horse is, and by which correction. */
  readonly aliases: ReadonlyMap<HorseId, { readonly into: HorseId; readonly by: CorrectionId }>
  /** Which horses people deleted, and when. */
  readonly deleted: ReadonlyMap<HorseId, number>
}

/**
 * Who is there, by all corrections. A tombstone stands until it is undone, whatever is edited later. Of several merges of a
 * horse the latest holds. Two boxes may have merged a pair either way round: in the order of their stamps, what would close a circle
 * is passed over, for the two are one already.
 */
export function standingOf(verdicts: readonly Verdict[]): Standing {
  const aliases = new Map<HorseId, { into: HorseId; by: CorrectionId }>()
  const deleted = new Map<HorseId, number>()
  const bury = (horse: HorseId | null, ms: number) => {
    if (horse !== null) deleted.set(horse, Math.min(ms, deleted.get(horse) ?? ms))
  }
  const merges = new Map<HorseId, Verdict>()
  for (const verdict of verdicts.toSorted((a, b) => order(a.stamp, b.stamp))) {
    const { kind, horse, other, atMs, undoneMs } = verdict
    if (kind === 'delete' && undoneMs === null) bury(horse, atMs)
    if ((kind === 'split' || kind === 'new-horse') && undoneMs !== null) bury(other, undoneMs)
    if (kind === 'merge' && undoneMs === null && horse !== null && other !== null) merges.set(horse, verdict)
  }
  const endOf = (horse: HorseId): HorseId => {
    const next = aliases.get(horse)
    return next ? endOf(next.into) : horse
  }
  for (const { id, horse, other } of [...merges.values()].sort((a, b) => order(a.stamp, b.stamp))) {
    if (horse === null || other === null || endOf(other) === horse) continue
    aliases.set(horse, { into: other, by: id })
  }
  return { aliases, deleted }
}
